"""Following a topic: nothing is lost or comes twice, over reconnects, lost wake-ups and trimmed logs."""

import asyncio
import random
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.bootstrap import Addresses
from app.kit.database import Database
from app.kit.statements import sql
from app.realtime.cursors import Position, decode_position, encode_position
from app.realtime.presence import Presence, presence_at
from app.realtime.readers import Pace
from app.runtime import Runtime
from tests.client import School
from tests.realtime.listening import ForgetfulBus, Hall, Topic

_TRIM = sql("DELETE FROM event WHERE topic = :topic AND seq <= :seq")


@pytest.fixture
def topic(runtime: Runtime, school: School) -> Topic:
    return Topic(runtime, school)


async def first(topic: Topic, count: int, after: str | None = None) -> list[dict[str, Any]]:
    """The first things that a new follower is told."""
    ear = await Hall(topic).ear(topic, after)
    told = await ear.until(count)
    ear.leave()
    return told


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_a_follower_who_connects_again_and_again_hears_every_change_once_and_in_order(
    runtime: Runtime, school: School, seed: int
) -> None:
    chance = random.Random(seed)
    topic = Topic(runtime, school, ForgetfulBus(random.Random(seed + 100)))
    hall, last = Hall(topic), 120
    writers = asyncio.gather(_write(topic, range(1, last + 1), chance))
    cursor: str | None = None
    heard: list[int] = []
    snapshots = 0
    async with asyncio.timeout(30):
        while not heard or heard[-1] != last:
            ear = await hall.ear(topic, cursor)
            patience = chance.randint(1, 9)
            for number in range(patience):
                (told,) = (await ear.until(number + 1))[number:]
                snapshots += told["kind"] == "Snapshot"
                heard = told["state"] if told["kind"] == "Snapshot" else heard
                heard = [*heard, told["n"]] if told["kind"] == "Change" else heard
                cursor = told["cursor"]
                if heard and heard[-1] == last:
                    break
            ear.leave()
    await writers

    assert heard == list(range(1, last + 1))
    assert snapshots == 1
    (later,) = await first(topic, 1)
    assert (later["kind"], later["state"]) == ("Snapshot", heard)


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
    assert (snapshot["kind"], snapshot["state"]) == ("Snapshot", [1, 2, 3])
    assert decode_position(topic.name, snapshot["cursor"]).seq == 3
    assert (heartbeat["kind"], heartbeat["cursor"]) == ("Heartbeat", snapshot["cursor"])


async def test_a_resumed_stream_begins_with_a_heartbeat_at_the_cursor_then_the_changes(topic: Topic) -> None:
    await topic.publish(1)
    (snapshot,) = await first(topic, 1)
    await topic.publish(2, 3)
    heartbeat, *changes = await first(topic, 3, snapshot["cursor"])
    assert (heartbeat["kind"], heartbeat["cursor"]) == ("Heartbeat", snapshot["cursor"])
    assert [each["n"] for each in changes] == [2, 3]


async def test_a_cursor_whose_changes_are_no_longer_kept_gets_a_fresh_snapshot(
    topic: Topic, runtime: Runtime
) -> None:
    await topic.publish(1)
    (start,) = await first(topic, 1)
    await topic.publish(2, 3, 4)
    async with runtime.maintenance.unit_of_work(None) as work:
        assert await work.execute(_TRIM, topic=topic.name, seq=2) == 2
    (told,) = await first(topic, 1, start["cursor"])
    assert told["kind"] == "Snapshot"
    assert decode_position(topic.name, told["cursor"]).seq == 4

    async with runtime.maintenance.unit_of_work(None) as work:
        await work.execute(_TRIM, topic=topic.name, seq=4)
    (told,) = await first(topic, 1, start["cursor"])
    assert told["kind"] == "Snapshot"
    (beat,) = await first(topic, 1, told["cursor"])
    assert beat["kind"] == "Heartbeat"


@pytest.mark.parametrize("change", ["ahead", "other epoch"])
async def test_a_cursor_of_another_numbering_gets_a_fresh_snapshot(topic: Topic, change: str) -> None:
    await topic.publish(1)
    (start,) = await first(topic, 1)
    known = decode_position(topic.name, start["cursor"])
    other = Position(known.epoch, 9) if change == "ahead" else Position("0" * 32, 1)
    (told,) = await first(topic, 1, encode_position(topic.name, other))
    assert (told["kind"], told["cursor"]) == ("Snapshot", start["cursor"])


