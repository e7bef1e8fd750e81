"""Windows of leaderboards, in a school's time zone."""

from datetime import UTC, datetime

import pytest

from app.leaderboards.windows import EPOCH, LeaderboardWindow, Span, span

ZURICH = "Europe/Zurich"


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "starts_at", "ends_at", "previous_at"),
    [
        (LeaderboardWindow.DAY, "2026-03-28T23:00", "2026-03-29T22:00", "2026-03-27T23:00"),
        (LeaderboardWindow.WEEK, "2026-03-22T23:00", "2026-03-29T22:00", "2026-03-15T23:00"),
        (LeaderboardWindow.MONTH, "2026-02-28T23:00", "2026-03-31T22:00", "2026-01-31T23:00"),
        (LeaderboardWindow.TERM, "2026-01-31T23:00", "2026-07-31T22:00", "2025-07-31T22:00"),
    ],
)
def test_windows_follow_the_clock_of_the_school_over_the_change_to_summer_time(
    window: LeaderboardWindow, starts_at: str, ends_at: str, previous_at: str
) -> None:
    sunday_noon = utc("2026-03-29T10:00")

    assert span(window, ZURICH, sunday_noon) == Span(utc(starts_at), utc(ends_at), utc(previous_at))


def test_january_belongs_to_the_term_that_began_in_august() -> None:
    found = span(LeaderboardWindow.TERM, "UTC", utc("2026-01-31T23:59"))

    assert found == Span(utc("2025-08-01"), utc("2026-02-01"), utc("2025-02-01"))


def test_all_time_has_no_end_and_nothing_before_it() -> None:
    assert span(LeaderboardWindow.ALL_TIME, ZURICH, utc("2026-01-31T23:59")) == Span(EPOCH, None, None)
