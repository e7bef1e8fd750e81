"""One event to a thousand subscribers: our server, and graphql-ws on Node, by one client in one run.

Ours writes each event to PostgreSQL, durably, and asks for each subscriber whether it may see it; the peer
tells its own memory to everybody.
"""

import asyncio
import json
import random
import shutil
import statistics
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.http_client import Connection
from bench.live.installation import ROOT, Installation
from bench.live.people import open_room
from bench.live.sockets import Socket
from bench.served import processor_seconds

SCRIPT = ROOT / "bench" / "peers" / "node" / "fanout.mjs"
MODULES = (ROOT / "bench" / "peers" / "node", ROOT / "tests" / "node")
SITTINGS = 50
PATIENCE = 60.0
QUIET_SECONDS = 0.3
AT_ONCE = 40
FOLLOW = """subscription($id: ID!) { examMonitor(examId: $id) { __typename
  ... on ExamSittingChanged { cursor serverTime sitting { id state presence currentItemNumber answeredCount
    itemCount endsAt extendedSeconds openIncidentCount concern learner { id displayName } } }
  ... on ExamActionTaken { cursor } ... on ExamMonitorSnapshot { cursor } } }"""


@dataclass(frozen=True, slots=True)
class FanOut:
    """What one server made of it; `last` is the time of the last subscriber, of one event, in milliseconds.

    `processor` is the time of the server's process for each message, in microseconds.
    """

    server: str
    subscribers: int
    events: int
    last: float
    per_second: float
    processor: float


class Audience:
    """Subscribers who only count what they hear."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.count = 0
        self.first = self.latest = 0.0
        self._sockets: list[Socket] = []

    async def come(self, port: int, token: str | None, exam_id: str) -> None:
        """Connect, and hear the first event each."""
        operation = {"query": FOLLOW, "variables": {"id": exam_id}}
        for begin in range(0, self.size, AT_ONCE):
            some = min(AT_ONCE, self.size - begin)
            self._sockets += await asyncio.gather(
                *(Socket.opened(port, token, operation, self._hear) for _ in range(some))
            )
            await self.hears(begin + some)
        await self.quiet()

    def leave(self) -> None:
        """Go."""
        for each in self._sockets:
            each.cut()

    async def hears(self, count: int) -> None:
        """Wait until so many messages have come."""
        async with asyncio.timeout(PATIENCE):
            while self.count < count:
                await asyncio.sleep(0.001)

    async def quiet(self) -> None:
        """Wait until nothing more comes."""
        before = -1
        while before != self.count:
            before = self.count
            await asyncio.sleep(QUIET_SECONDS)

    def _hear(self, frame: bytes) -> None:
        if b"StreamHeartbeat" in frame or b'"next"' not in frame:
            return
        self.latest = time.perf_counter()
        if not self.count:
            self.first = self.latest
        self.count += 1

    def begin(self) -> None:
        """Count from zero."""
        self.count = 0


async def ours(installation: Installation, subscribers: int, rounds: int) -> FanOut:
    """Monitors of one exam at one server."""
    server = installation.servers[0]
    room = await open_room([server.port], random.Random(1), learners=1, items=2, named=SITTINGS - 1)
    (desk,) = room.desks
    await desk.join()
    turns = iter(range(1_000_000))

    async def burst() -> None:
        await room.act("extendExamTime", f"fan-out {next(turns)}", seconds=1)

    audience = Audience(subscribers)
    await audience.come(server.port, room.teacher.token, room.exam_id)
    try:
        return await _measured("MasteryGraph", audience, server.pid, desk.save, burst, rounds)
    finally:
        audience.leave()
        await desk.person.close()
        await room.teacher.close()


async def of_node(subscribers: int, rounds: int, events: int) -> FanOut | None:
    """graphql-ws on Node; None where its packages are not installed."""
    folder = next((each for each in MODULES if (each / "node_modules" / "graphql-ws").is_dir()), None)
    if folder is None or node() is None:
        return None
    with _node_server(folder) as (port, pid):
        publisher = Connection(port)

        async def publish(count: int) -> None:
            await publisher.post(json.dumps({"count": count}).encode())

        audience = Audience(subscribers)
        await audience.come(port, None, "exm_1")
        try:
            return await _measured(
                "graphql-ws on Node", audience, pid, lambda: publish(1), lambda: publish(events), rounds
            )
        finally:
            audience.leave()
            await publisher.close()


async def _measured(
    name: str,
    audience: Audience,
    pid: int,
    one: Callable[[], Awaitable[None]],
    burst: Callable[[], Awaitable[None]],
    rounds: int,
) -> FanOut:
    size, last, rates = audience.size, [], []
    # Warm, and find out how many events a burst has.
    for publish in (one, burst):
        audience.begin()
        await publish()
        await audience.hears(size)
        await audience.quiet()
    events = audience.count // size
    for _ in range(3 * rounds):
        audience.begin()
        began = time.perf_counter()
        await asyncio.gather(one(), audience.hears(size))
        last.append(1000 * (audience.latest - began))
    used, messages = processor_seconds(pid), 0
    for _ in range(rounds):
        audience.begin()
        began = time.perf_counter()
        await asyncio.gather(burst(), audience.hears(size * events))
        rates.append(audience.count / (audience.latest - began))
        messages += audience.count
    used = processor_seconds(pid) - used
    return FanOut(
        name, size, events, statistics.median(last), statistics.median(rates), 1e6 * used / messages
    )


def node() -> str | None:
    """Node, ours or the system's."""
    own = ROOT / ".venv" / "node" / "bin" / "node"
    return str(own) if own.exists() else shutil.which("node")


@contextmanager
def _node_server(folder: Path) -> Iterator[tuple[int, int]]:
    found = node()
    assert found is not None
    process = subprocess.Popen(
        [found, str(SCRIPT), str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline()), process.pid
    finally:
        process.kill()
        process.communicate()
