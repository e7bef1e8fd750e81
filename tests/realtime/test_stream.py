"""Following a topic: nothing is lost or comes twice, over reconnects, lost wake-ups and trimmed logs."""

import asyncio
import random
import uuid
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.bootstrap import Addresses
from app.kit import ids
from app.kit.database import Database, Reader
from app.kit.errors import BadInput, Unavailable
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime import event_log
from app.realtime.bus import Bus, InProcessBus, Waiting
from app.realtime.cursors import Position, decode_position, encode_position
from app.realtime.event_log import NewEvent
from app.realtime.presence import Presence, presence_at
from app.realtime.stream import Change, Following, Heartbeat, Notice, NoticeKind, Pace, Snapshot, Told, follow
from app.runtime import Runtime
from tests.client import School

QUICK = Pace(look=0.02, heartbeat=0.2, spacing=0.02, page=7)
_NUMBERS = sql("SELECT payload FROM event WHERE topic = :topic ORDER BY seq")
_TRIM = sql("DELETE FROM event WHERE topic = :topic AND seq <= :seq")


class ForgetfulBus:
    """A bus that loses most wake-ups."""

    degraded = False

    def __init__(self, chance: random.Random) -> None:
        self._bus = InProcessBus()
        self._chance = chance

    def wake(self, topics: Iterable[str]) -> None:
        """Wake one time in five."""
        if self._chance.random() < 0.2:
            self._bus.wake(topics)

    def waiting(self, topic: str) -> Waiting:
        """Begin to listen."""
        return self._bus.waiting(topic)


class Topic:
    """A topic of one school, whose state is the list of the numbers published."""

    def __init__(self, runtime: Runtime, school: School, bus: Bus | None = None) -> None:
        decoded = ids.decode(school.organization_id)
        assert decoded is not None
        self.organization_id = decoded[1]
        self.name = f"test:{new_id().hex}"
        self.runtime = runtime
        self.bus = bus or runtime.bus
        self.database: Database = runtime.database

    async def publish(self, *numbers: int) -> None:
        """Write numbers in one transaction."""
        async with self.database.unit_of_work(self.organization_id) as work:
            events = [
                NewEvent(self.name, "number", {"n": number}, self.organization_id) for number in numbers
            ]
            await event_log.append(work, events)
        self.bus.wake([self.name])

    async def state(self, reader: Reader) -> list[int]:
        """The numbers published so far."""
        return [row.payload["n"] for row in await reader.fetch(_NUMBERS, topic=self.name)]

    def following(self, pace: Pace = QUICK, **given: Any) -> Following:
        """How to follow it."""
        return Following(
            self.database, self.bus, self.runtime.clock, self.organization_id, self.name, self.state, pace,
            **given,
        )  # fmt: skip


@pytest.fixture
def topic(runtime: Runtime, school: School) -> Topic:
    return Topic(runtime, school)


async def first(topic: Topic, count: int, after: str | None = None, **given: Any) -> list[Told]:
    """The first things that a new follower is told."""
    told: list[Told] = []
    async with asyncio.timeout(10), aclosing(follow(topic.following(**given), after)) as stream:
        async for each in stream:
            if each is not None:
                told.append(each)
                if len(told) == count:
                    break
    return told


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_a_follower_who_connects_again_and_again_hears_every_change_once_and_in_order(
    runtime: Runtime, school: School, seed: int
) -> None:
    chance = random.Random(seed)
    topic = Topic(runtime, school, ForgetfulBus(random.Random(seed + 100)))
    last = 120
    writers = asyncio.gather(_write(topic, range(1, last + 1), chance), return_exceptions=False)
    cursor: str | None = None
    heard: list[int] = []
    snapshots = 0
    async with asyncio.timeout(30):
        while not heard or heard[-1] != last:
            patience = chance.randint(1, 9)
            async with aclosing(follow(topic.following(), cursor)) as stream:
                async for told in stream:
                    if isinstance(told, Snapshot):
                        snapshots += 1
                        heard = list(told.state)
                    elif isinstance(told, Change):
                        heard.append(told.payload["n"])
                    cursor = told.cursor if told is not None else cursor
                    patience -= 1
                    if patience <= 0 or (heard and heard[-1] == last):
                        break
    await writers

    assert heard == list(range(1, last + 1))
    assert snapshots == 1
    (later,) = await first(topic, 1)
    assert isinstance(later, Snapshot)
    assert later.state == heard


async def _write(topic: Topic, numbers: Iterable[int], chance: random.Random) -> None:
    batch: list[int] = []
    for number in numbers:
        batch.append(number)
        if chance.random() < 0.4:
            await topic.publish(*batch)
            batch = []
            await asyncio.sleep(chance.random() * 0.01)
    if batch:
        await topic.publish(*batch)


async def test_a_stream_begins_with_a_snapshot_that_holds_all_changes_up_to_its_cursor(topic: Topic) -> None:
    await topic.publish(1, 2, 3)
    snapshot, heartbeat = await first(topic, 2)
    assert isinstance(snapshot, Snapshot)
    assert snapshot.state == [1, 2, 3]
    assert decode_position(topic.name, snapshot.cursor).seq == 3
    assert heartbeat == Heartbeat(snapshot.cursor, heartbeat.server_time)


