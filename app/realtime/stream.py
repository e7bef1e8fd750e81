"""Following a topic: a snapshot, then every change after it, once and in order, over any number of connects.

The bus only wakes; what is told is read from the event log, by number, and looked for by the clock besides.
So a lost wake-up costs a second and loses nothing, a slow reader holds one page at most, and between two
looks no connection to the database is held.
"""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.kit.clock import Clock
from app.kit.database import Database, Reader
from app.kit.errors import Unavailable
from app.kit.statements import sql
from app.realtime.bus import Bus
from app.realtime.cursors import Position, decode_position, encode_position
from app.realtime.event_log import StoredEvent, last_seq, read_after

# The epoch: which cluster, and which of its timelines, since a promoted or restored one may number anew.
EPOCH = "md5((pg_control_system()).system_identifier || left(pg_walfile_name(pg_current_wal_lsn()), 8))"
_CURRENT_EPOCH = sql(f"SELECT {EPOCH}")
_STANDING = sql(f"""
    SELECT coalesce((SELECT seq FROM topic WHERE name = :topic), 0) AS last,
           (SELECT min(seq) FROM event WHERE topic = :topic) AS first_kept, {EPOCH} AS epoch
""")
STEADY_TRIES = 3


async def current_epoch(reader: Reader) -> str:
    """The epoch in which numbers are given now, for cursors made outside a stream."""
    found: str = await reader.fetch_value(_CURRENT_EPOCH)
    return found


class NoticeKind(StrEnum):
    """What a stream says of itself."""

    DEGRADED = "DEGRADED"
    RECOVERED = "RECOVERED"
    TOKEN_EXPIRING = "TOKEN_EXPIRING"
    DRAINING = "DRAINING"


@dataclass(frozen=True, slots=True)
class Told:
    """Something a follower is told; with `cursor` it goes on behind it."""

    cursor: str
    server_time: datetime


@dataclass(frozen=True, slots=True)
class Snapshot(Told):
    """The whole state, with all changes up to the cursor in it."""

    state: Any


