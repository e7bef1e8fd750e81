"""What was just recorded, as the loaders would read it, so that a mutation's answer need not be fetched."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.content.item import ItemFacts
from app.mastery.repository import ChangeFound, change_found
from app.practice.answer_scoring import OpenSession
from app.practice.folding import JudgedAttempt


@dataclass(frozen=True, slots=True)
class AttemptNow:
    """An attempt with the columns of `attempts_by_id`."""

    id: uuid.UUID
    learner_id: uuid.UUID
    session_id: uuid.UUID | None
    item_id: uuid.UUID
    item_version: int
    correct: bool
    score: float
    feedback: str | None
    points: int
    duration_ms: int | None
    hints_used: int
    answered_at: datetime
    recorded_at: datetime
    scoring: str = "SCORED"


@dataclass(frozen=True, slots=True)
class SessionNow:
    """A session with the columns of `sessions_by_id`."""

    id: uuid.UUID
    learner_id: uuid.UUID
    classroom_id: uuid.UUID | None
    kind: str
    state: str
    started_at: datetime
    completed_at: datetime | None
    last_attempt_at: datetime | None
    next_item_id: uuid.UUID | None
    attempt_count: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """An attempt, how it moved its skills, and the session after it with its next item, if that is known."""

    attempt: AttemptNow
    changes: list[ChangeFound]
    session: SessionNow
    next_item: ItemFacts | None


def recorded_now(
    judged: JudgedAttempt,
    session: OpenSession,
    next_item_id: uuid.UUID | None,
    next_item: ItemFacts | None,
    now: datetime,
) -> Recorded:
    """What an attempt that was written looks like when read; `now` is the moment of recording."""
    given = judged.attempt
    attempt = AttemptNow(
        judged.id, given.learner_id, given.session_id, given.item_id, given.item_version, given.correct,
        given.score, given.feedback, judged.points, given.duration_ms, given.hints_used, given.answered_at,
        now,
    )  # fmt: skip
    changes = [
        change_found(
            change.mastery_id,
            given.learner_id,
            change.skill_id,
            change.before,
            change.after,
            change.evidence_count,
        )
        for change in judged.changes
    ]
    last = max(session.last_attempt_at or given.answered_at, given.answered_at)
    after = SessionNow(
        session.id, session.learner_id, session.classroom_id, session.kind, session.state, session.started_at,
        None, last, next_item_id, session.attempt_count + 1,
    )  # fmt: skip
    return Recorded(attempt, changes, after, next_item)
