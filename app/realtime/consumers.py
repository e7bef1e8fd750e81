"""Consumers of the event log: each reads all events in commit order and keeps a projection current.

- **Once in effect.** A batch's effect and the position after it are committed together, so a process that
  dies leaves both or neither. The position's row is the lock: of two processes only one works.
- **Nothing is missed.** Events are read below the oldest transaction still under way, since a number given
  earlier may be committed later.
- **A restored database goes on.** Numbers of the cluster that a dump came from are brought below this one's.
- **Nothing is skipped.** When a batch fails, its events are tried one at a time: those before the failing one
  get through, and that one is tried again with growing pauses. It is never passed over: a projection that
  waits can be caught up, one with a hole is wrong for ever. After five failures the log says `consumer stuck`
  and the event.
"""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog

from app.kit.database import Database, Row, UnitOfWork
from app.kit.errors import Unavailable
from app.kit.statements import sql
from app.realtime.bus import ANY_TOPIC, Bus
from app.realtime.renumbering import renumber_after_restore

BATCH = 500
LARGEST_BATCH = 1_048_576
"""Bytes of payloads, as stored (compressed), after which a batch is full."""
AT_ONCE = 2
"""How many consumers of a process work at the same time: as many as the maintenance role has writers."""
LOOK_EVERY = 1.0
HELD_BACK = 0.05
"""Seconds until the next look while older transactions, still under way, hold events back."""
GATHER = 0.2
"""Seconds until the next look after a batch that was not full: under load one batch does the work of many.

A consumer whose projection nobody watches live may have a longer `gather` of its own.
"""
STUCK_AFTER = 5
LONGEST_PAUSE = 30.0

log = structlog.get_logger()

