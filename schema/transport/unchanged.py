"""Answers that still hold: who asks again is told so without another look.

An answer that was made of nothing but the principal's own rows (membership, account, organization, learner)
holds for as long as those are the same. Their versions are read with the sign-in, each second, as its
revocation is; so who comes with the answer's ETag is told 304 before anything is parsed, planned or read. All
else is asked as ever. What is kept is bounded; the oldest go first. See docs/decisions/0023.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from starlette.types import Message, Scope

from app.access.principal import Principal
from app.kit.database import Momentary
from app.kit.metrics import UNCHANGED
from schema.transport.request_ids import new_request_id

KEPT = 5_000
"""Answers remembered, of which the ETag alone is kept: about 1 kB each, of which the most is the token."""
MOST_BYTES = 4_096
"""Of an address and a token together; what is longer is asked anew."""
PRIVATE = b"private, no-cache"
VARIES = b"authorization, accept"

Headers = dict[bytes, bytes]
Key = tuple[bytes, bytes]
Pay = Callable[[Principal], bool]


class Marks(Protocol):
    """Tells how the own rows of a sign-in stand."""

    def mark(self, token: str) -> Any | None:
        """How they stand now, as last read; None where that is not known."""
        ...

    def stands(self, mark: Any, readings: Sequence[Momentary] = ()) -> bool:
        """Whether the token is good, they still stand so, seen at most a second ago, and so do readings."""
        ...


@dataclass(frozen=True, slots=True)
class _Kept:
    etag: bytes
    accept: bytes | None
    mark: Any
    principal: Principal


class Unchanged:
    """Remembers ETags of answers, by address and token. `pay` takes the least that an operation costs."""

    def __init__(self, marks: Marks, pay: Pay, kept: int = KEPT) -> None:
        self._marks = marks
        self._pay = pay
        self._most = kept
        self._kept: dict[Key, _Kept] = {}

    def mark(self, token: str | None) -> Any | None:
        """What to keep an answer with; to be asked for before anything is read for it."""
        return self._marks.mark(token) if token is not None else None

    def keep(self, query: bytes, headers: Headers, etag: str, mark: Any, principal: Principal) -> None:
        """Remember the ETag of an answer that was made of the principal's own rows."""
        authorization = headers.get(b"authorization")
        if authorization is None or len(query) + len(authorization) > MOST_BYTES:
            return
        kept = _Kept(etag.encode(), headers.get(b"accept"), mark, principal)
        self._kept.pop((query, authorization), None)
        self._kept[query, authorization] = kept
        while len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]

    def head(self, scope: Scope) -> Message | None:
        """The head of a 304, where the client holds an answer that still stands; None to answer as ever."""
        given: list[tuple[bytes, bytes]] = scope["headers"]
        headers = dict(given)
        etag, authorization = headers.get(b"if-none-match"), headers.get(b"authorization")
        if etag is None or authorization is None or len(headers) != len(given) or b"origin" in headers:
            return None
        kept = self._kept.get((scope["query_string"], authorization))
        if kept is None or kept.etag != etag or kept.accept != headers.get(b"accept"):
            return None
        if not self._marks.stands(kept.mark):
            return None
        if not self._pay(kept.principal):
            return None
        UNCHANGED.inc()
        told = [
            (b"etag", etag),
            (b"cache-control", PRIVATE),
            (b"vary", VARIES),
            (b"x-request-id", new_request_id().encode()),
        ]
        return {"type": "http.response.start", "status": 304, "headers": told}
