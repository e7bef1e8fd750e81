"""What teachers do to sittings: extend, message, pause, resume, force submission, unlock; undo; acknowledge.

An act names its target: everyone of the exam, whom it applies to, or certain sittings, to each of which it
has to apply. It is kept for good with who did it, and undone for ten seconds.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.access.principal import Principal
from app.assessments.action import COLUMNS, Action, action_as_json, action_of
from app.assessments.changes import ACTION_RECEIVED, ACTION_TAKEN, Changes, exam_topic, sitting_topic
from app.assessments.exam import Exam
from app.assessments.exams import lock_sittings, taught_exam
from app.assessments.results import drop_results, score_sittings
from app.assessments.sitting import (
    Sitting,
    due,
    extended,
    locked,
    paused,
    reopened,
    resumed,
    submitted,
    unlocked,
)
from app.assessments.states import ENDED_EXAM, OVER, ExamActionKind, ExamState, SittingState
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, ErrorReason, NotFound, not_found
from app.kit.ids import new_id
from app.kit.statements import sql

LONGEST_EXTENSION = 24 * 60 * 60
LONGEST_TEXT = 1_000
MOST_NAMED = 500
"""Sittings that one act names: as many as an exam has."""

SELECTED = ", ".join(
    {"classroom_id": "e.classroom_id", "reached": "false AS reached"}.get(name, f"a.{name}")
    for name in COLUMNS
)
FROM = "exam_action a JOIN exam e ON e.organization_id = a.organization_id AND e.id = a.exam_id"
_CREATE = sql("""
    INSERT INTO exam_action (organization_id, id, exam_id, kind, actor_id, at, everyone, seconds, text,
                             reason)
    VALUES (:tenant, :id, :exam_id, :kind, :actor_id, :at, :everyone, :seconds, :text, :reason)
""")
_CREATE_TARGETS = sql("""
    INSERT INTO exam_action_target (organization_id, action_id, sitting_id, before)
    SELECT :tenant, :id, g.* FROM unnest(:sittings::uuid[], :befores::text[]) AS g
""")
_READ = sql(f"SELECT {SELECTED} FROM {FROM} WHERE a.id = :id")
_TARGETS = sql("SELECT sitting_id, before FROM exam_action_target WHERE action_id = :id")
_UNDO = sql("UPDATE exam_action SET undone_by = :user_id, undone_at = :now WHERE id = :id")


@dataclass(frozen=True, slots=True)
class Target:
    """Whom an act is for: these sittings, or everyone of the exam."""

    everyone: bool
    sitting_ids: Sequence[uuid.UUID] = ()


@dataclass(frozen=True, slots=True)
class NewAction:
    """An act to be taken."""

    exam_id: uuid.UUID
    kind: ExamActionKind
    target: Target
    seconds: int | None = None
    text: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class PastWindow:
    """Sittings that go on after the exam's end: how many, and until when at the longest."""

    sittings: int
    latest_end: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """An act that was taken, and what to warn of."""

    action_id: uuid.UUID
    past_window: PastWindow | None


async def take_action(work: UnitOfWork, principal: Principal, given: NewAction) -> Taken:
    """Do it to everybody it applies to, all or nothing; NotFound, BadInput, Conflict with their paths."""
    _check(given)
    exam = await taught_exam(work, principal, given.exam_id)
    _check_open(exam, given.kind)
    changes = await _targets(work, exam, given.target)
    reached = _apply(changes, given, work.now)
    user_id = principal.user_id
    assert user_id is not None
    action = Action(
        new_id(), exam.id, exam.classroom_id, given.kind, user_id, work.now, given.target.everyone,
        given.seconds, given.text, given.reason,
    )  # fmt: skip
    await _store(work, action, [changes.before(each) for each in reached])
    if given.target.everyone:
        after = _exam_after(exam, given.kind, given.seconds or 0)
        if after != exam:
            await changes.change_exam(after)
    _tell(changes, action, reached)
    await score_sittings(work, changes.ended)
    await changes.keep()
    extension = given.kind is ExamActionKind.EXTENSION
    return Taken(action.id, _past_window(changes, exam, reached) if extension else None)


