"""HTTP as bytes on a socket, for what no client library sends, and servers with settings of their own."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import orjson
import uvicorn

from app.cli.resets import reset
from app.cli.sockets import configuration
from app.main import Application, create_application
from app.runtime import Runtime

PATIENCE = 30.0


@dataclass
class Answered:
    """One answer as it came: status, headers in small letters, body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return orjson.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The only error."""
        (error,) = self.json["errors"]
        assert error["extensions"]["requestId"] == self.headers["x-request-id"]
        found: dict[str, Any] = error
        return found

    @property
    def told(self) -> tuple[int, str, str]:
        """Status, code and message of the only error."""
        return self.status, self.error["extensions"]["code"], self.error["message"]


class Wire:
    """A connection to a server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @property
    def port(self) -> int:
        """Where we are."""
        port: int = self._writer.get_extra_info("sockname")[1]
        return port

    async def send(self, given: bytes) -> None:
        """Send bytes; that the server closes meanwhile is no error."""
        self._writer.write(given)
        try:
            await self._writer.drain()
        except ConnectionError:
            return

    async def answered(self) -> Answered:
        """The next answer, of a length that it says."""
        async with asyncio.timeout(PATIENCE):
            status, headers = await self.head()
            body = await self._reader.readexactly(int(headers.get("content-length", "0")))
        return Answered(status, headers, body)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer."""
        async with asyncio.timeout(PATIENCE):
            raw = await self._reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").split("\r\n")[:-2]
        pairs = [line.partition(": ") for line in lines]
        return int(first.split(" ")[1]), {name.lower(): value for name, _, value in pairs}

    async def body(self, length: int) -> bytes:
        """So many bytes."""
        return await self._reader.readexactly(length)

    async def ended(self) -> bool:
        """Whether the server closes the connection, and sends nothing before."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self._reader.read(1) == b""
            except ConnectionError:
                return True

    async def read(self) -> bytes:
        """What came next, of any length; nothing at the end."""
        async with asyncio.timeout(PATIENCE):
            return await self._reader.read(65536)

    def close(self) -> None:
        """End it."""
        self._writer.close()

    def hang_up(self) -> None:
        """Say nothing more."""
        self._writer.write_eof()

    def reset(self) -> None:
        """End it by a reset."""
        reset(cast(asyncio.Transport, self._writer.transport))

    def cut(self) -> None:
        """End it without a word."""
        self._writer.transport.abort()


@asynccontextmanager
async def wire(address: str, buffer: int | None = None) -> AsyncIterator[Wire]:
    """A connection to a server; `buffer` makes the kernel hold few bytes for one who does not read."""
    host, _, port = address.removeprefix("http://").partition(":")
    end = socket.socket()
    if buffer is not None:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    end.setblocking(False)
    await asyncio.get_running_loop().sock_connect(end, (host, int(port)))
    reader, writer = await asyncio.open_connection(sock=end, limit=buffer or 2**16)
    connection = Wire(reader, writer)
    try:
        yield connection
    finally:
        connection.cut()


def post(body: bytes, *headers: str, path: str = "/graphql", sized: bool = True) -> bytes:
    """A POST request as bytes; `sized` sends its length unless the headers do."""
    lines = [f"POST {path} HTTP/1.1", "Host: graph.test", *headers]
    if not any(line.lower().startswith("content-type:") for line in headers):
        lines.append("Content-Type: application/json")
    if sized:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


async def exchange(address: str, request: bytes) -> Answered:
    """Send one request on a connection of its own; its answer."""
    async with wire(address) as connection:
        await connection.send(request)
        return await connection.answered()


@asynccontextmanager
async def served(runtime: Runtime, **settings: Any) -> AsyncIterator[str]:
    """The address of a second server over the same database, with other settings."""
    async with serving(runtime, **settings) as (address, _):
        yield address


@asynccontextmanager
async def serving(runtime: Runtime, **settings: Any) -> AsyncIterator[tuple[str, Application]]:
    """The same, and its application."""
    application = create_application(replace(runtime, settings=runtime.settings.model_copy(update=settings)))
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(application, 15.0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", application
    finally:
        server.should_exit = True
        await task
