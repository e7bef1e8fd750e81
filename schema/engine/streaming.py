"""One subscription, from its beginning to its end: a source of its own until it is told with others.

The resolver gives a source once. What a source follows is read for this subscriber alone until it knows as
much as the others who follow the same (`app/realtime/audience.py`); from then on no task waits for it. Before
anything leaves, and each second, the principal is recognised anew and the source is asked whether it may
still listen. No rows and no permissions outlive an event, and a right taken away ends the stream within a
second.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextvars import Context
from typing import TYPE_CHECKING, Any, Protocol

from graphql import ExecutionResult, GraphQLError
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream

from app.access.access import Access
from app.access.principal import Principal
from app.kit.database import statement_count
from app.kit.errors import ErrorCode
from app.realtime.audience import Audience
from app.realtime.cursors import Position, decode_position
from app.realtime.stream import Following, Place, Told
from schema.engine.announcements import Announcement, Announcements
from schema.engine.execution import Executor, OperationContext, coded
from schema.engine.masking import formatted
from schema.engine.moulds import loosen
from schema.engine.prepared import Prepared

if TYPE_CHECKING:
    from schema.engine.broadcasting import Broadcast

BEGIN_SECONDS = 5.0


class Source(Protocol):
    """What the resolver of a subscription returns; what has no more than events is a stream of its own."""

    @property
    def after(self) -> str | None:
        """The cursor behind which to begin."""
        ...

    async def following(self) -> Following:
        """What is followed now; asked again when that has ended."""
        ...

    def tell(self, told: Told, following: Following) -> Any:
        """The event that tells it; one with `of_stream` tells of the stream alone."""
        ...

    def is_open_to(self, principal: Principal) -> bool:
        """Whether all of it is for this principal, whatever the rows say; then nothing more is asked."""
        ...

    async def permit(self, access: Access, events: Sequence[Any]) -> Sequence[bool]:
        """Which of some events, or of none, are for a principal; an error when it may listen no longer."""
        ...


class Answers:
    """Answers as JSON that leave together, in order, to one or to many.

    `framed` keeps the frames that were made of them, by what stands before each, for others who get the same.
    """

    __slots__ = ("framed", "texts")

    def __init__(self, texts: Sequence[bytes]) -> None:
        self.texts = texts
        self.framed: dict[bytes, Sequence[bytes]] = {}


class Client(Protocol):
    """The other side of one subscription: who it is, and where its answers go."""

    @property
    def announcements(self) -> Announcements:
        """What its connection has to tell."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether it takes another answer now."""
        ...

    async def room(self) -> bool:
        """Wait until it does; False when it never will."""
        ...

    def take(self, answers: "Answers") -> None:
        """Take some answers, in order; there is room for them."""
        ...

    def end(self, errors: list[dict[str, Any]] | None) -> None:
        """The stream has ended, with errors or because there is no more."""
        ...

    def at_hand(self) -> Principal | None:
        """Who it is, where that was looked up less than a second ago."""
        ...

    async def recognise(self) -> Principal:
        """Who it is now; DomainError when it is nobody any more, or cannot be told."""
        ...

    def context(self, principal: Principal, request_id: str) -> Any:
        """A new context for an event."""
        ...