async def undo_action(work: UnitOfWork, principal: Principal, action_id: uuid.UUID) -> uuid.UUID:
    """Undo an act of the last ten seconds; Conflict later. Doing it twice changes nothing."""
    found = await work.fetch_one(_READ, id=action_id)
    if found is None:
        raise not_found("act", "actionId")
    try:
        exam = await taught_exam(work, principal, found.exam_id)
    except NotFound:
        raise not_found("act", "actionId") from None
    # Read again behind the exam's lock: another may have undone it meanwhile.
    found = await work.fetch_one(_READ, id=action_id)
    assert found is not None
    action = action_of(found)
    if action.undone_at is not None:
        return action_id
    if action.undoable_until is None or work.now > action.undoable_until:
        message = "It is too late to undo this; take another act that sets it right."
        raise Conflict(message, reason=ErrorReason.UNDO_TOO_LATE, path=("actionId",))
    _check_open(exam, action.kind)
    befores = {row.sitting_id: SittingState(row.before) for row in await work.fetch(_TARGETS, id=action_id)}
    changes = Changes(work, await lock_sittings(work, exam.id, ids=list(befores)))
    for sitting_id, before in befores.items():
        sitting = due(changes[sitting_id], work.now)
        changes.move(_undone(action, sitting, before, work.now))
    if action.everyone:
        after = _exam_before(exam, action)
        if after != exam:
            await changes.change_exam(after)
    await work.execute(_UNDO, id=action_id, user_id=principal.user_id, now=work.now)
    _tell(changes, replace(action, undone_by=principal.user_id, undone_at=work.now), list(befores))
    await drop_results(work, [each.id for each in changes.moved if each.state not in OVER])
    await score_sittings(work, changes.ended)
    await changes.keep()
    return action_id


def _check(given: NewAction) -> None:
    if given.seconds is not None and not 1 <= given.seconds <= LONGEST_EXTENSION:
        message = f"An extension is from 1 to {LONGEST_EXTENSION:,} seconds."
        raise BadInput(message, path=("seconds",))
    for name, text in (("text", given.text), ("reason", given.reason)):
        if text is not None and (not 1 <= len(text.strip()) <= LONGEST_TEXT or "\0" in text):
            raise BadInput(f"Give 1 to {LONGEST_TEXT:,} characters, no NUL among them.", path=(name,))
    if not given.target.everyone and not given.target.sitting_ids:
        raise BadInput("Name at least one sitting, or everyone.", path=("target",))
    if len(given.target.sitting_ids) > MOST_NAMED:
        message = f"At most {MOST_NAMED} sittings at once, or everyone."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("target", "sittingIds"))


def _check_open(exam: Exam, kind: ExamActionKind) -> None:
    if exam.state in ENDED_EXAM:
        message = "This exam has closed; nothing is done to its sittings any more."
        raise Conflict(message, reason=ErrorReason.EXAM_CLOSED, path=("examId",))
    if exam.state is ExamState.SCHEDULED and kind in (ExamActionKind.PAUSE, ExamActionKind.RESUME):
        message = "This exam has not opened yet; there is no clock to stop."
        raise Conflict(message, reason=ErrorReason.EXAM_NOT_OPEN, path=("examId",))


async def _targets(work: UnitOfWork, exam: Exam, target: Target) -> Changes:
    wanted = None if target.everyone else target.sitting_ids
    sittings = await lock_sittings(work, exam.id, ids=wanted)
    found = {each.id for each in sittings}
    for place, sitting_id in enumerate(target.sitting_ids):
        if sitting_id not in found:
            raise not_found("sitting", "target", "sittingIds", str(place))
    changes = Changes(work, sittings)
    for sitting in sittings:
        changes.move(due(sitting, work.now))
    return changes


def _apply(changes: Changes, given: NewAction, now: datetime) -> list[uuid.UUID]:
    """Move whom it applies to; those sittings, in the order of the target."""
    reached = []
    ids = given.target.sitting_ids or changes.sitting_ids
    for place, sitting_id in enumerate(dict.fromkeys(ids)):
        before = changes[sitting_id]
        after = changes.move(_move(given, before, now))
        if after is not before or (given.kind is ExamActionKind.MESSAGE and before.state not in OVER):
            reached.append(sitting_id)
        elif not given.target.everyone:
            message = _DOES_NOT_APPLY[given.kind]
            raise Conflict(message, path=("target", "sittingIds", str(place)))
    return reached


