"""One upstream reader for each organization and process, however many follow its topics.

It wakes by the bus, and each second by the clock; then it reads what is new in all topics that are followed
by one statement, and hands it to whoever is attached. It holds no connection in between, waits for none of
its followers, and ends when the last one leaves. While the database is away it says so once, and when it
comes back it looks whether the numbers go on.
"""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Protocol

import structlog

from app.kit.clock import Clock
from app.kit.database import Database, Reader, Row
from app.kit.errors import Unavailable
from app.kit.spreading import SHARE, spread
from app.kit.statements import sql
from app.realtime.bus import Bus
from app.realtime.event_log import StoredEvent

log = structlog.get_logger("readers")

# The epoch: which cluster, and which of its timelines, since a promoted or restored one may number anew.
EPOCH = "md5((pg_control_system()).system_identifier || left(pg_walfile_name(pg_current_wal_lsn()), 8))"
# Most topics have nothing new: their events are not touched.
_NEWS = sql("""
    SELECT f.topic, e.seq, e.kind, e.payload, e.at
    FROM unnest(:topics::text[], :seqs::bigint[]) AS f(topic, seq)
    JOIN topic t ON t.name = f.topic AND t.seq > f.seq
    CROSS JOIN LATERAL (
      SELECT seq, kind, payload, at FROM event
      WHERE event.topic = f.topic AND event.seq > f.seq ORDER BY event.seq LIMIT :limit) e
    ORDER BY f.topic, e.seq
""")
STANDINGS = sql(f"""
    SELECT f.topic, coalesce(t.seq, 0) AS last, {EPOCH} AS epoch,
           (SELECT min(seq) FROM event WHERE event.topic = f.topic) AS first_kept
    FROM unnest(:topics::text[]) AS f(topic) LEFT JOIN topic t ON t.name = f.topic
""")


@dataclass(frozen=True, slots=True)
class Pace:
    """How often one looks, in seconds; `spacing` is the least time between merged changes.

    `page` is how many events of a topic are read at once.
    """

    look: float = 1.0
    heartbeat: float = 15.0
    spacing: float = 0.25
    page: int = 256


class Follower(Protocol):
    """Whoever is attached to a topic. None of these waits, but for the look."""

    def offer(self, events: Sequence[StoredEvent]) -> None:
        """Take events of the topic, in order; some may be known already."""
        ...

    def away(self) -> None:
        """The database does not answer: what is new is found when it does."""
        ...

    def back(self) -> None:
        """It answers again, and the numbers go on."""
        ...

    def lost(self) -> None:
        """What follows is not kept, or was numbered anew: begin with the whole state. It is detached."""
        ...

    async def look(self) -> None:
        """A second is over."""
        ...


@dataclass(slots=True, eq=False)
class _Topic:
    """A topic that is followed; everything up to `seq` has been handed out."""

    name: str
    epoch: str
    seq: int
    followers: dict[Follower, None] = field(default_factory=dict)


