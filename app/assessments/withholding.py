"""Items that learners may not meet: those of assessments whose results are not released yet.

From the making of an assessment until the results of all its exams are released its items come up nowhere
but in sittings. One that nobody sits any more is retired, which frees them too (docs/decisions/0017).
"""

import uuid
from collections.abc import Sequence

from app.kit.database import UnitOfWork
from app.kit.statements import sql

# Items are locked in one order, before anything is asked of assessments: who withholds and who frees at the
# same moment come one after the other, and the second sees what the first made.
_LOCK = sql("SELECT FROM item WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE")
_ITEMS = sql("SELECT item_id FROM assessment_item WHERE assessment_id = :id")
_WITHHOLD = sql("UPDATE item SET withheld_at = :now WHERE id = ANY(:ids) AND withheld_at IS NULL")
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
    """Keep these items from learners."""
    await work.fetch(_LOCK, ids=list(item_ids))
    await work.execute(_WITHHOLD, ids=list(item_ids), now=work.now)


async def withhold_assessment(work: UnitOfWork, assessment_id: uuid.UUID) -> None:
    """Keep the items of an assessment from learners, again perhaps."""
    await withhold_items(work, await _items(work, assessment_id))


async def free_items(work: UnitOfWork, assessment_id: uuid.UUID) -> None:
    """Give those items of an assessment back that nothing keeps any more."""
    ids = await _items(work, assessment_id)
    await work.fetch(_LOCK, ids=ids)
    await work.execute(_FREE, ids=ids)


async def _items(work: UnitOfWork, assessment_id: uuid.UUID) -> list[uuid.UUID]:
    return [row.item_id for row in await work.fetch(_ITEMS, id=assessment_id)]
