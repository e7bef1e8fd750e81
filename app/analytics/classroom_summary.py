"""What a class did in a stretch of time, and where it is stuck; from rollups of those enrolled now."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from app.access.principal import Principal
from app.analytics.rollups import MICROS, slot_of
from app.kit.database import Reader, Row
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.kit.stretch import checked_moment, checked_stretch

USUAL_DAYS = 30
FEWEST_ATTEMPTS = 5
FEWEST_LEARNERS = 3
"""Under these a low success rate says more about single learners than about the skill."""

_SUMS = sql("""
    SELECT k.place, count(DISTINCT a.learner_id) AS active_learners,
           coalesce(sum(a.attempt_count), 0)::int AS attempt_count,
           coalesce(sum(a.score_micros), 0)::bigint AS score_micros
    FROM unnest(:classrooms::uuid[], :starts::timestamptz[], :ends::timestamptz[])
      WITH ORDINALITY AS k(classroom_id, starts_at, ends_at, place)
    JOIN enrollment e ON e.classroom_id = k.classroom_id AND e.left_at IS NULL
    JOIN learner_activity a ON a.organization_id = e.organization_id AND a.learner_id = e.learner_id
      AND a.slot >= k.starts_at AND a.slot < k.ends_at AND a.attempt_count > 0
    GROUP BY k.place
""")
# Its item is the one to which most first answers were wrong; of several such the oldest.
_TROUBLE_SPOTS = sql(f"""
    SELECT k.place, t.*, w.item_id
    FROM unnest(:classrooms::uuid[], :first_days::date[], :last_days::date[])
      WITH ORDINALITY AS k(classroom_id, first_day, last_day, place)
    CROSS JOIN LATERAL (
      SELECT d.skill_id, sum(d.correct_count)::float8 / sum(d.attempt_count) AS success_rate,
             count(DISTINCT d.learner_id)::int AS learner_count
      FROM enrollment e JOIN learner_skill_day d
        ON d.organization_id = e.organization_id AND d.learner_id = e.learner_id
      WHERE e.classroom_id = k.classroom_id AND e.left_at IS NULL AND d.day BETWEEN k.first_day AND k.last_day
      GROUP BY d.skill_id
      HAVING sum(d.attempt_count) >= {FEWEST_ATTEMPTS} AND count(DISTINCT d.learner_id) >= {FEWEST_LEARNERS}
      ORDER BY success_rate, d.skill_id LIMIT :limit) t
    LEFT JOIN LATERAL (
      SELECT f.item_id FROM item_skill x
      JOIN first_answer f ON f.organization_id = x.organization_id AND f.item_id = x.item_id
        AND NOT f.correct AND f.day BETWEEN k.first_day AND k.last_day
      JOIN enrollment e ON e.organization_id = f.organization_id AND e.learner_id = f.learner_id
        AND e.classroom_id = k.classroom_id AND e.left_at IS NULL
      WHERE x.skill_id = t.skill_id
      GROUP BY f.item_id ORDER BY count(*) DESC, f.item_id LIMIT 1) w ON true
    ORDER BY k.place, t.success_rate, t.skill_id
""")


class SummaryKey(NamedTuple):
    """Which class, and which stretch: the last thirty days when nothing is said."""

    classroom_id: uuid.UUID
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClassroomSummary:
    """Sums over those enrolled now; `mean_score` in [0, 1] is None without attempts."""

    classroom_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    as_of: datetime
    active_learners: int
    attempt_count: int
    mean_score: float | None

    @property
    def stretch(self) -> SummaryKey:
        """The key of what lies beneath."""
        return SummaryKey(self.classroom_id, self.starts_at, self.ends_at)


async def summaries_by_classroom(
    reader: Reader, keys: Sequence[SummaryKey], page: Page | None, columns: Columns, principal: Principal
) -> list[ClassroomSummary]:
    """The summary of each class and stretch; its beginning counts from the quarter of an hour it lies in."""
    stretches = [_stretch(key, reader.now) for key in keys]
    rows = await reader.fetch(
        _SUMS,
        classrooms=[key.classroom_id for key in keys],
        starts=[slot_of(start) for start, _ in stretches],
        ends=[end for _, end in stretches],
    )
    found = {row.place - 1: row for row in rows}
    return [
        _summary(key, stretch, reader.now, found.get(at))
        for at, (key, stretch) in enumerate(zip(keys, stretches, strict=True))
    ]


async def trouble_spots_by_stretch(
    reader: Reader, keys: Sequence[SummaryKey], page: Page, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The skills of lowest success in each class and stretch (whole UTC days), the lowest first."""
    stretches = [_stretch(key, reader.now) for key in keys]
    rows = await reader.fetch(
        _TROUBLE_SPOTS,
        classrooms=[key.classroom_id for key in keys],
        first_days=[start.astimezone(UTC).date() for start, _ in stretches],
        last_days=[(end - timedelta(microseconds=1)).astimezone(UTC).date() for _, end in stretches],
        limit=page.first,
    )
    return [[row for row in rows if row.place == at] for at in range(1, len(keys) + 1)]


def _stretch(key: SummaryKey, now: datetime) -> tuple[datetime, datetime]:
    end = checked_moment(key.ends_at or now, "to")
    return checked_stretch(key.starts_at or end - timedelta(days=USUAL_DAYS), end)


def _summary(
    key: SummaryKey, stretch: tuple[datetime, datetime], now: datetime, row: Row | None
) -> ClassroomSummary:
    if row is None:
        return ClassroomSummary(key.classroom_id, *stretch, now, 0, 0, None)
    mean = row.score_micros / MICROS / row.attempt_count
    return ClassroomSummary(key.classroom_id, *stretch, now, row.active_learners, row.attempt_count, mean)
