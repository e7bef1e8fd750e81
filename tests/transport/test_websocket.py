"""The socket: what the protocol asks, what is refused with which code, and that operations stand alone."""

import asyncio
from typing import Any

import orjson
import pytest
from starlette.websockets import WebSocket
from websockets.asyncio.client import ClientConnection

from app.kit.clock import system_clock
from schema.engine.execution import Executor
from schema.engine.operations import Operations
from schema.root import build
from schema.transport.connection import SocketLimits
from schema.transport.websocket import WebSocketTransport
from tests.client import School
from tests.conftest import MovableClock
from tests.socket import PATIENCE, raw_socket, socket_of

INIT = {"type": "connection_init"}
VIEWER = "{ viewer { organization { id } } }"


async def _tell(connection: ClientConnection, *messages: Any) -> None:
    for message in messages:
        await connection.send(orjson.dumps(message).decode())


async def _heard(connection: ClientConnection) -> Any:
    async with asyncio.timeout(PATIENCE):
        return orjson.loads(await connection.recv())


async def _close_code(connection: ClientConnection) -> int | None:
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    return connection.close_code


@pytest.mark.parametrize("protocol", [None, "graphql-ws"])
async def test_a_socket_without_the_protocol_is_closed_with_4406(address: str, protocol: str | None) -> None:
    async with raw_socket(address, protocol) as connection:
        assert await _close_code(connection) == 4406


def _no_context(principal: Any, request_id: str, address: str) -> Any:
    raise AssertionError("nothing is run")


async def test_a_client_that_does_not_say_hello_in_time_is_closed_with_4408() -> None:
    nothing: asyncio.Queue[Any] = asyncio.Queue()
    nothing.put_nowait({"type": "websocket.connect"})
    nothing.put_nowait({"type": "websocket.receive", "text": '{"type": "ping"}'})
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    operations = Operations(Executor(build().schema))
    nobody: Any = None
    limits = SocketLimits(init=0.05)
    transport = WebSocketTransport(operations, nobody, _no_context, system_clock, limits)
    scope = {"type": "websocket", "headers": [], "subprotocols": ["graphql-transport-ws"], "path": "/graphql"}
    async with asyncio.timeout(PATIENCE):
        await transport.serve(WebSocket(scope, nothing.get, send))
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send", "websocket.close"]
    assert sent[-1]["code"] == 4408


async def test_a_second_init_is_closed_with_4429(address: str) -> None:
    async with raw_socket(address) as connection:
        await _tell(connection, INIT, INIT)
        assert await _close_code(connection) == 4429


async def test_subscribing_before_the_acknowledgement_is_closed_with_4401(address: str) -> None:
    async with raw_socket(address) as connection:
        await _tell(connection, {"id": "1", "type": "subscribe", "payload": {"query": VIEWER}})
        assert await _close_code(connection) == 4401


async def test_a_token_that_is_not_ours_is_closed_with_4403(address: str) -> None:
    async with raw_socket(address) as connection:
        await _tell(connection, {**INIT, "payload": {"authorization": "Bearer nonsense"}})
        assert await _close_code(connection) == 4403


@pytest.mark.parametrize(
    "frame",
    [
        "[]",
        '"x"',
        "null",
        "1",
        "{",
        "[" * 5_000,
        "{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "connection_init", "payload": "x"}',
        '{"type": "connection_init", "payload": {"authorization": 1}}',
        '{"type": "ping", "payload": []}',
        '{"type": "subscribe", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": {}, "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{a}"}}',
        '{"type": "subscribe", "id": "1", "payload": "{a}"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "complete", "id": null}',
        '{"type": "ping", "payload": {"x": "' + "x" * 65_536 + '"}}',
        b'{"type": "ping"}',
    ],
)
async def test_what_is_no_message_is_closed_with_4400(address: str, frame: str | bytes) -> None:
    async with raw_socket(address) as connection:
        await connection.send(frame)
        assert await _close_code(connection) == 4400


async def test_a_ping_is_answered_with_what_it_held_even_before_the_acknowledgement(address: str) -> None:
    async with raw_socket(address) as connection:
        await _tell(connection, {"type": "ping", "payload": {"n": 1}}, {"type": "ping"}, INIT)
        assert [await _heard(connection) for _ in range(3)] == [
            {"type": "pong", "payload": {"n": 1}},
            {"type": "pong"},
            {"type": "connection_ack"},
        ]


async def test_a_query_and_a_mutation_are_answered_over_the_socket(address: str, school: School) -> None:
    async with socket_of(address, school.admin.token) as socket:
        query = await socket.subscribe(VIEWER)
        assert await query.data() == {"viewer": {"organization": {"id": school.organization_id}}}
        assert await query.frame() == {"id": query.name, "type": "complete"}

        mutation = await socket.subscribe(
            'mutation { createClassroom(input: {name: "8B"}) { classroom { name } userErrors { code } } }'
        )
        assert await mutation.data() == {"createClassroom": {"classroom": {"name": "8B"}, "userErrors": []}}
        assert await mutation.frame() == {"id": mutation.name, "type": "complete"}


async def test_the_key_of_the_credentials_may_be_in_any_case(address: str, school: School) -> None:
    async with raw_socket(address) as connection:
        await _tell(
            connection,
            {**INIT, "payload": {"Authorization": f"Bearer {school.admin.token}"}},
            {"id": "a", "type": "subscribe", "payload": {"query": VIEWER}},
        )
        assert await _heard(connection) == {"type": "connection_ack"}
        answer = await _heard(connection)
        assert answer["payload"]["data"]["viewer"]["organization"]["id"] == school.organization_id


@pytest.mark.parametrize(
    "query", ["{ viewer {", "{ nothing }", "query A { viewer { roles } } query B { viewer { roles } }", " "]
)
async def test_one_bad_operation_gets_an_error_and_leaves_the_others_alone(
    address: str, school: School, query: str
) -> None:
    async with socket_of(address, school.admin.token) as socket:
        bad = await socket.subscribe(query)
        good = await socket.subscribe(VIEWER)
        error = await bad.error()
        assert error["extensions"]["code"] == "BAD_INPUT"
        assert len(error["extensions"]["requestId"]) == 32
        assert await good.data() == {"viewer": {"organization": {"id": school.organization_id}}}


async def test_an_id_is_free_again_once_its_operation_has_completed(address: str, school: School) -> None:
    async with socket_of(address, school.admin.token) as socket:
        stream = await socket.subscribe(VIEWER)
        for _ in range(3):
            assert "viewer" in await stream.data()
            assert (await stream.frame())["type"] == "complete"
            await socket.send({"id": stream.name, "type": "subscribe", "payload": {"query": VIEWER}})


async def test_an_operation_after_the_token_ran_out_is_refused_and_the_socket_closed_with_4403(
    address: str, school: School, clock: MovableClock
) -> None:
    async with socket_of(address, school.admin.token) as socket:
        clock.forward(seconds=601)
        stream = await socket.subscribe(VIEWER)
        assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await socket.closed())[0] == 4403
