"""A server that is killed in the middle of an exam: every answer that was acknowledged is there once."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.assessments.exam_room import Desk, exam_by_the_graph
from tests.client import Client, School
from tests.processes import Operator, operator

LEARNERS, ITEMS = 4, 6
ENOUGH = 60


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator(CONSUMERS="true") as found:
        yield found


@asynccontextmanager
async def client_of(port: int) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        yield Client(http)


async def test_answers_acknowledged_before_a_kill_are_stored_once_and_the_devices_go_on(
    alone: Operator,
) -> None:
    serving = await asyncio.to_thread(alone.serve, "--no-demo")
    nothing: Any = None
    async with client_of(serving.port) as anonymous:
        school = await School.found(anonymous, nothing)
        classroom = await school.classroom()
        learners = [await school.learner(classroom, f"Learner {number}") for number in range(LEARNERS)]
        exam, items = await exam_by_the_graph(school.admin, classroom["id"], ITEMS)
        desks = [Desk(learner, exam, items) for learner in learners]
        for desk in desks:
            await desk.join()
        acknowledged: list[tuple[str, int]] = []
        enough = asyncio.Event()
        writing = asyncio.gather(*(_write(desk, acknowledged, enough) for desk in desks))
        await asyncio.wait_for(enough.wait(), 60)
        serving.process.send_signal(signal.SIGKILL)
        await writing
    assert len(set(acknowledged)) == len(acknowledged) >= ENOUGH

    again = await asyncio.to_thread(alone.serve, "--no-demo")
    stored = await alone.ask("SELECT count(*) FROM exam_answer")
    # Of each learner at most the one answer that was under way is in without being acknowledged.
    assert len(acknowledged) <= stored <= len(acknowledged) + LEARNERS
    async with client_of(again.port) as anonymous:
        for desk in desks:
            mine = sorted(sequence for sitting, sequence in acknowledged if sitting == desk.sitting_id)
            assert mine == list(range(1, len(mine) + 1))
            desk.learner = anonymous.with_token(desk.learner.token)
            pending = _answer(desk, len(mine) + 1)
            # What was not acknowledged is sent again as it was, whether it had come in or not.
            payload = await desk.learner.do("saveExamAnswer", pending, "savedSequence")
            assert payload["savedSequence"] == len(mine) + 1
            await desk.join()
            assert desk.sequence == len(mine) + 2
    numbers = "SELECT sitting_id, count(*) AS n, max(sequence) AS last FROM exam_answer GROUP BY 1"
    assert await alone.ask(f"SELECT sum(n) FROM ({numbers}) a") == len(acknowledged) + LEARNERS
    assert await alone.ask(f"SELECT count(*) FROM ({numbers}) a WHERE n <> last") == 0
    told = "SELECT count(*) - max(seq) FROM event WHERE topic LIKE 'exam:%'"
    assert await alone.ask(told) == 0
    assert again.end(signal.SIGINT) == 0


async def test_an_exam_opens_by_the_servers_clock_while_nobody_is_connected(alone: Operator) -> None:
    serving = await asyncio.to_thread(alone.serve, "--no-demo")
    nothing: Any = None
    async with client_of(serving.port) as anonymous:
        school = await School.found(anonymous, nothing)
        classroom = await school.classroom()
        learner = await school.learner(classroom)
        soon = datetime.now(UTC) + timedelta(seconds=2)
        exam, items = await exam_by_the_graph(school.admin, classroom["id"], opensAt=soon.isoformat())
        assert (await Desk(learner, exam, items).join())["state"] == "WAITING"
    async with asyncio.timeout(30):
        while not await alone.ask("SELECT count(*) FROM exam_sitting WHERE state = 'ACTIVE'"):
            await asyncio.sleep(0.2)
    assert await alone.ask("SELECT count(*) FROM exam WHERE state = 'OPEN'") == 1
    assert serving.end(signal.SIGINT) == 0


async def _write(desk: Desk, acknowledged: list[tuple[str, int]], enough: asyncio.Event) -> None:
    """A device saves answers as fast as they are taken, until the server is gone."""
    for _ in range(10_000):
        given = _answer(desk, desk.sequence)
        try:
            payload = await desk.learner.attempt("saveExamAnswer", given, "savedSequence")
        except (httpx.HTTPError, ValueError):
            return
        assert payload == {"savedSequence": desk.sequence, "userErrors": []}
        acknowledged.append((desk.sitting_id, desk.sequence))
        desk.sequence += 1
        if len(acknowledged) >= ENOUGH:
            enough.set()


def _answer(desk: Desk, sequence: int) -> dict[str, Any]:
    """What the device answers under a number."""
    return desk.answer(sequence % ITEMS, sequence, sequence=sequence)
