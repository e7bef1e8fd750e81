"""Windows of leaderboards, in an organization's time zone.

A week begins on Monday. A term is one of two halves of the school year: 1 August to 31 January, and
1 February to 31 July. ALL_TIME has one window, which began with the epoch and never ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class LeaderboardWindow(StrEnum):
    """The stretch of time a leaderboard covers."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    TERM = "TERM"
    ALL_TIME = "ALL_TIME"


@dataclass(frozen=True, slots=True)
class Span:
    """A window's bounds, the second exclusive, and where the one before it began; None if there is none."""

    starts_at: datetime
    ends_at: datetime | None
    previous_at: datetime | None


def span(window: LeaderboardWindow, zone: str, moment: datetime) -> Span:
    """The window that a moment falls in."""
    first = _first_day(window, local_day(zone, moment))
    if first is None:
        return Span(EPOCH, None, None)
    previous = _first_day(window, first - _DAY)
    following = _following(window, first)
    return Span(
        midnight(zone, first), midnight(zone, following), midnight(zone, previous) if previous else None
    )


@lru_cache(maxsize=8192)
def bounds(zone: str, day: date) -> Mapping[LeaderboardWindow, tuple[datetime, datetime | None]]:
    """Where each of the windows that a local day falls in begins, and where it ends, exclusive."""
    found: dict[LeaderboardWindow, tuple[datetime, datetime | None]] = {}
    for window in LeaderboardWindow:
        first = _first_day(window, day)
        if first is None:
            found[window] = EPOCH, None
        else:
            found[window] = midnight(zone, first), midnight(zone, _following(window, first))
    return found


def takes(ends_at: datetime | None, recorded_at: datetime, class_made_at: datetime) -> bool:
    """Whether a window still takes attempts: windows close and stay closed.

    One that was over before the class was made has shown nobody anything: it takes history that is imported.
    """
    return ends_at is None or recorded_at < ends_at or class_made_at >= ends_at


def local_day(zone: str, moment: datetime) -> date:
    """The day of a moment in a time zone."""
    return moment.astimezone(ZoneInfo(zone)).date()


def midnight(zone: str, day: date) -> datetime:
    """When a day begins in a time zone, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _first_day(window: LeaderboardWindow, day: date) -> date | None:
    match window:
        case LeaderboardWindow.DAY:
            return day
        case LeaderboardWindow.WEEK:
            return day - day.weekday() * _DAY
        case LeaderboardWindow.MONTH:
            return day.replace(day=1)
        case LeaderboardWindow.TERM:
            if day.month == 1:
                return date(day.year - 1, 8, 1)
            return date(day.year, 8 if day.month >= 8 else 2, 1)
        case LeaderboardWindow.ALL_TIME:
            return None


def _following(window: LeaderboardWindow, first: date) -> date:
    """The first day of the next window: a day that surely lies in it, taken back to its beginning."""
    longest = {
        LeaderboardWindow.DAY: 1,
        LeaderboardWindow.WEEK: 7,
        LeaderboardWindow.MONTH: 31,
        LeaderboardWindow.TERM: 190,
    }
    found = _first_day(window, first + longest[window] * _DAY)
    if found is None:
        raise ValueError("the window of all time has none after it")
    return found
