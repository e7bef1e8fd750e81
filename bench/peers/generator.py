"""A load generator in a process of its own: requests whose bytes are ready, over connections kept alive.

Reads `{"port", "requests": [base64], "connections", "warm", "seconds", "least", "rate"}` from standard input.
Without a rate each connection sends its next request when the last is answered; with one, requests are due
at even times, and a latency counts from when its request was due, also where that had to wait. Prints
`{"count", "all", "failed", "refused", "seconds", "p50", "p99", "bytes"}`: latencies in milliseconds, `all`
with those sent to warm up, `refused` the beginning of an answer that was none.
"""

import asyncio
import base64
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import uvloop

LONGEST_SECONDS = 20.0
"""A run that is answered slower than that ends all the same."""


class Connection(asyncio.Protocol):
    """One connection; `done` hears whether the answer was good, and of how many bytes."""

    def __init__(self, port: int, request: bytes, done: Callable[["Connection", bool, int], None]) -> None:
        self._port = port
        self._request = request
        self._done = done
        self._received = bytearray()
        self._awaited = 0
        self._transport: asyncio.Transport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self.due = 0.0
        self.busy = False
        self.refused = b""

    async def connect(self) -> None:
        """Connect, anew where the server has closed what was idle."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)

    def connection_made(self, transport: Any) -> None:
        """Keep the transport; send what is due."""
        self._transport = transport
        if self.busy:
            transport.write(self._request)

    def send(self, due: float) -> None:
        """Send the request, which was due at this moment of the loop."""
        self.due, self.busy = due, True
        if self._transport is not None:
            self._transport.write(self._request)
        else:
            self._connecting = asyncio.create_task(self.connect())

    def data_received(self, data: bytes) -> None:
        """Take what came; tell when the answer is whole."""
        self._received += data
        if not self._awaited:
            self._awaited = _length(self._received)
        if self._awaited > 0:
            whole = len(self._received) >= self._awaited
        else:
            whole = self._awaited == -1 and self._received.endswith(b"0\r\n\r\n")
        if whole:
            self._ended()

    def connection_lost(self, exc: Exception | None) -> None:
        """An answer that was cut off is a bad one."""
        self._transport = None
        if self.busy:
            self.busy = False
            self._done(self, False, 0)

    def close(self) -> None:
        """Close without waiting."""
        self.busy = False
        if self._transport is not None:
            self._transport.abort()

    def _ended(self) -> None:
        good = bytes(self._received[9:12]) in (b"200", b"304") and b'"errors"' not in self._received[:2_000]
        size = len(self._received)
        if not good and not self.refused:
            self.refused = bytes(self._received[:600])
        self._received = bytearray()
        self._awaited = 0
        self.busy = False
        self._done(self, good, size)


def _length(received: bytearray) -> int:
    """How long the answer is, head included; 0 while that is not known, -1 when it comes in chunks."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = bytes(received[:end]).lower()
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        return end + 4 + int(head[at + 17 :].split(b"\r\n", 1)[0])
    if head[9:12] == b"304":
        return end + 4
    return -1


class Run:
    """One run over all connections, warmed up before."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self._plan = plan
        self._loop = asyncio.get_running_loop()
        self._ended = self._loop.create_future()
        self._waiting: deque[float] = deque()
        self._free: deque[Connection] = deque()
        self._last = 0.0
        self._least = 0
        self._active = 0
        self._is_even = False
        self.latencies: list[float] = []
        self.failed = 0
        self.bytes = 0

    async def run(self) -> dict[str, Any]:
        """Warm up, run, and say how it went."""
        plan = self._plan
        requests = list(map(base64.b64decode, plan["requests"]))
        opened = []
        for number in range(plan["connections"]):
            request = requests[number % len(requests)]
            connection = Connection(plan["port"], request, self._done)
            await connection.connect()
            opened.append(connection)
        self._least = len(opened)
        await self._closed(opened, plan["warm"])
        warmed = len(self.latencies)
        self.latencies, self.failed, self.bytes = [], 0, 0
        self._least = plan["least"]
        began = time.perf_counter()
        if plan["rate"]:
            await self._even(opened, plan["rate"], plan["seconds"])
        else:
            await self._closed(opened, plan["seconds"])
        seconds = time.perf_counter() - began
        for each in opened:
            each.close()
        refused = next((each.refused for each in opened if each.refused), b"").decode(errors="replace")
        return {"refused": refused, **self._said(seconds), "all": warmed + len(self.latencies)}

    async def _closed(self, opened: list[Connection], seconds: float) -> None:
        """Send a request whenever the last one of its connection is answered."""
        self._last = time.perf_counter() + seconds
        self._waiting.clear()
        self._free.clear()
        self._ended = self._loop.create_future()
        self._is_even = False
        self._active = len(opened)
        for each in opened:
            each.send(time.perf_counter())
        await asyncio.wait_for(self._ended, max(LONGEST_SECONDS, 3 * seconds))

    async def _even(self, opened: list[Connection], rate: float, seconds: float) -> None:
        """Send requests as they fall due."""
        self._is_even = True
        self._free.extend(opened)
        began, sent, total = time.perf_counter(), 0, max(1, int(rate * seconds))
        while sent < total:
            now = time.perf_counter()
            while sent < total and began + sent / rate <= now:
                due = began + sent / rate
                sent += 1
                if self._free:
                    self._free.popleft().send(due)
                else:
                    self._waiting.append(due)
            await asyncio.sleep(max(0.0, began + sent / rate - time.perf_counter()))
        deadline = time.perf_counter() + LONGEST_SECONDS
        while len(self.latencies) + self.failed < total and time.perf_counter() < deadline:
            await asyncio.sleep(0.005)

    def _done(self, connection: Connection, good: bool, size: int) -> None:
        now = time.perf_counter()
        if good:
            self.latencies.append((now - connection.due) * 1000)
        else:
            self.failed += 1
        self.bytes += size
        if self._is_even:
            if self._waiting:
                connection.send(self._waiting.popleft())
            else:
                self._free.append(connection)
        elif now < self._last or len(self.latencies) + self.failed < self._least:
            connection.send(now)
        else:
            self._active -= 1
            if not self._active and not self._ended.done():
                self._ended.set_result(None)

    def _said(self, seconds: float) -> dict[str, Any]:
        found = sorted(self.latencies) or [float("nan")]
        return {
            "count": len(self.latencies),
            "failed": self.failed,
            "seconds": seconds,
            "p50": found[len(found) // 2],
            "p99": found[min(len(found) - 1, int(len(found) * 0.99))],
            "bytes": self.bytes,
        }


async def _run(plan: dict[str, Any]) -> dict[str, Any]:
    return await Run(plan).run()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_run(json.load(sys.stdin)))))
