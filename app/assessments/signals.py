"""What a learner's device tells of itself: that it lives, where the learner is, what a teacher may look at.

A device's clock is compared with ours and never believed: everything happens when it is heard of.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.access.principal import Principal
from app.assessments.changes import Changes
from app.assessments.incidents import DETAILS, Lasting, lasting
from app.assessments.sitting import Sitting, heard
from app.assessments.sittings import note_address, own_sitting
from app.assessments.states import OVER, ExamIncidentKind, ExamSignal, SittingState
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, Conflict, DomainError, ErrorReason

MOST_SIGNALS = 100
CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far a device's clock may be off before it is told."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal; `sequence` rises from one to the next, those that do not are passed over as repeated."""

    kind: ExamSignal
    sequence: int
    item_number: int | None = None
    client_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """The server's clock, when the sitting ends, and what to correct of the signals."""

    server_time: datetime
    ends_at: datetime | None
    errors: Sequence[DomainError]


async def report_signals(
    work: UnitOfWork, principal: Principal, sitting_id: uuid.UUID, signals: Sequence[Signal], address: str
) -> Reported:
    """Take in what a device tells. A clock that is off is an error and an incident; the rest counts."""
    if len(signals) > MOST_SIGNALS:
        message = f"At most {MOST_SIGNALS} signals at once."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("signals",))
    sitting = await own_sitting(work, principal, sitting_id)
    _check_going_on(sitting)
    _check(sitting, signals)
    changes = Changes(work, [sitting])
    known = await lasting(work, [sitting_id])
    changes.move(heard(sitting, work.now))
    changes.end_incident(sitting_id, ExamIncidentKind.DISCONNECTED, known)
    errors: list[DomainError] = []
    for place, signal in enumerate(signals):
        if signal.sequence > changes[sitting_id].last_signal:
            _take_in(changes, sitting_id, signal, known)
            errors += _clock_errors(changes, sitting_id, signal, place, known)
    await note_address(changes, sitting, address)
    ends_at = changes[sitting_id].ends_at
    await changes.keep()
    return Reported(work.now, ends_at, errors)


def _take_in(changes: Changes, sitting_id: uuid.UUID, signal: Signal, known: Lasting) -> None:
    now = changes.work.now
    sitting = replace(changes[sitting_id], last_signal=signal.sequence)
    if signal.kind is not ExamSignal.HEARTBEAT:
        sitting = heard(sitting, now, acted=True)
    if signal.kind is ExamSignal.ITEM_OPENED:
        sitting = replace(sitting, current_item_number=signal.item_number)
    changes.move(sitting)
    at_item = f" At item {signal.item_number}." if signal.item_number is not None else ""
    if signal.kind in _RAISE:
        kind = _RAISE[signal.kind]
        changes.raise_incident(sitting_id, kind, known, detail=DETAILS[kind] + at_item)
    elif signal.kind in _END:
        changes.end_incident(sitting_id, _END[signal.kind], known)


_RAISE = {
    ExamSignal.FOCUS_LOST: ExamIncidentKind.FOCUS_LOST,
    ExamSignal.PASTE: ExamIncidentKind.PASTE,
    ExamSignal.HAND_RAISED: ExamIncidentKind.HAND_RAISED,
}
_END = {
    ExamSignal.FOCUS_REGAINED: ExamIncidentKind.FOCUS_LOST,
    ExamSignal.HAND_LOWERED: ExamIncidentKind.HAND_RAISED,
}


def _clock_errors(
    changes: Changes, sitting_id: uuid.UUID, signal: Signal, place: int, known: Lasting
) -> list[DomainError]:
    if signal.client_time is None:
        return []
    off = signal.client_time - changes.work.now
    # What was queued while the device was off-line is old; only a clock from the future cannot be right, and
    # a heartbeat is never queued.
    behind = signal.kind is ExamSignal.HEARTBEAT and off < -CLOCK_TOLERANCE
    if off <= CLOCK_TOLERANCE and not behind:
        changes.end_incident(sitting_id, ExamIncidentKind.CLOCK_SKEW, known)
        return []
    seconds = round(off.total_seconds())
    detail = f"The clock of the device differs from the server's by {seconds:+} s."
    changes.raise_incident(sitting_id, ExamIncidentKind.CLOCK_SKEW, known, detail=detail)
    message = f"The device's clock is off by {seconds:+} s; the server's counts. Set the device's clock."
    return [BadInput(message, path=("signals", str(place), "clientTime"))]


def _check_going_on(sitting: Sitting) -> None:
    if sitting.state is SittingState.NOT_STARTED:
        message = "This exam has not begun for you; join it first."
        raise Conflict(message, reason=ErrorReason.EXAM_NOT_OPEN, path=("sittingId",))
    if sitting.state in OVER:
        message = "This sitting has ended; signals are no longer wanted."
        raise Conflict(message, reason=ErrorReason.SITTING_SUBMITTED, path=("sittingId",))


def _check(sitting: Sitting, signals: Sequence[Signal]) -> None:
    for place, signal in enumerate(signals):
        path = ("signals", str(place))
        if signal.sequence < 1:
            raise BadInput("Signals are numbered from 1.", path=(*path, "sequence"))
        number = signal.item_number
        if number is None and signal.kind is ExamSignal.ITEM_OPENED:
            raise BadInput("Say which item was opened.", path=(*path, "itemNumber"))
        if number is not None and not 1 <= number <= sitting.item_count:
            message = f"The items are numbered from 1 to {sitting.item_count}."
            raise BadInput(message, path=(*path, "itemNumber"))
