"""A client of graphql-transport-ws as tests speak it, over a real socket."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

PATIENCE = 30.0
"""Seconds after which a frame that does not come fails the test."""


class Stream:
    """One operation over a socket."""

    def __init__(self, socket: "Socket", name: str) -> None:
        self.socket = socket
        self.name = name
        self.frames: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def frame(self) -> dict[str, Any]:
        """The next frame of this operation."""
        async with asyncio.timeout(PATIENCE):
            return await self.frames.get()

    async def data(self) -> dict[str, Any]:
        """The data of the next frame, which must be an answer without errors."""
        frame = await self.frame()
        if frame["type"] != "next" or "errors" in frame["payload"]:
            raise AssertionError(f"expected data, got {frame}")
        data: dict[str, Any] = frame["payload"]["data"]
        return data

    async def event(self, *, heartbeats: bool = False) -> dict[str, Any]:
        """The next event of a subscription with one field; heartbeats are passed over unless asked for."""
        while True:
            (event,) = (await self.data()).values()
            if heartbeats or event["__typename"] != "StreamHeartbeat":
                found: dict[str, Any] = event
                return found

    async def error(self) -> dict[str, Any]:
        """The first error of the frame that ends the operation, after answers that came before it."""
        while True:
            frame = await self.frame()
            if frame["type"] == "error":
                found: dict[str, Any] = frame["payload"][0]
                return found
            if frame["type"] == "complete":
                raise AssertionError("the operation completed without an error")

    async def complete(self) -> None:
        """Ask for no more."""
        await self.socket.send({"id": self.name, "type": "complete"})


class Socket:
    """A socket after its connection_ack."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._streams: dict[str, Stream] = {}
        self._names = itertools.count(1)
        self._reader = asyncio.create_task(self._read())

    async def subscribe(self, query: str, /, **variables: Any) -> Stream:
        """Begin an operation of any kind."""
        stream = Stream(self, str(next(self._names)))
        self._streams[stream.name] = stream
        payload = {"query": query, "variables": variables}
        await self.send({"id": stream.name, "type": "subscribe", "payload": payload})
        return stream

    async def send(self, message: Any) -> None:
        """Send one message as JSON."""
        await self.connection.send(orjson.dumps(message).decode())

    async def closed(self) -> tuple[int | None, str | None]:
        """Wait until the server closes; its code and reason."""
        async with asyncio.timeout(PATIENCE):
            await self._reader
        return self.connection.close_code, self.connection.close_reason

    async def close(self) -> None:
        """End the socket."""
        await self.connection.close()
        await self._reader

    async def _read(self) -> None:
        try:
            async for text in self.connection:
                frame = orjson.loads(text)
                if "id" in frame:
                    self._streams[frame["id"]].frames.put_nowait(frame)
        except ConnectionClosed:
            return


def address_of(http: str) -> str:
    """Where the graph's socket is, from the server's HTTP address."""
    return http.replace("http", "ws", 1) + "/graphql"


@asynccontextmanager
async def raw_socket(
    address: str, protocol: str | None = "graphql-transport-ws"
) -> AsyncIterator[ClientConnection]:
    """A bare connection that has said nothing yet."""
    protocols = [Subprotocol(protocol)] if protocol else None
    # A busy machine takes its time with a process in which hundreds of tests have run.
    there = connect(address_of(address), subprotocols=protocols, max_size=None, open_timeout=60)
    async with there as connection:
        yield connection


@asynccontextmanager
async def socket_of(address: str, token: str | None = None) -> AsyncIterator[Socket]:
    """A socket of somebody, acknowledged."""
    async with raw_socket(address) as connection:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        async with asyncio.timeout(PATIENCE):
            acknowledged = orjson.loads(await connection.recv())
        assert acknowledged == {"type": "connection_ack"}
        socket = Socket(connection)
        yield socket
        await socket.close()
