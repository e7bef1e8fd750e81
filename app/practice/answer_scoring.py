"""Whether an answer may be recorded, and its score: the same rules for one answer and for a batch."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.content.kinds import ItemInvalid, ItemKind, ResponseInvalid, Scoring, score
from app.kit.errors import BadInput, Conflict, ErrorReason, not_found
from app.practice.answer import Answer, camel
from app.practice.folding import NewAttempt
from app.practice.session_kind import SessionState

OLDEST = timedelta(days=30)
"""How long before the start of its session an answer may have been given, on a device that was off-line."""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session of the learner, as it stands or was read."""

    id: uuid.UUID
    learner_id: uuid.UUID
    classroom_id: uuid.UUID | None
    kind: str
    state: str
    skill_ids: Collection[uuid.UUID]
    started_at: datetime
    next_item_id: uuid.UUID | None
    attempt_count: int
    last_attempt_at: datetime | None


@dataclass(frozen=True, slots=True)
class AskedItem:
    """An item in the version that was answered, with its key; `version` is None where there is none such.

    `retired_at`: since when nobody is asked it in practice, for good or while an exam asks it.
    """

    id: uuid.UUID
    kind: str
    retired_at: datetime | None
    skill_ids: Collection[uuid.UUID]
    version: int | None
    content: dict[str, Any] | None
    answer_key: dict[str, Any] | None


def scored(answer: Answer, session: OpenSession | None, item: AskedItem | None, now: datetime) -> NewAttempt:
    """Score an answer; NotFound, Conflict or BadInput with its path when it may not be recorded."""
    if session is None:
        raise not_found("practice session", "sessionId")
    _check_session(session)
    if item is None:
        raise not_found("item", "itemId")
    _check_item(session, item)
    answered_at = answer.answered_at or now
    if answered_at < session.started_at - OLDEST:
        message = "The answer is far older than its session; set the device's clock."
        raise BadInput(message, path=("answeredAt",))
    if item.version is None or item.content is None or item.answer_key is None:
        raise not_found("version of this item", "itemVersion")
    scoring = _scoring(ItemKind(item.kind), item.content, item.answer_key, answer)
    return NewAttempt(
        session.learner_id, item.id, item.version, scoring.score, scoring.correct, answered_at, session.id,
        dict(answer.response), scoring.feedback, answer.duration_ms, answer.hints_used or 0,
    )  # fmt: skip


def _check_session(session: OpenSession) -> None:
    if session.state == SessionState.PAUSED:
        message = "This session is paused; resume it first."
        raise Conflict(message, reason=ErrorReason.SESSION_PAUSED, path=("sessionId",))
    if session.state != SessionState.ACTIVE:
        message = "This session has ended; start another one."
        raise Conflict(message, reason=ErrorReason.SESSION_COMPLETED, path=("sessionId",))


def _check_item(session: OpenSession, item: AskedItem) -> None:
    if item.retired_at is not None:
        message = "This item is not asked any more; go on with the next one, or resume the session."
        raise Conflict(message, reason=ErrorReason.ITEM_RETIRED, path=("itemId",))
    if item.id != session.next_item_id and not set(item.skill_ids) & set(session.skill_ids):
        message = "This item asks for none of the session's skills; answer the session's next item."
        raise BadInput(message, path=("itemId",))


def _scoring(kind: ItemKind, content: dict[str, Any], answer_key: dict[str, Any], answer: Answer) -> Scoring:
    try:
        return score(kind, content, answer_key, answer.response)
    except ResponseInvalid as error:
        if error.mismatch:
            reason = ErrorReason.RESPONSE_KIND_MISMATCH
            raise BadInput(error.message, reason=reason, path=("response",)) from None
        raise BadInput(error.message, path=("response", *map(camel, error.path))) from None
    except ItemInvalid as error:
        raise BadInput(error.message, path=("itemId",)) from None
