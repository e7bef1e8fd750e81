"""What an event tells of a learner's mastery: the state at that event, from its payload, never read again."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.science.mastery_level import MasteryLevel


@dataclass(frozen=True, slots=True)
class MasteryThen:
    """A learner's mastery of a skill as an attempt left it.

    `probability` is None while there is not enough data; events do not carry the standard error.
    """

    id: uuid.UUID
    learner_id: uuid.UUID
    skill_id: uuid.UUID
    probability: float | None
    level: MasteryLevel
    evidence_count: int
    last_practiced_at: datetime
    standard_error: float | None = None

    @property
    def as_of(self) -> datetime:
        """When it was so: at the answer, before anything is forgotten."""
        return self.last_practiced_at


def latest_changes(attempts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The last change of each skill in `attempts.recorded`, each with when it was answered."""
    found: dict[str, dict[str, Any]] = {}
    for attempt in attempts:
        for change in attempt["changes"]:
            found.pop(change["mastery"], None)
            found[change["mastery"]] = {**change, "answered_at": attempt["answered_at"]}
    return list(found.values())


def masteries(learner_id: uuid.UUID, changes: Sequence[Mapping[str, Any]]) -> list[MasteryThen]:
    """The mastery that changes, as `latest_changes` gives them, left behind."""
    return [_mastery(learner_id, change) for change in changes]


def _mastery(learner_id: uuid.UUID, change: Mapping[str, Any]) -> MasteryThen:
    level = MasteryLevel(change["level"])
    return MasteryThen(
        id=uuid.UUID(hex=change["mastery"]),
        learner_id=learner_id,
        skill_id=uuid.UUID(hex=change["skill"]),
        probability=None if level is MasteryLevel.NOT_ENOUGH_DATA else change["after"],
        level=level,
        evidence_count=change["evidence"],
        last_practiced_at=datetime.fromisoformat(change["answered_at"]),
    )
