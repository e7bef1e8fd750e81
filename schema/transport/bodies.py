"""The body of a request: JSON in UTF-8, of a bounded size, within a bounded time."""

import asyncio
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from app.kit.deadlines import Deadlines

BYTES = 256 * 1024
SECONDS = 10.0
_DISCARDED = 1024 * 1024
_DISCARD_SECONDS = 1.0
_JSON = re.compile(r'application/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*', re.IGNORECASE)


class Rejected(Exception):
    """The request is not read further: a status, what to send instead, and headers for the answer."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}


@dataclass(frozen=True, slots=True)
class Bodies:
    """Reads bodies of at most so many bytes, that arrive within so many seconds."""

    most: int = BYTES
    seconds: float = SECONDS
    _deadlines: Deadlines = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_deadlines", Deadlines(self.seconds))

    async def read(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes:
        """The body; Rejected with 400, 408, 413 or 415. ClientDisconnect when nobody is there any more."""
        media = headers.get(b"content-type", b"")
        if media != b"application/json" and not _JSON.fullmatch(media.decode("latin-1")):
            message = "Send JSON in UTF-8, as content type 'application/json'."
            raise Rejected(415, message, {"accept-post": "application/json"})
        if headers.get(b"content-encoding", b"identity").lower() != b"identity":
            raise Rejected(415, "Send the body without a content encoding.", {"accept-encoding": "identity"})
        announced = headers.get(b"content-length", b"0")
        try:
            if int(announced) > self.most:
                await self._discard(receive, int(announced))
                raise self._too_large()
        except ValueError:
            raise Rejected(400, "'content-length' must be a number.", {"connection": "close"}) from None
        try:
            with self._deadlines.limit():
                return await self._gathered(receive)
        except TimeoutError:
            message = f"The body did not arrive within {self.seconds:g} s; send it again."
            raise Rejected(408, message, {"connection": "close"}) from None

    async def _gathered(self, receive: Receive) -> bytes:
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body: bytes = message.get("body", b"")
            if len(body) <= self.most:
                return body
        chunks, size = [], 0
        while True:
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            chunks.append(message.get("body", b""))
            size += len(chunks[-1])
            if size > self.most:
                if message.get("more_body"):
                    await self._discard(receive, 0)
                raise self._too_large()
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await receive()

    async def _discard(self, receive: Receive, announced: int) -> None:
        """Let a client that sends a little more end, so that it reads why; others are cut off."""
        if announced > _DISCARDED:
            return
        size = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_DISCARD_SECONDS):
                while size <= _DISCARDED:
                    message = await receive()
                    size += len(message.get("body", b""))
                    if not message.get("more_body"):
                        return

    def _too_large(self) -> Rejected:
        return Rejected(413, f"A request may have {self.most} bytes.", {"connection": "close"})
