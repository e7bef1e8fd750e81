"""Connections of clients that send a head without end, or slowly, or do not read what they asked for."""

import asyncio
import gc
import socket
import sys
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from app.cli.requests import RequestProtocol
from app.kit.metrics import REFUSED_HEADS
from tests.transport.wire import PATIENCE, Wire, exchange, post, wire

LARGE = b"x" * 200_000
UPGRADE = b"GET /graphql HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
BODIES = {"/large": LARGE, "/small": b"x" * 40_000}


class Hasty(RequestProtocol):
    """With times that a test can wait for."""

    head_seconds = 0.3
    stalled_seconds = 0.3
    least_taken = 8_000


class Application:
    """Answers with as much as it is asked for, and knows what is under way."""

    def __init__(self) -> None:
        self.under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send a number of large parts; for ever at /endless."""
        self.under_way += 1
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            part: dict[str, Any] = {"type": "http.response.body", "body": LARGE, "more_body": True}
            if scope["path"] == "/failing":
                await send({"type": "http.response.body", "body": BODIES["/small"], "more_body": True})
                raise RuntimeError("half of an answer")
            while scope["path"] == "/endless" and (await _alive(receive)):
                await send(part)
            await send({"type": "http.response.body", "body": BODIES.get(scope["path"], b"done")})
        finally:
            self.under_way -= 1

    def at_once(self, scope: Scope) -> dict[str, Any] | None:
        """The answer to what need not be looked at."""
        answer = {"type": "http.response.start", "status": 304, "headers": []}
        return answer if scope["path"] == "/unchanged" else None


async def _alive(receive: Receive) -> bool:
    try:
        async with asyncio.timeout(0):
            return (await receive())["type"] != "http.disconnect"
    except TimeoutError:
        return True


@asynccontextmanager
async def hasty(buffer: int | None = None) -> AsyncIterator[tuple[str, Application, uvicorn.Server]]:
    """A server whose connections have little patience; `buffer` makes the kernel take few bytes of it."""
    application = Application()
    listener = socket.socket()
    if buffer is not None:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(application, http=Hasty, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", application, server
    finally:
        server.should_exit = True
        await task


async def test_a_head_may_have_64_kilobytes_and_not_much_more(address: str) -> None:
    asked = b'{"query":"{ __typename }"}'
    fits = await exchange(address, post(asked, f"X-Long: {'x' * 60_000}"))
    assert fits.status == 200
    async with wire(address) as connection:
        await connection.send(b"GET /graphql HTTP/1.1\r\nX-Long: ")
        for _ in range(100):
            await connection.send(b"x" * 10_000)
        assert (await connection.head())[0] == 431


async def test_what_is_no_http_is_counted_and_fills_no_log(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = REFUSED_HEADS.labels("malformed")._value.get()
    async with wire(address) as connection:
        await connection.send(b"nothing known\r\n\r\n")
        assert (await connection.head())[0] == 400
    assert REFUSED_HEADS.labels("malformed")._value.get() == before + 1
    async with wire(address) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert (await connection.head())[0] == 307
    assert caplog.messages == []


async def test_long_bodies_are_not_taken_for_long_heads(address: str) -> None:
    asked = b'{"query":"{ __typename }"}'
    async with wire(address) as connection:
        for size in (60_000, 70_000, 100_000, 200_000, 250_000):
            await connection.send(post(asked + b" " * (size - len(asked))))
            assert (await connection.answered()).status == 200
            await connection.send(post(asked) + post(asked + b" " * size) + post(asked))
            assert [(await connection.answered()).status for _ in range(3)] == [200, 200, 200]


async def test_headers_without_end_are_cut_off(address: str) -> None:
    async with wire(address) as connection:
        await connection.send(b"GET /graphql HTTP/1.1\r\n")
        for number in range(2_000):
            await connection.send(f"X-{number}: {'x' * 90}\r\n".encode())
        status, headers = await connection.head()
        assert (status, headers["connection"]) == (431, "close")


async def test_an_address_without_end_is_cut_off(address: str) -> None:
    async with wire(address) as connection:
        await connection.send(b"GET /graphql?query=")
        for _ in range(100):
            await connection.send(b"x" * 10_000)
        assert (await connection.head())[0] == 431


@pytest.mark.parametrize("head", [b"GET /", b"GET / HTTP/1.1\r\nHost: a\r\n", b"GET / HTTP/1.1\r\nHo"])
async def test_a_head_that_does_not_come_to_its_end_is_given_up(head: bytes) -> None:
    async with hasty() as (address, application, _), wire(address) as connection:
        for byte in head:
            await connection.send(bytes([byte]))
        status, headers = await connection.head()
        assert (status, headers["connection"]) == (408, "close")
        assert application.under_way == 0


async def test_who_connects_and_says_nothing_is_left() -> None:
    async with hasty() as (address, _, _), wire(address) as connection:
        assert await connection.ended()


async def test_a_second_head_on_a_connection_has_its_time_too() -> None:
    async with hasty() as (address, _, _), wire(address) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await connection.head())[0] == 200
        assert b"done" in await connection.read()
        await connection.send(b"GET / HT")
        assert (await connection.head())[0] == 408


async def test_who_does_not_read_an_answer_is_cut_and_its_operation_ends() -> None:
    async with hasty() as (address, application, server), wire(address, buffer=4096) as connection:
        await connection.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            while not application.under_way:
                await asyncio.sleep(0.01)
            while application.under_way or server.server_state.connections:
                await asyncio.sleep(0.01)


async def test_what_comes_after_an_answer_and_is_no_request_has_its_time_too() -> None:
    async with hasty() as (address, _, _), wire(address) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await connection.head())[0] == 200
        assert b"done" in await connection.read()
        await connection.send(b"\r\n")
        assert await connection.ended()


async def test_an_upgrade_behind_a_request_under_way_is_refused_without_a_word() -> None:
    async with hasty() as (address, application, server), wire(address) as connection:
        await connection.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await connection.head())[0] == 200
        await connection.send(UPGRADE)
        while await connection.read():
            pass
        await _over(server)
        assert application.under_way == 0


async def test_an_answer_that_fails_in_its_middle_ends_though_nobody_reads_the_rest() -> None:
    async with hasty(4096) as (address, _, server), wire(address, buffer=4096) as connection:
        await _with_an_answer_that_waits(server, connection, "/failing")
        await _over(server)


async def test_a_connection_that_was_answered_at_once_is_freed_with_its_end() -> None:
    gc.collect()
    gc.disable()
    try:
        async with hasty() as (address, _, server), wire(address) as connection:
            await connection.send(b"GET /unchanged HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await connection.head())[0] == 304
            (served,) = map(weakref.ref, server.server_state.connections)
            connection.close()
            async with asyncio.timeout(PATIENCE):
                while served() is not None:
                    await asyncio.sleep(0.01)
    finally:
        gc.enable()


@pytest.mark.parametrize("then", [b"nothing known\r\n\r\n", UPGRADE])
async def test_what_ends_while_a_little_waits_ends_though_nobody_reads_that(then: bytes) -> None:
    async with hasty(4096) as (address, _, server), wire(address, buffer=4096) as connection:
        await _with_an_answer_that_waits(server, connection)
        await connection.send(then)
        await _over(server)


async def test_one_who_hangs_up_without_reading_is_let_go() -> None:
    async with hasty(4096) as (address, _, server), wire(address, buffer=4096) as connection:
        await _with_an_answer_that_waits(server, connection)
        connection.hang_up()
        await _over(server)


async def test_a_long_answer_that_is_read_slowly_is_read_to_its_end() -> None:
    async with hasty(4096) as (address, _, _), wire(address, buffer=4096) as connection:
        began = asyncio.get_running_loop().time()
        await connection.send(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        assert (await connection.head())[0] == 200
        found = b""
        while some := await connection.read():
            found += some
            await asyncio.sleep(0.06)
        assert LARGE in found.replace(b"\r\n", b"")
        assert asyncio.get_running_loop().time() - began > 2 * Hasty.stalled_seconds


async def test_nothing_is_waited_for_of_a_connection_that_its_client_has_reset() -> None:
    async with hasty() as (address, _, server), wire(address) as connection:
        await connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert (await connection.head())[0] == 200
        (served,) = cast(Any, server.server_state.connections)
        assert served.timeout_keep_alive_task is not None
        connection.reset()
        await _over(server)
        assert served.timeout_keep_alive_task is None


async def _with_an_answer_that_waits(server: uvicorn.Server, connection: Wire, path: str = "/small") -> Any:
    """The connection as the server has it, once the kernel takes no more of an answer."""
    await connection.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    async with asyncio.timeout(PATIENCE):
        while not server.server_state.connections:
            await asyncio.sleep(0.01)
        (served,) = cast(Any, server.server_state.connections)
        while not served.transport.get_write_buffer_size():
            await asyncio.sleep(0.01)
    return served


async def _over(server: uvicorn.Server) -> None:
    async with asyncio.timeout(PATIENCE):
        while server.server_state.connections:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(("line", "status"), [(f"X-Long: {'x' * 9_000}", 431), ("Content-Length: 1", 400)])
async def test_an_upgrade_that_cannot_be_read_is_refused(address: str, line: str, status: int) -> None:
    lines = ["GET /graphql HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: websocket", line]
    async with wire(address) as connection:
        await connection.send("\r\n".join([*lines, "", ""]).encode())
        told, headers = await connection.head()
        assert (told, headers["connection"].lower()) == (status, "close")
        await connection.read()
        assert await connection.ended()


@pytest.mark.skipif(sys.platform != "linux", reason="other kernels are not told, and do not tell")
async def test_what_who_does_not_read_was_sent_is_not_kept_by_the_kernel_either() -> None:
    async with hasty() as (address, _, server), wire(address, buffer=4096) as connection:
        await connection.send(b"GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        own, others = connection.port, int(address.rsplit(":", 1)[1])
        async with asyncio.timeout(PATIENCE):
            while not _kept(others, own):
                await asyncio.sleep(0.01)
            while server.server_state.connections or _kept(others, own):
                await asyncio.sleep(0.01)
        assert _kept(own, others)


def _kept(port: int, others: int) -> bool:
    """Whether the kernel still has this end of a connection on this machine."""
    ends = f"0100007F:{port:04X} 0100007F:{others:04X}"
    return ends in Path("/proc/net/tcp").read_text()


async def test_who_reads_slowly_but_reads_is_served_on() -> None:
    async with hasty() as (address, application, _), wire(address, buffer=4096) as connection:
        await connection.send(b"GET /endless HTTP/1.1\r\nHost: a\r\n\r\n")
        deadline = asyncio.get_running_loop().time() + 1.2
        while asyncio.get_running_loop().time() < deadline:
            for _ in range(200):
                assert await connection.read()
            await asyncio.sleep(0.02)
        assert application.under_way == 1
