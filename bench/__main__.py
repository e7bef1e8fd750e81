"""`make bench`: what one process does on this machine, with its own embedded PostgreSQL, as one table.

Everything is durable (`fsync`, `synchronous_commit` on) and bounded to about two minutes. The load comes from
another process on the same machine, so its share of the processor is not free.
"""

import argparse
import asyncio
import os
import platform
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from bench.http_client import Connection, request
from bench.load import NEXT, WARM_UP, Lane, Measured, measure
from bench.processor import processor_time
from bench.school import Class, Desk, seat
from bench.served import NO_RATES

ROOT = Path(__file__).parents[1]
REAL = ROOT.parent / "shared" / "data" / "assistments09_train.csv.gz"
WRITERS = 8
GENERATED_ROWS = 100_000
DEMO_PASSWORD = "masterygraph-demo"

SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  accessToken viewer { classrooms(first: 10) { nodes { id name } } } userErrors { message } } }"""
ME = "{ viewer { user { id displayName } organization { name } learner { id displayName } } }"
LEADERBOARD = """query($id: ID!) { leaderboard(scopeId: $id, window: MONTH, metric: SCORE, first: 50) {
  entries { rank alias score } viewerEntry { rank } } }"""
DASHBOARD = """query($id: ID!) { classroom(id: $id) { name
  masteryGrid(first: 30) { skills { name } rows { learner { displayName } cells { probability level } } }
  analytics { activeLearners attemptCount meanScore troubleSpots(first: 5) { skill { name } } } } }"""


class Served(NamedTuple):
    """A server under measurement: its port and its process."""

    port: int
    process: int


class Rows:
    """The table, filled as it is measured."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._table = Table(
            "Measured", "Per second", "p50 ms", "p99 ms", "CPU ms", "Of", box=None, padding=(0, 2)
        )
        for column in self._table.columns[1:]:
            column.justify = "right"

    def imported(self, name: str, rows: int, seconds: float, megabytes: float) -> None:
        self._table.add_row(
            f"attempts imported, {name}", f"{rows / seconds:,.0f}", "", "", "",
            f"{rows:,} rows, {seconds:.1f} s, peak {megabytes:,.0f} MB",
        )  # fmt: skip

    def answered(self, name: str, measured: Measured, used: str = "") -> None:
        """`used` is the processor time of one request, of the server and of PostgreSQL."""
        failed = f", {measured.failed} failed" if measured.failed else ""
        self._table.add_row(
            name, f"{measured.per_second:,.0f}", f"{measured.p50:.1f}", f"{measured.p99:.1f}", used,
            f"{measured.count:,} requests{failed}",
        )  # fmt: skip

    def took(self, name: str, seconds: float, of: str) -> None:
        self._table.add_row(name, f"{seconds:.1f} s", "", "", "", of)

    def show(self) -> None:
        self._console.print(self._table, highlight=False)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--requests", type=int, default=400, help="requests of each of 8 connections")
    requests = max(WARM_UP + 1, parser.parse_args().requests)
    console = Console(width=None if sys.stdout.isatty() else 120)
    rows = Rows(console)
    with _folder() as data, console.status("Importing attempts …"):
        _import(data, rows)
    with _folder() as data:
        with console.status("Loading the demo school …"):
            began = time.perf_counter()
            _run(data, "demo")
            rows.took(
                "demo school loaded", time.perf_counter() - began, "6 classes, 180 learners, sixty days"
            )
        with console.status("Serving …"):
            began = time.perf_counter()
            with _served(data) as served:
                rows.took(
                    "started again, until it listens", time.perf_counter() - began, "embedded PostgreSQL"
                )
                _answer(served, requests, rows)
    rows.show()
    console.print(
        f"One process, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.machine()}; "
        f"fsync and synchronous_commit on; the load generator runs on the same cores.",
        highlight=False,
    )


