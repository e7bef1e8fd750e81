"""Answers as server-sent events, distinct connections mode of graphql-sse: one operation, one stream.

The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Each answer is an event
`next`, after the last comes `complete`. Comments keep proxies from closing a quiet stream. What a client does
not read waits in a bounded box; who does not read at all is left. A stream that the server ends because it
restarts has no `complete`, so that clients connect again and resume after their last cursor.
"""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress

import orjson
import structlog
from starlette.types import Receive, Send

from app.kit.errors import ErrorCode, RateLimited
from schema.engine.execution import Answer, coded
from schema.engine.streaming import StreamEnded
from schema.transport.frames import Closed
from schema.transport.outbox import PATIENCE, Outbox
from schema.transport.seats import Seats

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

log = structlog.get_logger("sse")


class EventStreams:
    """The streams of a process: `most` for each holder, with a comment every `ping_seconds`.

    Who has not taken what waits for `patience` seconds is left.
    """

    def __init__(
        self, most: int = MOST_STREAMS, ping_seconds: float = PING_SECONDS, patience: float = PATIENCE
    ) -> None:
        self._most = most
        self._seats = Seats(most)
        self._ping_seconds = ping_seconds
        self._patience = patience
        self._open: set[asyncio.Event] = set()

    @contextmanager
    def place(self, holder: uuid.UUID | str) -> Iterator[None]:
        """A stream's place among those of its holder; RateLimited when all are taken."""
        seat = self._seats.take(holder)
        if seat is None:
            raise RateLimited(f"{self._most} streams may be open at once; close one first.", retry_after=5)
        try:
            yield
        finally:
            seat.leave()

    async def drain(self, seconds: float) -> None:
        """End every stream at a moment of its own within `seconds`, without `complete`."""
        loop = asyncio.get_running_loop()
        last = 0.0
        for ending in self._open:
            delay = random.uniform(0, seconds)
            loop.call_later(delay, ending.set)
            last = max(last, delay)
        await asyncio.sleep(last)

    async def serve(
        self, answers: AsyncGenerator[Answer], request_id: str, receive: Receive, send: Send
    ) -> None:
        """Send answers until they end, the client goes or does not read, or the process ends."""
        headers = [*_HEADERS, (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        ending = asyncio.Event()
        self._open.add(ending)
        try:
            await self._run(answers, request_id, ending, receive, send)
        finally:
            self._open.discard(ending)

    async def _run(
        self,
        answers: AsyncGenerator[Answer],
        request_id: str,
        ending: asyncio.Event,
        receive: Receive,
        send: Send,
    ) -> None:
        async def sent(text: str) -> None:
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})

        outbox = Outbox(sent, patience=self._patience)
        # Some browsers hand on the head of an answer only with the first of its bytes.
        await outbox.put(COMMENT)
        producing = asyncio.create_task(_produce(answers, request_id, outbox))
        gone = asyncio.create_task(_gone(receive))
        asked = asyncio.create_task(_until(ending))
        tasks = [
            producing,
            gone,
            asked,
            asyncio.create_task(outbox.run()),
            asyncio.create_task(self._ping(outbox)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over = asked.done() or (producing.done() and not producing.exception())
            if over and not gone.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await outbox.sent()
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ping(self, outbox: Outbox) -> None:
        while True:
            await asyncio.sleep(self._ping_seconds)
            await outbox.put(COMMENT)


async def _produce(answers: AsyncGenerator[Answer], request_id: str, outbox: Outbox) -> None:
    """Put all answers, and `complete`; Closed when the client does not take them."""
    async with aclosing(answers):
        try:
            async for answer in answers:
                await outbox.put(following(answer))
        except StreamEnded as ended:
            await outbox.put(following({"errors": ended.errors}))
        except Closed:
            raise
        except Exception:
            log.error("stream failed", request_id=request_id, exc_info=True)
            message = "Something went wrong on our side; quote the request id when you report it."
            await outbox.put(following(coded(ErrorCode.INTERNAL, message, request_id)))
    await outbox.put(COMPLETE)


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _until(ending: asyncio.Event) -> None:
    await ending.wait()


def following(answer: Answer) -> str:
    """One answer as an event; orjson writes no line breaks."""
    return f"event: next\ndata: {orjson.dumps(answer).decode()}\n\n"
