"""Acts as they come to learners: delivered, then seen, each once, told to the teachers."""

import uuid

from app.access.principal import Principal
from app.assessments.action import Acknowledgement, acknowledgement_as_json, action_as_json, action_of
from app.assessments.actions import FROM, SELECTED
from app.assessments.changes import ACTION_ACKNOWLEDGED, Changes, exam_topic
from app.assessments.states import ActionStage
from app.kit.database import UnitOfWork
from app.kit.errors import not_found
from app.kit.statements import sql

_READ = sql(f"""
    SELECT {SELECTED}, s.learner_id, t.delivered_at, t.seen_at FROM {FROM}
    JOIN exam_action_target t ON t.organization_id = a.organization_id AND t.action_id = a.id
    JOIN exam_sitting s ON s.organization_id = t.organization_id AND s.id = t.sitting_id
    WHERE a.id = :action_id AND s.id = :sitting_id AND s.learner_id = :learner_id
    FOR NO KEY UPDATE OF t
""")
_ACKNOWLEDGE = sql("""
    UPDATE exam_action_target SET delivered_at = :delivered_at, seen_at = :seen_at
    WHERE action_id = :action_id AND sitting_id = :sitting_id
""")


async def acknowledge_action(
    work: UnitOfWork, principal: Principal, sitting_id: uuid.UUID, action_id: uuid.UUID, stage: ActionStage
) -> uuid.UUID:
    """Say that an act has come to one's own sitting, or was seen; what was said before stays."""
    key = {"action_id": action_id, "sitting_id": sitting_id}
    row = await work.fetch_one(_READ, **key, learner_id=principal.learner_id)
    if row is None:
        raise not_found("act", "actionId")
    delivered_at = row.delivered_at or work.now
    seen_at = row.seen_at or (work.now if stage is ActionStage.SEEN else None)
    if (delivered_at, seen_at) != (row.delivered_at, row.seen_at):
        await work.execute(_ACKNOWLEDGE, **key, delivered_at=delivered_at, seen_at=seen_at)
        changes = Changes(work)
        found = Acknowledgement(sitting_id, row.learner_id, delivered_at, seen_at)
        payload = {
            "action": action_as_json(action_of(row)),
            "acknowledgement": acknowledgement_as_json(found),
        }
        changes.tell(exam_topic(row.exam_id), ACTION_ACKNOWLEDGED, payload)
        await changes.keep()
    return action_id
