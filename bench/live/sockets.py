"""A client of graphql-transport-ws for thousands of sockets: a protocol each, no more parsing than needed."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any, cast

import orjson

_TEXT, _CLOSE, _PING, _PONG = 0x1, 0x8, 0x9, 0xA
_ACK = b'"connection_ack"'
_ESTABLISHED = 1
_UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
)

Heard = Callable[[bytes], None]


class Socket(asyncio.Protocol):
    """A socket that runs one operation from its acknowledgement on; `heard` gets each frame after that.

    `ended` is done when the connection is gone, with the closing code, or None when there was none.
    """

    def __init__(
        self, port: int, token: str | None, operation: dict[str, Any], heard: Heard, path: str = "/graphql"
    ) -> None:
        loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[int | None] = loop.create_future()
        self._upgrade = _UPGRADE.format(path=path, port=port).encode()
        payload = {"authorization": f"Bearer {token}"} if token else {}
        self._init = orjson.dumps({"type": "connection_init", "payload": payload})
        self._operation = orjson.dumps({"id": "1", "type": "subscribe", "payload": operation})
        self._heard = heard
        self._bytes = bytearray()
        self._upgraded = self._acknowledged = self._cut = False
        self._code: int | None = None
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def opened(
        cls, port: int, token: str | None, operation: dict[str, Any], heard: Heard, path: str = "/graphql"
    ) -> "Socket":
        """Connect; what comes then comes through `heard`. OSError when nobody listens."""
        loop = asyncio.get_running_loop()
        made = await loop.create_connection(
            lambda: cls(port, token, operation, heard, path), "127.0.0.1", port
        )
        return made[1]

    def close(self) -> None:
        """End it as a client should."""
        self._send(_CLOSE, (1000).to_bytes(2, "big"))

    def cut(self) -> None:
        """End it without a word, and hear nothing of what has come already."""
        self._cut = True
        if self._transport is not None:
            self._transport.abort()

    def stall(self) -> None:
        """Read nothing more, and so answer no pings."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def read_on(self) -> None:
        """Read again what has come meanwhile."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    @property
    def stands(self) -> bool:
        """Whether the kernel still has the connection, though we may not read it."""
        if self._transport is None or self._transport.is_closing():
            return False
        held = cast(socket.socket, self._transport.get_extra_info("socket"))
        return held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == _ESTABLISHED

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the upgrade."""
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        """Take frames out of what came."""
        held = self._bytes
        held += data
        if not self._upgraded and not self._take_upgrade():
            return
        place, length = 0, len(held)
        while length - place >= 2 and not self._cut:
            size, start = held[place + 1] & 0x7F, place + 2
            if size >= 126:
                start += 2 if size == 126 else 8
                if length < start:
                    break
                size = int.from_bytes(held[place + 2 : start], "big")
            if length < start + size:
                break
            first, place = held[place], start + size
            self._frame(first & 0x0F, bytes(held[start:place]))
        del held[:place]

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so."""
        if not self.ended.done():
            self.ended.set_result(self._code)

    def _take_upgrade(self) -> bool:
        end = self._bytes.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self._bytes.startswith(b"HTTP/1.1 101"):
            self.cut()
            return False
        del self._bytes[: end + 4]
        self._upgraded = True
        self._send(_TEXT, self._init)
        return True

    def _frame(self, kind: int, payload: bytes) -> None:
        if kind == _TEXT:
            if self._acknowledged:
                self._heard(payload)
            elif _ACK in payload:
                self._acknowledged = True
                self._send(_TEXT, self._operation)
        elif kind == _PING:
            self._send(_PONG, payload)
        elif kind == _CLOSE:
            self._code = int.from_bytes(payload[:2], "big") if payload else None
            self._send(_CLOSE, payload[:2])
            if self._transport is not None:
                self._transport.close()

    def _send(self, kind: int, payload: bytes) -> None:
        """Masked with zeros, which leaves the bytes as they are."""
        if self._transport is None or self._transport.is_closing():
            return
        size = len(payload)
        head = bytes((0x80 | kind, 0x80 | size)) if size < 126 else bytes((0x80 | kind, 0xFE))
        longer = b"" if size < 126 else size.to_bytes(2, "big")
        self._transport.write(head + longer + bytes(4) + payload)
