"""Answers as clients send them."""

from datetime import datetime
from typing import Any

import strawberry

from app.kit.errors import BadInput, DomainError
from app.practice.answer import Answer
from schema.context import read_id


@strawberry.input(description="A choice and the target it is matched with.")
class PairInput:
    choice_id: strawberry.ID = strawberry.field(description="The choice.")
    target_id: strawberry.ID = strawberry.field(description="The target.")


@strawberry.input(description="What is filled into a gap.")
class GapInput:
    gap_id: strawberry.ID = strawberry.field(description="The gap.")
    text: str = strawberry.field(description="What is filled in; the choice's text where there are choices.")


@strawberry.input(one_of=True, description="A response, in the one part that fits the item's kind.")
class ItemResponse:
    choice_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="The choices taken."
    )
    number: float | None = strawberry.field(default=strawberry.UNSET, description="The number typed.")
    text: str | None = strawberry.field(
        default=strawberry.UNSET, description="The text typed, at most 2,000 characters."
    )
    ordering: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="All choices, in the order given."
    )
    pairs: list[PairInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Choices with their targets."
    )
    gaps: list[GapInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Gaps with what is filled in."
    )


@strawberry.input(description="An answer to an item within a session.")
class RecordAttemptInput:
    session_id: strawberry.ID = strawberry.field(description="One's own session.")
    item_id: strawberry.ID = strawberry.field(description="The item, one of the session's skills.")
    item_version: int | None = strawberry.field(
        default=None, description="The version that was shown; the current one if left out."
    )
    response: ItemResponse = strawberry.field(description="What was answered.")
    duration_ms: int | None = strawberry.field(
        default=None, description="How long the answer took, in milliseconds, at most 24 hours."
    )
    hints_used: int | None = strawberry.field(
        default=None, description="How many hints were used, at most 100."
    )
    answered_at: datetime | None = strawberry.field(
        default=None, description="When it was answered, for answers sent later; now if left out."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Makes a repeated request give the first attempt again."
    )


@strawberry.input(description="Answers of a device that was off-line, each judged by itself.")
class RecordAttemptsInput:
    attempts: list[RecordAttemptInput] = strawberry.field(
        description="At most 500, in any order and over several sessions; they count in the order given."
    )


def read_answer(given: RecordAttemptInput) -> Answer:
    """The answer; NotFound for ids that name nothing of their kind."""
    return Answer(
        read_id(given.session_id, "pss", "practice session", "sessionId"),
        read_id(given.item_id, "itm", "item", "itemId"),
        read_response(given.response),
        given.item_version,
        given.duration_ms,
        given.hints_used,
        given.answered_at,
        given.idempotency_key,
    )


def read_entry(given: RecordAttemptInput) -> Answer | DomainError:
    """The answer, or why its ids cannot be read."""
    try:
        return read_answer(given)
    except DomainError as error:
        return error


def read_response(given: ItemResponse) -> dict[str, Any]:
    """The one part of a response, as item kinds read it."""
    parts = {name: value for name, value in vars(given).items() if value is not strawberry.UNSET}
    for name, value in parts.items():
        if value is None:
            raise BadInput("Give the response; null is none.", path=("response", name))
        if name in ("pairs", "gaps"):
            parts[name] = [dict(vars(each)) for each in value]
    return parts
