"""What a learner does with a sitting: joins, from any device, and submits."""

import hashlib
import uuid
from dataclasses import dataclass, replace

from app.access.principal import Principal
from app.assessments.changes import Changes
from app.assessments.exam import COLUMNS as EXAM_COLUMNS
from app.assessments.exam import Exam, exam_of
from app.assessments.exams import create_sittings, open_now, opens_now
from app.assessments.incidents import lasting
from app.assessments.results import score_sittings
from app.assessments.sitting import COLUMNS as SITTING_COLUMNS
from app.assessments.sitting import (
    Sitting,
    due,
    heard,
    locked,
    paused,
    sitting_of,
    started,
    submitted,
    time_is_up,
    waiting,
)
from app.assessments.states import (
    BEFORE_START,
    ENDED_EXAM,
    OVER,
    RUNNING,
    ExamIncidentKind,
    ExamState,
    SittingState,
)
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, not_found
from app.kit.statements import sql

LONGEST_DEVICE_ID = 100

_EXAM = ", ".join(f"e.{name}" for name in EXAM_COLUMNS)
_SITTING = ", ".join(f"s.{name}" for name in SITTING_COLUMNS)
_ATTENDED = f"""
    SELECT {_EXAM} FROM exam e WHERE e.id = :id AND EXISTS (
      SELECT FROM enrollment n WHERE n.classroom_id = e.classroom_id AND n.learner_id = :learner_id
        AND n.left_at IS NULL)
"""
_FIND = sql(_ATTENDED)
# Joining goes on side by side, and waits only where a teacher's act or the clock moves the exam.
_SHARE = sql(f"{_ATTENDED} FOR SHARE OF e")
_FORM = sql("""
    SELECT a.duration_seconds, a.item_count, a.sections, a.attempts_allowed FROM exam e
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id WHERE e.id = :id
""")
_LATEST = sql(f"""
    SELECT {_SITTING} FROM exam_sitting s WHERE s.exam_id = :exam_id AND s.learner_id = :learner_id
    ORDER BY s.number DESC LIMIT 1 FOR NO KEY UPDATE
""")
_OWN = sql(f"""
    SELECT {_SITTING} FROM exam_sitting s WHERE s.id = :id AND s.learner_id = :learner_id FOR NO KEY UPDATE
""")


@dataclass(frozen=True, slots=True)
class Joined:
    """A sitting that a device has taken up, and the number of the next answer."""

    sitting_id: uuid.UUID
    next_sequence: int


async def join_exam(
    work: UnitOfWork, principal: Principal, exam_id: uuid.UUID, device_id: str | None, address: str
) -> Joined:
    """Begin or take up one's sitting: WAITING before the exam opens, ACTIVE after; this device goes on."""
    _check_device(device_id)
    if principal.learner_id is None:
        raise not_found("exam", "examId")
    changes = Changes(work)
    exam = await _exam_to_join(changes, exam_id, principal.learner_id)
    sitting = await _sitting_to_join(changes, exam, principal.learner_id)
    if sitting.state in BEFORE_START:
        changes.move(_begun(sitting, exam, changes))
    await _take_up(changes, sitting.id, exam, device_id, address)
    joined = changes[sitting.id]
    await changes.keep()
    return Joined(joined.id, joined.last_sequence + 1)


async def submit_exam(work: UnitOfWork, principal: Principal, sitting_id: uuid.UUID) -> uuid.UUID:
    """Submit one's sitting, for good. Twice changes nothing; after its time it is submitted already."""
    sitting = await own_sitting(work, principal, sitting_id)
    if sitting.state in BEFORE_START:
        raise Conflict(
            "This exam has not begun for you.", reason=ErrorReason.EXAM_NOT_OPEN, path=("sittingId",)
        )
    if sitting.state is SittingState.CLOSED:
        raise Conflict("This exam has closed.", reason=ErrorReason.EXAM_CLOSED, path=("sittingId",))
    changes = Changes(work, [sitting])
    changes.move(submitted(due(sitting, work.now), work.now))
    await score_sittings(work, changes.ended)
    await changes.keep()
    return sitting_id


def sitting_lock(principal: Principal, sitting_id: uuid.UUID) -> str:
    """SQL that locks the principal's own sitting, but no other, for the opening of a unit of work."""
    if principal.learner_id is None:
        return ""
    own = f"id = '{sitting_id.hex}' AND learner_id = '{principal.learner_id.hex}'"
    return f"SELECT FROM exam_sitting WHERE {own} FOR NO KEY UPDATE;"


async def own_sitting(work: UnitOfWork, principal: Principal, sitting_id: uuid.UUID) -> Sitting:
    """The principal's own sitting, locked; another's is not found."""
    row = None
    if principal.learner_id is not None:
        row = await work.fetch_one(_OWN, id=sitting_id, learner_id=principal.learner_id)
    if row is None:
        raise not_found("sitting", "sittingId")
    return sitting_of(row)


