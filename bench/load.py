"""A load generator in a process of its own, so that it does not measure itself.

Reads `{"port", "lanes": [{"token", "bodies", "first"}]}` from standard input, sends each lane's bodies one
after another over a connection of its own, all lanes at once, and prints
`{"seconds", "milliseconds", "failed"}`. A lane with a first item puts it into its first body, and
from then on what each answer says comes next.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import uvloop

from bench.http_client import Connection

WARM_UP = 20
"""The first answers of each lane make plans and connections; they are sent, and not counted."""
NEXT = "<the next item>"
"""Stands in a body for the id of the item to be answered."""


@dataclass(frozen=True, slots=True)
class Lane:
    """What one person sends, in order."""

    token: str | None
    bodies: Sequence[bytes]
    first: str | None = None
    """The first item, where the lane follows the session's next item."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Requests a second over all lanes; latencies in milliseconds; answers that held errors."""

    per_second: float
    p50: float
    p99: float
    count: int
    failed: int


def measure(port: int, lanes: Sequence[Lane]) -> Measured:
    """Send all lanes at once from another process."""
    plan = {
        "port": port,
        "lanes": [
            {"token": lane.token, "bodies": [body.decode() for body in lane.bodies], "first": lane.first}
            for lane in lanes
        ],
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=True,
    )
    said = json.loads(done.stdout)
    latencies = sorted(said["milliseconds"])
    return Measured(
        len(latencies) / said["seconds"],
        latencies[len(latencies) // 2],
        latencies[min(len(latencies) - 1, int(len(latencies) * 0.99))],
        len(latencies),
        said["failed"],
    )


async def _send(plan: dict[str, Any]) -> dict[str, Any]:
    latencies: list[float] = []
    failed = 0

    async def run(
        lane: dict[str, Any], bodies: Sequence[bytes], connection: Connection, counted: bool
    ) -> None:
        nonlocal failed
        for body in bodies:
            if lane["first"] is not None:
                body = body.replace(NEXT.encode(), lane["first"].encode())
            began = time.perf_counter()
            answer = json.loads(await connection.post(body))
            if counted:
                latencies.append((time.perf_counter() - began) * 1000)
            payloads = (answer.get("data") or {}).values()
            refused = any(isinstance(each, dict) and each.get("userErrors") for each in payloads)
            failed += "errors" in answer or refused
            if lane["first"] is not None:
                lane["first"] = _next_item(answer)

    lanes = [
        (lane, [body.encode() for body in lane["bodies"]], Connection(plan["port"], lane["token"]))
        for lane in plan["lanes"]
    ]
    await asyncio.gather(*(run(lane, bodies[:WARM_UP], c, counted=False) for lane, bodies, c in lanes))
    began = time.perf_counter()
    await asyncio.gather(*(run(lane, bodies[WARM_UP:], c, counted=True) for lane, bodies, c in lanes))
    seconds = time.perf_counter() - began
    for _, _, connection in lanes:
        await connection.close()
    return {"seconds": seconds, "milliseconds": latencies, "failed": failed}


def _next_item(answer: dict[str, Any]) -> str:
    """The id of the item that comes next; an empty one, which is refused, where nothing is left."""
    recorded = (answer.get("data") or {}).get("recordAttempt") or {}
    item_id: str = ((recorded.get("session") or {}).get("nextItem") or {}).get("id") or ""
    return item_id


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_send(json.load(sys.stdin)))))
