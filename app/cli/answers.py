"""Answers as they are written: head and body by one call of the system, the head of lines that are known.

uvicorn writes each by itself, which wakes the client twice, and looks every header over by two regular
expressions, which for a small answer takes as long as all else that it does. Most of our headers are the same
in each answer.
"""

from functools import lru_cache
from typing import Any

from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

MOST_JOINED = 64 * 1024
"""Bytes of a body that are copied behind its head; a longer one leaves by a write of its own."""
_WITHOUT_BODY = (204, 304)
_FRAMING = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_EACH_ITS_OWN = frozenset({b"content-length", b"etag", b"x-request-id"})


class Cycle(RequestResponseCycle):
    """One request and its answer. A head is held until its body comes, unless that comes in parts."""

    _head = b""

    async def send(self, message: Any) -> None:
        """Take a part of the answer."""
        if self.disconnected or self.flow.write_paused:
            self._let_go()
            await super().send(message)
        elif not self.response_started and message["type"] == "http.response.start":
            self._begin(message)
        elif self._head and self._is_whole(message):
            self._write_whole(message.get("body", b""))
        else:
            self._let_go()
            await super().send(message)

    async def run_asgi(self, app: Any) -> None:
        """Answer; that this came to no end is told too."""
        over = self.on_response
        await super().run_asgi(app)
        if not self.response_complete:
            over()

    def answer(self, head: Any) -> None:
        """Answer by a head alone, without waiting for anything."""
        self._begin(head)
        self._write_whole(b"")

    def _begin(self, message: Any) -> None:
        self.response_started = True
        self.waiting_for_100_continue = False
        status: int = message["status"]
        lines = [STATUS_LINE[status]]
        says_connection = False
        for name, value in (*self.default_headers, *message.get("headers", ())):
            name = name.lower()
            lines.append(_unknown(name, value) if name in _EACH_ITS_OWN else _known(name, value))
            if name in _FRAMING:
                says_connection |= name == b"connection"
                self._frame(name, value)
        if not self.keep_alive and not says_connection:
            lines.append(b"connection: close\r\n")
        if self.chunked_encoding is None and status not in _WITHOUT_BODY and self.scope["method"] != "HEAD":
            self.chunked_encoding = True
            lines.append(b"transfer-encoding: chunked\r\n")
        lines.append(b"\r\n")
        self._head = b"".join(lines)
        if self.chunked_encoding:
            self._let_go()

    def _frame(self, name: bytes, value: bytes) -> None:
        """How the body comes, and whether another answer may follow it."""
        if name == b"content-length":
            self.expected_content_length = int(value)
            self.chunked_encoding = False
        elif name == b"transfer-encoding":
            self.chunked_encoding = value.lower() == b"chunked"
        elif b"close" in value.lower():
            self.keep_alive = False

    def _is_whole(self, message: Any) -> bool:
        """Whether this part is the body that the head announced, all of it."""
        if message["type"] != "http.response.body" or message.get("more_body", False):
            return False
        return (
            len(message.get("body", b"")) == self.expected_content_length and self.scope["method"] != "HEAD"
        )

    def _write_whole(self, body: bytes) -> None:
        head, self._head = self._head, b""
        if len(body) > MOST_JOINED:
            self.transport.writelines([head, body])
        else:
            self.transport.write(head + body)
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()

    def _let_go(self) -> None:
        head, self._head = self._head, b""
        if head and not self.disconnected:
            self.transport.write(head)


def _unknown(name: bytes, value: bytes) -> bytes:
    """A header as it is sent; RuntimeError for one that would end before its line does."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError(f"The header {name!r} may not be sent as {value!r}.")
    return b"%b: %b\r\n" % (name, value)


_known = lru_cache(maxsize=512)(_unknown)