def address_digest(sitting_id: uuid.UUID, address: str) -> bytes:
    """Tells one address from another within a sitting, and names none."""
    return hashlib.sha256(sitting_id.bytes + address.encode()).digest()


async def note_address(changes: Changes, sitting: Sitting, address: str) -> None:
    """Note an address that differs from the one before."""
    digest = address_digest(sitting.id, address)
    if digest == sitting.address_digest:
        return
    changes.move(replace(changes[sitting.id], address_digest=digest))
    if sitting.address_digest is not None:
        known = await lasting(changes.work, [sitting.id])
        changes.raise_incident(sitting.id, ExamIncidentKind.ADDRESS_CHANGED, known)


async def _exam_to_join(changes: Changes, exam_id: uuid.UUID, learner_id: uuid.UUID) -> Exam:
    work, key = changes.work, {"id": exam_id, "learner_id": learner_id}
    row = await work.fetch_one(_FIND, **key)
    if row is not None and opens_now(exam_of(row), work.now):
        return await open_now(changes, exam_id)
    row = await work.fetch_one(_SHARE, **key)
    if row is None:
        raise not_found("exam", "examId")
    return exam_of(row)


async def _sitting_to_join(changes: Changes, exam: Exam, learner_id: uuid.UUID) -> Sitting:
    """The learner's latest sitting; made for one who came later, or for a further attempt."""
    work, key = changes.work, {"exam_id": exam.id, "learner_id": learner_id}
    row = await work.fetch_one(_LATEST, **key)
    sitting = sitting_of(row) if row is not None else None
    number = 1
    if sitting is not None and (sitting.state in OVER or _is_over(sitting, changes)):
        await _check_another(work, exam, sitting)
        number, sitting = sitting.number + 1, None
    if sitting is None or sitting.state in BEFORE_START:
        _check_open(exam, work)
    if sitting is None:
        form = await work.fetch_one(_FORM, id=exam.id)
        assert form is not None
        await create_sittings(work, exam, form, learner_id, number)
        row = await work.fetch_one(_LATEST, **key)
        if row is None:
            raise not_found("exam", "examId")
        sitting = sitting_of(row)
    changes.begin(sitting)
    return changes[sitting.id]


def _is_over(sitting: Sitting, changes: Changes) -> bool:
    return sitting.state in RUNNING and time_is_up(sitting, changes.work.now)


async def _check_another(work: UnitOfWork, exam: Exam, sitting: Sitting) -> None:
    _check_open(exam, work)
    if sitting.state in RUNNING:
        message = "The time of this sitting is up; what was saved counts."
        raise Conflict(message, reason=ErrorReason.TIME_IS_UP, path=("examId",))
    form = await work.fetch_one(_FORM, id=exam.id)
    if form is None or sitting.number >= form.attempts_allowed:
        message = "You have sat this exam as often as it allows."
        raise Conflict(message, reason=ErrorReason.NO_ATTEMPTS_LEFT, path=("examId",))


def _check_open(exam: Exam, work: UnitOfWork) -> None:
    past = exam.closes_at is not None and exam.closes_at <= work.now
    if past or exam.state in ENDED_EXAM:
        message = "This exam has closed; nobody begins any more."
        raise Conflict(message, reason=ErrorReason.EXAM_CLOSED, path=("examId",))


def _begun(sitting: Sitting, exam: Exam, changes: Changes) -> Sitting:
    now = changes.work.now
    if exam.state is ExamState.SCHEDULED:
        return waiting(sitting, now)
    begun = started(sitting, now, exam.closes_at)
    return paused(begun, now) if exam.state is ExamState.PAUSED else begun


async def _take_up(
    changes: Changes, sitting_id: uuid.UUID, exam: Exam, device_id: str | None, address: str
) -> None:
    work, before = changes.work, changes[sitting_id]
    known = await lasting(work, [sitting_id])
    # Whoever has not joined yet has no other device.
    joined_before = changes.before(sitting_id).joined_at is not None
    changes.move(replace(heard(before, work.now, acted=True), device_id=device_id))
    changes.end_incident(sitting_id, ExamIncidentKind.DISCONNECTED, known)
    if joined_before and before.device_id != device_id:
        changes.raise_incident(sitting_id, ExamIncidentKind.SECOND_SESSION, known)
        if exam.lock_on_second_device:
            changes.move(locked(changes[sitting_id]))
    await note_address(changes, changes[sitting_id], address)


def _check_device(device_id: str | None) -> None:
    if device_id is not None and (
        not 1 <= len(device_id) <= LONGEST_DEVICE_ID or not device_id.isprintable()
    ):
        message = (
            f"A device id has 1 to {LONGEST_DEVICE_ID} printable characters; leave it out if there is none."
        )
        raise BadInput(message, path=("deviceId",))
