"""Two servers and a worker over one PostgreSQL and one Redis: a teacher at one, a learner at the other."""

import asyncio
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest

from app.kit.embedded_postgres.running import find_running
from tests.assessments.exam_room import Desk, exam_by_the_graph
from tests.client import Client, School
from tests.live.exam_following import MONITOR
from tests.processes import operator
from tests.realtime.redis_server import RedisServer, redis_server
from tests.socket import Stream, socket_of

ITEMS = 8
SECONDS = 1.0
"""Within which a monitor shows an answer that another server has saved."""


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
async def ports(redis: RedisServer) -> AsyncIterator[tuple[int, int]]:
    """Where the two servers listen; the first has the database, a worker has the consumers."""
    with operator(REDIS_URL=redis.url, CONSUMERS="false") as one, operator() as other:
        first = await asyncio.to_thread(one.serve, "--no-demo")
        running = find_running(one.data_dir / "postgres")
        assert running is not None
        other.settings |= {
            "REDIS_URL": redis.url,
            "CONSUMERS": "false",
            "DATABASE_URL": running.url("application"),
            "MIGRATION_DATABASE_URL": running.url("owner"),
            "MAINTENANCE_DATABASE_URL": running.url("maintenance"),
            "SIGNING_KEYS": str(one.data_dir / "signing_keys.pem"),
        }
        second = await asyncio.to_thread(other.serve)
        worker = one.start("worker")
        await asyncio.to_thread(_until_consuming, worker)
        yield first.port, second.port
        assert second.end(signal.SIGTERM) == 0
        worker.terminate()
        assert worker.wait(30) == 0
        assert first.end(signal.SIGTERM) == 0


def _until_consuming(worker: "subprocess.Popen[str]") -> None:
    assert worker.stdout is not None
    for line in worker.stdout:
        if "Consuming events" in line:
            return
    raise AssertionError("the worker ended before it consumed")


@asynccontextmanager
async def _client(port: int) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield Client(http)


async def _answered(monitor: Stream) -> int:
    """How many answers the sitting has by the next change of it that the monitor shows."""
    while True:
        event = await monitor.event()
        if event["__typename"] == "ExamSittingChanged":
            count: int = event["sitting"]["answeredCount"]
            return count


async def _noticed(monitor: Stream) -> str:
    while True:
        event = await monitor.event()
        if event["__typename"] == "StreamNotice":
            kind: str = event["kind"]
            return kind


async def test_a_monitor_shows_what_another_server_saves_and_loses_nothing_while_redis_is_away(
    ports: tuple[int, int], redis: RedisServer
) -> None:
    nothing: Any = None
    async with AsyncExitStack() as stack:
        here = await stack.enter_async_context(_client(ports[0]))
        school = await School.found(here, nothing)
        classroom = await school.classroom()
        learner = await school.learner(classroom, "Ada")
        exam, items = await exam_by_the_graph(school.admin, classroom["id"], ITEMS)
        desk = Desk(learner, exam, items)
        await desk.join()
        there = await stack.enter_async_context(socket_of(f"http://127.0.0.1:{ports[1]}", school.admin.token))
        monitor = await there.subscribe(MONITOR, id=exam)
        assert (await monitor.event())["__typename"] == "ExamMonitorSnapshot"

        took = []
        for number in range(1, 5):
            began = time.monotonic()
            await desk.save(number - 1)
            assert await _answered(monitor) == number
            took.append(time.monotonic() - began)
        # All come at once on a machine at rest; one must on any.
        assert min(took) < SECONDS

        redis.kill()
        assert await _noticed(monitor) == "DEGRADED"
        for number in (5, 6):
            await desk.save(number - 1)
            assert await _answered(monitor) == number

        redis.start()
        assert await _noticed(monitor) == "RECOVERED"
        for number in (7, 8):
            await desk.save(number - 1)
            assert await _answered(monitor) == number
