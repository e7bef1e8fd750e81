"""How a server takes leave: readiness fails, streams are told, sockets close with 1012, no write is lost."""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack, suppress
from typing import Any

import httpx
import pytest

from app.runtime import Runtime
from tests.client import Client, School
from tests.live.following import MASTERY
from tests.practice.learner_at_work import LearnerAtWork
from tests.processes import Operator, Serving, operator
from tests.socket import Socket, Stream, raw_socket, socket_of
from tests.transport.serving import another_server

NOTICE = """subscription($id: ID!) { masteryChanged(learnerId: $id) { __typename
  ... on StreamNotice { cursor kind retryAfterMs } ... on MasterySnapshot { cursor } } }"""
CREATE = "mutation($name: String!) { createClassroom(input: {name: $name}) { classroom { id } } }"
NAMES = """query($after: Cursor) { viewer { organization { classrooms(first: 100, after: $after) {
  nodes { name } pageInfo { endCursor hasNextPage } } } } }"""
LEAVING = (1012, "The server restarts; connect again and resume.")
SOCKETS = 20


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator(CONSUMERS="true", SOCKETS_PER_USER="100") as found:
        yield found


def _address(serving: Serving) -> str:
    return f"http://127.0.0.1:{serving.port}"


async def _ended(serving: Serving) -> int:
    return await asyncio.to_thread(serving.process.wait, 40)


async def _following(held: AsyncExitStack, address: str, person: Client) -> tuple[Socket, Stream]:
    socket = await held.enter_async_context(socket_of(address, person.token))
    stream = await socket.subscribe(NOTICE, id=person.learner_id)
    assert (await stream.event())["__typename"] == "MasterySnapshot"
    return socket, stream


async def test_a_terminated_server_tells_every_stream_closes_every_socket_and_loses_no_write(
    alone: Operator,
) -> None:
    serving = alone.serve("--no-demo")
    nothing: Any = None
    async with (
        httpx.AsyncClient(base_url=_address(serving), timeout=30) as http,
        AsyncExitStack() as held,
    ):
        school = await School.found(Client(http), nothing)
        ada = await school.learner(await school.classroom())
        followers = [await _following(held, _address(serving), ada) for _ in range(SOCKETS)]
        teaching = await held.enter_async_context(socket_of(_address(serving), school.admin.token))
        written: list[str] = []
        writers = [
            asyncio.create_task(_write_over_http(school.admin, "http", written)),
            asyncio.create_task(_write_over_socket(teaching, "socket", written)),
        ]
        while len(written) < 10:
            await asyncio.sleep(0.02)
        before = len(written)
        serving.process.send_signal(signal.SIGTERM)
        for _, stream in followers:
            notice = await stream.event()
            assert (notice["__typename"], notice["kind"]) == ("StreamNotice", "DRAINING")
            assert 0 <= notice["retryAfterMs"] <= 10_000
            assert notice["cursor"]
        assert {await socket.closed() for socket, _ in followers} == {LEAVING}
        assert await teaching.closed() == LEAVING
        assert await _ended(serving) == 0
        await asyncio.gather(*writers)
        assert len(written) > before
    assert "Traceback" not in serving.rest()

    again = alone.serve("--no-demo")
    async with httpx.AsyncClient(base_url=_address(again), timeout=30) as http:
        stored = await _names(Client(http, school.admin.token))
    assert set(written) - stored == set()
    assert again.end(signal.SIGTERM) == 0


async def _write_over_http(admin: Client, prefix: str, written: list[str]) -> None:
    """Write until nobody answers any more; what was acknowledged is noted."""
    number = 0
    with suppress(httpx.HTTPError):
        while True:
            name = f"{prefix} {(number := number + 1)}"
            await admin.ask(CREATE, name=name)
            written.append(name)


async def _write_over_socket(socket: Socket, prefix: str, written: list[str]) -> None:
    number = 0
    with suppress(Exception):
        while not socket._reader.done():
            name = f"{prefix} {(number := number + 1)}"
            stream = await socket.subscribe(CREATE, name=name)
            frame = asyncio.create_task(stream.data())
            await asyncio.wait([frame, socket._reader], return_when=asyncio.FIRST_COMPLETED)
            if not frame.done():
                frame.cancel()
                return
            await frame
            written.append(name)


