"""When the learners of the demo school practise: lessons on school days, evenings, now and then a weekend."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from random import Random

from app.operations.demo.people import DemoLearner

DAYS = 60
LESSON_DAYS = ((0, 2, 4), (0, 1, 3), (1, 2, 4), (0, 2, 3), (1, 3, 4), (0, 1, 4))
"""Weekdays with mathematics, one row for each class; Monday is 0."""
LESSON_STARTS = (time(8, 5), time(8, 55), time(9, 55), time(10, 45), time(11, 45), time(12, 35))

LESSON_SHARE = 0.53
EVENING_SHARES = (0.2, 0.22, 0.2, 0.22, 0.08, 0.05, 0.18)
"""How likely a learner of diligence 1 practises in a lesson, and on an evening from Monday to Sunday."""

QUIET = timedelta(minutes=40)
"""Before the end only the live sittings go on: any other has come to its own end."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """A time to practise: from `start` for about `length` answers, or until the end when it is still live."""

    start: datetime
    length: int
    live: bool = False


def draw_sittings(
    r: Random, learner: DemoLearner, now: datetime, zone: tzinfo, *, live: bool
) -> list[Sitting]:
    """The learner's sittings of the `DAYS` days before `now`, in order; the last one runs on if `live`."""
    today = now.astimezone(zone).date()
    days = [today - timedelta(days=back) for back in range(DAYS - 1, learner.away_days - 1, -1)]
    oldest, latest = now - timedelta(days=DAYS), now - QUIET
    sittings = [sitting for day in days for sitting in _of_day(r, learner, day, zone)]
    kept = [sitting for sitting in sittings if oldest <= sitting.start <= latest]
    if live:
        kept.append(Sitting(now - timedelta(seconds=r.randint(240, 900)), 200, live=True))
    return sorted(kept, key=lambda sitting: sitting.start)


def _of_day(r: Random, learner: DemoLearner, day: date, zone: tzinfo) -> Iterator[Sitting]:
    weekday = day.weekday()
    in_lesson = weekday in LESSON_DAYS[learner.class_index] and r.random() < LESSON_SHARE * learner.diligence
    if in_lesson:
        start = datetime.combine(day, LESSON_STARTS[(learner.class_index + weekday) % 6], zone)
        yield Sitting(_moment(start, r.randint(180, 900)), r.randint(6, 13))
    if r.random() < EVENING_SHARES[weekday] * learner.diligence:
        start = datetime.combine(day, time(15, 30), zone)
        yield Sitting(_moment(start, int(r.triangular(0, 6 * 3600, 2.5 * 3600))), r.randint(5, 16))


def _moment(start: datetime, seconds: int) -> datetime:
    return start.astimezone(UTC) + timedelta(seconds=seconds)
