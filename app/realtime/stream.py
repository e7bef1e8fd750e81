"""Following a topic: a snapshot, then every change after it, once and in order, over any number of connects.

What is told is read from the event log, by number. A `Place` reads for one follower: where it begins, what it
missed, what comes after a pause. Once it is where the others are, it is told with them (`audience.py`). No
connection to the database is held between two looks.
"""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.kit.database import Reader
from app.kit.errors import Unavailable
from app.kit.statements import sql
from app.realtime.cursors import Position, encode_position
from app.realtime.event_log import StoredEvent, last_seq, read_after
from app.realtime.readers import EPOCH, STANDINGS, Readers, is_kept

_CURRENT_EPOCH = sql(f"SELECT {EPOCH}")
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


Merge = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
Wants = Callable[[dict[str, Any]], bool]
TakeSnapshot = Callable[[Reader], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed: a topic of an organization, with a way to read its whole state.

    `wants` tells by its payload whether an event is told, `merge` puts the older and the newer payload of
    several events into one. `life` (letters and digits) is part of the cursor: another gets a fresh snapshot.
    `name` is what the whole is called in what is told. What has an end (`ends_at`) is not followed beyond it.
    """

    readers: Readers
    organization_id: uuid.UUID | None
    topic: str
    snapshot: TakeSnapshot
    wants: Wants | None = None
    merge: Merge | None = None
    life: str = ""
    name: str = ""
    ends_at: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether it is over, so that something else is to be followed."""
        return self.ends_at is not None and self.readers.clock() >= self.ends_at

    def cursor(self, position: Position) -> str:
        """The cursor of a position."""
        return encode_position(self.topic, position)

    def heartbeat(self, position: Position) -> Heartbeat:
        """A sign of life at a position."""
        return Heartbeat(self.cursor(position), self.readers.clock())

    def notice(self, position: Position, kind: NoticeKind, retry_after_ms: int | None = None) -> Notice:
        """A notice at a position."""
        return Notice(self.cursor(position), self.readers.clock(), kind, retry_after_ms)

    def notice_of_bus(self, position: Position) -> Notice:
        """What there is to say of the bus: that changes come late, or in time again."""
        if self.readers.bus.degraded:
            return self.notice(position, NoticeKind.DEGRADED, round(1000 * self.readers.pace.look))
        return self.notice(position, NoticeKind.RECOVERED)

    def changes(self, epoch: str, events: Sequence[StoredEvent]) -> list[tuple[int, Change]]:
        """What events tell, each with its number; merged into one where that is the way."""
        found: list[tuple[int, Change]] = []
        for event in events:
            payload = event.payload
            if self.wants is None or self.wants(payload):
                if self.merge is not None and found:
                    payload = self.merge(found.pop()[1].payload, payload)
                cursor = self.cursor(Position(epoch, event.seq))
                change = Change(cursor, self.readers.clock(), event.kind, payload, event.at)
                found.append((event.seq, change))
        return found


class Place:
    """Where one follower stands, and what it has yet to be told.

    With a position of a cursor it goes on behind that, else it begins with a snapshot. A good cursor is
    answered by a heartbeat at that cursor, then the changes behind it. One whose changes are no longer kept,
    or that is of another epoch, is answered by a fresh snapshot. While the database is away a place says so
    once; Unavailable when it is away from the start.
    """

    def __init__(self, following: Following, position: Position | None, *, begun: bool = False) -> None:
        self._following = following
        self._position = position
        self._begun = begun
        self.sure = begun
        """Whether the numbers are known to go on."""
        self.more = False
        """Whether another look finds more at once."""

    @property
    def position(self) -> Position:
        """Where it stands, once it has begun."""
        assert self._position is not None
        return self._position

    async def look(self) -> Sequence[Told]:
        """What is new."""
        following, self.more = self._following, False
        position, begun = self._position, self._begun
        try:
            async with following.readers.database.reader(following.organization_id) as reader:
                return await self._read(reader)
        except Unavailable:
            if not begun:
                raise
            # What this look has found was not told.
            self._position = position
            # What was committed may be gone when the database comes back as another one.
            was_sure, self.sure = self.sure, False
            return [following.notice(self.position, NoticeKind.DEGRADED, 1000)] if was_sure else []

    async def _read(self, reader: Reader) -> Sequence[Told]:
        told: list[Told] = []
        if not self.sure:
            told = await self._take_place(reader)
        events = await self._after(reader)
        if events and events[0].seq != self.position.seq + 1:
            told.append(await self._snapshot(reader))
            events = await self._after(reader)
        self.more = len(events) == self._following.readers.pace.page
        changes = self._following.changes(self.position.epoch, events)
        if events:
            self._position = Position(self.position.epoch, events[-1].seq)
        return [*told, *(change for _, change in changes)]

    async def _take_place(self, reader: Reader) -> list[Told]:
        (standing,) = await reader.fetch(STANDINGS, topics=[self._following.topic])
        again, self._begun, self.sure = self._begun, True, True
        position, epoch = self._position, standing.epoch + self._following.life
        if position is not None and position.epoch == epoch and is_kept(position.seq, standing):
            if again:
                return [self._following.notice(position, NoticeKind.RECOVERED)]
            return [self._following.heartbeat(position)]
        self._position = Position(epoch, standing.last)
        return [await self._snapshot(reader)]

    async def _snapshot(self, reader: Reader) -> Snapshot:
        """The state, read again when a change came between its number and itself.

        After some tries it is taken as it is: it may then hold changes that are told again, without harm.
        """
        following, epoch = self._following, self.position.epoch
        seq = await last_seq(reader, following.topic)
        for _ in range(STEADY_TRIES):
            before = seq
            state = await following.snapshot(reader)
            seq = await last_seq(reader, following.topic)
            if seq == before:
                break
        self._position = Position(epoch, before)
        return Snapshot(following.cursor(self.position), following.readers.clock(), state)

    async def _after(self, reader: Reader) -> list[StoredEvent]:
        following = self._following
        return await read_after(reader, following.topic, self.position.seq, following.readers.pace.page)
