"""Leaderboards: points, ranks and ties."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.science.ranking import TieRule, accuracy, attempt_points, improvement, ranks


def test_learners_with_equal_scores_share_a_rank_and_the_next_one_is_skipped() -> None:
    assert ranks([30, 50, 50, 10]) == [3, 1, 1, 4]


def test_dense_ranks_leave_no_gap_after_a_tie() -> None:
    assert ranks([30, 50, 50, 10], TieRule.DENSE) == [2, 1, 1, 3]


@pytest.mark.parametrize(
    ("score", "difficulty", "points"),
    [(1.0, 0.0, 10), (1.0, 2.0, 15), (0.5, 0.0, 5), (0.0, 3.0, 0), (1.0, -9.0, 5), (1.0, 9.0, 20)],
)
def test_points_grow_with_score_and_difficulty_within_bounds(
    score: float, difficulty: float, points: int
) -> None:
    assert attempt_points(score, difficulty) == points


def test_a_score_above_one_earns_no_points() -> None:
    with pytest.raises(ValueError, match=r"the score is 2\.0"):
        attempt_points(2.0, 0.0)


def test_accuracy_needs_five_attempts() -> None:
    assert accuracy([1.0] * 4) is None
    assert accuracy([1.0, 1.0, 0.0, 1.0, 1.0]) == 0.8


def test_improvement_is_the_rise_between_two_windows() -> None:
    assert improvement([0.0, 1.0] * 3, [1.0] * 5) == 0.5
    assert improvement([1.0], [1.0] * 5) is None


@given(st.lists(st.integers(0, 5), max_size=30))
def test_a_rank_counts_those_ahead(scores: list[int]) -> None:
    assert ranks(scores) == [1 + sum(other > score for other in scores) for score in scores]
    assert ranks(scores, TieRule.DENSE) == [1 + len({o for o in scores if o > score}) for score in scores]
