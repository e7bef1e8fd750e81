"""Subscribers of one exam who only count what they hear: so many that understanding it would be the load."""

import asyncio
import time
from collections.abc import Sequence

from bench.live.sockets import Socket

PATIENCE = 60.0
QUIET_SECONDS = 0.3
AT_ONCE = 50
FOLLOW = """subscription($id: ID!) { examMonitor(examId: $id) { __typename
  ... on ExamSittingChanged { cursor serverTime sitting { id state presence currentItemNumber answeredCount
    itemCount endsAt extendedSeconds openIncidentCount concern learner { id displayName } } }
  ... on ExamActionTaken { cursor } ... on ExamMonitorSnapshot { cursor } } }"""


class Audience:
    """Everyone who hears; `latest` is when the last message came, by `time.perf_counter`."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self.count = 0
        self.latest = 0.0
        self._patience = patience
        self._sockets: list[Socket] = []

    async def come(self, port: int, tokens: Sequence[str | None], exam_id: str) -> None:
        """Connect, one socket for each token, and hear the first event each."""
        operation = {"query": FOLLOW, "variables": {"id": exam_id}}
        for begin in range(0, len(tokens), AT_ONCE):
            some = tokens[begin : begin + AT_ONCE]
            self._sockets += await asyncio.gather(
                *(Socket.opened(port, token, operation, self._hear) for token in some)
            )
            await self.hears(begin + len(some))
        await self.quiet()

    def leave(self) -> None:
        """Go."""
        for each in self._sockets:
            each.cut()

    async def hears(self, count: int) -> None:
        """Wait until so many messages have come; TimeoutError when they do not."""
        async with asyncio.timeout(self._patience):
            while self.count < count:
                await asyncio.sleep(0.001)

    async def quiet(self) -> None:
        """Wait until nothing more comes."""
        before = -1
        while before != self.count:
            before = self.count
            await asyncio.sleep(QUIET_SECONDS)

    def _hear(self, frame: bytes) -> None:
        if b'"next"' in frame and b"StreamHeartbeat" not in frame:
            self.latest = time.perf_counter()
            self.count += 1
