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
from bench.live.audience import Audience
from bench.live.installation import ROOT, Installation
from bench.live.people import open_room
from bench.processor import processor_seconds

SCRIPT = ROOT / "bench" / "peers" / "node" / "fanout.mjs"
MODULES = (ROOT / "bench" / "peers" / "node", ROOT / "tests" / "node")
SITTINGS = 50


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


async def ours(installation: Installation, subscribers: int, rounds: int) -> FanOut:
    """Monitors of one exam at one server."""
    server = installation.servers[0]
    room = await open_room([server.port], random.Random(1), learners=1, items=2, named=SITTINGS - 1)
    (desk,) = room.desks
    await desk.join()
    turns = iter(range(1_000_000))

    async def burst() -> None:
        await room.act("extendExamTime", f"fan-out {next(turns)}", seconds=1)

    audience = Audience()
    await audience.come(server.port, [room.teacher.token] * subscribers, room.exam_id)
    try:
        return await _measured("MasteryGraph", audience, subscribers, server.pid, desk.save, burst, rounds)
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

        audience = Audience()
        await audience.come(port, [None] * subscribers, "exm_1")
        try:
            return await _measured(
                "graphql-ws on Node",
                audience,
                subscribers,
                pid,
                lambda: publish(1),
                lambda: publish(events),
                rounds,
            )
        finally:
            audience.leave()
            await publisher.close()


async def _measured(
    name: str,
    audience: Audience,
    size: int,
    pid: int,
    one: Callable[[], Awaitable[None]],
    burst: Callable[[], Awaitable[None]],
    rounds: int,
) -> FanOut:
    last: list[float] = []
    rates: list[float] = []
    # Warm, and find out how many events a burst has.
    for publish in (one, burst):
        audience.count = 0
        await publish()
        await audience.hears(size)
        await audience.quiet()
    events = audience.count // size
    for _ in range(3 * rounds):
        audience.count = 0
        began = time.perf_counter()
        await asyncio.gather(one(), audience.hears(size))
        last.append(1000 * (audience.latest - began))
    used, messages = processor_seconds(pid), 0
    for _ in range(rounds):
        audience.count = 0
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
