"""Scoring an exam anew, where a key was wrong.

What was asked stays as it was asked: the items' present keys are put in the place of those of the form, if
they fit its versions, and every sitting that has ended is scored again.
"""

import uuid
from collections.abc import Sequence

from app.access.principal import Principal
from app.assessments.changes import results_changed
from app.assessments.exams import lock_sittings, taught_exam
from app.assessments.results import score_sittings
from app.assessments.states import SUBMITTED
from app.content.kinds import ItemInvalid, ItemKind, check_item
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, not_found
from app.kit.statements import sql
from app.realtime.event_log import append

_ITEMS = sql("""
    SELECT m.item_id, i.kind, i.version, v.content, n.answer_key
    FROM assessment_item m JOIN item i ON i.organization_id = m.organization_id AND i.id = m.item_id
    JOIN item_version v
      ON v.organization_id = m.organization_id AND v.item_id = m.item_id AND v.version = m.item_version
    JOIN item_version n
      ON n.organization_id = i.organization_id AND n.item_id = i.id AND n.version = i.version
    WHERE m.assessment_id = :assessment_id AND m.item_id = ANY(:items)
""")
_SET_KEYS = sql("""
    INSERT INTO exam_key (organization_id, exam_id, item_id, version, set_by, set_at)
    SELECT :tenant, :exam_id, g.item_id, g.version, :user_id, :now
    FROM unnest(:items::uuid[], :versions::int[]) AS g(item_id, version)
    ON CONFLICT (exam_id, item_id, organization_id) DO UPDATE SET
      version = excluded.version, set_by = excluded.set_by, set_at = excluded.set_at
""")


async def regrade_exam(
    work: UnitOfWork, principal: Principal, exam_id: uuid.UUID, item_ids: Sequence[uuid.UUID]
) -> uuid.UUID:
    """Score these items by the keys that they have now, in all sittings that have ended and in those to come.

    NotFound for an item that the exam does not ask; Conflict for a key that does not fit what was asked.
    """
    if not item_ids:
        raise BadInput("Name the items whose keys were set right.", path=("itemIds",))
    exam = await taught_exam(work, principal, exam_id)
    rows = await work.fetch(_ITEMS, assessment_id=exam.assessment_id, items=list(item_ids))
    found = {row.item_id: row for row in rows}
    for place, item_id in enumerate(item_ids):
        path = ("itemIds", str(place))
        if item_id not in found:
            raise not_found("item of this exam", *path)
        row = found[item_id]
        try:
            check_item(ItemKind(row.kind), row.content, row.answer_key)
        except ItemInvalid as error:
            message = f"The item's key does not fit the version that was asked: {error.message}"
            raise Conflict(message, path=path) from None
    await work.execute(
        _SET_KEYS, tenant=work.tenant, exam_id=exam_id, user_id=principal.user_id, now=work.now,
        items=list(found), versions=[row.version for row in found.values()],
    )  # fmt: skip
    ended = await lock_sittings(work, exam_id, states=sorted(SUBMITTED))
    await score_sittings(work, [each.id for each in ended])
    await append(work, [results_changed(exam_id, work.tenant)])
    return exam_id
