"""Answers that are given again: who asks the same a moment later is answered as before.

An answer that was made of nothing but the principal's own rows holds for as long as these are the same, as
`unchanged.py` has it; one that tells of a board besides, while that reading of it stands. So whoever sends
the same body with the same token is given the same data, and pays for it. `Cache-Control: no-cache` has it
made anew. What is kept is bounded and holds nothing of the document that was asked; the oldest go first.
See docs/decisions/0024 and 0029.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from app.kit.database import Momentary
from schema.engine.execution import Answer
from schema.engine.operations import Operations, Paid
from schema.engine.prepared import Prepared
from schema.transport.unchanged import Marks

KEPT_BYTES = 16 * 1024 * 1024
"""Of requests, tokens and answers together, with what it takes to hold each."""
MOST_BYTES = 16 * 1024
"""Of one of them; longer answers take most of their time to be sent."""
HELD_BYTES = 1_000
"""What an answer takes beside its bytes."""

Headers = dict[bytes, bytes]
Key = tuple[bytes, bytes]


class Ground(NamedTuple):
    """What an answer was made of: how the principal's own rows stood, and what stands for a moment."""

    mark: Any
    readings: Sequence[Momentary] = ()


@dataclass(frozen=True, slots=True)
class _Kept:
    data: orjson.Fragment
    size: int
    paid: Paid
    ground: Ground


class Standing:
    """Remembers answers by what was asked and the token."""

    def __init__(self, marks: Marks, operations: Operations, kept_bytes: int = KEPT_BYTES) -> None:
        self._marks = marks
        self._operations = operations
        self._most = kept_bytes
        self._kept: dict[Key, _Kept] = {}
        self._bytes = 0

    async def again(self, body: bytes, headers: Headers, request_id: str) -> Answer | None:
        """The answer that was given before, where it still stands and is paid for; None to answer as ever."""
        authorization = headers.get(b"authorization")
        if authorization is None or len(body) > MOST_BYTES:
            return None
        kept = self._kept.get((body, authorization))
        if kept is None or b"cache-control" in headers or not self._marks.stands(*kept.ground):
            return None
        return await self._operations.again(kept.paid, kept.data, request_id)

    def mark(self, prepared: Prepared, token: str | None) -> Any | None:
        """What to keep an answer with; to be asked for before anything is read for it."""
        measured = prepared.bill.measured
        if token is None or prepared.kind != "query" or measured.measure.classes or measured.introspects:
            return None
        return self._marks.mark(token)

    def keep(self, body: bytes, headers: Headers, prepared: Prepared, answer: Answer, ground: Ground) -> None:
        """Remember an answer that was made of nothing but its ground."""
        authorization = headers.get(b"authorization", b"")
        data = orjson.dumps(answer["data"])
        size = len(body) + len(authorization) + len(data) + HELD_BYTES
        if size > MOST_BYTES:
            return
        key = (body, authorization)
        paid = Paid(prepared.bill.principal, prepared.bill.asked, answer["extensions"]["cost"]["actual"])
        self._drop(key)
        self._kept[key] = _Kept(orjson.Fragment(data), size, paid, ground)
        self._bytes += size
        while self._bytes > self._most:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        kept = self._kept.pop(key, None)
        self._bytes -= kept.size if kept is not None else 0
