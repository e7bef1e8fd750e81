"""How uvicorn is to serve: its settings, and WebSocket connections that end though the other side is gone.

uvicorn pings, but what it then closes is held open for as long as bytes wait to be sent, which for a client
that is frozen, or a proxy that swallows bytes, is until the kernel gives up after many minutes. What the
kernel has taken of it waits there as long, though uvicorn has closed.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode
from websockets.http11 import Request

from app.cli.requests import RequestProtocol
from app.cli.resets import leave_to_kernel, reset
from app.main import SOCKET_BYTES, WRITE, Application

GRACE_SECONDS = 5
SWITCHING = 101
LAST_SECONDS = 1.0
"""For the closing frame of one who did not answer."""
SILENCE_SECONDS = 0.2
NONE = -1
"""The descriptor of a connection that is not written to directly: it is encrypted here, or gone."""
UNREADABLE = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
DISCARDED = 1024 * 1024
"""Bytes that are still taken of one who broke the protocol: a reset would overtake the closing frame."""


class SocketProtocol(WebSocketsSansIOProtocol):
    """A connection that is cut when it does not end by itself.

    While uvicorn's `close_timer` is set the end of the application does not close it; `_cut` ends it whatever
    was to end it before.
    """

    _cut: asyncio.TimerHandle | None = None
    _failed = False
    _discarded = 0
    _descriptor = NONE
    _extensions: dict[str, Any]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._extensions = {}
        held = transport.get_extra_info("socket")
        if held is not None and transport.get_extra_info("sslcontext") is None:
            self._descriptor = held.fileno()
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """Read on; of one who broke the protocol nothing is looked at any more."""
        if self._failed:
            self._discarded += len(data)
            self._close_in(SILENCE_SECONDS if self._discarded < DISCARDED else 0.0)
        else:
            super().data_received(data)
            if self.conn.handshake_exc is not None and not self.transport.is_closing():
                self.transport.write(b"".join(self.conn.data_to_send()) or UNREADABLE)
                self.transport.close()
        self._bound_end()

    def eof_received(self) -> None:
        """Nothing more is said, and the transport closes; the application need not wait for that."""
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.ABNORMAL_CLOSURE})
        self._cut_in(self.close_timeout)

    def handle_parser_exception(self) -> None:
        """What came is no WebSocket: the other side is told, and the application has nobody to send to.

        The connection ends once the other side has sent what it was sending: bytes that nobody takes reset
        it, and who is reset does not hear why.
        """
        last = self.conn.close_sent
        if last is None:  # it was not accepted yet, so there is no way to tell
            reset(self.transport)
            return
        self._failed = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": last.code, "reason": last.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.transport.resume_reading()
        self._close_in(SILENCE_SECONDS)
        self._cut_in(self.close_timeout)

    async def send(self, message: ASGISendEvent) -> None:
        """Send; that the other side was cut off meanwhile is no fault of the application."""
        closing = message["type"] == "websocket.close"
        if closing:
            # The last frame is small: it waits for nobody, and tells one who reads on why.
            self.writable.set()
        try:
            await super().send(message)
        except RuntimeError:
            if self._failed:
                raise ClientDisconnected from None
            raise
        if closing:
            # uvicorn would close by then: who has not answered the closing frame does not read.
            self._end_in(self.close_timeout)
        elif message["type"] == "websocket.accept":
            # Of use for the handshake alone, and dozens of objects for each socket.
            del self.request, self.response
        elif message["type"] == "websocket.http.response.body":
            # uvicorn would tell its log of a handshake that was not completed: it was refused.
            self.handshake_complete |= self.close_sent

    def keepalive_timeout(self) -> None:
        """No pong came: say so, and do not wait for that to be read.

        uvicorn's own closes at once, and what the kernel has by then it goes on offering.
        """
        if self.close_sent or self.transport.is_closing():
            return
        self._failed = self.close_sent = True
        self.conn.fail(CloseCode.INTERNAL_ERROR, "keepalive ping timeout")
        self.transport.write(b"".join(self.conn.data_to_send()))
        self._end_in(LAST_SECONDS)

    async def run_asgi(self) -> None:
        """Serve; when the application is done, the other side has some seconds to end the connection."""
        await super().run_asgi()
        self._bound_end()

    def shutdown(self) -> None:
        """The server ends; what has ended already is not told so."""
        if not self.transport.is_closing():
            super().shutdown()
        self._cut_in(GRACE_SECONDS - LAST_SECONDS)

    def handle_connect(self, event: Request) -> None:
        """Begin, and let the application write frames of text without waiting, where that can be."""
        super().handle_connect(event)
        if self.response.status_code == SWITCHING:
            self._extensions = {**(self.scope["extensions"] or {}), WRITE: {"write": self.write_frames}}
            self.scope["extensions"] = self._extensions

    def write_frames(self, frames: bytes) -> bool:
        """Write whole frames of text at once; False where one has to wait for that, or cannot.

        Where nothing waits before them they go to the kernel, which takes a third less than by the transport;
        what it does not take, and whatever is the matter then, is the transport's. A transport that is not
        closing holds its descriptor.
        """
        transport = self.transport
        if not self.writable.is_set() or self.close_sent or transport.is_closing():
            return False
        if self._descriptor != NONE and transport.get_write_buffer_size() == 0:
            try:
                written = os.write(self._descriptor, frames)
            except OSError:
                written = 0
            if written == len(frames):
                return True
            frames = frames[written:]
        transport.write(frames)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """There is nothing left to cut. Circles of objects are opened: who has left takes no memory."""
        leave_to_kernel(self.transport)
        if self._cut is not None:
            self._cut.cancel()
        self._descriptor = NONE
        super().connection_lost(exc)
        self.conn.parser.close()
        # An error refers to the frames it came through, and those to the connection.
        self.conn.parser_exc = self.conn.handshake_exc = None
        self._extensions.clear()

    def handle_ping(self) -> None:
        """Answer, but keep no answers for one who does not read them."""
        if self.writable.is_set() and not self.close_sent:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Pass a message on; text that is not UTF-8 goes as the bytes it is, and is refused as such."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def _close_in(self, seconds: float) -> None:
        """Close in order then, or later when this is said again."""
        self._hold(seconds, self.transport.close)

    def _end_in(self, seconds: float) -> None:
        """Reset then at the latest, and do not close before for the application's sake."""
        self._hold(seconds, self._reset)
        self._cut_in(seconds)

    def _hold(self, seconds: float, end: Callable[[], None]) -> None:
        """End then, and not when the application is done."""
        if self.close_timer is not None:
            self.close_timer.cancel()
        if not self.disconnected:
            self.close_timer = self.loop.call_later(seconds, end)

    def _reset(self) -> None:
        reset(self.transport)

    def _bound_end(self) -> None:
        """What is closed waits until its bytes are taken: not for ever."""
        if self.transport.is_closing():
            self._cut_in(self.close_timeout)

    def _cut_in(self, seconds: float) -> None:
        """Cut then, or when that was to be done sooner."""
        due = self.loop.time() + seconds
        if self._cut is not None and self._cut.when() > due:
            self._cut.cancel()
            self._cut = None
        if self._cut is None and not self.disconnected:
            self._cut = self.loop.call_later(seconds, self._reset)


def configuration(application: Application, ping_seconds: float, **more: Any) -> uvicorn.Config:
    """uvicorn's settings. A frozen client is gone within twice `ping_seconds` and a second."""
    return uvicorn.Config(
        application,
        http=RequestProtocol,
        ws=SocketProtocol,
        # A little more than a message may have, so that the client is told; far more is never held.
        ws_max_size=SOCKET_BYTES + 1024,
        ws_per_message_deflate=False,
        ws_ping_interval=ping_seconds,
        ws_ping_timeout=ping_seconds,
        lifespan="on",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )
