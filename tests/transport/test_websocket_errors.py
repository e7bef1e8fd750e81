"""What goes wrong over a socket is masked, and carries the id under which the log tells of it."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import uvicorn
from graphql import GraphQLField, GraphQLInt, GraphQLObjectType, GraphQLSchema
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from structlog.testing import capture_logs

from app.access.principal import ANONYMOUS, Principal
from app.cli.sockets import configuration
from app.kit.clock import system_clock
from app.kit.database import StatementCount
from app.kit.errors import Conflict
from schema.engine.execution import Executor
from schema.engine.operations import Operations
from schema.transport.websocket import WebSocketTransport
from tests.socket import socket_of

SECRET = "password=hunter2"
MASKED = "Something went wrong on our side; quote the request id when you report it."


class Numbers:
    """A source that counts to three, and then may fail itself."""

    def __init__(self, fails: bool) -> None:
        self._fails = fails

    async def __aiter__(self) -> AsyncIterator[Any]:
        for number in range(1, 4):
            yield SimpleNamespace(number=number)
        if self._fails:
            raise RuntimeError(SECRET)

    def is_open_to(self, principal: Any) -> bool:
        """Everybody may."""
        return True


def _fails_at_two(source: Any, info: Any) -> int:
    if source.number == 2:
        raise RuntimeError(SECRET)
    if source.number == 3:
        raise Conflict("Three is taken.")
    return int(source.number)


def _fails(source: Any, info: Any) -> int:
    raise RuntimeError(SECRET)


def _stream(fails: bool) -> GraphQLField:
    return GraphQLField(
        GraphQLObjectType(
            f"Number{fails}",
            {"value": GraphQLField(GraphQLInt, resolve=_fails_at_two)},
        ),
        subscribe=lambda source, info: Numbers(fails),
        resolve=lambda event, info: event,
    )


SCHEMA = GraphQLSchema(
    GraphQLObjectType("Query", {"broken": GraphQLField(GraphQLInt, resolve=_fails)}),
    subscription=GraphQLObjectType("Subscription", {"numbers": _stream(False), "breaking": _stream(True)}),
)


class EverybodyIsNobody:
    """Knows no tokens."""

    async def recognise(self, token: str | None) -> Principal:
        """Nobody."""
        return ANONYMOUS

    def at_hand(self, token: str | None) -> Principal:
        """Nobody."""
        return ANONYMOUS

    def claims(self, token: str) -> Any:
        """Never asked."""
        raise AssertionError(token)


def _context(principal: Principal, request_id: str, address: str) -> Any:
    return SimpleNamespace(
        request_id=request_id,
        statements=StatementCount(),
        starve=lambda: None,
        reads_elsewhere=lambda: None,
        read_in_common=lambda: None,
    )


@asynccontextmanager
async def _served() -> AsyncIterator[str]:
    transport = WebSocketTransport(Operations(Executor(SCHEMA)), EverybodyIsNobody(), _context, system_clock)
    application: Any = Starlette(routes=[WebSocketRoute("/graphql", transport.serve)])
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(application, 15.0))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


async def test_the_errors_of_all_events_carry_the_id_of_their_subscription() -> None:
    ids = []
    with capture_logs() as lines:
        async with _served() as address, socket_of(address) as client:
            for _ in range(2):
                stream = await client.subscribe("subscription { numbers { value } }")
                assert await stream.data() == {"numbers": {"value": 1}}
                masked, told = [(await stream.frame())["payload"] for _ in range(2)]
                assert masked["data"] == told["data"] == {"numbers": {"value": None}}
                assert _shape(masked) == (MASKED, "INTERNAL")
                assert _shape(told) == ("Three is taken.", "CONFLICT")
                assert _request_id(masked["errors"][0]) == _request_id(told["errors"][0])
                ids.append(_request_id(masked["errors"][0]))
                assert (await stream.frame())["type"] == "complete"
    assert len(set(ids)) == 2
    assert [(line["request_id"], str(line["exc_info"])) for line in lines] == [(each, SECRET) for each in ids]


async def test_a_source_that_fails_ends_its_stream_with_a_masked_error_and_leaves_the_socket() -> None:
    with capture_logs() as lines:
        async with _served() as address, socket_of(address) as client:
            stream = await client.subscribe("subscription { breaking { __typename } }")
            error = await stream.error()
            assert (error["message"], error["extensions"]["code"]) == (MASKED, "INTERNAL")
            query = await client.subscribe("{ broken }")
            answer = (await query.frame())["payload"]
            assert answer["data"] == {"broken": None}
            assert _shape(answer) == (MASKED, "INTERNAL")
            assert (await query.frame())["type"] == "complete"
    ids = [_request_id(error), _request_id(answer["errors"][0])]
    assert len(set(ids)) == 2
    assert [line["request_id"] for line in lines if line["event"] == "resolver failed"] == ids


def _shape(answer: dict[str, Any]) -> tuple[str, str]:
    (error,) = answer["errors"]
    return error["message"], error["extensions"]["code"]


def _request_id(error: dict[str, Any]) -> str:
    found: str = error["extensions"]["requestId"]
    assert len(found) == 32
    return found
