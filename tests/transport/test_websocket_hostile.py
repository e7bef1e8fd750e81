"""What hostile clients send: the code of the protocol or an error of the operation; others notice nothing."""

import asyncio
import hashlib
import socket
import struct
from contextlib import suppress
from typing import Any, cast

import orjson
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.utils import ClientDisconnected
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from app.cli.sockets import configuration
from app.main import Application
from app.runtime import Runtime
from tests.client import School
from tests.socket import PATIENCE, Stream, raw_socket, socket_of
from tests.transport.serving import another_server

INIT = '{"type": "connection_init"}'
LIMIT = 65_536
VIEWER = "{ viewer { organization { id } } }"


async def _heard(connection: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE):
        return orjson.loads(await connection.recv())


async def _closing(connection: ClientConnection) -> tuple[int | None, str | None]:
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    return connection.close_code, connection.close_reason


def _ping(size: int) -> str:
    """A ping of so many bytes, most of them in characters of two."""
    start, end = '{"type": "ping", "payload": {"x": "', '"}}'
    room = size - len(start) - len(end)
    return start + "é" * (room // 2) + "x" * (room % 2) + end


def _subscribe(name: str, **payload: Any) -> str:
    return orjson.dumps({"id": name, "type": "subscribe", "payload": payload}).decode()


async def test_a_message_of_64_kilobytes_passes_and_one_byte_more_is_closed_with_4400(address: str) -> None:
    async with raw_socket(address) as connection:
        await connection.send(_ping(LIMIT))
        assert (await _heard(connection))["type"] == "pong"
        await connection.send(_ping(LIMIT + 1))
        assert await _closing(connection) == (4400, "A message may have 65536 bytes.")


async def test_a_message_of_megabytes_is_refused_before_it_has_arrived(address: str) -> None:
    async with raw_socket(address) as connection:
        with suppress(ConnectionClosed):
            await connection.send("x" * 8_000_000)
        assert (await _closing(connection))[0] == 1009


async def test_who_still_sends_a_message_that_is_too_long_hears_why_it_is_closed(address: str) -> None:
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(
        b"GET /graphql HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
        b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        b"sec-websocket-protocol: graphql-transport-ws\r\n\r\n"
    )
    async with asyncio.timeout(PATIENCE):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
        writer.write(struct.pack("!BBQ4s", 0x81, 255, 400_000, b"mask"))
        for _ in range(40):
            writer.write(b"x" * 10_000)
            await writer.drain()
            await asyncio.sleep(0.01)
        last = await reader.read()
    assert (last[0], last[2:4]) == (0x88, struct.pack("!H", 1009))
    writer.close()


async def test_a_message_in_pieces_has_the_same_limit(address: str) -> None:
    async with raw_socket(address) as connection:
        await connection.send(iter(["x" * 30_000] * 3))
        assert (await _closing(connection))[0] in (1009, 4400)


@pytest.mark.parametrize(
    "data", [b'{"type": "ping\xff"}', b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80\x80"]
)
async def test_text_that_is_not_utf_8_is_closed_with_4400(address: str, data: bytes) -> None:
    async with raw_socket(address) as connection:
        connection.protocol.send_frame(Frame(Opcode.TEXT, data))
        connection.send_data()
        assert await _closing(connection) == (4400, "Send text frames of UTF-8, not binary ones.")


@pytest.mark.parametrize(
    "frame",
    [
        '{"type": "ping", "payload": {"x": "\\ud800"}}',
        '{"type": "ping", "payload": ' + '{"x": ' * 64 + "1" + "}" * 64 + "}",
        '{"type": "ping", "payload": {"x": 1, "x": 2}}',
        '{"type": "ping", "type": "pong"}',
        '{"type": "subscribe", "id": "' + "x" * 257 + '", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": [], "payload": {"x": 1, "x": 2}}',
        '{"type": "ping", "payload": {"x": ' + "9" * 5_000 + "}}",
        "\ufeff{}",
        "",
        "\x00",
    ],
)
async def test_what_json_or_the_protocol_does_not_allow_is_closed_with_4400(address: str, frame: str) -> None:
    async with raw_socket(address) as connection:
        await connection.send(INIT)
        assert await _heard(connection) == {"type": "connection_ack"}
        await connection.send(frame)
        assert (await _closing(connection))[0] == 4400


@pytest.mark.parametrize(
    "payload",
    [
        '{"query": 1}',
        '{"query": null}',
        '{"query": "{ viewer { roles } }", "variables": []}',
        '{"query": "{ viewer { roles } }", "variables": {"x": 1, "x": 2}}',
        '{"query": "{ viewer { roles } }", "variables": {"x": ' + "[" * 80 + "]" * 80 + "}}",
        '{"query": "{ viewer { roles } }", "operationName": {}}',
        '{"query": "{ viewer { roles } }", "operationName": "Other"}',
        '{"query": "' + "{ a " * 300 + '"}',
        '{"query": "\\u0000"}',
        "{}",
    ],
)
async def test_a_bad_operation_gets_an_error_of_its_own_and_the_neighbour_its_answer(
    address: str, school: School, payload: str
) -> None:
    async with socket_of(address, school.admin.token) as client:
        bad = await client.subscribe(VIEWER)
        assert "viewer" in await bad.data()
        assert (await bad.frame())["type"] == "complete"
        await client.connection.send(f'{{"id": "{bad.name}", "type": "subscribe", "payload": {payload}}}')
        good = await client.subscribe(VIEWER)
        assert (await bad.error())["extensions"]["code"] in ("BAD_INPUT", "TOO_COMPLEX")
        assert await good.data() == {"viewer": {"organization": {"id": school.organization_id}}}


async def test_a_reason_that_is_too_long_for_a_closing_frame_is_cut(address: str, school: School) -> None:
    name = "😀" * 200
    query = "subscription($id: ID!) { masteryChanged(learnerId: $id) { __typename } }"
    room = await school.classroom()
    ada = await school.learner(room)
    async with raw_socket(address) as connection:
        init = {"type": "connection_init", "payload": {"authorization": f"Bearer {ada.token}"}}
        await connection.send(orjson.dumps(init).decode())
        for _ in range(2):
            await connection.send(_subscribe(name, query=query, variables={"id": ada.learner_id}))
        code, reason = await _closing(connection)
    assert (code, reason) == (4409, "Subscriber for " + "😀" * 27)


async def test_a_document_is_known_by_its_hash_over_the_socket_too(address: str, school: School) -> None:
    query = VIEWER + f" # {school.organization_id}"
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    async with socket_of(address, school.admin.token) as client:
        stream = await client.subscribe(VIEWER)
        await stream.data()
        await stream.frame()
        await client.connection.send(_subscribe(stream.name, extensions=persisted))
        assert (await stream.error())["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        for given in ({"query": query, "extensions": persisted}, {"extensions": persisted}):
            await client.connection.send(_subscribe(stream.name, **given))
            assert await stream.data() == {"viewer": {"organization": {"id": school.organization_id}}}
            assert (await stream.frame())["type"] == "complete"


async def test_pings_whose_answers_are_never_read_do_not_pile_up(runtime: Runtime) -> None:
    flood = Frame(Opcode.PING, b"x" * 125)
    async with another_server(runtime) as (address, server, _), raw_socket(address) as connection:
        taken = connection.transport.get_extra_info("socket")
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.transport.pause_reading()
        for _ in range(120):
            for _ in range(1_000):
                connection.protocol.send_frame(flood)
            connection.send_data()
            while connection.transport.get_write_buffer_size():
                await asyncio.sleep(0.001)
            # The answers to one read of 256 KB, and what may wait before that; it may be cut off besides.
            served = cast(Any, server.server_state.connections)
            assert sum(each.transport.get_write_buffer_size() for each in served) < 400_000
        connection.transport.abort()


async def test_to_send_to_who_was_cut_off_for_a_bad_frame_is_no_fault_of_the_application() -> None:
    raised: list[Exception] = []

    async def late(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "websocket.accept", "subprotocol": "graphql-transport-ws"})
        assert (await receive())["type"] == "websocket.disconnect"
        try:
            await send({"type": "websocket.send", "text": "late"})
        except Exception as error:
            raised.append(error)

    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(cast(Application, late), 15.0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    async with raw_socket(f"http://127.0.0.1:{listener.getsockname()[1]}") as connection:
        connection.transport.write(b"\xf1\x80\0\0\0\0")  # reserved bits
        assert (await _closing(connection))[0] == 1002
    server.should_exit = True
    await task
    assert [type(error) for error in raised] == [ClientDisconnected]


async def test_an_operation_that_is_ended_before_it_began_leaves_nothing(
    address: str, school: School
) -> None:
    async with socket_of(address, school.admin.token) as client:
        begun = _subscribe("x", query=VIEWER)
        data = b"".join(
            Frame(Opcode.TEXT, each.encode()).serialize(mask=True)
            for each in [begun, '{"type":"complete","id":"x"}'] * 20
        )
        client.connection.transport.write(data)
        client._streams["x"] = Stream(client, "x")
        assert "viewer" in await (await client.subscribe(VIEWER)).data()
