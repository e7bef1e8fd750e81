"""An act of a teacher on sittings, as followers and readers see it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from app.assessments.payload import plain, read_id, read_moment
from app.assessments.states import ExamActionKind

UNDOABLE_FOR = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Action:
    """What was done, by whom, and whether it was undone. `reached`: the reader is among the targets."""

    id: uuid.UUID
    exam_id: uuid.UUID
    classroom_id: uuid.UUID
    kind: ExamActionKind
    actor_id: uuid.UUID
    at: datetime
    everyone: bool
    seconds: int | None = None
    text: str | None = None
    reason: str | None = None
    undone_by: uuid.UUID | None = None
    undone_at: datetime | None = None
    reached: bool = False

    @property
    def undoable_until(self) -> datetime | None:
        """Until when it may be undone; None once it was."""
        return None if self.undone_at is not None else self.at + UNDOABLE_FOR


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """How far an act has come to one learner."""

    sitting_id: uuid.UUID
    learner_id: uuid.UUID
    delivered_at: datetime | None
    seen_at: datetime | None


COLUMNS = tuple(field.name for field in fields(Action))
_IDS = ("id", "exam_id", "classroom_id", "actor_id", "undone_by")


def action_of(row: Mapping[str, Any]) -> Action:
    """The act in a row."""
    values = {name: row[name] for name in COLUMNS}
    return Action(**{**values, "kind": ExamActionKind(values["kind"])})


def action_as_json(action: Action) -> dict[str, Any]:
    """What an event tells of an act."""
    return {name: plain(getattr(action, name)) for name in COLUMNS if name != "reached"}


def action_from_json(payload: Mapping[str, Any]) -> Action:
    """The act that an event tells; told to those it reached and to teachers."""
    values = dict(payload)
    for name in _IDS:
        values[name] = read_id(values[name])
    for name in ("at", "undone_at"):
        values[name] = read_moment(values[name])
    return Action(**{**values, "kind": ExamActionKind(values["kind"]), "reached": True})


def acknowledgement_as_json(found: Acknowledgement) -> dict[str, Any]:
    """What an event tells of an acknowledgement."""
    return {
        name: plain(getattr(found, name)) for name in ("sitting_id", "learner_id", "delivered_at", "seen_at")
    }


def acknowledgement_from_json(payload: Mapping[str, Any]) -> Acknowledgement:
    """The acknowledgement that an event tells."""
    return Acknowledgement(
        uuid.UUID(hex=payload["sitting_id"]),
        uuid.UUID(hex=payload["learner_id"]),
        read_moment(payload["delivered_at"]),
        read_moment(payload["seen_at"]),
    )
