"""Clients that are gone without a word: their sockets end, their streams stop listening, nobody waits.

By default a silence of 15 s is followed by a ping, and a pong that is as late ends the socket: 31 s at most.
Here the two are a fraction of a second.
"""

import asyncio
import fcntl
import signal
import socket
import subprocess
import sys
import termios
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import orjson
import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from app.cli.sockets import GRACE_SECONDS
from app.runtime import Runtime
from schema.transport.frames import CloseCode
from schema.transport.outbox import Outbox
from tests.client import Client, School
from tests.live.following import MASTERY
from tests.socket import address_of, raw_socket, socket_of
from tests.transport.serving import another_server

PING_SECONDS = 0.3
SOON = 30.0
MUCH = 60_000
CLOSING, PONG = b"\x88\x80" + bytes(4), b"\x8a\x80" + bytes(4)
"""As frames of a client, masked by zeros."""
ESTABLISHED = 1
"""The first byte of what Linux tells of a connection that neither side has ended."""
FOLLOWER = """
import sys
from websockets.sync.client import connect
with connect(sys.argv[1], subprotocols=["graphql-transport-ws"]) as socket:
    for frame in sys.argv[2:]:
        socket.send(frame)
        print(socket.recv(), flush=True)
    while True:
        socket.recv()
"""


of_linux = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not tell what they hold")
Waits = Callable[[Any], bool]


def _waits_in_server(served: Any) -> bool:
    waiting: int = served.transport.get_write_buffer_size()
    return waiting > 0