class Readers:
    """The upstream readers of a process."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, pace: Pace | None = None) -> None:
        self.database = database
        self.bus = bus
        self.clock = clock
        self.pace = pace or Pace()
        self._open: dict[uuid.UUID | None, _Reader] = {}

    def attach(
        self, organization_id: uuid.UUID | None, topic: str, epoch: str, seq: int, follower: Follower
    ) -> int:
        """Hand a follower what is read from now on: what comes after the number returned.

        That is `seq` for the first follower of a topic; where others are further the rest is in the log.
        """
        reader = self._open.get(organization_id)
        if reader is None:
            reader = self._open[organization_id] = _Reader(self, organization_id)
        return reader.attach(topic, epoch, seq, follower)

    def detach(self, organization_id: uuid.UUID | None, topic: str, follower: Follower) -> None:
        """Hand a follower nothing more; one that is not attached is none."""
        reader = self._open.get(organization_id)
        if reader is not None and reader.detach(topic, follower):
            del self._open[organization_id]


class _Reader:
    """Reads the topics of one organization."""

    def __init__(self, readers: Readers, organization_id: uuid.UUID | None) -> None:
        self._readers = readers
        self._organization_id = organization_id
        self._news = readers.bus.waiting()
        self._topics: dict[str, _Topic] = {}
        self._away = False
        # A task of nobody's operation: what it reads is counted for none.
        self._reading = asyncio.get_running_loop().create_task(self._run(), context=Context())
        self._looking: asyncio.Task[None] | None = None

    def attach(self, name: str, epoch: str, seq: int, follower: Follower) -> int:
        """Add a follower; the number behind which it is handed events."""
        topic = self._topics.get(name)
        if topic is not None and topic.epoch != epoch:
            self._lose(topic)
            topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic(name, epoch, seq)
            self._news.add(name)
        topic.followers[follower] = None
        return topic.seq

    def detach(self, name: str, follower: Follower) -> bool:
        """Take a follower away; whether it was the last one of the organization."""
        topic = self._topics.get(name)
        if topic is None or follower not in topic.followers:
            return False
        del topic.followers[follower]
        if topic.followers:
            return False
        del self._topics[name]
        self._news.drop(name)
        if self._topics:
            return False
        self._reading.cancel()
        if self._looking is not None and self._looking is not asyncio.current_task():
            self._looking.cancel()
        return True

    async def _run(self) -> None:
        loop, pace = asyncio.get_running_loop(), self._readers.pace
        due = loop.time() + pace.look
        while True:
            woken = await self._news.woken(max(0.0, due - loop.time()))
            by_clock = loop.time() >= due
            if by_clock:
                due = loop.time() + pace.look
                self._look()
            elif self._away:
                continue
            names = list(self._topics) if by_clock else [name for name in woken if name in self._topics]
            try:
                await self._read(names)
            except Exception:
                log.error("reading topics failed", exc_info=True)

    async def _read(self, names: Iterable[str]) -> None:
        """Hand out what is new in these topics, a page of each at a time."""
        page = self._readers.pace.page
        while names:
            try:
                async with self._readers.database.reader(self._organization_id) as reader:
                    if self._away:
                        await self._come_back(reader)
                    asked = {name: self._topics[name] for name in names if name in self._topics}
                    seqs = [topic.seq for topic in asked.values()]
                    rows = await reader.fetch(_NEWS, topics=list(asked), seqs=seqs, limit=page)
            except Unavailable:
                self._go_away()
                return
            found = {name: list(group) for name, group in groupby(rows, attrgetter("topic"))}
            for name, events in found.items():
                self._hand_out(asked[name], events)
            names = [name for name, events in found.items() if len(events) == page]

    def _hand_out(self, topic: _Topic, rows: Sequence[Row]) -> None:
        if rows[0].seq > topic.seq + 1:
            self._lose(topic)
            return
        # Whoever has come meanwhile has not moved the topic on.
        topic.seq = rows[-1].seq
        events = [StoredEvent(row.seq, row.kind, row.payload, row.at) for row in rows]
        for follower in list(topic.followers):
            follower.offer(events)

    def _lose(self, topic: _Topic) -> None:
        for follower in list(topic.followers):
            follower.lost()

    def _go_away(self) -> None:
        if not self._away:
            self._away = True
            for topic in list(self._topics.values()):
                for follower in list(topic.followers):
                    follower.away()

    async def _come_back(self, reader: Reader) -> None:
        """Look whether the numbers go on: what was committed may be gone with another cluster."""
        rows = await reader.fetch(STANDINGS, topics=list(self._topics))
        self._away = False
        for row in rows:
            topic = self._topics.get(row.topic)
            if topic is None:
                continue
            if topic.epoch != row.epoch or not is_kept(topic.seq, row):
                self._lose(topic)
                continue
            for follower in list(topic.followers):
                follower.back()

    def _look(self) -> None:
        """Let the followers look, unless they still do: that may wait for the database, reading may not."""
        if self._looking is None or self._looking.done():
            everybody = [each for topic in self._topics.values() for each in topic.followers]
            looking = _look_all(everybody, SHARE * self._readers.pace.look)
            self._looking = asyncio.get_running_loop().create_task(looking, context=Context())


async def _look_all(followers: Sequence[Follower], seconds: float) -> None:
    async for some in spread(followers, seconds):
        for follower in some:
            try:
                await follower.look()
            except Exception:
                log.error("a look failed", exc_info=True)


def is_kept(seq: int, standing: Row) -> bool:
    """Whether every change behind the number can still be told."""
    if seq == standing.last:
        return True
    return bool(seq < standing.last and standing.first_kept is not None and standing.first_kept <= seq + 1)
