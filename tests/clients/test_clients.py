"""Clients that others wrote work with MasteryGraph as it is: the scripts in tests/node/clients."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn

from app.cli.sockets import configuration
from app.main import create_application
from app.runtime import Runtime
from tests.client import School
from tests.clients.node import run_script
from tests.practice.learner_at_work import LearnerAtWork


@pytest.fixture
async def work(school: School) -> LearnerAtWork:
    """A learner called Ada who has answered once, and goes on answering the same item."""
    found = await LearnerAtWork.begin(school)
    await found.record(0)
    return found


@pytest.fixture
def world(address: str, work: LearnerAtWork) -> dict[str, Any]:
    """What the scripts are told."""
    return {
        "address": address,
        "token": work.learner.token,
        "learnerId": work.learner.learner_id,
        "sessionId": work.session_id,
        "itemId": work.item(0),
    }


class Restarting:
    """A server that stops and starts again at the same address."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        """Listen, at a free port the first time."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self._port))
        self._port = listener.getsockname()[1]
        self._server = uvicorn.Server(configuration(create_application(self._runtime), 15.0))
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]))
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End as SIGTERM ends it."""
        if self._server is not None and self._task is not None:
            self._server.should_exit = True
            await self._task
            self._server = None


@pytest.fixture
async def restarting(runtime: Runtime) -> AsyncIterator[Restarting]:
    server = Restarting(runtime)
    await server.start()
    yield server
    await server.stop()


async def test_graphql_http_finds_nothing_amiss_in_its_61_audits(world: dict[str, Any]) -> None:
    outcome = await run_script("graphql-http", world)
    assert outcome.failed == []
    assert len(outcome.passed) == 61


async def test_graphql_ws_follows_resumes_and_is_told_what_it_may_do(
    world: dict[str, Any], work: LearnerAtWork, restarting: Restarting
) -> None:
    leaver = await work.school.learner(work.classroom, "Ben")

    async def sign_out() -> None:
        await leaver.ask("mutation { signOut { userErrors { code } } }")

    told = {
        "restarting": restarting.address,
        "leaver": {"token": leaver.token, "learnerId": leaver.learner_id},
    }
    deeds = {"stop": restarting.stop, "start": restarting.start, "signOut": sign_out}
    outcome = await run_script("graphql-ws", {**world, **told}, deeds)
    assert outcome.failed == []
    assert len(outcome.passed) == 11


async def test_graphql_sse_asks_and_follows_over_distinct_connections(world: dict[str, Any]) -> None:
    outcome = await run_script("graphql-sse", world)
    assert outcome.failed == []
    assert len(outcome.passed) == 5


async def test_apollo_client_asks_persists_revalidates_and_follows(world: dict[str, Any]) -> None:
    outcome = await run_script("apollo", world)
    assert outcome.failed == []
    assert len(outcome.passed) == 10


async def test_urql_asks_persists_and_follows_over_sockets_and_event_streams(world: dict[str, Any]) -> None:
    outcome = await run_script("urql", world)
    assert outcome.failed == []
    assert len(outcome.passed) == 6
