"""Head and body of an answer leave as one write, in order; what comes in parts leaves part by part."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from app.cli.requests import RequestProtocol

GET = b"GET / HTTP/1.1\r\nhost: here\r\n\r\n"
Answer = Callable[[Any], Any]


class Wire(asyncio.Transport):
    """A connection that keeps what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        """One call of the system."""
        self.writes.append(bytes(data))

    def writelines(self, list_of_data: Any) -> None:
        """One call of the system."""
        self.writes.append(b"".join(list_of_data))

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.closed

    def close(self) -> None:
        """Take nothing more."""
        self.closed = True

    def pause_reading(self) -> None:
        """Read nothing for now."""

    def resume_reading(self) -> None:
        """Read on."""


async def _answered(answer: Answer, request: bytes = GET) -> Wire:
    """What an application's answer comes to on the wire."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await answer(send)

    config = uvicorn.Config(application, http=RequestProtocol, log_config=None, proxy_headers=False)
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"today")]
    wire = Wire()
    protocol = RequestProtocol(config=config, server_state=state, app_state={})
    protocol.connection_made(wire)
    protocol.data_received(request)
    while protocol.tasks:
        await asyncio.sleep(0)
    return wire


def _head(status: int, *headers: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def _body(body: bytes, more: bool = False) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def test_head_and_body_leave_together() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"Content-Type", b"text/plain"), (b"Content-Length", b"5")))
        await send(_body(b"hello"))

    wire = await _answered(answer)
    assert wire.writes == [
        b"HTTP/1.1 200 OK\r\ndate: today\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"
    ]
    assert not wire.closed


async def test_a_long_body_leaves_with_its_head_too() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"content-length", b"100000")))
        await send(_body(b"x" * 100_000))

    (written,) = (await _answered(answer)).writes
    assert written.endswith(b"\r\n\r\n" + b"x" * 100_000)


async def test_what_has_no_body_leaves_at_its_end() -> None:
    async def answer(send: Any) -> None:
        await send(_head(304, (b"etag", b'"one"')))
        await send(_body(b""))

    assert (await _answered(answer)).writes == [
        b'HTTP/1.1 304 Not Modified\r\ndate: today\r\netag: "one"\r\n\r\n'
    ]


async def test_a_stream_leaves_part_by_part_its_head_at_once() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200))
        await send(_body(b"one", more=True))
        await send(_body(b""))

    head, *parts = (await _answered(answer)).writes
    assert head == b"HTTP/1.1 200 OK\r\ndate: today\r\ntransfer-encoding: chunked\r\n\r\n"
    assert parts == [b"3\r\none\r\n", b"0\r\n\r\n"]


async def test_a_body_that_comes_in_parts_follows_its_head() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"content-length", b"6")))
        await send(_body(b"one", more=True))
        await send(_body(b"two"))

    head, *parts = (await _answered(answer)).writes
    assert head.endswith(b"content-length: 6\r\n\r\n")
    assert parts == [b"one", b"two"]


@pytest.mark.parametrize(
    "request_head",
    [b"GET / HTTP/1.0\r\n\r\n", b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n"],
)
async def test_who_wants_no_second_answer_is_told_so_and_left(request_head: bytes) -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"content-length", b"2")))
        await send(_body(b"ok"))

    wire = await _answered(answer, request_head)
    assert wire.writes[0].count(b"connection: close\r\n") == 1
    assert wire.closed


async def test_an_answer_that_closes_says_so_once() -> None:
    async def answer(send: Any) -> None:
        await send(_head(400, (b"connection", b"close"), (b"content-length", b"2")))
        await send(_body(b"no"))

    wire = await _answered(answer)
    assert wire.writes[0].count(b"connection: close\r\n") == 1
    assert wire.closed


async def test_to_head_only_the_head_is_told() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"content-length", b"5")))
        await send(_body(b""))

    wire = await _answered(answer, GET.replace(b"GET", b"HEAD"))
    assert b"".join(wire.writes).endswith(b"content-length: 5\r\n\r\n")


@pytest.mark.parametrize(
    "header", [(b"x-name", b"a\r\nset-cookie: b"), (b"x name", b"a"), (b"etag", b"a\nb")], ids=str
)
async def test_a_header_that_would_end_before_its_line_is_not_sent(header: tuple[bytes, bytes]) -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, header, (b"content-length", b"2")))
        await send(_body(b"ok"))

    written = b"".join((await _answered(answer)).writes)
    assert header[1] not in written


async def test_a_body_of_another_length_than_announced_ends_the_connection() -> None:
    async def answer(send: Any) -> None:
        await send(_head(200, (b"content-length", b"5")))
        await send(_body(b"four"))

    assert (await _answered(answer)).closed