async def _names(admin: Client) -> set[str]:
    names: set[str] = set()
    after = None
    while True:
        found = (await admin.ask(NAMES, after=after))["viewer"]["organization"]["classrooms"]
        names |= {each["name"] for each in found["nodes"]}
        if not found["pageInfo"]["hasNextPage"]:
            return names
        after = found["pageInfo"]["endCursor"]


async def test_a_second_signal_does_not_wait_for_the_sockets(alone: Operator) -> None:
    serving = alone.serve("--no-demo")
    nothing: Any = None
    async with httpx.AsyncClient(base_url=_address(serving), timeout=30) as http, AsyncExitStack() as held:
        school = await School.found(Client(http), nothing)
        ada = await school.learner(await school.classroom())
        socket, _ = await _following(held, _address(serving), ada)
        serving.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(30):
            while (await http.get("/health/ready")).status_code != 503:
                await asyncio.sleep(0.01)
        serving.process.send_signal(signal.SIGINT)
        assert (await socket.closed())[0] == 1012
        assert await _ended(serving) == 0


def test_ctrl_c_with_nobody_connected_does_not_wait() -> None:
    # Waiting for sockets would take twice as long as we wait.
    with operator(CONSUMERS="true", DRAIN_SECONDS="60") as patient:
        assert patient.serve("--no-demo").end(signal.SIGINT) == 0


async def test_what_a_socket_asked_before_it_closes_is_answered(runtime: Runtime, school: School) -> None:
    server = another_server(runtime, drain_seconds=0)
    async with server as (address, _, application), socket_of(address, school.admin.token) as socket:
        streams = [await socket.subscribe(CREATE, name=f"class {number}") for number in range(10)]
        await streams[0].data()
        await application.drain()
        for stream in streams[1:]:
            assert (await stream.data())["createClassroom"]["classroom"]["id"].startswith("cls_")
        assert await socket.closed() == LEAVING


async def test_from_then_on_readiness_fails_sockets_are_refused_and_requests_are_answered(
    runtime: Runtime, school: School
) -> None:
    async with (
        another_server(runtime) as (address, _, application),
        httpx.AsyncClient(base_url=address) as http,
    ):
        assert (await http.get("/health/ready")).status_code == 200
        await application.drain()
        readiness = await http.get("/health/ready")
        assert (readiness.status_code, readiness.json()) == (503, {"status": "draining"})
        assert (await http.get("/health/live")).status_code == 200
        async with raw_socket(address) as late:
            await late.wait_closed()
            assert (late.close_code, late.close_reason) == LEAVING
        admin = Client(http, school.admin.token)
        admin.user_id = school.admin.user_id
        assert await admin.ask("{ viewer { user { id } } }") == {"viewer": {"user": {"id": admin.user_id}}}


async def test_streams_are_told_before_the_close_and_go_on_elsewhere_behind_the_notice(
    address: str, runtime: Runtime, school: School
) -> None:
    work = await LearnerAtWork.begin(school)
    ada = work.learner
    async with AsyncExitStack() as held:
        ending, _, application = await held.enter_async_context(another_server(runtime))
        socket, stream = await _following(held, ending, ada)
        draining = asyncio.create_task(application.drain())
        notice = await stream.event()
        attempt = await work.record(0)
        async with socket_of(address, ada.token) as new:
            resumed = await new.subscribe(MASTERY, id=ada.learner_id, after=notice["cursor"])
            assert (await resumed.event())["attempt"] == {"id": attempt["id"]}
        assert await socket.closed() == LEAVING
        await draining


async def test_whoever_leaves_by_itself_is_not_waited_for(runtime: Runtime, school: School) -> None:
    ada = await school.learner(await school.classroom())
    async with AsyncExitStack() as held:
        server = another_server(runtime, drain_seconds=600)
        address, _, application = await held.enter_async_context(server)
        socket, stream = await _following(held, address, ada)
        draining = asyncio.create_task(application.drain())
        await stream.event()
        await socket.close()
        async with asyncio.timeout(60):
            await draining
