"""Streaks of days with practice."""

from hypothesis import given
from hypothesis import strategies as st

from app.science.streaks import current_streak, longest_streak


def test_a_streak_counts_days_in_a_row_up_to_today() -> None:
    assert current_streak([10, 11, 12, 8], today=12) == 3


def test_a_day_not_yet_practised_does_not_break_the_streak() -> None:
    assert current_streak([10, 11, 12], today=13) == 3


def test_a_whole_day_missed_ends_the_streak() -> None:
    assert current_streak([10, 11, 12], today=14) == 0


def test_several_answers_on_a_day_count_once() -> None:
    assert current_streak([5, 5, 5], today=5) == 1


def test_the_longest_streak_may_lie_in_the_past() -> None:
    assert longest_streak([1, 2, 3, 4, 9, 10]) == 4
    assert longest_streak([]) == 0


@given(st.sets(st.integers(0, 30)), st.integers(0, 31))
def test_no_current_streak_is_longer_than_the_longest(days: set[int], today: int) -> None:
    assert current_streak(days, today) <= longest_streak(days) <= len(days)
