"""An answer as a learner's device sends it, and what can be told of it before anything is looked up."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from app.content.kinds import named
from app.kit.errors import BadInput
from app.kit.idempotency import checked_key

LONGEST_TEXT = 2_000
MOST_PARTS = 100
"""Choices, pairs or gaps of one response."""
LONGEST_DURATION_MS = 24 * 60 * 60 * 1000
MOST_HINTS = 100
CLOCK_TOLERANCE = timedelta(minutes=2)
"""How far a device's clock may be ahead of ours."""

Response = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response to an item within a session.

    `response` has one of the parts of `app.content.kinds`; the version is the current one and the moment is
    now where they are None.
    """

    session_id: uuid.UUID
    item_id: uuid.UUID
    response: Response
    item_version: int | None = None
    duration_ms: int | None = None
    hints_used: int | None = None
    answered_at: datetime | None = None
    idempotency_key: str | None = None

    def digest(self) -> bytes:
        """SHA-256 of all but the key: equal answers, equal digests."""
        moment = self.answered_at.timestamp() if self.answered_at else None
        body = [self.session_id.hex, self.item_id.hex, self.response, self.item_version, self.duration_ms,
                self.hints_used, moment]  # fmt: skip
        return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()


def check_answer(answer: Answer, now: datetime) -> None:
    """BadInput for a value out of its range, with its path."""
    if answer.idempotency_key is not None:
        checked_key(answer.idempotency_key)
    if answer.duration_ms is not None and not 0 <= answer.duration_ms <= LONGEST_DURATION_MS:
        raise BadInput("A duration is from 0 ms to 24 hours; leave it out if unknown.", path=("durationMs",))
    if answer.hints_used is not None and not 0 <= answer.hints_used <= MOST_HINTS:
        raise BadInput(f"The number of hints is from 0 to {MOST_HINTS}.", path=("hintsUsed",))
    if answer.answered_at is not None and answer.answered_at > now + CLOCK_TOLERANCE:
        raise BadInput("The answer is from the future; set the device's clock.", path=("answeredAt",))
    check_size(answer.response)


def check_size(response: Response) -> None:
    """BadInput for a response with too many parts or too long a text."""
    for name, part in response.items():
        if isinstance(part, list) and len(part) > MOST_PARTS:
            raise BadInput(f"A response has at most {MOST_PARTS} parts.", path=("response", camel(name)))
        for path, text in _texts(part):
            place = ("response", camel(name), *path)
            if len(text) > LONGEST_TEXT:
                raise BadInput(f"A text has at most {LONGEST_TEXT:,} characters.", path=place)
            if "\0" in text:
                raise BadInput("A text has no NUL characters; take them out.", path=place)


def _texts(part: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(part, str):
        yield (), part
    elif isinstance(part, list):
        for index, each in enumerate(part):
            for path, text in _texts(each):
                yield (str(index), *path), text
    elif isinstance(part, dict):
        for name, value in part.items():
            yield (camel(name),), value


def camel(name: str) -> str:
    """The name of a part as clients write it."""
    return named(name)