class StreamEnded(Exception):
    """The stream ended with errors, ready to be sent."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


class Subscriber:
    """One who subscribed; `begin` first, `leave` when the client wants no more."""

    __slots__ = (
        "_broadcast", "_source", "_task", "_tries", "audience", "beat", "bus_degraded", "client", "over",
        "prepared", "principal", "request_id", "seq", "told",
    )  # fmt: skip

    def __init__(self, broadcast: "Broadcast", prepared: Prepared, client: Client, request_id: str) -> None:
        self._broadcast = broadcast
        self._source: Any = None
        self._task: asyncio.Task[None] | None = None
        self._tries = 0
        self.audience: Audience | None = None
        self.beat = 0.0
        """When it was told something last, by the loop's clock."""
        self.bus_degraded = False
        """Whether it was told that changes come late."""
        self.client = client
        self.over = False
        self.prepared = prepared
        self.principal: Principal | None = None
        self.request_id = request_id
        self.seq = 0
        self.told: Sequence[Announcement] = ()

    @property
    def source(self) -> Any:
        """What it follows, once it has begun."""
        return self._source

    async def begin(self) -> None:
        """Find the source, tell where it stands, and go on with the others; returns then, or at the end."""
        await self._guarded(self._begin)

    def leave(self) -> None:
        """Want no more."""
        self.over = True
        self._leave()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def fail(self, error: Exception) -> None:
        """End with an error; what is not the domain's is masked and logged, as in an answer."""
        if not self.over:
            errors = getattr(error, "errors", None) if isinstance(error, StreamEnded) else None
            if errors is None:
                errors = [formatted(GraphQLError(str(error), original_error=error), self.request_id)]
            self.leave()
            self.client.end(errors)

    def waits_again(self, errors: list[dict[str, Any]], tries: int) -> bool:
        """Whether to try once more to tell an event that took too long; after so many it ends with these."""
        self._tries += 1
        if self._tries >= tries:
            self.fail(StreamEnded(errors))
        return not self.over

    def begin_anew(self) -> None:
        """Begin with a snapshot: what follows is not to be had."""
        self.audience = None
        self._start(self._follow, None)

    def hand(self, answers: Answers, audience: Audience | None, now: float) -> None:
        """Give it answers. Where it has no room for them it reads on by itself when it has."""
        if self.over or self.audience is not audience:
            return
        self._tries = 0
        if audience is None or self.client.has_room:
            self.client.take(answers)
            self.beat = now
        else:
            audience.fall_behind(self)
            self.audience = None
            self._start(self._catch_up, audience.following.life, Position(audience.epoch, self.seq))

    def _leave(self) -> None:
        audience, self.audience = self.audience, None
        if audience is not None:
            audience.leave(self)

    def _start(self, work: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
        if not self.over:
            loop = asyncio.get_running_loop()
            self._task = loop.create_task(self._guarded(work, *given), context=Context())

    async def _guarded(self, work: Callable[..., Coroutine[Any, Any, None]], *given: Any) -> None:
        # Made here: one who leaves before this begins would leave it unawaited.
        try:
            await work(*given)
        except Exception as error:
            self.fail(error)
        finally:
            self._task = None

    async def _begin(self) -> None:
        principal = self.principal = await self.client.recognise()
        context = self.client.context(principal, self.request_id)
        found = await _source(self._broadcast.executor, self.prepared, context)
        self._source = found
        if hasattr(found, "following"):
            await self._follow(found.after)
        else:
            await self._iterate(found)

    async def _iterate(self, source: AsyncIterator[Any]) -> None:
        """Tell the events of a source that is followed by nobody else."""
        events: Any = aiter(source)
        try:
            async for event in events:
                if not await self._told_alone(event):
                    return
        finally:
            close = getattr(events, "aclose", None)
            if close is not None:
                await close()
        self.over = True
        self.client.end(None)

    async def _follow(self, after: str | None) -> None:
        following: Following = await self._source.following()
        position = decode_position(following.topic, after) if after is not None else None
        await self._read(following, Place(following, position))

    async def _catch_up(self, life: str, position: Position) -> None:
        if await self.client.room():
            following = await self._source.following()
            await self._read(following, Place(following, position, begun=following.life == life))

    async def _read(self, following: Following, place: Place) -> None:
        """Tell what this subscriber alone has yet to be told, until it knows as much as the others."""
        readers = following.readers
        while not self.over:
            told = list(await place.look())
            if readers.bus.degraded is not self.bus_degraded:
                self.bus_degraded = readers.bus.degraded
                told.append(following.notice_of_bus(place.position))
            if following.ended:
                following = await self._source.following()
                place = Place(following, None)
                continue
            for each in told:
                if not await self._told_alone(self._source.tell(each, following)):
                    return
            if self._broadcast.joined(self, following, place.position):
                return
            if not place.sure:
                await asyncio.sleep(readers.pace.look)

    async def _told_alone(self, event: Any) -> bool:
        """Tell one event, when there is room; whether the stream goes on."""
        if not self.over and await self.client.room():
            await self._broadcast.tell_alone(self, event)
        return not self.over


async def _source(executor: Executor, prepared: Prepared, context: OperationContext) -> Any:
    name = prepared.operation.name.value if prepared.operation.name else None
    node: Any = prepared.document.node
    hide = executor.hide_suggestions
    made = CoreExecutor.build(
        executor.schema, node, None, context, prepared.variables, name, hide_suggestions=hide
    )
    if isinstance(made, list):
        raise StreamEnded([formatted(error, context.request_id) for error in made])
    loosen(made)
    found = await _created(made, context)
    if isinstance(found, ExecutionResult):
        raise StreamEnded([formatted(error, context.request_id) for error in found.errors or ()])
    return found


async def _created(made: "CoreExecutor[Any]", context: OperationContext) -> Any:
    marker = statement_count.set(context.statements)
    try:
        async with asyncio.timeout(BEGIN_SECONDS):
            found: Any = create_source_event_stream(made)
            return await found if hasattr(found, "__await__") else found
    except TimeoutError:
        message = f"The subscription did not begin within {BEGIN_SECONDS:g} s; try again."
        raise StreamEnded(coded(ErrorCode.TIMEOUT, message, context.request_id)["errors"]) from None
    finally:
        statement_count.reset(marker)
