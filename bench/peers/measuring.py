"""Measuring a server in a column: what it answers a second, how long that takes, what it costs."""

import base64
import json
import math
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bench.peers.asking import requests_of
from bench.peers.processes import ROOT, Running
from bench.peers.school import School
from bench.peers.servers import ANSWERING, HTTP_COLUMNS, Server
from bench.processor import processor_seconds

CONNECTIONS = dict.fromkeys(HTTP_COLUMNS, ANSWERING) | {"dashboard": ANSWERING // 2}
NOT_ASKED_FOR_THE_RATE = frozenset({"strawberry", "uvicorn"})
"""The rate at which latencies are taken is half of what the slowest server answers, these two aside."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long one run takes, in seconds, and how often everything is run.

    `warm` is long enough for compilers that begin when something has run often; `again` is for what is warm.
    """

    rounds: int = 3
    warm: float = 1.0
    again: float = 0.2
    closed: float = 1.3
    even: float = 1.2


FULL = Lengths()
QUICK = Lengths(rounds=1, warm=0.4, again=0.1, closed=0.6, even=0.5)


@dataclass(frozen=True, slots=True)
class Reading:
    """Figures of one server in one column: requests a second of a closed loop; latencies in milliseconds at
    `rate` requests a second; processor time in milliseconds of a request, of the server and of PostgreSQL."""

    rps: float
    p50_ms: float
    p99_ms: float
    cpu_ms: float
    postgres_ms: float
    rate: float
    failed: int = 0
    more: dict[str, float] = field(default_factory=dict)


def generate(requests: list[bytes], up: Running, seconds: float, warm: float, connections: int,
             rate: float | None) -> dict[str, Any]:  # fmt: skip
    """Let the generator run once, in a process of its own."""
    plan = {
        "port": up.port,
        "requests": [base64.b64encode(each).decode() for each in requests],
        "connections": connections,
        "warm": warm,
        "seconds": seconds,
        "least": connections,
        "rate": rate,
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.peers.generator"],
        input=json.dumps(plan), capture_output=True, text=True, cwd=ROOT, timeout=180,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"the load generator ended with:\n{done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def calibrated(server: Server, column: str, up: Running, school: School, lengths: Lengths) -> float:
    """Requests a second in a short closed loop."""
    requests = requests_of(server, column, school, up.port)
    said = generate(requests, up, lengths.closed / 2, lengths.warm / 2, CONNECTIONS[column], None)
    return float(said["count"] / said["seconds"])


def measured(
    server: Server, column: str, up: Running, school: School, lengths: Lengths, rate: float
) -> Reading:
    """One reading: a closed loop, then a steady rate; half its own where the server cannot hold that rate."""
    requests = requests_of(server, column, school, up.port)
    connections = CONNECTIONS[column]
    before = processor_seconds(up.pid), processor_seconds(school.postgres.pid, descendants=True)
    closed = generate(requests, up, lengths.closed, lengths.warm, connections, None)
    after = processor_seconds(up.pid), processor_seconds(school.postgres.pid, descendants=True)
    rps = closed["count"] / closed["seconds"]
    rate = min(rate, rounded_down(rps / 2))
    even = generate(requests, up, lengths.even, lengths.again, connections, rate)
    refused = closed["refused"] or even["refused"]
    if refused:
        print(f"{server.title} refused in {column}: {refused}", file=sys.stderr)
    return Reading(
        rps=rps,
        p50_ms=even["p50"],
        p99_ms=even["p99"],
        cpu_ms=(after[0] - before[0]) * 1000 / closed["all"],
        postgres_ms=(after[1] - before[1]) * 1000 / closed["all"],
        rate=rate,
        failed=closed["failed"] + even["failed"],
    )


def rounded_down(value: float) -> float:
    """Two digits of a figure, never more than it was."""
    if value <= 0:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return max(1.0, math.floor(value / step) * step)


def common_rate(found: dict[str, float]) -> float:
    """Half of what the slowest server answers, those aside that no rate is made for."""
    asked = [rps for name, rps in found.items() if name not in NOT_ASKED_FOR_THE_RATE]
    return rounded_down(min(asked or list(found.values())) / 2)


def median(readings: Iterable[Reading]) -> Reading:
    """The median of each figure; failures are added up."""
    given = list(readings)

    def of(name: str) -> float:
        return float(statistics.median(getattr(each, name) for each in given))

    more = {key: statistics.median(each.more[key] for each in given) for key in given[0].more}
    return Reading(
        of("rps"), of("p50_ms"), of("p99_ms"), of("cpu_ms"), of("postgres_ms"), of("rate"),
        sum(each.failed for each in given), more,
    )  # fmt: skip
