"""Exams: opened for a class, advanced by the clock, closed, released.

SCHEDULED → OPEN ⇄ PAUSED; OPEN, PAUSED, SCHEDULED → CLOSED → RELEASED
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access.principal import Principal
from app.assessments.changes import Changes
from app.assessments.exam import COLUMNS as EXAM_COLUMNS
from app.assessments.exam import Exam, exam_of
from app.assessments.incidents import lasting
from app.assessments.results import score_sittings
from app.assessments.sitting import COLUMNS as SITTING_COLUMNS
from app.assessments.sitting import (
    IDLE_AFTER,
    MISSING_AFTER,
    OFFLINE_AFTER,
    Sitting,
    closed,
    due,
    sitting_of,
    started,
    submitted,
)
from app.assessments.states import (
    ENDED_EXAM,
    RUNNING,
    ExamIncidentKind,
    ExamState,
    ReleasePolicy,
    SittingState,
)
from app.assessments.withholding import free_items, withhold_assessment
from app.classrooms.service import taught_classroom
from app.kit.database import Row, UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, Forbidden, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime.presence import Presence

MOST_SITTINGS = 500
"""Learners of one exam."""
BATCH = 200
"""Sittings that the clock ends in one transaction."""
LONGEST_WINDOW = timedelta(days=366)
LATEST_OPENING = timedelta(days=1)
"""How far back an exam may say that it opened."""
HERE = (Presence.ONLINE, Presence.IDLE)

_ASSESSMENT = sql("""
    SELECT id, duration_seconds, item_count, sections, retired_at FROM assessment WHERE id = :id FOR SHARE
""")
_LEARNERS = sql("""
    SELECT e.learner_id, coalesce(a.extra_time_percent, 0) AS percent FROM enrollment e
    LEFT JOIN accommodation a ON a.organization_id = e.organization_id AND a.learner_id = e.learner_id
    WHERE e.classroom_id = :classroom_id AND e.left_at IS NULL
      AND (:learner_id::uuid IS NULL OR e.learner_id = :learner_id)
    ORDER BY e.learner_id LIMIT :limit
""")
_CREATE = sql("""
    INSERT INTO exam (organization_id, id, assessment_id, classroom_id, state, opens_at, closes_at,
                      lock_on_second_device, created_by, created_at)
    VALUES (:tenant, :id, :assessment_id, :classroom_id, :state, :opens_at, :closes_at,
            :lock_on_second_device, :user_id, :now)
""")
_CREATE_SITTINGS = sql("""
    INSERT INTO exam_sitting (organization_id, id, exam_id, classroom_id, learner_id, number, state, presence,
                              item_count, base_seconds, accommodation_seconds, granted_seconds, sections)
    SELECT :tenant, g.id, :exam_id, :classroom_id, g.learner_id, :number, 'NOT_STARTED', 'OFFLINE',
           :item_count, :base_seconds, g.extra, :granted_seconds, :sections::jsonb
    FROM unnest(:ids::uuid[], :learners::uuid[], :extras::int[]) AS g(id, learner_id, extra)
    ON CONFLICT DO NOTHING
""")
_EXAM = ", ".join(f"e.{name}" for name in EXAM_COLUMNS)
_SITTING = ", ".join(f"s.{name}" for name in SITTING_COLUMNS)
READ_EXAM = sql(f"SELECT {_EXAM} FROM exam e WHERE e.id = :id")
_LOCK_EXAM = sql(f"SELECT {_EXAM} FROM exam e WHERE e.id = :id FOR NO KEY UPDATE")
_TRY_EXAM = sql(f"SELECT {_EXAM} FROM exam e WHERE e.id = :id FOR NO KEY UPDATE SKIP LOCKED")
_TAUGHT = sql("""
    SELECT EXISTS (SELECT FROM exam e WHERE e.id = :id AND (:everything OR EXISTS (
      SELECT FROM classroom_teacher t WHERE t.classroom_id = e.classroom_id AND t.user_id = :user_id)))
""")
_LOCK_SITTINGS = sql(f"""
    SELECT {_SITTING} FROM exam_sitting s
    WHERE s.exam_id = :exam_id AND (:states::text[] IS NULL OR s.state = ANY(:states))
      AND (:ids::uuid[] IS NULL OR s.id = ANY(:ids))
    ORDER BY s.id FOR NO KEY UPDATE
""")
_LOCK_DUE = sql(f"""
    SELECT {_SITTING} FROM exam_sitting s
    WHERE s.exam_id = :exam_id AND (
      s.state IN ('ACTIVE', 'LOCKED') AND s.ends_at <= :now
      OR s.presence IN ('ONLINE', 'IDLE') AND s.heard_at <= :missing
      OR s.presence = 'ONLINE' AND s.acted_at <= :idle
      OR s.presence = 'MISSING' AND s.heard_at <= :offline)
    ORDER BY s.id LIMIT :limit FOR NO KEY UPDATE
