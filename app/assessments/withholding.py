"""Items that learners may not meet: those of assessments whose results are not released yet.

From the making of an assessment until the results of all its exams are released its items come up nowhere
but in sittings. One that nobody sits any more is retired, which frees them too (docs/decisions/0017).
"""

import uuid
from collections.abc import Sequence

from app.kit.database import UnitOfWork
from app.kit.statements import sql
from app.practice.selection import next_item

MOST_SESSIONS = 200
"""Sessions that get another next item at once; the others choose anew when they are resumed."""

# Items are locked in one order, before anything is asked of assessments: who withholds and who frees at the
# same moment come one after the other, and the second sees what the first made.
_LOCK = sql("SELECT FROM item WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_ITEMS = sql("SELECT item_id FROM assessment_item WHERE assessment_id = :id")
_WITHHOLD = sql("UPDATE item SET withheld_at = :now WHERE id = ANY(:ids) AND withheld_at IS NULL")
_SESSIONS = sql("""
    SELECT s.id, s.learner_id, s.kind, s.skill_ids, l.state FROM practice_session s
    LEFT JOIN learner_state l ON l.organization_id = s.organization_id AND l.learner_id = s.learner_id
    WHERE s.next_item_id = ANY(:ids) AND s.state IN ('ACTIVE', 'PAUSED')
    ORDER BY s.id DESC LIMIT :most FOR NO KEY UPDATE OF s
""")
_OFFER = sql("UPDATE practice_session SET next_item_id = :item_id::uuid WHERE id = :id")
_FREE = sql("""
    UPDATE item i SET withheld_at = NULL
    WHERE i.id = ANY(:ids) AND i.withheld_at IS NOT NULL AND NOT EXISTS (
      SELECT FROM assessment_item m
      JOIN assessment a ON a.organization_id = m.organization_id AND a.id = m.assessment_id
      WHERE m.organization_id = i.organization_id AND m.item_id = i.id AND (
        EXISTS (SELECT FROM exam e WHERE e.organization_id = a.organization_id AND e.assessment_id = a.id
                  AND e.state <> 'RELEASED')
        OR a.retired_at IS NULL AND NOT EXISTS (
          SELECT FROM exam e WHERE e.organization_id = a.organization_id AND e.assessment_id = a.id)))
""")


async def withhold_items(work: UnitOfWork, item_ids: Sequence[uuid.UUID]) -> None:
    """Keep these items from learners; sessions that would ask one of them next ask another one."""
    await work.fetch(_LOCK, ids=list(item_ids))
    if await work.execute(_WITHHOLD, ids=list(item_ids), now=work.now):
        await _choose_others(work, item_ids)


async def withhold_assessment(work: UnitOfWork, assessment_id: uuid.UUID) -> None:
    """Keep the items of an assessment from learners, again perhaps."""
    await withhold_items(work, await _items(work, assessment_id))


async def free_items(work: UnitOfWork, assessment_id: uuid.UUID) -> None:
    """Give those items of an assessment back that nothing keeps any more."""
    ids = await _items(work, assessment_id)
    await work.fetch(_LOCK, ids=ids)
    await work.execute(_FREE, ids=ids)


async def _choose_others(work: UnitOfWork, item_ids: Sequence[uuid.UUID]) -> None:
    rows = await work.fetch(_SESSIONS, ids=list(item_ids), most=MOST_SESSIONS)
    for row in rows:
        chosen = await next_item(
            work, tenant=work.tenant, session_id=row.id, learner_id=row.learner_id, skill_ids=row.skill_ids,
            learner_state=row.state, now=work.now, chance=row.id.int % 997 / 997, kind=row.kind,
        )  # fmt: skip
        await work.execute(_OFFER, id=row.id, item_id=chosen)


async def _items(work: UnitOfWork, assessment_id: uuid.UUID) -> list[uuid.UUID]:
    return [row.item_id for row in await work.fetch(_ITEMS, id=assessment_id)]