async def test_a_cursor_of_another_topic_or_of_nothing_is_refused(topic: Topic) -> None:
    for cursor in (encode_position("test:other", Position("a", 1)), "x", "é", "YTpiOmM", "a" * 500):
        ear = await Hall(topic).ear(topic, cursor)
        assert await ear.until(1) == []
        (error,) = ear.errors
        assert error["extensions"]["code"] == "BAD_INPUT"
        assert "leave 'after' out" in error["message"]


async def test_merged_changes_come_as_one_with_the_cursor_of_the_last(
    runtime: Runtime, school: School
) -> None:
    topic = Topic(
        runtime, school, merge=lambda older, newer: {"n": older["n"] + newer["n"]},
        wants=lambda payload: payload["n"] != 2,
    )  # fmt: skip
    (start,) = await first(topic, 1)
    await topic.publish(1, 2, 3, 4, 5)
    _, change = await first(topic, 2, start["cursor"])
    assert (change["kind"], change["n"]) == ("Change", 13)
    assert decode_position(topic.name, change["cursor"]).seq == 5


async def test_while_merged_changes_come_fast_each_tells_what_came_since_the_last(
    runtime: Runtime, school: School
) -> None:
    pace = Pace(look=0.05, heartbeat=30, spacing=0.3)
    topic = Topic(
        runtime, school, pace=pace, merge=lambda older, newer: {"n": older["n"] + newer["n"]}
    )  # fmt: skip
    ear = await Hall(topic).ear(topic)
    await ear.until(1)
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number in range(1, 41):
        await topic.publish(number)
        await asyncio.sleep(0.02)
    async with asyncio.timeout(30):
        while sum(each["n"] or 0 for each in ear.told) < sum(range(1, 41)):
            await asyncio.sleep(0.01)
    most = 2 + int((loop.time() - began) / 0.3)
    ear.leave()
    assert sum(each["n"] or 0 for each in ear.told) == sum(range(1, 41))
    assert len(ear.told) - 1 <= most


async def test_no_connection_is_held_between_events(runtime: Runtime, school: School) -> None:
    topic = Topic(runtime, school, runtime.bus, Pace(look=30))
    hall = Hall(topic)
    ears = [await hall.ear(topic) for _ in range(20)]
    for ear in ears:
        assert (await ear.until(1))[0]["kind"] == "Snapshot"
    await topic.publish(1)
    heard = [(await ear.until(2))[1]["n"] for ear in ears]
    for ear in ears:
        ear.leave()
    assert heard == [1] * 20


async def test_while_the_database_is_away_a_stream_says_so_and_then_misses_nothing(
    topic: Topic, addresses: Addresses
) -> None:
    topic.use(Database(addresses.application, readers=1, writers=1))
    await topic.database.open()
    await topic.publish(1)
    hall = Hall(topic)
    ears = [await hall.ear(topic) for _ in range(2)]
    try:
        for ear in ears:
            assert (await ear.until(1))[0]["kind"] == "Snapshot"
        await topic.database.close()
        for ear in ears:
            degraded = await ear.next(1)
            assert (degraded["kind"], degraded["what"]) == ("Notice", "DEGRADED")
        await topic.database.open()
        await topic.publish(2, 3)
        async with asyncio.timeout(30):
            while any(ear.numbers != [1, 2, 3] for ear in ears):
                await asyncio.sleep(0.01)
    finally:
        for ear in ears:
            ear.leave()
        await topic.database.close()
    for ear in ears:
        told = [each["what"] or each["n"] for each in ear.told if each["kind"] in ("Notice", "Change")]
        assert told == ["DEGRADED", "RECOVERED", 2, 3]


async def test_a_database_that_is_away_from_the_start_is_an_error(topic: Topic, addresses: Addresses) -> None:
    topic.use(Database(addresses.application, readers=1, writers=1))
    await topic.database.open()
    await topic.database.close()
    ear = await Hall(topic).ear(topic)
    assert await ear.until(1) == []
    assert ear.errors[0]["extensions"]["code"] == "UNAVAILABLE"


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