@contextmanager
def _folder() -> Iterator[Path]:
    """A data folder that the embedded server's account may enter."""
    with tempfile.TemporaryDirectory(prefix="masterygraph-bench-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def _import(data: Path, rows: Rows) -> None:
    """Import into an empty database; its cluster and tables are made before the time runs."""
    _run(data, "migrate")
    if REAL.exists():
        path, name, count = REAL, "ASSISTments 2009", 220_070
    else:
        path, name, count = _generated(data), "generated", GENERATED_ROWS
    began = time.perf_counter()
    words = ["import", "attempts", str(path), "--source", "bench", "--organization", "Imported"]
    words += ["--new-organization", "--classroom", "All", "--start", "2009-09-01T08:00Z", "--step", "60s"]
    words += ["--map", "learner=user_id,item=item_id,skills=skills,score=correct,order=order"]
    process = subprocess.Popen(_command(*words), env=_environment(data), cwd=data, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the import ended with {os.waitstatus_to_exitcode(status)}")
    # Linux counts kilobytes, macOS bytes.
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    rows.imported(name, count, time.perf_counter() - began, usage.ru_maxrss / unit)


def _answer(served: Served, requests: int, rows: Rows) -> None:
    port = served.port
    school, learners, teacher, classroom = asyncio.run(_people(port))
    lanes = [
        Lane(desk.connection.token, [desk.answer(turn, f"bench-{turn}") for turn in range(requests)])
        for desk in school.desks
    ]
    rows.answered(
        f"recordAttempt, {WRITERS} writers, items in an order of their own", *_measured(served, lanes)
    )
    lanes = [
        Lane(
            desk.connection.token,
            [desk.answer(turn, f"follow-{turn}", NEXT) for turn in range(min(requests, len(desk.items)))],
            first,
        )
        for desk, first in asyncio.run(_again(school))
    ]
    rows.answered(f"recordAttempt, {WRITERS} writers, each follows nextItem", *_measured(served, lanes))
    questions = {
        f"me, {WRITERS} connections": (learners, request(ME)),
        f"leaderboard, {WRITERS} connections": (learners, request(LEADERBOARD, id=classroom)),
        f"class dashboard, {WRITERS} connections": ([teacher] * WRITERS, request(DASHBOARD, id=classroom)),
    }
    for name, (tokens, body) in questions.items():
        count = requests if "dashboard" not in name else max(WARM_UP + 1, requests // 4)
        rows.answered(name, *_measured(served, [Lane(token, [body] * count) for token in tokens]))


async def _people(port: int) -> tuple[Class, list[str], str, str]:
    """A class that writes; tokens of demo learners and of their teacher, and their class."""
    school = await seat(port, WRITERS)
    teacher = Connection(port)
    await _sign_in(teacher, "teacher@demo.example")
    classroom_id, tokens = "", []
    for number in range(WRITERS):
        learner = Connection(port)
        viewer = (await _sign_in(learner, f"learner{number + 1}@demo.example"))["viewer"]
        classroom_id = viewer["classrooms"]["nodes"][0]["id"]
        tokens.append(str(learner.token))
        await learner.close()
    for connection in (teacher, school.teacher, *(desk.connection for desk in school.desks)):
        await connection.close()
    return school, tokens, str(teacher.token), classroom_id


async def _sign_in(connection: Connection, email: str) -> dict[str, Any]:
    given = {"email": email, "password": DEMO_PASSWORD}
    payload: dict[str, Any] = (await connection.ask(SIGN_IN, input=given))["signIn"]
    connection.token = payload["accessToken"]
    return payload


def _measured(served: Served, lanes: list[Lane]) -> tuple[Measured, str]:
    """What was measured, and the processor time of one request in words."""
    before = processor_time(served.process)
    measured = measure(served.port, lanes)
    after = processor_time(served.process)
    if before is None or after is None:
        return measured, ""
    used, sent = after.since(before), sum(len(lane.bodies) for lane in lanes)
    return measured, f"{used.server * 1000 / sent:.2f} + {used.postgres * 1000 / sent:.2f}"


async def _again(school: Class) -> list[tuple[Desk, str]]:
    found = await school.start_again()
    for desk in school.desks:
        await desk.connection.close()
    return found


@contextmanager
def _served(data: Path) -> Iterator[Served]:
    log = (data / "served.log").open("w")
    process = subprocess.Popen(
        _command("serve", "--port", "0"),
        env=_environment(data),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            found = re.search(r"http://127\.0\.0\.1:(\d+)/graphql", line)
            if found:
                yield Served(int(found[1]), process.pid)
                break
        else:
            raise SystemExit(f"the server did not start:\n{(data / 'served.log').read_text()[-2000:]}")
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        log.close()


def _generated(data: Path) -> Path:
    """Answers of 600 learners to 2,000 items over 80 skills."""
    r = random.Random(1)
    path = data / "generated.csv"
    with path.open("w") as file:
        file.write("user_id,order,item_id,skills,correct\n")
        for row in range(GENERATED_ROWS):
            learner, order = divmod(row, 100)
            item = r.randrange(2_000)
            skills = f"{item % 80}|{(item + 7) % 80}" if item % 5 == 0 else f"{item % 80}"
            file.write(f"{learner},{order},{item},{skills},{int(r.random() < 0.65)}\n")
    return path


def _run(data: Path, *words: str) -> None:
    subprocess.run(_command(*words), env=_environment(data), check=True, stdout=subprocess.DEVNULL)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *words]


def _environment(data: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    return {**kept, **NO_RATES, "DATA_DIR": str(data), "PYTHONPATH": str(ROOT), "COLUMNS": "120"}


if __name__ == "__main__":
    main()
