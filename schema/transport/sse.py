"""Answers as server-sent events, distinct connections mode of graphql-sse: one operation, one stream.

The protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. Each answer is an event
`next`, after the last comes `complete`. Comments keep proxies from closing a quiet stream. What a client does
not read waits in a bounded box; who does not read at all is left. A stream that the server ends because it
restarts has no `complete`, so that clients connect again and resume after their last cursor.
"""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Protocol

import orjson
import structlog
from starlette.types import Receive, Send

from app.access.principal import Principal
from app.kit.errors import ErrorCode, RateLimited
from app.kit.metrics import OPERATIONS
from schema.engine.announcements import Announcements
from schema.engine.execution import Answer, OperationContext, coded
from schema.engine.streaming import Answers, Client, Subscriber
from schema.transport.frames import Closed
from schema.transport.outbox import PATIENCE, Outbox
from schema.transport.seats import Seats

PING_SECONDS = 12.0
FLUSH_SECONDS = 5.0
MOST_STREAMS = 20
COMMENT = b":\n\n"
COMPLETE = b"event: complete\ndata: \n\n"
_NEXT = b"event: next\ndata: "
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]

log = structlog.get_logger("sse")

Produce = Callable[[Outbox], Awaitable[None]]
Subscribe = Callable[[Client, str], Subscriber]


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

        async def produce(outbox: Outbox) -> None:
            await _produce(answers, request_id, outbox)

        await self._serve(produce, request_id, receive, send)

    async def follow(self, viewer: "Viewer", subscribe: Subscribe, receive: Receive, send: Send) -> None:
        """Send what a subscriber is told, in the same way."""

        async def produce(outbox: Outbox) -> None:
            await _follow(outbox, viewer, subscribe)

        await self._serve(produce, viewer.request_id, receive, send)

    async def _serve(self, produce: Produce, request_id: str, receive: Receive, send: Send) -> None:
        headers = [*_HEADERS, (b"x-request-id", request_id.encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        ending = asyncio.Event()
        self._open.add(ending)
        try:
            await self._run(produce, ending, receive, send)
        finally:
            self._open.discard(ending)

    async def _run(self, produce: Produce, ending: asyncio.Event, receive: Receive, send: Send) -> None:
        async def sent(text: bytes) -> None:
            await send({"type": "http.response.body", "body": text, "more_body": True})

        gone = asyncio.create_task(_gone(receive))
        outbox = Outbox(sent, failed=lambda _: _end(gone), patience=self._patience)
        # Some browsers hand on the head of an answer only with the first of its bytes.
        await outbox.put(COMMENT)
        producing = asyncio.ensure_future(produce(outbox))
        asked = asyncio.create_task(_until(ending))
        tasks = [producing, gone, asked, asyncio.create_task(self._ping(outbox))]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            over = asked.done() or (producing.done() and not producing.exception())
            if over and not gone.done():
                with suppress(TimeoutError):
                    async with asyncio.timeout(FLUSH_SECONDS):
                        await outbox.sent()
                        await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            outbox.end()
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
        except Closed:
            raise
        except Exception:
            log.error("stream failed", request_id=request_id, exc_info=True)
            message = "Something went wrong on our side; quote the request id when you report it."
            await outbox.put(following(coded(ErrorCode.INTERNAL, message, request_id)))
    await outbox.put(COMPLETE)


class Viewer(Protocol):
    """Who follows."""

    request_id: str
    token: str | None

    def at_hand(self) -> Principal | None:
        """Who it is, where that is known without waiting."""
        ...

    async def recognise(self) -> Principal:
        """Who it is now."""
        ...

    def context(self, principal: Principal, request_id: str) -> OperationContext:
        """A new context for an event."""
        ...


class Line:
    """A subscription's stream, as who answers it sees the other side."""

    announcements = Announcements()

    def __init__(self, outbox: Outbox, viewer: Viewer) -> None:
        self._outbox = outbox
        self.at_hand = viewer.at_hand
        self.recognise = viewer.recognise
        self.context = viewer.context
        self.ended: asyncio.Future[list[dict[str, Any]] | None] = asyncio.get_running_loop().create_future()

    @property
    def has_room(self) -> bool:
        """Whether another event finds room."""
        return self._outbox.has_room

    async def room(self) -> bool:
        """Wait until one does; False when the client is too slow, which ends the stream."""
        try:
            await self._outbox.room()
        except Closed as closed:
            if not self.ended.done():
                self.ended.set_exception(closed)
            return False
        return True

    def take(self, answers: Answers) -> None:
        """Send answers."""
        framed = answers.framed.get(_NEXT)
        if framed is None:
            framed = answers.framed[_NEXT] = [b"%b%b\n\n" % (_NEXT, answer) for answer in answers.texts]
        self._outbox.give(framed)

    def end(self, errors: list[dict[str, Any]] | None) -> None:
        """The stream has ended."""
        if not self.ended.done():
            self.ended.set_result(errors)


async def _follow(outbox: Outbox, viewer: Viewer, subscribe: Subscribe) -> None:
    """Let a subscriber be told until it ends; Closed when the client does not take what it is told."""
    line = Line(outbox, viewer)
    subscriber = subscribe(line, viewer.request_id)
    outcome = "ok"
    try:
        await subscriber.begin()
        errors = await line.ended
        if errors is not None:
            outcome = "error"
            await outbox.put(following({"errors": errors}))
        await outbox.put(COMPLETE)
    finally:
        subscriber.leave()
        OPERATIONS.labels("subscription", outcome).inc()


async def _gone(receive: Receive) -> None:
    """Wait until the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


def _end(task: asyncio.Task[None]) -> None:
    task.cancel()


async def _until(ending: asyncio.Event) -> None:
    await ending.wait()


def following(answer: Answer) -> bytes:
    """One answer as an event; orjson writes no line breaks."""
    return b"%b%b\n\n" % (_NEXT, orjson.dumps(answer))