_DOES_NOT_APPLY = {
    ExamActionKind.EXTENSION: "This sitting has ended; it takes no more time.",
    ExamActionKind.MESSAGE: "This sitting has ended; nobody reads a message there.",
    ExamActionKind.PAUSE: "The clock of this sitting does not run.",
    ExamActionKind.RESUME: "The clock of this sitting does not stand.",
    ExamActionKind.FORCE_SUBMISSION: "Nobody writes in this sitting.",
    ExamActionKind.UNLOCK: "This sitting is not locked.",
}


def _move(given: NewAction, sitting: Sitting, now: datetime) -> Sitting:
    match given.kind:
        case ExamActionKind.EXTENSION:
            return extended(sitting, given.seconds or 0, now)
        case ExamActionKind.PAUSE:
            return paused(sitting, now)
        case ExamActionKind.RESUME:
            return resumed(sitting, now)
        case ExamActionKind.FORCE_SUBMISSION:
            return submitted(sitting, now, by_force=True)
        case ExamActionKind.UNLOCK:
            return unlocked(sitting)
        case ExamActionKind.MESSAGE:
            return sitting


def _undone(action: Action, sitting: Sitting, before: SittingState, now: datetime) -> Sitting:
    match action.kind:
        case ExamActionKind.EXTENSION:
            return due(extended(sitting, -(action.seconds or 0), now), now)
        case ExamActionKind.PAUSE:
            return resumed(sitting, now)
        case ExamActionKind.RESUME:
            return paused(sitting, now)
        case ExamActionKind.FORCE_SUBMISSION:
            return reopened(sitting, before, now)
        case ExamActionKind.UNLOCK:
            return locked(sitting)
        case ExamActionKind.MESSAGE:
            return sitting


def _exam_after(exam: Exam, kind: ExamActionKind, seconds: int) -> Exam:
    match kind:
        case ExamActionKind.EXTENSION:
            return replace(exam, granted_seconds=exam.granted_seconds + seconds)
        case ExamActionKind.PAUSE:
            return replace(exam, state=ExamState.PAUSED)
        case ExamActionKind.RESUME:
            return replace(exam, state=ExamState.OPEN)
        case _:
            return exam


def _exam_before(exam: Exam, action: Action) -> Exam:
    undoes = {ExamActionKind.PAUSE: ExamActionKind.RESUME, ExamActionKind.RESUME: ExamActionKind.PAUSE}
    return _exam_after(exam, undoes.get(action.kind, action.kind), -(action.seconds or 0))


async def _store(work: UnitOfWork, action: Action, befores: Sequence[Sitting]) -> None:
    await work.execute(
        _CREATE, tenant=work.tenant, id=action.id, exam_id=action.exam_id, kind=action.kind.value,
        actor_id=action.actor_id, at=action.at, everyone=action.everyone, seconds=action.seconds,
        text=action.text, reason=action.reason,
    )  # fmt: skip
    await work.execute(
        _CREATE_TARGETS, tenant=work.tenant, id=action.id, sittings=[each.id for each in befores],
        befores=[each.state.value for each in befores],
    )  # fmt: skip


def _tell(changes: Changes, action: Action, reached: Sequence[uuid.UUID]) -> None:
    payload = {"action": action_as_json(action)}
    changes.tell(exam_topic(action.exam_id), ACTION_TAKEN, payload)
    # What a teacher wrote down for the record is not told to learners.
    for_learners = {"action": {**payload["action"], "reason": None}}
    for sitting_id in reached:
        changes.tell(sitting_topic(sitting_id), ACTION_RECEIVED, for_learners)


def _past_window(changes: Changes, exam: Exam, reached: Sequence[uuid.UUID]) -> PastWindow | None:
    """Which of the sittings go on after the window; a clock that stands is taken to run on now."""
    if exam.closes_at is None:
        return None
    ends = []
    for sitting in map(changes.__getitem__, reached):
        end = sitting.ends_at
        if sitting.left_when_paused is not None:
            end = changes.work.now + sitting.left_when_paused
        if end is not None and end > exam.closes_at:
            ends.append(end)
    return PastWindow(len(ends), max(ends)) if ends else None
