"""The event that tells what a learner's attempts changed; one for each learner of a transaction."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Any

from app.practice.folding import JudgedAttempt, JudgedChange

KIND = "attempts.recorded"


def payloads(
    judged: Iterable[JudgedAttempt],
    classrooms: Mapping[uuid.UUID, uuid.UUID | None],
    classroom_id: uuid.UUID | None,
) -> dict[uuid.UUID, dict[str, Any]]:
    """The payload of each learner's event.

    `classrooms` gives the class of each session, `classroom_id` that of attempts without one. Session and
    class are null when the attempts come from several.
    """
    found: dict[uuid.UUID, dict[str, Any]] = {}
    for each in judged:
        attempt = each.attempt
        session_id = attempt.session_id
        session = session_id.hex if session_id else None
        of_class = classrooms.get(session_id, classroom_id) if session_id else classroom_id
        classroom = of_class.hex if of_class else None
        payload = found.get(attempt.learner_id)
        if payload is None:
            learner = attempt.learner_id.hex
            payload = {"learner": learner, "session": session, "classroom": classroom, "attempts": []}
            found[attempt.learner_id] = payload
        if payload["session"] != session:
            payload["session"] = None
        if payload["classroom"] != classroom:
            payload["classroom"] = None
        payload["attempts"].append(_attempt(each))
    return found


def payload_of(judged: JudgedAttempt, classroom_id: uuid.UUID | None) -> dict[str, Any]:
    """The payload of the event of one attempt in a session of this class."""
    session_id = judged.attempt.session_id
    return {
        "learner": judged.attempt.learner_id.hex,
        "session": session_id.hex if session_id else None,
        "classroom": classroom_id.hex if classroom_id else None,
        "attempts": [_attempt(judged)],
    }


def _attempt(judged: JudgedAttempt) -> dict[str, Any]:
    attempt = judged.attempt
    return {
        "id": judged.id.hex,
        "item": attempt.item_id.hex,
        "skills": [change.skill_id.hex for change in judged.changes],
        "score": attempt.score,
        "correct": attempt.correct,
        "points": judged.points,
        "answered_at": attempt.answered_at.astimezone(UTC).isoformat(),
        "duration_ms": attempt.duration_ms,
        "changes": [_change(change) for change in judged.changes],
    }


def _change(change: JudgedChange) -> dict[str, Any]:
    return {
        "mastery": change.mastery_id.hex,
        "skill": change.skill_id.hex,
        "before": change.before,
        "after": change.after,
        "evidence": change.evidence_count,
        "level": change.level,
        "mastered": change.mastered,
    }
