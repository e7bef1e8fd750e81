"""Connections that carry requests: a head of bounded size and time, an end for who does not read.

uvicorn leaves both open: it holds whatever a client sends as head, however slowly, and what it closes stays
as long as bytes wait to be sent. The time and size of bodies are bounded by the transport, which can say why.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.cli.answers import Cycle
from app.cli.resets import STALLED_SECONDS, leave_to_kernel, reset
from app.kit.metrics import REFUSED_HEADS

_LOG = logging.getLogger("uvicorn.error.requests")
# What clients send wrongly is counted: a line for each would let them fill the log.
_LOG.setLevel(logging.ERROR)
_TOO_LARGE = (
    "431 Request Header Fields Too Large",
    "The address and headers of a request are too long.",
    "too large",
)
_TOO_SLOW = ("408 Request Timeout", "The head of the request did not arrive in time.", "too slow")

AtOnce = Callable[[Any], Any | None]
"""Of a request that nothing has to be waited for, the head of its answer, which has no body."""


class RequestProtocol(HttpToolsProtocol):
    """One connection. Times in seconds; the size in bytes may be exceeded by what arrives at once.

    One who reads takes `least_taken` bytes in `stalled_seconds`, or all that waits.
    """

    head_bytes = 64 * 1024
    head_seconds = 10.0
    stalled_seconds = STALLED_SECONDS
    least_taken = 64 * 1024

    _heads = 0
    _in_head = False
    _head_size = 0
    _head_due: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None
    _waiting = 0

    def connection_made(self, transport: Any) -> None:
        """Somebody has come, and has something to ask."""
        super().connection_made(transport)
        self.logger = _LOG
        self._at_once: AtOnce | None = getattr(self.config.app, "at_once", None)
        self._head_due = self.loop.call_later(self.head_seconds, self._refuse, _TOO_SLOW)

    def data_received(self, data: bytes) -> None:
        """Read on; a head that is not complete by now has some seconds, and so many bytes.

        As many seconds has what comes after an answer and begins no head.
        """
        heads = self._heads
        super().data_received(data)
        if not self._in_head and (self.timeout_keep_alive_task is not None or self._answering):
            return
        if self.parser is None or self.transport.is_closing():
            return
        # Where in these bytes a head began is not known, so its first ones are not counted.
        self._head_size = self._head_size + len(data) if self._heads == heads else 0
        if self._in_head and self._head_size > self.head_bytes:
            self._refuse(_TOO_LARGE)
        elif self._head_due is None:
            self._head_due = self.loop.call_later(self.head_seconds, self._refuse, _TOO_SLOW)

    @property
    def _answering(self) -> bool:
        cycle: Any = self.cycle
        return cycle is not None and not cycle.response_complete

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        cycle.__class__ = Cycle  # uvicorn makes its own by name, and has not run it yet
        head = None
        # Where requests wait behind each other, each begins within the end of the one before it.
        if self._at_once is not None and not self.pipeline and not self.flow.write_paused:
            head = self._at_once(cycle.scope)
        if head is None:
            super()._start_asgi_task(cycle, app)
        else:
            cycle.answer(head)

    def handle_websocket_upgrade(self) -> None:
        """Let another protocol read on, unless answers are still to come, which would come among its frames.

        The parser holds this, a circle left for collections of garbage, and so does the last request.
        """
        if self._answering or self.transport.get_write_buffer_size():
            self.transport.close()
            self._expect_reading()
            return
        super().handle_websocket_upgrade()
        self.parser: Any = None
        self.cycle: Any = None

    def on_message_begin(self) -> None:
        """A head begins."""
        self._heads += 1
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """A head has come to its end."""
        self._in_head = False
        self._cancel_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """What was answered still has to be read before the connection can end."""
        super().on_response_complete()
        if self.transport.is_closing():
            self._expect_reading()

    def send_400_response(self, msg: str) -> None:
        """What has come is no HTTP."""
        REFUSED_HEADS.labels("malformed").inc()
        super().send_400_response(msg)
        self._expect_reading()

    def timeout_keep_alive_handler(self) -> None:
        """Nothing was asked for a while."""
        super().timeout_keep_alive_handler()
        self._expect_reading()

    def eof_received(self) -> None:
        """Nothing more is asked, and the transport closes; what was answered still has to be read."""
        super().eof_received()
        self._expect_reading()

    def pause_writing(self) -> None:
        """Much waits to be sent."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """The client reads."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._cancel_stalled()

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing left to wait for."""
        self._cancel_head()
        self._cancel_stalled()
        self._unset_keepalive_if_required()
        leave_to_kernel(self.transport, self.stalled_seconds)
        super().connection_lost(exc)
        # Requests refer to the connection, which would be freed by a collection of garbage only.
        self.pipeline.clear()
        self.cycle = None

    def _expect_reading(self) -> None:
        # Without a parser it is over, or another protocol's.
        if self._stalled is None and self.parser is not None:
            self._waiting = self.transport.get_write_buffer_size()
            self._stalled = self.loop.call_later(self.stalled_seconds, self._look_what_was_read)

    def _look_what_was_read(self) -> None:
        """One who reads, however slowly, is left time."""
        self._stalled = None
        waits = self.transport.get_write_buffer_size()
        if waits > max(0, self._waiting - self.least_taken):
            reset(self.transport)
        elif waits:
            self._expect_reading()

    def _cancel_head(self) -> None:
        if self._head_due is not None:
            self._head_due.cancel()
            self._head_due = None

    def _cancel_stalled(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _refuse(self, why: tuple[str, str, str]) -> None:
        status, message, reason = why
        REFUSED_HEADS.labels(reason).inc()
        self._cancel_head()
        if self._in_head and not self._answering and not self.transport.is_closing():
            head = (
                f"HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\n"
                f"content-length: {len(message)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(f"{head}{message}".encode())
        self.transport.close()
        self._expect_reading()
