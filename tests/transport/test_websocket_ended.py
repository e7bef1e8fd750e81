"""Sockets that have ended leave nothing behind that only a collection of garbage would find."""

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator

import pytest
from graphql.execution import Executor as CoreExecutor
from websockets.server import ServerProtocol

from app.cli.requests import RequestProtocol
from app.cli.sockets import SocketProtocol
from schema.engine.loading import Loaders
from schema.engine.streaming import Subscriber
from schema.transport.connection import Connection
from schema.transport.outbox import Outbox
from tests.client import Client, School
from tests.live.following import MASTERY
from tests.socket import raw_socket, socket_of

OF_A_SOCKET = (SocketProtocol, ServerProtocol, Connection, Outbox, Subscriber)
OF_ITS_BEGINNING = (RequestProtocol, CoreExecutor, Loaders)
"""Of use until it follows something."""
PATIENCE = 30.0


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Nobody collects garbage."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
async def ada(school: School) -> Client:
    return await school.learner(await school.classroom())


def _alive() -> Counter[str]:
    counted = (*OF_A_SOCKET, *OF_ITS_BEGINNING)
    return Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, counted))


async def _before(address: str, ada: Client) -> Counter[str]:
    """What is alive once the document has been followed: the mould of all who follow it is kept with it."""
    none = _alive()
    async with socket_of(address, ada.token) as first:
        await (await first.subscribe(MASTERY, id=ada.learner_id)).event()
    await _gone(none + Counter({CoreExecutor.__name__: 1}))
    return _alive()


async def _gone(before: Counter[str]) -> None:
    """Wait until no more of them are alive than before."""
    async with asyncio.timeout(PATIENCE):
        while _alive() - before:
            await asyncio.sleep(0.05)


async def _at_rest(before: Counter[str]) -> None:
    """Wait until what is alive of one socket is what it needs."""
    async with asyncio.timeout(PATIENCE):
        while _alive() - before != Counter(each.__name__ for each in OF_A_SOCKET):
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("no_collection")
async def test_a_socket_that_its_client_closes_is_freed_at_once(address: str, ada: Client) -> None:
    before = await _before(address, ada)
    async with socket_of(address, ada.token) as socket:
        await (await socket.subscribe(MASTERY, id=ada.learner_id)).event()
        await _at_rest(before)
    await _gone(before)


@pytest.mark.usefixtures("no_collection")
async def test_a_socket_that_is_cut_is_freed_at_once(address: str, ada: Client) -> None:
    before = await _before(address, ada)
    async with socket_of(address, ada.token) as socket:
        await (await socket.subscribe(MASTERY, id=ada.learner_id)).event()
        socket.connection.transport.abort()
    await _gone(before)


@pytest.mark.usefixtures("no_collection")
async def test_a_socket_that_the_server_refuses_is_freed_at_once(address: str) -> None:
    before = _alive()
    async with socket_of(address) as socket:
        await socket.send({"type": "nonsense"})
        assert (await socket.closed())[0] == 4400
    await _gone(before)


@pytest.mark.usefixtures("no_collection")
async def test_a_socket_that_breaks_the_protocol_is_freed_at_once(address: str) -> None:
    before = _alive()
    async with raw_socket(address) as connection:
        connection.transport.write(b"\xff\xff\xff\xff")
        await connection.wait_closed()
        assert connection.close_code == 1002
    await _gone(before)