def _waits_in_kernel(served: Any) -> bool:
    """Whether it holds what the other side has not taken, and the server nothing."""
    assert served.transport.get_write_buffer_size() == 0
    unsent = fcntl.ioctl(served.transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(unsent, sys.byteorder) > 2 * MUCH


def _is_closed(served: Any) -> bool:
    closed: bool = served.close_sent
    return closed


@pytest.fixture
async def ada(school: School) -> Client:
    return await school.learner(await school.classroom())


def _init(person: Client) -> str:
    payload = {"authorization": f"Bearer {person.token}"}
    return orjson.dumps({"type": "connection_init", "payload": payload}).decode()


def _follow(person: Client) -> str:
    payload = {"query": MASTERY, "variables": {"id": person.learner_id}}
    return orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode()


def _listeners(runtime: Runtime, person: Client) -> int:
    bus = cast(Any, runtime.bus)
    topic = "learner:" + person.learner_id.removeprefix("lrn_")
    return len(bus._listeners.get(topic, ()))


async def _gone(server: uvicorn.Server, runtime: Runtime, person: Client) -> None:
    """Wait until nothing of a client is left."""
    async with asyncio.timeout(SOON):
        while server.server_state.connections or server.server_state.tasks or _listeners(runtime, person):
            await asyncio.sleep(0.02)


async def test_a_client_that_is_frozen_loses_its_socket_and_its_stream_ends(
    runtime: Runtime, ada: Client
) -> None:
    async with another_server(runtime, socket_ping_seconds=PING_SECONDS) as (address, server, _):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", FOLLOWER, address_of(address), _init(ada), _follow(ada),
            stdout=subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            said = [orjson.loads(await process.stdout.readline())["type"] for _ in range(2)]
            assert said == ["connection_ack", "next"]
            await asyncio.sleep(4 * PING_SECONDS)
            assert _listeners(runtime, ada) == 1
            process.send_signal(signal.SIGSTOP)
            await _gone(server, runtime, ada)
        finally:
            process.kill()
            await process.wait()


class Proxy:
    """Passes bytes on, until it swallows them."""

    def __init__(self) -> None:
        self.swallows = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One direction of one connection."""
        while data := await reader.read(65_536):
            if not self.swallows:
                writer.write(data)
                await writer.drain()
        if not self.swallows:
            writer.close()


@asynccontextmanager
async def _proxy(address: str) -> AsyncIterator[tuple[str, Proxy]]:
    proxy, held, writers = Proxy(), set[asyncio.Task[None]](), list[asyncio.StreamWriter]()
    port = int(address.rsplit(":", 1)[1])

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, to_writer))
        held.add(asyncio.create_task(proxy.pass_on(reader, to_writer)))
        held.add(asyncio.create_task(proxy.pass_on(to_reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", proxy
        for task in held:
            task.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        for writer in writers:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for writer in writers), return_exceptions=True)


async def test_a_connection_whose_bytes_are_swallowed_on_the_way_is_ended(
    runtime: Runtime, ada: Client
) -> None:
    async with (
        another_server(runtime, socket_ping_seconds=PING_SECONDS) as (address, server, _),
        _proxy(address) as (through, proxy),
        raw_socket(through) as connection,
    ):
        for frame in (_init(ada), _follow(ada)):
            await connection.send(frame)
            await connection.recv()
        proxy.swallows = True
        await _gone(server, runtime, ada)
        connection.transport.abort()


@asynccontextmanager
async def _reading_no_more(
    runtime: Runtime, person: Client, waits: Waits, **settings: Any
) -> AsyncIterator[tuple[ClientConnection, uvicorn.Server, Any]]:
    """A client that asks on and does not read, once answers wait; the last is its end in the server."""
    ping = orjson.dumps({"type": "ping", "payload": {"x": "x" * MUCH}}).decode()
    async with another_server(runtime, **settings) as (address, server, _), raw_socket(address) as connection:
        for frame in (_init(person), _follow(person)):
            await connection.send(frame)
            await connection.recv()
        cast(Any, connection).keepalive_task.cancel()  # or it would end the connection itself
        connection.transport.pause_reading()
        (served,) = cast(Any, server.server_state.connections)
        async with asyncio.timeout(SOON):
            while not waits(served):
                await connection.send(ping)
                await asyncio.sleep(0.001)
        yield connection, server, served
        connection.transport.abort()


async def _cut(connection: ClientConnection) -> None:
    """Wait until the kernel knows of it."""
    held: socket.socket = connection.transport.get_extra_info("socket")
    async with asyncio.timeout(SOON):
        while held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
            await asyncio.sleep(0.02)


@of_linux
@pytest.mark.parametrize("waits", [_waits_in_server, _waits_in_kernel])
async def test_a_client_that_reads_nothing_more_is_cut_off_though_bytes_wait_for_it(
    runtime: Runtime, ada: Client, waits: Waits
) -> None:
    settings = {"socket_ping_seconds": PING_SECONDS}
    async with _reading_no_more(runtime, ada, waits, **settings) as (connection, server, _):
        await _cut(connection)
        await _gone(server, runtime, ada)


@of_linux
async def test_a_client_that_does_not_take_the_closing_frame_is_cut_off(
    runtime: Runtime, ada: Client
) -> None:
    async with _reading_no_more(runtime, ada, _waits_in_kernel) as (connection, server, served):
        served.close_timeout = PING_SECONDS
        await connection.send('{"type": "nothing known"}')
        await _cut(connection)
        await _gone(server, runtime, ada)


@pytest.mark.parametrize("last", [CLOSING, b"\xff" * 8, None], ids=["goodbye", "nonsense", "hung up"])
async def test_a_client_that_ends_without_reading_what_waits_is_cut_off(
    runtime: Runtime, ada: Client, last: bytes | None
) -> None:
    async with _reading_no_more(runtime, ada, _waits_in_server) as (connection, server, served):
        served.close_timeout = PING_SECONDS
        if last is not None:
            connection.transport.write(last)
        else:
            connection.transport.write_eof()
        await _gone(server, runtime, ada)


async def test_a_pong_that_comes_too_late_does_not_put_off_the_end(runtime: Runtime, ada: Client) -> None:
    settings = {"socket_ping_seconds": PING_SECONDS}
    async with _reading_no_more(runtime, ada, _waits_in_server, **settings) as (connection, server, served):
        async with asyncio.timeout(SOON):
            while not served.close_sent:
                await asyncio.sleep(0.01)
        connection.transport.write(PONG)
        await _gone(server, runtime, ada)


async def test_one_who_broke_the_protocol_does_not_put_off_the_end_by_a_byte_now_and_then(
    runtime: Runtime, ada: Client
) -> None:
    async with another_server(runtime) as (address, server, _), raw_socket(address) as connection:
        await connection.send(_init(ada))
        await connection.recv()
        (served,) = cast(Any, server.server_state.connections)
        served.close_timeout = 4 * PING_SECONDS
        connection.transport.pause_reading()
        connection.transport.write(b"\xff" * 8)
        async with asyncio.timeout(SOON):
            while not served.disconnected:
                connection.transport.write(b"x")
                await asyncio.sleep(PING_SECONDS / 3)
        connection.transport.abort()


async def test_a_server_ends_though_one_who_said_goodbye_does_not_read(runtime: Runtime, ada: Client) -> None:
    async with _reading_no_more(runtime, ada, _waits_in_server) as (connection, server, served):
        connection.transport.write(CLOSING)
        async with asyncio.timeout(SOON):
            while not served.transport.is_closing():
                await asyncio.sleep(0.01)
        server.should_exit = True
        async with asyncio.timeout(GRACE_SECONDS):
            while not served.disconnected:
                await asyncio.sleep(0.02)


async def test_a_client_that_reads_on_in_time_learns_that_it_was_too_slow(
    runtime: Runtime, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast(Any, Outbox.__init__).__kwdefaults__, "patience", PING_SECONDS)
    async with _reading_no_more(runtime, ada, _is_closed) as (connection, server, _):
        connection.transport.resume_reading()
        with suppress(ConnectionClosed):
            while True:
                await connection.recv()
        assert connection.close_code == CloseCode.SLOW
        await _gone(server, runtime, ada)


async def test_a_client_that_answers_pings_stays_for_as_long_as_it_likes(
    runtime: Runtime, ada: Client
) -> None:
    async with (
        another_server(runtime, socket_ping_seconds=PING_SECONDS) as (address, _, _),
        socket_of(address, ada.token) as socket,
    ):
        await asyncio.sleep(6 * PING_SECONDS)
        stream = await socket.subscribe("{ viewer { learner { id } } }")
        assert await stream.data() == {"viewer": {"learner": {"id": ada.learner_id}}}
