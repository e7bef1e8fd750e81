"""Processes killed in the middle of their work: nothing acknowledged is lost, and nothing counts twice."""

import asyncio
import json
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from bench.http_client import Connection
from bench.school import Class, seat
from tests.processes import Operator, operator

ROWS = 4_000


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator(CONSUMERS="true") as found:
        yield found


def answers_file(folder: Path) -> Path:
    """Answers of 40 learners to 150 items over 12 skills, as another system exports them."""
    r = random.Random(7)
    lines = ["user,order,question,kc,credit"]
    for row in range(ROWS):
        learner, order = divmod(row, ROWS // 40)
        item = r.randrange(150)
        skills = f"{item % 12}|{(item + 1) % 12}" if item % 5 == 0 else f"{item % 12}"
        lines.append(f"u{learner},{order},q{item},{skills},{int(r.random() < 0.65)}")
    path = folder / "answers.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def words(path: Path) -> list[str]:
    return [
        "import", "attempts", str(path), "--source", "elsewhere", "--organization", "Hill School",
        "--new-organization", "--classroom", "7A", "--batch", "200", "--start", "2026-01-05T08:00Z",
        "--map", "learner=user,item=question,skills=kc,score=credit,order=order",
    ]  # fmt: skip


async def lines_in(alone: Operator) -> int:
    """How many lines the import that runs now has committed; 0 while its tables are not there yet."""
    try:
        return await alone.ask("SELECT max(line) FROM attempt_import")
    except (AssertionError, OSError, asyncpg.PostgresError):
        await asyncio.sleep(0.02)
        return 0


async def test_an_import_that_is_killed_goes_on_where_it_was_and_every_row_is_in_once(
    alone: Operator,
) -> None:
    path = answers_file(alone.data_dir)
    importing = alone.start(*words(path))
    cut_at = 0
    while importing.poll() is None and not cut_at:
        cut_at = await lines_in(alone)
    importing.send_signal(signal.SIGKILL)
    importing.wait()
    assert 1 < cut_at < ROWS

    again = await asyncio.to_thread(alone.run, *words(path))
    assert again.returncode == 0, again.stderr
    assert "Resumed" in again.stdout

    serving = await asyncio.to_thread(alone.serve, "--no-demo")
    assert await alone.ask("SELECT count(*) FROM attempt") == ROWS
    assert (
        await alone.ask("SELECT count(*) FROM (SELECT DISTINCT learner_id, answered_at FROM attempt) a")
        == ROWS
    )
    assert await alone.ask("SELECT recorded FROM attempt_import WHERE finished_at IS NOT NULL") == ROWS
    assert await alone.ask("SELECT sum(attempt_count) FROM learner_state") == ROWS
    assert serving.end(signal.SIGINT) == 0

    verified = await asyncio.to_thread(alone.run, "verify")
    assert verified.returncode == 0, verified.stdout


async def practise(school: Class, acknowledged: list[str], enough: asyncio.Event) -> None:
    """Learners answer as fast as they are answered, until the server is gone."""

    async def at(number: int) -> None:
        desk = school.desks[number]
        for turn in range(10_000):
            try:
                answer = json.loads(await desk.connection.post(desk.answer(turn, f"{number}-{turn}")))
            except (OSError, asyncio.IncompleteReadError):
                return
            acknowledged.append(answer["data"]["recordAttempt"]["attempt"]["id"])
            if len(acknowledged) > 150:
                enough.set()

    await asyncio.gather(*(at(number) for number in range(len(school.desks))))


async def test_answers_acknowledged_by_a_server_that_is_killed_are_there_once_after_its_restart(
    alone: Operator,
) -> None:
    serving = await asyncio.to_thread(alone.serve, "--no-demo")
    school = await seat(serving.port, learners=6, items=12)
    acknowledged: list[str] = []
    enough = asyncio.Event()
    practising = asyncio.create_task(practise(school, acknowledged, enough))
    await asyncio.wait_for(enough.wait(), 30)
    serving.process.send_signal(signal.SIGKILL)
    await practising
    for connection in (school.teacher, *(desk.connection for desk in school.desks)):
        await connection.close()
    assert len(set(acknowledged)) == len(acknowledged) > 150

    again = await asyncio.to_thread(alone.serve, "--no-demo")
    ids = ", ".join(f"'{each.removeprefix('att_')}'" for each in acknowledged)
    assert await alone.ask(f"SELECT count(*) FROM attempt WHERE id IN ({ids})") == len(acknowledged)
    # Of each learner at most the one answer that was under way is in without being acknowledged.
    stored = await alone.ask("SELECT count(*) FROM attempt")
    assert len(acknowledged) <= stored <= len(acknowledged) + len(school.desks)

    # A device that sends its answers once more gets the first attempts again.
    desk = school.desks[0]
    repeated = Connection(again.port, desk.connection.token)
    answer = json.loads(await repeated.post(desk.answer(0, "0-0")))
    assert answer["data"]["recordAttempt"]["attempt"]["id"] in acknowledged
    assert await alone.ask("SELECT count(*) FROM attempt") == stored
    await repeated.close()
    assert again.end(signal.SIGINT) == 0

    verified = await asyncio.to_thread(alone.run, "verify")
    assert verified.returncode == 0, verified.stdout