async def test_a_resumed_stream_begins_with_a_heartbeat_at_the_cursor_then_the_changes(topic: Topic) -> None:
    await topic.publish(1)
    (snapshot,) = await first(topic, 1)
    await topic.publish(2, 3)
    heartbeat, *changes = await first(topic, 3, snapshot.cursor)
    assert isinstance(heartbeat, Heartbeat)
    assert heartbeat.cursor == snapshot.cursor
    assert [told.payload for told in changes if isinstance(told, Change)] == [{"n": 2}, {"n": 3}]


async def test_a_cursor_whose_changes_are_no_longer_kept_gets_a_fresh_snapshot(
    topic: Topic, runtime: Runtime
) -> None:
    await topic.publish(1)
    (start,) = await first(topic, 1)
    await topic.publish(2, 3, 4)
    async with runtime.maintenance.unit_of_work(None) as work:
        assert await work.execute(_TRIM, topic=topic.name, seq=2) == 2
    (told,) = await first(topic, 1, start.cursor)
    assert isinstance(told, Snapshot)
    assert decode_position(topic.name, told.cursor).seq == 4

    async with runtime.maintenance.unit_of_work(None) as work:
        await work.execute(_TRIM, topic=topic.name, seq=4)
    (told,) = await first(topic, 1, start.cursor)
    assert isinstance(told, Snapshot)
    (beat,) = await first(topic, 1, told.cursor)
    assert isinstance(beat, Heartbeat)


@pytest.mark.parametrize("change", ["ahead", "other epoch"])
async def test_a_cursor_of_another_numbering_gets_a_fresh_snapshot(topic: Topic, change: str) -> None:
    await topic.publish(1)
    (start,) = await first(topic, 1)
    known = decode_position(topic.name, start.cursor)
    other = Position(known.epoch, 9) if change == "ahead" else Position("0" * 32, 1)
    (told,) = await first(topic, 1, encode_position(topic.name, other))
    assert isinstance(told, Snapshot)
    assert told.cursor == start.cursor


async def test_a_cursor_of_another_topic_or_of_nothing_is_refused(topic: Topic) -> None:
    for cursor in (encode_position("test:other", Position("a", 1)), "", "x", "é", "YTpiOmM", "a" * 500):
        with pytest.raises(BadInput) as refused:
            await first(topic, 1, cursor)
        assert refused.value.path == ("after",)


async def test_merged_changes_come_as_one_with_the_cursor_of_the_last(topic: Topic) -> None:
    (start,) = await first(topic, 1)
    await topic.publish(1, 2, 3, 4, 5)
    _, change = await first(
        topic, 2, start.cursor, merge=lambda older, newer: {"n": older["n"] + newer["n"]},
        wants=lambda payload: payload["n"] != 2,
    )  # fmt: skip
    assert isinstance(change, Change)
    assert change.payload == {"n": 13}
    assert decode_position(topic.name, change.cursor).seq == 5


async def test_no_connection_is_held_between_events(topic: Topic, runtime: Runtime) -> None:
    waiting = [aclosing(follow(topic.following(Pace(look=30)))) for _ in range(20)]
    streams = [await each.__aenter__() for each in waiting]
    for stream in streams:
        assert isinstance(await anext(stream), Snapshot)
    pending = [asyncio.ensure_future(anext(stream)) for stream in streams]
    await topic.publish(1)
    async with asyncio.timeout(10):
        heard = await asyncio.gather(*pending)
    for stream in streams:
        await stream.aclose()
    assert [told.payload["n"] for told in heard if isinstance(told, Change)] == [1] * 20


async def test_while_the_database_is_away_a_stream_says_so_and_then_misses_nothing(
    topic: Topic, addresses: Addresses
) -> None:
    topic.database = Database(addresses.application, readers=1, writers=1)
    await topic.database.open()
    await topic.publish(1)
    stream = follow(topic.following())
    try:
        assert isinstance(await anext(stream), Snapshot)
        await topic.database.close()
        degraded = await _next(stream)
        assert isinstance(degraded, Notice)
        assert (degraded.kind, degraded.retry_after_ms) == (NoticeKind.DEGRADED, 1000)
        assert await anext(stream) is None
        await topic.database.open()
        await topic.publish(2, 3)
        told = [await _next(stream) for _ in range(3)]
    finally:
        await stream.aclose()
        await topic.database.close()
    assert [each.kind for each in told if isinstance(each, Notice)] == [NoticeKind.RECOVERED]
    assert [each.payload["n"] for each in told if isinstance(each, Change)] == [2, 3]


async def test_a_database_that_is_away_from_the_start_is_an_error(topic: Topic, addresses: Addresses) -> None:
    topic.database = Database(addresses.application, readers=1, writers=1)
    await topic.database.open()
    await topic.database.close()
    with pytest.raises(Unavailable):
        await first(topic, 1)


async def _next(stream: AsyncGenerator[Told | None]) -> Told:
    """The next thing told, heartbeats passed over."""
    async with asyncio.timeout(10):
        async for told in stream:
            if told is not None and not isinstance(told, Heartbeat):
                return told
    raise AssertionError("the stream ended")


def test_presence_fades_with_the_time_since_a_learner_was_seen() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    ages = (0, 119, 120, 599, 600)
    assert [presence_at(now, now - timedelta(seconds=age)) for age in ages] == [
        Presence.ONLINE, Presence.ONLINE, Presence.IDLE, Presence.IDLE, Presence.OFFLINE,
    ]  # fmt: skip
    assert presence_at(now, None) is Presence.OFFLINE


def test_a_cursor_tells_its_position_again() -> None:
    name = f"learner:{uuid.UUID(int=1).hex}"
    position = Position("abc123", 42)
    assert decode_position(name, encode_position(name, position)) == position