@dataclass(frozen=True, slots=True)
class Change(Told):
    """One event, or several that were merged; `at` is when the last of them happened."""

    kind: str
    payload: dict[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Heartbeat(Told):
    """Nothing happened; the stream lives."""


@dataclass(frozen=True, slots=True)
class Notice(Told):
    """The stream's own state has changed."""

    kind: NoticeKind
    retry_after_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a follower looks, in seconds; `spacing` is the least time between merged changes."""

    look: float = 1.0
    heartbeat: float = 15.0
    spacing: float = 0.25
    page: int = 256


Merge = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
Wants = Callable[[dict[str, Any]], bool]
TakeSnapshot = Callable[[Reader], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed: a topic of an organization, with a way to read its whole state.

    `wants` tells by its payload whether an event is told, `merge` puts the older and the newer payload of a
    page into one. `life` (letters and digits) is part of the cursor: another gets a fresh snapshot.
    """

    database: Database
    bus: Bus
    clock: Clock
    organization_id: uuid.UUID | None
    topic: str
    snapshot: TakeSnapshot
    pace: Pace = Pace()
    wants: Wants | None = None
    merge: Merge | None = None
    life: str = ""


async def follow(following: Following, after: str | None = None) -> AsyncGenerator[Told | None]:
    """Follow a topic from a snapshot, or behind the cursor `after`; None when a look found nothing.

    A good cursor is answered by a heartbeat at that cursor, then the changes behind it. One whose changes are
    no longer kept, or that is of another epoch, is answered by a fresh snapshot; one that is malformed or of
    another topic is BadInput. While the database is away the stream says so once and waits; Unavailable when
    it is away from the start. While the bus is degraded it says so once too, and finds changes by the clock.
    """
    place = _Place(following, decode_position(following.topic, after) if after is not None else None)
    loop = asyncio.get_running_loop()
    beat = loop.time() + following.pace.heartbeat
    async with following.bus.waiting(following.topic) as news:
        while True:
            told = [*await place.look(), *place.news_of_bus()]
            for each in told:
                yield each
            if told:
                beat = loop.time() + following.pace.heartbeat
                if following.merge is not None:
                    await asyncio.sleep(following.pace.spacing)
            elif loop.time() >= beat:
                beat = loop.time() + following.pace.heartbeat
                yield place.heartbeat()
            if not place.more and not await news.wait(min(following.pace.look, max(0.0, beat - loop.time()))):
                yield None


class _Place:
    """Where a follower stands, and what it has yet to be told."""

    def __init__(self, following: Following, position: Position | None) -> None:
        self._following = following
        self._position = position
        self._begun = False
        self._sure = False
        self._bus_degraded = False
        self.more = False

    def news_of_bus(self) -> list[Told]:
        """Whether the bus has been lost or found since the last look."""
        degraded = self._following.bus.degraded
        if degraded is self._bus_degraded:
            return []
        self._bus_degraded = degraded
        late_by = round(1000 * self._following.pace.look)
        return [
            self._notice(NoticeKind.DEGRADED, late_by) if degraded else self._notice(NoticeKind.RECOVERED)
        ]

    async def look(self) -> Sequence[Told]:
        """What is new."""
        following, self.more = self._following, False
        position, begun = self._position, self._begun
        try:
            async with following.database.reader(following.organization_id) as reader:
                return await self._read(reader)
        except Unavailable:
            if not begun:
                raise
            # What this look has found was not told.
            self._position = position
            # What was committed may be gone when the database comes back as another one.
            was_sure, self._sure = self._sure, False
            return [self._notice(NoticeKind.DEGRADED, 1000)] if was_sure else []

    async def _read(self, reader: Reader) -> Sequence[Told]:
        told: list[Told] = []
        if not self._sure:
            told = await self._take_place(reader)
        events = await self._after(reader)
        if events and events[0].seq != self._known.seq + 1:
            told.append(await self._snapshot(reader))
            events = await self._after(reader)
        self.more = len(events) == self._following.pace.page
        return [*told, *self._changes(events)]

    async def _take_place(self, reader: Reader) -> list[Told]:
        standing = await reader.fetch_one(_STANDING, topic=self._following.topic)
        assert standing is not None
        again, self._begun, self._sure = self._begun, True, True
        position, epoch = self._position, standing.epoch + self._following.life
        if position is not None and position.epoch == epoch and _is_kept(position.seq, standing):
            return [self._notice(NoticeKind.RECOVERED)] if again else [self.heartbeat()]
        self._position = Position(epoch, standing.last)
        return [await self._snapshot(reader)]

    async def _snapshot(self, reader: Reader) -> Snapshot:
        """The state, read again when a change came between its number and itself.

        After some tries it is taken as it is: it may then hold changes that are told again, without harm.
        """
        following, epoch = self._following, self._known.epoch
        seq = await last_seq(reader, following.topic)
        for _ in range(STEADY_TRIES):
            before = seq
            state = await following.snapshot(reader)
            seq = await last_seq(reader, following.topic)
            if seq == before:
                break
        self._position = Position(epoch, before)
        return Snapshot(self._cursor(), following.clock(), state)

    async def _after(self, reader: Reader) -> list[StoredEvent]:
        following = self._following
        return await read_after(reader, following.topic, self._known.seq, following.pace.page)

    def _changes(self, events: Sequence[StoredEvent]) -> list[Change]:
        changes: list[Change] = []
        wants, merge, epoch = self._following.wants, self._following.merge, self._known.epoch
        for event in events:
            self._position = Position(epoch, event.seq)
            payload = event.payload
            if wants is None or wants(payload):
                if merge is not None and changes:
                    payload = merge(changes.pop().payload, payload)
                now = self._following.clock()
                changes.append(Change(self._cursor(), now, event.kind, payload, event.at))
        return changes

    def heartbeat(self) -> Heartbeat:
        """A sign of life at this place."""
        return Heartbeat(self._cursor(), self._following.clock())

    def _notice(self, kind: NoticeKind, retry_after_ms: int | None = None) -> Notice:
        return Notice(self._cursor(), self._following.clock(), kind, retry_after_ms)

    def _cursor(self) -> str:
        return encode_position(self._following.topic, self._known)

    @property
    def _known(self) -> Position:
        assert self._position is not None
        return self._position


def _is_kept(seq: int, standing: Any) -> bool:
    """Whether every change behind the number can still be told."""
    if seq == standing.last:
        return True
    return seq < standing.last and standing.first_kept is not None and standing.first_kept <= seq + 1
