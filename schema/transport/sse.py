"""Answers as server-sent events, distinct connections mode of graphql-sse: one operation, one stream.

The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Each answer is an event
`next`, after the last comes `complete`. Comments keep proxies from closing a quiet stream. What a client does
not read waits in a bounded box; who does not read at all is left. A stream that the server ends because it
restarts has no `complete`, so that clients connect again and resume after their last cursor.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any

import orjson
from starlette.types import Receive, Send

from app.kit.errors import RateLimited
from schema.engine.execution import Answer
from schema.engine.streaming import StreamEnded
from schema.transport.outbox import Outbox

PING_SECONDS = 12.0
FLUSH_SECONDS = 5.0
MOST_STREAMS = 20
COMMENT = ":\n\n"
COMPLETE = "event: complete\ndata: \n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


class EventStreams:
    """The streams of a process: so many for each user, all ended together when the process ends."""

    def __init__(self, most: int = MOST_STREAMS, ping_seconds: float = PING_SECONDS) -> None:
        self._most = most
        self._ping_seconds = ping_seconds
        self._held: Counter[object] = Counter()
        self._ending = asyncio.Event()

    def end(self) -> None:
        """End all streams, without `complete`: clients connect again."""
        self._ending.set()

    @contextmanager
    def place(self, holder: object) -> Iterator[None]:
        """A stream's place among those of its holder; RateLimited when all are taken."""
        if self._held[holder] >= self._most:
            raise RateLimited(f"{self._most} streams may be open at once; close one first.", retry_after=5)
        self._held[holder] += 1
        try:
            yield
        finally:
            self._held[holder] -= 1
            if not self._held[holder]:
                del self._held[holder]

    async def serve(
        self, answers: AsyncGenerator[Answer], request_id: str, receive: Receive, send: Send
    ) -> None:
        """Send answers until they end, the client goes or does not read, or the process ends."""
        headers = [*_HEADERS, (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

        async def sent(text: str) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        outbox = Outbox(sent)
        producing = asyncio.create_task(_produce(answers, outbox))
        around = [
            asyncio.create_task(outbox.run()),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(self._ping(outbox)),
            asyncio.create_task(self._ending_wait()),
        ]
        try:
            await asyncio.wait([producing, *around], return_when=asyncio.FIRST_COMPLETED)
            over = around[3].done() or (producing.done() and not producing.exception())
            if over and not around[1].done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await outbox.sent()
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (producing, *around):
                task.cancel()
            await asyncio.gather(producing, *around, return_exceptions=True)

    async def _ping(self, outbox: Outbox) -> None:
        while True:
            await outbox.put(COMMENT)
            await asyncio.sleep(self._ping_seconds)

    async def _ending_wait(self) -> None:
        await self._ending.wait()


async def _produce(answers: AsyncGenerator[Answer], outbox: Outbox) -> None:
    async with aclosing(answers):
        try:
            async for answer in answers:
                await outbox.put(following(answer))
        except StreamEnded as ended:
            await outbox.put(following({"errors": ended.errors}))
    await outbox.put(COMPLETE)


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def following(answer: dict[str, Any]) -> str:
    """One answer as an event; orjson writes no line breaks."""
    return f"event: next\ndata: {orjson.dumps(answer).decode()}\n\n"