# Without a lock first: a consumer with nothing to do takes no transaction number. A number that this cluster
# has not given yet came with a dump of another one.
_NEWS = sql("""
    WITH last AS MATERIALIZED (
      SELECT xid, id FROM event ORDER BY xid DESC, id DESC LIMIT 1
    ), place AS (
      SELECT coalesce(max(xid), '0') AS xid,
             coalesce(max(event_id::text)::uuid, '00000000-0000-0000-0000-000000000000') AS event_id
      FROM consumer_position WHERE name = :name
    )
    SELECT
      EXISTS (SELECT FROM last l, place p WHERE (l.xid, l.id) > (p.xid, p.event_id)) AS news,
      EXISTS (SELECT FROM last WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
      OR EXISTS (SELECT FROM consumer_position WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))
        AS restored
""")
_POSITION = sql("""
    SELECT xid::text AS xid, event_id FROM consumer_position WHERE name = :name FOR UPDATE SKIP LOCKED
""")
_BEGIN = sql("""
    INSERT INTO consumer_position (name, xid, event_id, updated_at)
    VALUES (:name, '0', '00000000-0000-0000-0000-000000000000', :now) ON CONFLICT DO NOTHING
    RETURNING xid::text AS xid, event_id
""")
# Events of kinds that the consumer does not handle stay in the database; the last one tells how far it is.
_BATCH = sql("""
    WITH following AS (
      SELECT id, organization_id, topic, seq, kind, at, xid,
             CASE WHEN kind = ANY(:kinds) THEN payload ELSE 'null' END AS payload
      FROM event
      WHERE (xid, id) > (:xid::text::xid8, :event_id::uuid)
        AND xid < pg_snapshot_xmin(pg_current_snapshot())
      ORDER BY xid, id LIMIT :limit
    ), sized AS (
      SELECT *, sum(pg_column_size(payload)) OVER (ORDER BY xid, id) - pg_column_size(payload) AS before
      FROM following
    )
    SELECT id, organization_id, topic, seq, kind, payload, at, xid::text AS last_xid, passed
    FROM (
      SELECT *, count(*) OVER () AS passed, lead(id) OVER (ORDER BY xid, id) IS NULL AS is_last
      FROM sized WHERE before < :bytes) taken
    WHERE kind = ANY(:kinds) OR is_last ORDER BY xid, id
""")
_ADVANCE = sql("""
    UPDATE consumer_position SET xid = :xid::text::xid8, event_id = :event_id, updated_at = :now
    WHERE name = :name
""")


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event as a consumer reads it; `at` is when it was recorded."""

    id: uuid.UUID
    organization_id: uuid.UUID
    topic: str
    seq: int
    kind: str
    payload: dict[str, Any]
    at: datetime


class Consumer(Protocol):
    """Keeps a projection current. `name` is that of its position: another name begins at the first event."""

    @property
    def name(self) -> str:
        """The name under which its position is stored."""
        ...

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of events that it handles."""
        ...

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Write the effect of events of its kinds, in commit order; `work` spans all organizations."""
        ...


async def consume_once(database: Database, consumer: Consumer, limit: int = BATCH) -> int:
    """Handle the next batch in one transaction; how many events it passed.

    0 when nothing is left, when a transaction under way holds it back, or when another process is at it.
    """
    return (await _pass(database, consumer, limit)).events


async def drain(database: Database, consumers: Sequence[Consumer]) -> None:
    """Handle everything that is committed, waiting for transactions under way that hold it back."""
    while True:
        passes = [await _pass(database, consumer, BATCH) for consumer in consumers]
        if not any(each.news for each in passes):
            return
        if not any(each.events for each in passes):
            await asyncio.sleep(HELD_BACK)


async def run_consumers(
    database: Database, bus: Bus, consumers: Sequence[Consumer], stop: asyncio.Event
) -> None:
    """Run until `stop` is set: woken by every event, and by the clock; batches under way are ended."""
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        for consumer in consumers:
            group.create_task(_Running(database, consumer, places).run(bus, stop))


@dataclass(frozen=True, slots=True)
class _Pass:
    """What came of one batch: how many events were passed, and whether there were any to pass."""

    events: int
    news: bool


async def _pass(database: Database, consumer: Consumer, limit: int) -> _Pass:
    async with database.unit_of_work(None) as work:
        (found,) = await work.fetch(_NEWS, name=consumer.name)
        if found.restored:
            await renumber_after_restore(work)
            return _Pass(0, news=True)
        if not found.news:
            return _Pass(0, news=False)
        position = await _locked_position(work, consumer.name)
        if position is None:
            return _Pass(0, news=True)
        rows = await work.fetch(
            _BATCH, kinds=list(consumer.kinds), xid=position.xid, event_id=position.event_id, limit=limit,
            bytes=LARGEST_BATCH,
        )  # fmt: skip
        if not rows:
            return _Pass(0, news=True)
        events = [LoggedEvent(*row[:7]) for row in rows if row["kind"] in consumer.kinds]
        if events:
            await _handle(work, consumer, events)
        last = rows[-1]
        await work.execute(_ADVANCE, name=consumer.name, xid=last.last_xid, event_id=last.id, now=work.now)
        return _Pass(last.passed, news=True)


class _Running:
    """One consumer at work, and how it goes on after a failure."""

    def __init__(self, database: Database, consumer: Consumer, places: asyncio.Semaphore) -> None:
        self._database = database
        self._consumer = consumer
        self._places = places
        self._failures = 0

    async def run(self, bus: Bus, stop: asyncio.Event) -> None:
        """Work until `stop`."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            async with bus.waiting(ANY_TOPIC) as news:
                while not stop.is_set():
                    pause = await self._step()
                    if pause is None:
                        await _first_of(stopping, news.wait(LOOK_EVERY))
                    elif pause:
                        await _first_of(stopping, asyncio.sleep(pause))
        finally:
            stopping.cancel()

    async def _step(self) -> float | None:
        """Handle a batch, of one event after a failure; seconds until the next, None to wait for news."""
        try:
            async with self._places:
                done = await _pass(self._database, self._consumer, 1 if self._failures else BATCH)
        except Unavailable as error:
            log.warning("consumer waits for the database", consumer=self._consumer.name, error=error.message)
            return LOOK_EVERY
        except Exception:
            self._failures += 1
            return self._failed()
        self._failures = 0
        if done.events:
            return 0.0 if done.events >= BATCH else getattr(self._consumer, "gather", GATHER)
        return HELD_BACK if done.news else None

    def _failed(self) -> float:
        """Say so in the log; seconds until the next try, twice as many each time."""
        stuck = self._failures >= STUCK_AFTER
        say = log.error if stuck else log.warning
        what = "consumer stuck" if stuck else "consumer failed"
        say(what, consumer=self._consumer.name, failures=self._failures, exc_info=True)
        return float(min(LONGEST_PAUSE, 0.1 * 2.0**self._failures))


class EventFailed(Exception):
    """A consumer failed on a batch; the message names its first and last event."""


async def _handle(work: UnitOfWork, consumer: Consumer, events: Sequence[LoggedEvent]) -> None:
    try:
        await consumer.handle(work, events)
    except Exception as error:
        first, last = events[0].id, events[-1].id
        which = f"event {first}" if first == last else f"events {first} to {last}"
        raise EventFailed(f"consumer '{consumer.name}' failed on {which}") from error


async def _locked_position(work: UnitOfWork, name: str) -> Row | None:
    """The position, locked for us; None when another process holds it, or began it just now."""
    found = await work.fetch_one(_POSITION, name=name)
    return found or await work.fetch_one(_BEGIN, name=name, now=work.now)


async def _first_of(stopping: "asyncio.Future[Any]", other: Any) -> None:
    waiting = asyncio.ensure_future(other)
    try:
        await asyncio.wait({stopping, waiting}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