""")
_RELEASE_POLICY = sql("""
    SELECT a.release_policy FROM exam e
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id WHERE e.id = :id
""")


@dataclass(frozen=True, slots=True)
class NewExam:
    """An exam to be opened: at once where no moment is given, until closed where no end is."""

    assessment_id: uuid.UUID
    classroom_id: uuid.UUID
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    lock_on_second_device: bool = False


async def open_exam(work: UnitOfWork, principal: Principal, given: NewExam) -> tuple[uuid.UUID, datetime]:
    """Open an exam for a class one teaches; its id, and the end of the longest sitting begun at once."""
    if not principal.is_staff:
        raise Forbidden("Only teachers and admins open exams; ask an admin for the role.")
    assessment = await work.fetch_one(_ASSESSMENT, id=given.assessment_id)
    if assessment is None:
        raise not_found("assessment", "assessmentId")
    if assessment.retired_at is not None:
        raise Conflict("This assessment is retired; make another one.", path=("assessmentId",))
    classroom = await taught_classroom(work, principal, given.classroom_id)
    if classroom.archived_at is not None:
        raise Conflict("This class is archived; nobody sits an exam in it.", path=("classroomId",))
    opens_at = given.opens_at or work.now
    _check_window(given, opens_at, work.now)
    state = ExamState.OPEN if opens_at <= work.now else ExamState.SCHEDULED
    exam = Exam(
        new_id(), given.assessment_id, given.classroom_id, state, opens_at, given.closes_at, 0,
        given.lock_on_second_device,
    )  # fmt: skip
    await work.execute(
        _CREATE, tenant=work.tenant, id=exam.id, assessment_id=exam.assessment_id,
        classroom_id=exam.classroom_id, state=state.value, opens_at=opens_at, closes_at=exam.closes_at,
        lock_on_second_device=exam.lock_on_second_device, user_id=principal.user_id, now=work.now,
    )  # fmt: skip
    await withhold_assessment(work, exam.assessment_id)
    longest = await create_sittings(work, exam, assessment)
    return exam.id, opens_at + timedelta(seconds=longest)


def _check_window(given: NewExam, opens_at: datetime, now: datetime) -> None:
    if not now - LATEST_OPENING <= opens_at <= now + LONGEST_WINDOW:
        message = "An exam opens within a year; to open it at once leave the moment out."
        raise BadInput(message, path=("opensAt",))
    if given.closes_at is not None and not max(opens_at, now) < given.closes_at <= opens_at + LONGEST_WINDOW:
        message = "An exam closes after it opens, within a year, and not in the past; give another moment."
        raise BadInput(message, path=("closesAt",))


async def create_sittings(
    work: UnitOfWork,
    exam: Exam,
    form: Row,
    learner_id: uuid.UUID | None = None,
    number: int = 1,
) -> int:
    """Make the sittings of a class, or of one learner of it; the longest time among them, in seconds.

    `form` has the assessment's `duration_seconds`, `item_count` and `sections`.
    """
    rows = await work.fetch(
        _LEARNERS, classroom_id=exam.classroom_id, learner_id=learner_id, limit=MOST_SITTINGS + 1
    )
    if len(rows) > MOST_SITTINGS:
        message = f"An exam has at most {MOST_SITTINGS} learners; divide the class."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("classroomId",))
    base_seconds: int = form.duration_seconds
    extras = [base_seconds * row.percent // 100 for row in rows]
    timed = any("seconds" in each for each in form.sections)
    sections = [{"seconds": None, **each} for each in form.sections]
    await work.execute(
        _CREATE_SITTINGS, tenant=work.tenant, exam_id=exam.id, classroom_id=exam.classroom_id, number=number,
        item_count=form.item_count, base_seconds=base_seconds, granted_seconds=exam.granted_seconds,
        sections={"sections": sections} if timed else None,
        ids=[new_id() for _ in rows], learners=[row.learner_id for row in rows], extras=extras,
    )  # fmt: skip
    return base_seconds + max(extras, default=0) + exam.granted_seconds


async def close_exam(work: UnitOfWork, principal: Principal, exam_id: uuid.UUID) -> uuid.UUID:
    """Close an exam: who still writes is submitted, nobody begins any more. Twice changes nothing."""
    exam = await taught_exam(work, principal, exam_id)
    if exam.state in ENDED_EXAM:
        return exam_id
    changes = Changes(work)
    await _close(changes, exam, principal.user_id)
    await score_sittings(work, changes.ended)
    await changes.keep()
    return exam_id


async def release_exam(work: UnitOfWork, principal: Principal, exam_id: uuid.UUID) -> uuid.UUID:
    """Let the learners of a closed exam see their results. Doing it twice changes nothing."""
    exam = await taught_exam(work, principal, exam_id)
    if exam.state is ExamState.RELEASED:
        return exam_id
    if exam.state is not ExamState.CLOSED:
        raise Conflict("This exam is not closed; close it first, then release the results.", path=("examId",))
    changes = Changes(work)
    released = replace(exam, state=ExamState.RELEASED, released_at=work.now)
    await changes.change_exam(released, released_by=principal.user_id)
    await free_items(work, exam.assessment_id)
    await changes.keep()
    return exam_id


async def taught_exam(work: UnitOfWork, principal: Principal, exam_id: uuid.UUID) -> Exam:
    """The exam, locked, if the principal teaches its class: fetched and checked in one."""
    allowed = principal.is_staff and await work.fetch_value(
        _TAUGHT, id=exam_id, everything=principal.is_admin, user_id=principal.user_id
    )
    row = await work.fetch_one(_LOCK_EXAM, id=exam_id) if allowed else None
    if row is None:
        raise not_found("exam", "examId")
    return exam_of(row)


async def lock_sittings(
    work: UnitOfWork,
    exam_id: uuid.UUID,
    *,
    states: Sequence[SittingState] | None = None,
    ids: Sequence[uuid.UUID] | None = None,
) -> list[Sitting]:
    """The sittings of an exam, all or some, locked in one order."""
    given = None if states is None else [each.value for each in states]
    rows = await work.fetch(
        _LOCK_SITTINGS, exam_id=exam_id, states=given, ids=None if ids is None else list(ids)
    )
    return list(map(sitting_of, rows))


def opens_now(exam: Exam, now: datetime) -> bool:
    """Whether an exam that is scheduled is to be opened."""
    return exam.state is ExamState.SCHEDULED and exam.opens_at <= now


async def open_now(changes: Changes, exam_id: uuid.UUID) -> Exam:
    """Open a scheduled exam whose moment has come: who waits begins, at that moment."""
    work = changes.work
    row = await work.fetch_one(_LOCK_EXAM, id=exam_id)
    if row is None:
        raise not_found("exam", "examId")
    exam = exam_of(row)
    return await _open(changes, exam) if opens_now(exam, work.now) else exam


async def advance(work: UnitOfWork, exam_id: uuid.UUID) -> bool:
    """What the clock alone makes of an exam: opened, sittings ended, presence faded, closed.

    Of several processes one does it. True when more than a batch was due, so that it is to be called again.
    """
    row = await work.fetch_one(_TRY_EXAM, id=exam_id)
    if row is None:
        return False
    exam, changes = exam_of(row), Changes(work)
    if opens_now(exam, work.now):
        exam = await _open(changes, exam)
    more = await _end_due(changes, exam)
    if not more and await _closes_now(changes, exam):
        await _close(changes, exam, None)
    # The topics are locked by what is kept: scoring comes first.
    await score_sittings(work, changes.ended)
    await changes.keep()
    return more


async def _open(changes: Changes, exam: Exam) -> Exam:
    exam = await changes.change_exam(replace(exam, state=ExamState.OPEN))
    for sitting in await lock_sittings(changes.work, exam.id, states=[SittingState.WAITING]):
        changes.begin(sitting)
        changes.move(started(sitting, exam.opens_at, exam.closes_at))
    return exam


async def _end_due(changes: Changes, exam: Exam) -> bool:
    """End what is due and let presence fade; whether more than a batch was."""
    work = changes.work
    rows = await work.fetch(
        _LOCK_DUE, exam_id=exam.id, now=work.now, missing=work.now - MISSING_AFTER,
        idle=work.now - IDLE_AFTER, offline=work.now - OFFLINE_AFTER, limit=BATCH,
    )  # fmt: skip
    sittings = list(map(sitting_of, rows))
    known = await lasting(work, [each.id for each in sittings])
    for before in sittings:
        changes.begin(before)
        after = changes.move(due(changes[before.id], work.now))
        if after.state in RUNNING and before.presence in HERE and after.presence not in HERE:
            kind = ExamIncidentKind.DISCONNECTED
            changes.raise_incident(after.id, kind, known, started_at=after.heard_at)
    return len(sittings) == BATCH


async def _closes_now(changes: Changes, exam: Exam) -> bool:
    work = changes.work
    if exam.state is not ExamState.OPEN or exam.closes_at is None or work.now < exam.closes_at:
        return False
    left = await lock_sittings(work, exam.id, states=sorted(RUNNING))
    for sitting in left:
        changes.begin(sitting)
    return not any(changes[sitting.id].state in RUNNING for sitting in left)


async def _close(changes: Changes, exam: Exam, user_id: uuid.UUID | None) -> Exam:
    now = changes.work.now
    for sitting in await lock_sittings(changes.work, exam.id):
        changes.begin(sitting)
        changes.move(submitted(closed(due(changes[sitting.id], now), now), now, by_force=True))
    policy = await changes.work.fetch_value(_RELEASE_POLICY, id=exam.id)
    exam = replace(exam, state=ExamState.CLOSED, closed_at=now)
    if policy != ReleasePolicy.MANUAL:
        exam = replace(exam, state=ExamState.RELEASED, released_at=now)
    exam = await changes.change_exam(exam, closed_by=user_id)
    if exam.state is ExamState.RELEASED:
        await free_items(changes.work, exam.assessment_id)
    return exam
