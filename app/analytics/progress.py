"""A learner's progress: what was done in each day, week or month of a time zone, and days in a row."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.errors import BadInput
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.kit.stretch import checked_moment, checked_stretch
from app.science.streaks import current_streak

MOST_BUCKETS = 92
_OF_THE_MACHINE = frozenset({"localtime", "posixrules"})
"""Files beside those of the zones, which name none: PostgreSQL does not know them."""
LONGEST_STREAK_DAYS = 366


class Bucket(StrEnum):
    """What a stretch of time is cut into."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


_USUAL = {Bucket.DAY: timedelta(days=30), Bucket.WEEK: timedelta(weeks=12), Bucket.MONTH: timedelta(days=365)}
"""How far back the buckets go when nothing is said."""


class ProgressKey(NamedTuple):
    """Whose progress, of which stretch; without a zone the organization's."""

    learner_id: uuid.UUID
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    bucket: Bucket = Bucket.DAY
    time_zone: str | None = None


@dataclass(frozen=True, slots=True)
class ProgressBucket:
    """What was done from `start` until the next bucket begins."""

    start: datetime
    attempt_count: int = 0
    correct_count: int = 0
    practice_seconds: int = 0
    skills_mastered: int = 0


@dataclass(frozen=True, slots=True)
class LearnerProgress:
    """The buckets of a stretch, empty ones too, and the days in a row with practice up to now."""

    time_zone: str
    buckets: list[ProgressBucket]
    streak_days: int


_ZONE = sql("SELECT time_zone FROM organization")
_SUMS = sql("""
    SELECT k.place, date_trunc(k.bucket, a.slot AT TIME ZONE k.zone)::date AS first_day,
           sum(a.attempt_count)::int AS attempt_count, sum(a.correct_count)::int AS correct_count,
           (sum(a.practice_ms) / 1000)::int AS practice_seconds,
           sum(a.skills_mastered)::int AS skills_mastered
    FROM unnest(:learners::uuid[], :zones::text[], :buckets::text[], :starts::timestamptz[],
                :ends::timestamptz[])
      WITH ORDINALITY AS k(learner_id, zone, bucket, starts_at, ends_at, place)
    JOIN learner_activity a
      ON a.learner_id = k.learner_id AND a.slot >= k.starts_at AND a.slot < k.ends_at
    GROUP BY 1, 2
""")
_DAYS = sql("""
    SELECT k.place, array_agg(DISTINCT (a.slot AT TIME ZONE k.zone)::date) AS days
    FROM unnest(:learners::uuid[], :zones::text[]) WITH ORDINALITY AS k(learner_id, zone, place)
    JOIN learner_activity a
      ON a.learner_id = k.learner_id AND a.slot >= :since AND a.slot <= :now AND a.attempt_count > 0
    GROUP BY 1
""")


async def progress_by_learner(
    reader: Reader, keys: Sequence[ProgressKey], page: Page | None, columns: Columns, principal: Principal
) -> list[LearnerProgress]:
    """The progress of each learner; BadInput for an unknown zone or more than 92 buckets."""
    usual: str = await reader.fetch_value(_ZONE) or "UTC"
    zones = [usual if key.time_zone is None else key.time_zone for key in keys]
    asked = [_Asked(key, zone, reader.now) for key, zone in zip(keys, zones, strict=True)]
    learners, zones = [each.key.learner_id for each in asked], [each.zone for each in asked]
    rows = await reader.fetch(
        _SUMS,
        learners=learners,
        zones=zones,
        buckets=[each.key.bucket.lower() for each in asked],
        starts=[each.moments[0] for each in asked],
        ends=[each.moments[-1] for each in asked],
    )
    sums: defaultdict[int, dict[date, Row]] = defaultdict(dict)
    for row in rows:
        sums[row.place - 1][row.first_day] = row
    since = reader.now - timedelta(days=LONGEST_STREAK_DAYS)
    found = await reader.fetch(_DAYS, learners=learners, zones=zones, since=since, now=reader.now)
    days = {row.place - 1: row.days for row in found}
    return [each.progress(sums[at], days.get(at, ())) for at, each in enumerate(asked)]


class _Asked:
    """A key with its bounds: the first days of its buckets and of the one after, and when they begin."""

    def __init__(self, key: ProgressKey, zone: str, now: datetime) -> None:
        self.key = key
        self.zone = zone
        self._zone = _checked_zone(zone)
        self._today = now.astimezone(self._zone).date()
        last = checked_moment(key.ends_at or now, "to")
        self.days = self._cut(*checked_stretch(key.starts_at or last - _USUAL[key.bucket], last))
        self.moments = [
            datetime(day.year, day.month, day.day, tzinfo=self._zone).astimezone(UTC) for day in self.days
        ]

    def progress(self, sums: dict[date, Row], days: Sequence[date]) -> LearnerProgress:
        """The buckets, filled where something was done."""
        buckets = [
            _bucket(start, sums.get(day))
            for day, start in zip(self.days[:-1], self.moments[:-1], strict=True)
        ]
        streak = current_streak((day.toordinal() for day in days), self._today.toordinal())
        return LearnerProgress(self.zone, buckets, streak)

    def _cut(self, first: datetime, last: datetime) -> list[date]:
        """First days of the buckets from that of `first` to that just before `last`, and of the one after."""
        day = _first_day(self.key.bucket, first.astimezone(self._zone).date())
        end = (last - timedelta(microseconds=1)).astimezone(self._zone).date()
        days = [day]
        while day <= end:
            day = _next(self.key.bucket, day)
            days.append(day)
            if len(days) > MOST_BUCKETS + 1:
                raise BadInput(
                    f"At most {MOST_BUCKETS} buckets; ask for a shorter stretch or a larger bucket.",
                    path=("from",),
                )
        return days


def _bucket(start: datetime, row: Row | None) -> ProgressBucket:
    if row is None:
        return ProgressBucket(start)
    return ProgressBucket(
        start, row.attempt_count, row.correct_count, row.practice_seconds, row.skills_mastered
    )


def _first_day(bucket: Bucket, day: date) -> date:
    match bucket:
        case Bucket.DAY:
            return day
        case Bucket.WEEK:
            return day - timedelta(days=day.weekday())
        case Bucket.MONTH:
            return day.replace(day=1)


def _next(bucket: Bucket, first: date) -> date:
    longest = {Bucket.DAY: 1, Bucket.WEEK: 7, Bucket.MONTH: 31}
    return _first_day(bucket, first + timedelta(days=longest[bucket]))


def _checked_zone(name: str) -> ZoneInfo:
    try:
        if name in _OF_THE_MACHINE:
            raise LookupError(name)
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise BadInput(
            "This is not a time zone; give a name such as 'Europe/Zurich'.", path=("timeZone",)
        ) from None
