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


Waits = Callable[[asyncio.Transport], bool]


def _waits_in_server(transport: asyncio.Transport) -> bool:
    return transport.get_write_buffer_size() > 0


def _waits_in_kernel(transport: asyncio.Transport) -> bool:
    """Whether it holds what the other side has not taken, and the server nothing."""
    assert transport.get_write_buffer_size() == 0
    unsent = fcntl.ioctl(transport.get_extra_info("socket"), termios.TIOCOUTQ, bytes(4))
    return int.from_bytes(unsent, sys.byteorder) > 2 * MUCH


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


async def test_a_client_that_reads_nothing_more_is_cut_off_though_bytes_wait_for_it(
    runtime: Runtime, ada: Client
) -> None:
    async with (
        another_server(runtime, socket_ping_seconds=PING_SECONDS) as (address, server, _),
        raw_socket(address) as connection,
    ):
        for frame in (_init(ada), _follow(ada)):
            await connection.send(frame)
            await connection.recv()
        await _read_no_more(connection, server, _waits_in_server)
        await _gone(server, runtime, ada)
        connection.transport.abort()


@pytest.mark.parametrize("waits", [_waits_in_server, _waits_in_kernel])
async def test_a_client_that_is_cut_off_is_so_in_the_kernel_too_though_it_takes_no_more_bytes(
    runtime: Runtime, ada: Client, waits: Waits
) -> None:
    async with (
        another_server(runtime, socket_ping_seconds=PING_SECONDS) as (address, server, _),
        raw_socket(address) as connection,
    ):
        await connection.send(_init(ada))
        await connection.recv()
        await _read_no_more(connection, server, waits)
        await _cut(connection)
        await _gone(server, runtime, ada)


async def test_a_client_that_does_not_take_the_closing_frame_is_cut_off_in_the_kernel_too(
    runtime: Runtime, ada: Client
) -> None:
    async with another_server(runtime) as (address, server, _), raw_socket(address) as connection:
        await connection.send(_init(ada))
        await connection.recv()
        await _read_no_more(connection, server, _waits_in_kernel)
        (served,) = cast(Any, server.server_state.connections)
        served.close_timeout = PING_SECONDS
        await connection.send('{"type": "nothing known"}')
        await _cut(connection)
        await _gone(server, runtime, ada)


async def test_a_client_that_reads_on_in_time_learns_that_it_was_too_slow(
    runtime: Runtime, ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(cast(Any, Outbox.__init__).__kwdefaults__, "patience", PING_SECONDS)
    async with another_server(runtime) as (address, server, _), raw_socket(address) as connection:
        await connection.send(_init(ada))
        await connection.recv()
        (served,) = cast(Any, server.server_state.connections)
        await _read_no_more(connection, server, lambda _: served.close_sent)
        connection.transport.resume_reading()
        async for _ in _frames(connection):
            pass
        assert connection.close_code == CloseCode.SLOW
        await _gone(server, runtime, ada)


async def _frames(connection: ClientConnection) -> AsyncIterator[str | bytes]:
    """What comes until the end, however it ends."""
    with suppress(ConnectionClosed):
        while True:
            yield await connection.recv()


async def _read_no_more(connection: ClientConnection, server: uvicorn.Server, waits: Waits) -> None:
    """Ask on without reading, until answers wait."""
    ping = orjson.dumps({"type": "ping", "payload": {"x": "x" * MUCH}}).decode()
    cast(Any, connection).keepalive_task.cancel()  # or it would end the connection itself
    connection.transport.pause_reading()
    (served,) = cast(Any, server.server_state.connections)
    async with asyncio.timeout(SOON):
        while not waits(served.transport):
            await connection.send(ping)
            await asyncio.sleep(0.001)


async def _cut(connection: ClientConnection) -> None:
    """Wait until the kernel knows of it."""
    held: socket.socket = connection.transport.get_extra_info("socket")
    async with asyncio.timeout(SOON):
        while held.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == ESTABLISHED:
            await asyncio.sleep(0.02)
    connection.transport.abort()


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
