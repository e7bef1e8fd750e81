"""`python -m bench.engine`: what one answer costs the server's process, with the plans and without.

Serves a demo school twice, asks the same questions of both over one connection each, and counts the processor
time of the server's process alone: PostgreSQL and the load are other processes, so the figures hold on a busy
machine; of all requests the cheapest tenth is told of, which others on the processor disturb least. Answers
are compared.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.http_client import Connection, request
from bench.served import NO_RATES

ROOT = Path(__file__).parents[1]
PASSWORD = "masterygraph-demo"
SIGN_IN = """mutation($input: SignInInput!) { signIn(input: $input) {
  accessToken viewer { classrooms(first: 10) { nodes { id } } } userErrors { message } } }"""
QUESTIONS = {
    "bare": "{ __typename }",
    "me": """{ viewer { roles user { id displayName email } organization { id name timeZone }
      learner { id displayName alias } } }""",
    "leaderboard": """query($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME, first: 50) {
      entries { id rank alias score } viewerEntry { rank } } }""",
    "dashboard": """query($id: ID!) { classroom(id: $id) { name learners(first: 30) { totalCount nodes {
      id displayName mastery(first: 50) { nodes {
        id probability level evidenceCount lastPracticedAt skill { id name code } } } } } } }""",
    "grid": """query($id: ID!) { classroom(id: $id) { masteryGrid(first: 50) { skills { id name }
      rows { learner { id displayName } cells { probability level evidenceCount } } } } }""",
}
GROWTH = """query($first: Int!) { viewer { organization { learners(first: $first) { nodes { id displayName
  mastery(first: 100) { ...M } b: mastery(first: 100) { ...M } c: mastery(first: 100) { ...M } } } } } }
  fragment M on MasteryConnection { nodes { id a: id b: id c: id d: id e: id f: id probability level
    evidenceCount lastPracticedAt skill { id name code a: id b: id c: id d: id } } }"""
WIDE = {"MOST_COST": "200000", "MOST_RESPONSE_BYTES": "50000000", "MOST_ALIASES": "100"}
"""Settings under which an answer of 100,000 leaves is let through."""
ASKED_BY = {"leaderboard": "learner1@demo.example", "me": "learner1@demo.example"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument(
        "--requests", type=int, default=300, help="of each question, a tenth of the large ones"
    )
    parser.add_argument("--data", help="the data folder of a demo school, instead of a new one")
    parser.add_argument(
        "--growth",
        action="store_true",
        help="how processor time and statements grow with the answer, instead",
    )
    given = parser.parse_args()
    with _folder(given.data) as data:
        if given.growth:
            with _served(data, "on", WIDE) as (port, process):
                asyncio.run(_growth(port, process.pid))
            return
        found = {}
        for plans in ("off", "on"):
            with _served(data, plans) as (port, process):
                found[plans] = asyncio.run(_measured(port, process.pid, given.requests))
    print(f"{'':12}{'leaves':>8}{'core ms':>10}{'plan ms':>10}{'times':>7}")
    for name, (core_ms, leaves, before) in found["off"].items():
        plan_ms, _, after = found["on"][name]
        same = "" if before == after else "  THE ANSWERS DIFFER"
        print(f"{name:12}{leaves:8,}{core_ms:10.2f}{plan_ms:10.2f}{core_ms / plan_ms:7.1f}{same}")


async def _growth(port: int, pid: int) -> None:
    """The same question of more and more learners: the admin's, who is told the statements."""
    admin = await _signed_in(port, "admin@demo.example")
    print(f"{'learners':>9}{'leaves':>9}{'ms':>8}{'ns a leaf':>11}{'statements':>12}")
    for learners in (0, 1, 3, 10, 30, 100):
        query = GROWTH if learners else "{ __typename }"
        costs, answer = await _costs(admin, pid, request(query, first=max(1, learners)), 12)
        said = json.loads(answer)
        leaves = _leaves(said["data"])
        milliseconds, statements = min(costs), said["extensions"]["statements"]
        a_leaf = milliseconds * 1e6 / leaves
        print(f"{learners:9}{leaves:9,}{milliseconds:8.2f}{a_leaf:11,.0f}{statements:12}")
    await admin.close()


async def _signed_in(port: int, email: str) -> Connection:
    person = Connection(port)
    payload = (await person.ask(SIGN_IN, input={"email": email, "password": PASSWORD}))["signIn"]
    person.token = payload["accessToken"]
    return person


async def _costs(person: Connection, pid: int, body: bytes, times: int) -> tuple[list[float], bytes]:
    """What each of some requests cost the server's process, in milliseconds, and the last answer."""
    for _ in range(5):
        answer = await person.post(body)
    readings = [_processor_milliseconds(pid)]
    for _ in range(times):
        answer = await person.post(body)
        readings.append(_processor_milliseconds(pid))
    return [after - before for before, after in itertools.pairwise(readings)], answer


async def _measured(port: int, pid: int, count: int) -> dict[str, tuple[float, int, str]]:
    found = {}
    for name, query in QUESTIONS.items():
        person = Connection(port)
        given = {"email": ASKED_BY.get(name, "teacher@demo.example"), "password": PASSWORD}
        payload = (await person.ask(SIGN_IN, input=given))["signIn"]
        person.token = payload["accessToken"]
        body = request(query, id=payload["viewer"]["classrooms"]["nodes"][0]["id"])
        for _ in range(10):
            answer = await person.post(body)
        times = count if len(answer) < 10_000 else max(20, count // 10)
        readings = [_processor_milliseconds(pid)]
        for _ in range(times):
            await person.post(body)
            readings.append(_processor_milliseconds(pid))
        costs = [after - before for before, after in itertools.pairwise(readings)]
        milliseconds = statistics.quantiles(costs, n=10)[0]
        await person.close()
        found[name] = (milliseconds, _leaves(json.loads(answer)["data"]), _stable(answer))
    return found


def _processor_milliseconds(pid: int) -> float:
    """What the main thread has had of a processor, as Linux counts it."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


def _stable(answer: bytes) -> str:
    """The data without numbers that are measured: probabilities fade while one measures."""
    return re.sub(r"\d\.\d+", "#", json.dumps(json.loads(answer)["data"]))


@contextmanager
def _folder(given: str | None) -> Iterator[Path]:
    if given is not None:
        yield Path(given)
        return
    with tempfile.TemporaryDirectory(prefix="masterygraph-engine-") as folder:
        os.chmod(folder, 0o755)
        subprocess.run(
            _command("demo"), env=_environment(Path(folder), "on"), check=True, stdout=subprocess.DEVNULL
        )
        yield Path(folder)


@contextmanager
def _served(
    data: Path, plans: str, more: Mapping[str, str] | None = None
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        _command("serve", "--port", "0"), env={**_environment(data, plans), **(more or {})}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = next(
            int(m[1]) for m in (re.search(r"127\.0\.0\.1:(\d+)/", line) for line in process.stdout) if m
        )
        yield port, process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "app.cli", *words]


def _environment(data: Path, plans: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    given = {"DATA_DIR": str(data), "PYTHONPATH": str(ROOT), "MASTERYGRAPH_PLANS": plans, "CONSUMERS": "off"}
    return {**kept, **NO_RATES, **given}


if __name__ == "__main__":
    main()
