"""The attempts that a learner's mastery of a skill rests on."""

import uuid
from collections.abc import Sequence

from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.loading import Columns, after, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import sql

# What the skill is asked by now may differ from then: the changes tell which attempts counted.
_BY_MASTERY = sql("""
    SELECT k.key, a.* FROM unnest(:keys::uuid[]) AS k(key) JOIN mastery m ON m.id = k.key CROSS JOIN LATERAL (
      SELECT a.id, a.learner_id, a.session_id, a.item_id, a.item_version, a.correct, a.score, a.feedback,
             a.points, a.duration_ms, a.hints_used, a.answered_at, a.recorded_at, 'SCORED' AS scoring
      FROM mastery_change c JOIN attempt a ON a.organization_id = c.organization_id AND a.id = c.attempt_id
      WHERE c.organization_id = m.organization_id AND c.learner_id = m.learner_id AND c.skill_id = m.skill_id
        AND (:id::uuid IS NULL OR c.attempt_id < :id)
      ORDER BY c.attempt_id DESC LIMIT :limit) a
""")
_COUNT_BY_MASTERY = sql("""
    SELECT k.key, count(*) AS total FROM unnest(:keys::uuid[]) AS k(key) JOIN mastery m ON m.id = k.key
    JOIN mastery_change c ON c.organization_id = m.organization_id AND c.learner_id = m.learner_id
      AND c.skill_id = m.skill_id
    GROUP BY 1
""")


async def attempts_by_mastery(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The attempts that moved each mastery, the newest first."""
    rows = await reader.fetch(_BY_MASTERY, keys=list(keys), id=after(page, 0), limit=page.first + 1)
    return slices_by_key(rows, keys, page)


async def attempt_count_by_mastery(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_COUNT_BY_MASTERY, keys=list(keys)), keys)
