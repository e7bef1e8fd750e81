"""How teachers attend to incidents: claim a raised hand, dismiss what was looked at."""

import uuid
from dataclasses import replace

from app.access.principal import Principal
from app.assessments.changes import Changes
from app.assessments.exams import lock_sittings, taught_exam
from app.assessments.incidents import FROM, SELECTED, Incident, incident_of
from app.assessments.states import ExamIncidentKind
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, NotFound, not_found
from app.kit.statements import sql

LONGEST_NOTE = 1_000

_READ = sql(f"SELECT {SELECTED} FROM {FROM} WHERE c.id = :id")


async def claim_raised_hand(work: UnitOfWork, principal: Principal, incident_id: uuid.UUID) -> uuid.UUID:
    """Say that one goes to the learner; Conflict when another teacher does, or the hand is down."""
    changes, incident = await _of_taught_exam(work, principal, incident_id)
    if incident.kind is not ExamIncidentKind.HAND_RAISED:
        raise BadInput("Only raised hands are claimed.", path=("incidentId",))
    if incident.claimed_by == principal.user_id:
        return incident_id
    if incident.claimed_by is not None:
        raise Conflict("Another teacher goes to this learner.", path=("incidentId",))
    if not incident.open:
        raise Conflict("This hand is down.", path=("incidentId",))
    after = replace(incident, claimed_by=principal.user_id, claimed_at=work.now)
    changes.change_incident(incident, after)
    await changes.keep()
    return incident_id


async def dismiss_incident(
    work: UnitOfWork, principal: Principal, incident_id: uuid.UUID, note: str | None
) -> uuid.UUID:
    """Say that an incident was looked at, with a note perhaps; the first dismissal stays."""
    if note is not None and (not 1 <= len(note.strip()) <= LONGEST_NOTE or "\0" in note):
        message = f"A note has 1 to {LONGEST_NOTE:,} characters, no NUL among them."
        raise BadInput(message, path=("note",))
    changes, incident = await _of_taught_exam(work, principal, incident_id)
    if incident.dismissed_at is None:
        after = replace(incident, dismissed_by=principal.user_id, dismissed_at=work.now, note=note)
        changes.change_incident(incident, after)
        await changes.keep()
    return incident_id


async def _of_taught_exam(
    work: UnitOfWork, principal: Principal, incident_id: uuid.UUID
) -> tuple[Changes, Incident]:
    """The incident with its exam and sitting locked, if the principal teaches the class."""
    row = await work.fetch_one(_READ, id=incident_id)
    if row is None:
        raise not_found("incident", "incidentId")
    try:
        await taught_exam(work, principal, row.exam_id)
    except NotFound:
        raise not_found("incident", "incidentId") from None
    changes = Changes(work, await lock_sittings(work, row.exam_id, ids=[row.sitting_id]))
    row = await work.fetch_one(_READ, id=incident_id)
    assert row is not None
    return changes, incident_of(row)
