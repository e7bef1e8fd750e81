"""A worker killed in the middle of a job, and one that runs as operators run it."""

import asyncio
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import asyncpg

from app.bootstrap import Addresses
from tests.jobs.kinds import PROGRESS, Office
from tests.practice.learner_at_work import LearnerAtWork
from tests.processes import ROOT
from tests.socket import socket_of


@contextmanager
def worker(addresses: Addresses, folder: Path, *words: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A process of its own, killed at the end if it still runs."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "KEYS": str(folder), "DATA_DIR": str(folder),
        "AS_OWNER": addresses.owner,
        "AS_APPLICATION": addresses.application, "AS_WORKER": addresses.maintenance,
        "DATABASE_URL": addresses.application, "MIGRATION_DATABASE_URL": addresses.owner,
        "MAINTENANCE_DATABASE_URL": addresses.maintenance,
    }  # fmt: skip
    log = (folder / f"worker-{uuid.uuid4().hex}.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", *words], env=environment, cwd=folder, stdout=log, stderr=log,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(10)
        log.close()


async def test_a_job_whose_worker_is_killed_is_taken_up_by_another_and_ends_once(
    office: Office, addresses: Addresses, address: str, tmp_path: Path
) -> None:
    kind, journal = f"TEST_{uuid.uuid4().hex}", tmp_path / "journal"
    given = {"steps": 5, "pause": 0.7, "journal": str(journal)}
    job_id = await office.ask_for(kind, input=given)
    words = ("tests.jobs.worker", kind, "2")
    async with socket_of(address, office.school.admin.token) as socket:
        stream = await socket.subscribe(PROGRESS, id=job_id)
        told = [await stream.event()]
        with worker(addresses, tmp_path, *words) as first:
            async with asyncio.timeout(60):
                while (await office.job(job_id))["progress"]["done"] < 2:
                    await asyncio.sleep(0.05)
            first.send_signal(signal.SIGKILL)
            assert first.wait(10) == -signal.SIGKILL
        left = await office.job(job_id)
        with worker(addresses, tmp_path, *words):
            done = await office.until(job_id, "DONE", patience=60)
            while told[-1]["job"]["state"] != "DONE":
                told.append(await stream.event())
    connection = await asyncpg.connect(addresses.owner)
    waiting = await connection.fetchval(
        "SELECT count(*) FROM queue.job WHERE entrypoint = $1 AND status <> 'picked'", kind
    )
    await connection.close()

    assert (left["state"], done["failures"]) == ("RUNNING", 0)
    assert journal.read_text().split() == ["began", "began", "ended"]
    assert [each["job"]["state"] for each in told].count("DONE") == 1
    steps = [each["job"]["progress"]["done"] for each in told if each["job"]["state"] == "RUNNING"]
    second = steps.index(0, 1)  # it began anew
    assert (steps[:second], steps[second:]) == (sorted(steps[:second]), [0, 1, 2, 3, 4, 5])
    assert waiting == 0


START = """mutation { startVerification(input: {}) { userErrors { code } job { id kind state } } }"""
RESULT = """query($id: ID!) { node(id: $id) { ... on Job { state progress { done total } result { ... on
  VerificationResult { agrees parts { part count differences { what key stored recomputed } } } } } } }"""


async def test_an_admin_has_the_school_verified_by_a_worker_and_reads_what_differs(
    office: Office, addresses: Addresses, tmp_path: Path
) -> None:
    work, admin = await LearnerAtWork.begin(office.school), office.school.admin
    for number in (0, 1, 2):
        await work.record(number)
    started = (await admin.ask(START))["startVerification"]["job"]
    again = (await admin.ask(START))["startVerification"]["job"]
    with worker(addresses, tmp_path, "app.cli", "worker"):
        await office.until(started["id"], "DONE", patience=60)
        agrees = (await admin.ask(RESULT, id=started["id"]))["node"]
        async with _spoilt(addresses, work):
            second = (await admin.ask(START))["startVerification"]["job"]
            await office.until(second["id"], "DONE", patience=60)
            differs = (await admin.ask(RESULT, id=second["id"]))["node"]

    assert (started["kind"], started["state"]) == ("VERIFICATION", "QUEUED")
    assert again == started
    assert second["id"] != started["id"]
    assert agrees["progress"] == {"done": 3, "total": 3}
    assert agrees["result"] == {
        "agrees": True,
        "parts": [
            {"part": part, "count": 0, "differences": []} for part in ("mastery", "rollups", "leaderboards")
        ],
    }
    assert differs["result"]["agrees"] is False
    assert [(each["part"], each["count"]) for each in differs["result"]["parts"]] == [
        ("mastery", 1), ("rollups", 1), ("leaderboards", 0),
    ]  # fmt: skip
    (found,) = differs["result"]["parts"][0]["differences"]
    assert (found["what"], found["stored"], found["recomputed"]) == ("learner attempt_count", "7", "3")
    (found,) = differs["result"]["parts"][1]["differences"]
    assert found["what"] == "learner_activity"
    assert '"attempt_count" : 8' in found["stored"]
    assert '"attempt_count" : 3' in found["recomputed"]


@asynccontextmanager
async def _spoilt(addresses: Addresses, work: LearnerAtWork) -> AsyncIterator[None]:
    """A rollup and a learner's state say something else meanwhile; every other school stays as it is."""
    learner = uuid.UUID(work.learner.learner_id.removeprefix("lrn_"))
    connection = await asyncpg.connect(addresses.owner)
    say = "UPDATE {} SET attempt_count = {} WHERE learner_id = $1"
    await connection.execute(say.format("learner_activity", 8), learner)
    await connection.execute(say.format("learner_state", 7), learner)
    yield
    # Others verify the same database.
    for table in ("learner_activity", "learner_state"):
        await connection.execute(say.format(table, 3), learner)
    await connection.close()


async def test_only_an_admin_has_the_school_verified(office: Office) -> None:
    learner = await office.school.learner(await office.school.classroom())
    for person in (learner, await office.school.teacher()):
        assert (await person.refused(START))["extensions"]["code"] == "FORBIDDEN"
    assert (await office.school.admin.ask("{ viewer { jobs { totalCount } } }"))["viewer"]["jobs"] == {
        "totalCount": 0
    }
