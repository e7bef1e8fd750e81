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
from collections.abc import Iterator
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
ASKED_BY = {"leaderboard": "learner1@demo.example", "me": "learner1@demo.example"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument(
        "--requests", type=int, default=300, help="of each question, a tenth of the large ones"
    )
    parser.add_argument("--data", help="the data folder of a demo school, instead of a new one")
    given = parser.parse_args()
    with _folder(given.data) as data:
        found = {}
        for plans in ("off", "on"):
            with _served(data, plans) as (port, process):
                found[plans] = asyncio.run(_measured(port, process.pid, given.requests))
    print(f"{'':12}{'leaves':>8}{'core ms':>10}{'plan ms':>10}{'times':>7}")
    for name, (core_ms, leaves, before) in found["off"].items():
        plan_ms, _, after = found["on"][name]
        same = "" if before == after else "  THE ANSWERS DIFFER"
        print(f"{name:12}{leaves:8,}{core_ms:10.2f}{plan_ms:10.2f}{core_ms / plan_ms:7.1f}{same}")


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
def _served(data: Path, plans: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        _command("serve", "--port", "0"), env=_environment(data, plans), text=True,
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
