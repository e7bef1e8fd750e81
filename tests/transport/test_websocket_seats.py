"""How many sockets and operations one may have, at the limit and one beyond it."""

import asyncio
from contextlib import AsyncExitStack

import orjson
import pytest
from websockets.asyncio.client import ClientConnection

from app.runtime import Runtime
from schema.transport.seats import Seats
from tests.client import Client, School
from tests.live.following import MASTERY
from tests.socket import PATIENCE, raw_socket, socket_of
from tests.transport.serving import another_server

FULL = "RATE_LIMITED: a user has 5 sockets at most; close one, or share it."
VIEWER = "{ viewer { user { id } } }"


async def _answer(connection: ClientConnection, token: str | None) -> tuple[int | None, str | None]:
    """Say hello; the code and reason of the close that must follow."""
    payload = {"authorization": f"Bearer {token}"} if token else {}
    await connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    return connection.close_code, connection.close_reason


async def test_a_user_has_five_sockets_and_the_sixth_is_closed_with_1013_until_one_is_gone(
    address: str, school: School
) -> None:
    token = school.admin.token
    other = await school.teacher()
    async with AsyncExitStack() as held:
        sockets = [await held.enter_async_context(socket_of(address, token)) for _ in range(5)]
        async with raw_socket(address) as sixth:
            assert await _answer(sixth, token) == (1013, FULL)
        async with socket_of(address, other.token) as anothers:
            await (await anothers.subscribe(VIEWER)).data()
        await (await sockets[4].subscribe(VIEWER)).data()
        await sockets[0].close()
        async with socket_of(address, token) as again:
            stream = await again.subscribe(VIEWER)
            assert await stream.data() == {"viewer": {"user": {"id": school.admin.user_id}}}


async def test_a_socket_that_is_refused_or_cut_off_gives_its_seat_back(address: str, school: School) -> None:
    token = school.admin.token
    for _ in range(8):
        async with raw_socket(address) as connection:
            payload = {"authorization": f"Bearer {token}"}
            await connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
            async with asyncio.timeout(PATIENCE):
                await connection.recv()
            connection.transport.abort()
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as held:
        while True:
            try:
                for _ in range(5):
                    await held.enter_async_context(socket_of(address, token))
                break
            except Exception:
                await held.aclose()
                await asyncio.sleep(0.05)


async def test_an_address_has_so_many_sockets_on_which_nobody_has_signed_in(
    runtime: Runtime, school: School
) -> None:
    reason = "RATE_LIMITED: 2 sockets of this address have not signed in."
    async with another_server(runtime, sockets_per_address=2) as (address, _, _), AsyncExitStack() as held:
        for _ in range(2):
            await held.enter_async_context(socket_of(address, school.admin.token))
        silent = await held.enter_async_context(raw_socket(address))
        await held.enter_async_context(socket_of(address))
        async with raw_socket(address) as third:
            async with asyncio.timeout(PATIENCE):
                await third.wait_closed()
            assert (third.close_code, third.close_reason) == (1013, reason)
        await silent.close()
        async with socket_of(address, school.admin.token) as signed_in:
            await (await signed_in.subscribe(VIEWER)).data()


async def test_a_socket_runs_as_many_operations_as_the_operator_allows(
    runtime: Runtime, school: School
) -> None:
    ada = await _learner(school)
    server = another_server(runtime, socket_operations=2)
    async with server as (address, _, _), socket_of(address, ada.token) as socket:
        for _ in range(2):
            stream = await socket.subscribe(MASTERY, id=ada.learner_id)
            await stream.event()
        third = await socket.subscribe(MASTERY, id=ada.learner_id)
        error = await third.error()
        assert error["message"] == "A socket runs 2 operations at most; complete one first."
        assert error["extensions"]["code"] == "RATE_LIMITED"


@pytest.mark.parametrize("says", [None, '{"type": "ping"}'])
async def test_whoever_does_not_say_hello_in_time_is_closed_with_4408(
    runtime: Runtime, says: str | None
) -> None:
    server = another_server(runtime, socket_init_seconds=0.2)
    async with server as (address, _, _), raw_socket(address) as connection:
        if says:
            await connection.send(says)
        async with asyncio.timeout(PATIENCE):
            await connection.wait_closed()
        assert connection.close_code == 4408


async def _learner(school: School) -> Client:
    return await school.learner(await school.classroom())


def test_a_seat_is_given_back_once() -> None:
    seats = Seats(1)
    first = seats.take("ada")
    assert first is not None
    assert seats.take("ada") is None
    assert seats.take("ben") is not None
    first.leave()
    first.leave()
    assert seats.take("ada") is not None
    assert seats.take("ada") is None
