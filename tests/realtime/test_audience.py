"""Many who follow one topic: read once, told together, nobody misses anything or holds up the others."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterable

import pytest

from app.access.principal import Principal
from app.bootstrap import Addresses
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime.audience import EVENTS
from app.realtime.bus import InProcessBus
from app.realtime.cursors import decode_position
from app.realtime.readers import Pace
from app.runtime import Runtime
from tests.client import School
from tests.realtime.listening import CountingDatabase, Ear, ForgetfulBus, Hall, Topic

_TRIM = sql("DELETE FROM event WHERE topic = :topic AND seq <= :seq")


@pytest.fixture
def topic(runtime: Runtime, school: School) -> Topic:
    return Topic(runtime, school)


async def _know(ears: Iterable[Ear], numbers: list[int]) -> None:
    """Wait until all know these numbers."""
    async with asyncio.timeout(20):
        while any(ear.numbers != numbers for ear in ears):
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("seed", range(4))
async def test_whenever_listeners_come_stall_and_go_each_hears_every_change_once_and_in_order(
    runtime: Runtime, school: School, seed: int
) -> None:
    chance = random.Random(seed)
    topic = Topic(runtime, school, ForgetfulBus(random.Random(seed)))
    hall, last = Hall(topic), 90
    everything = list(range(1, last + 1))
    writing = asyncio.create_task(_write(topic, everything, chance))
    ears: list[Ear] = []
    gone: list[Ear] = []
    while not writing.done():
        move = chance.random()
        if (move < 0.4 and len(ears) < 12) or not ears:
            known = [each["cursor"] for ear in (*ears, *gone) for each in ear.told]
            cursor = chance.choice(known) if known and chance.random() < 0.5 else None
            ears.append(await hall.ear(topic, cursor))
        elif move < 0.7:
            chance.choice(ears).places = chance.randint(0, 2)
        elif move < 0.85:
            chance.choice(ears).places = None
        else:
            ear = ears.pop(chance.randrange(len(ears)))
            ear.leave()
            gone.append(ear)
        await asyncio.sleep(chance.random() * 0.01)
    await writing
    for ear in ears:
        ear.places = None
    async with asyncio.timeout(30):
        while any(_position(topic, ear) != last for ear in ears):
            await asyncio.sleep(0.005)
    for ear in ears:
        ear.leave()
    assert len(ears) > 3
    for ear in (*ears, *gone):
        _heard_in_order(topic, ear)
    assert topic.readers._open == {}


def _position(topic: Topic, ear: Ear) -> int:
    """The number up to which it knows everything, by the last cursor it was told."""
    return decode_position(topic.name, ear.told[-1]["cursor"]).seq if ear.told else 0


def _heard_in_order(topic: Topic, ear: Ear) -> None:
    """It began with a snapshot or at its cursor; from there each change came once and in order."""
    if not ear.told:
        return
    first, *rest = ear.told
    position = decode_position(topic.name, first["cursor"]).seq
    assert first["kind"] in ("Snapshot", "Heartbeat")
    if first["kind"] == "Snapshot":
        # It may hold more than its cursor says, never less.
        assert first["state"][:position] == list(range(1, position + 1))
    for each in rest:
        assert each["kind"] != "Snapshot"
        if each["kind"] == "Change":
            position += 1
            assert each["n"] == position
        assert decode_position(topic.name, each["cursor"]).seq == position


async def _write(topic: Topic, numbers: Iterable[int], chance: random.Random) -> None:
    for number in numbers:
        await topic.publish(number)
        if chance.random() < 0.5:
            await asyncio.sleep(chance.random() * 0.01)


async def test_a_topic_is_read_once_however_many_follow_it_and_not_at_all_when_nobody_does(
    runtime: Runtime, school: School, addresses: Addresses
) -> None:
    database = CountingDatabase(addresses.application, readers=4, writers=2)
    await database.open()
    pace = Pace(look=0.1, heartbeat=60)
    topics = [Topic(runtime, school, InProcessBus(), pace) for _ in range(20)]
    for topic in topics:
        topic.use(database)
        topic.readers = topics[0].readers
    hall = Hall(*topics)
    ears = [await hall.ear(topic) for topic in topics for _ in range(10)]
    for ear in ears:
        await ear.until(1)
    # Two hundred listeners of twenty topics: a statement at each look of the clock, and one for each event.
    loop = asyncio.get_running_loop()
    before, began = database.reads, loop.time()
    await asyncio.sleep(1.0)
    looks = (loop.time() - began) / pace.look
    assert database.reads - before <= looks + 2
    before, began = database.reads, loop.time()
    for number in range(1, 6):
        await topics[0].publish(number)
        await _know(ears[:10], list(range(1, number + 1)))
    assert database.reads - before <= 5 + (loop.time() - began) / pace.look + 2
    for ear in ears:
        ear.leave()
    before = database.reads
    await asyncio.sleep(0.3)
    assert database.reads == before
    await database.close()


async def test_a_listener_without_room_holds_nobody_up_and_misses_nothing(topic: Topic) -> None:
    hall = Hall(topic)
    slow, quick = [await hall.ear(topic) for _ in range(2)]
    for ear in (slow, quick):
        await ear.until(1)
    slow.places = 0
    for number in range(1, 31):
        await topic.publish(number)
    await _know([quick], list(range(1, 31)))
    assert slow.numbers == []
    slow.places = 4
    async with asyncio.timeout(30):
        while len(slow.numbers) < 4:
            await asyncio.sleep(0.005)
    await topic.publish(31)
    slow.places = None
    await _know([slow, quick], list(range(1, 32)))
    assert {ear.subscriber.audience for ear in (slow, quick)} == {quick.subscriber.audience}
    for ear in (slow, quick):
        ear.leave()


async def test_of_events_that_come_together_each_person_is_asked_about_once_for_all(
    runtime: Runtime, school: School
) -> None:
    topic = Topic(runtime, school, pace=Pace(look=30, heartbeat=60))
    hall, people = Hall(topic), [Principal(new_id(), topic.organization_id) for _ in range(3)]
    # Each with two tabs.
    ears = [await hall.ear(topic, None, who) for who in people for _ in range(2)]
    for ear in ears:
        await ear.until(1)
    topic.asked.clear()
    await topic.publish(*range(1, 11))
    await _know(ears, list(range(1, 11)))
    assert Counter(topic.asked) == Counter(people)
    for ear in ears:
        ear.leave()


async def test_of_events_that_come_together_each_person_hears_its_own_in_order(topic: Topic) -> None:
    hall, organization_id = Hall(topic), topic.organization_id
    people = [Principal(new_id(), organization_id) for _ in range(3)]
    topic.closed_to = {people[0]: {2, 3, 7}, people[1]: set(range(1, 11))}
    ears = [await hall.ear(topic, None, who) for who in people for _ in range(2)]
    for ear in ears:
        await ear.until(1)
    await topic.publish(*range(1, 11))
    await _know(ears[:2], [1, 4, 5, 6, 8, 9, 10])
    await _know(ears[4:], list(range(1, 11)))
    await topic.publish(11)
    await _know(ears[2:4], [11])
    assert len({ear.subscriber.audience for ear in ears}) == 1
    for ear in ears:
        ear.leave()


async def test_what_finds_no_room_in_the_buffer_is_read_from_the_log(
    runtime: Runtime, school: School
) -> None:
    topic = Topic(runtime, school, pace=Pace(look=0.05, heartbeat=60, page=100))
    ear = await Hall(topic).ear(topic)
    await ear.until(1)
    audience = ear.subscriber.audience
    assert audience is not None
    audience._busy = True  # as while a long event is being told
    numbers = list(range(1, 2 * EVENTS + 1))
    await topic.publish(*numbers)
    async with asyncio.timeout(30):
        while not audience._behind:
            await asyncio.sleep(0.005)
    assert len(audience._pending) <= EVENTS
    audience._busy = False
    audience._wake()
    await _know([ear], numbers)
    ear.leave()


async def test_when_what_follows_is_gone_everybody_begins_with_a_snapshot(
    runtime: Runtime, school: School
) -> None:
    topic = Topic(runtime, school, pace=Pace(look=30, heartbeat=60))
    hall = Hall(topic)
    ears = [await hall.ear(topic) for _ in range(3)]
    for ear in ears:
        await ear.until(1)
    await topic.publish(1, 2, 3, wake=False)
    async with runtime.maintenance.unit_of_work(None) as work:
        assert await work.execute(_TRIM, topic=topic.name, seq=2) == 2
    topic.readers.bus.wake([topic.name])
    for ear in ears:
        told = await ear.next(1)
        assert (told["kind"], told["state"]) == ("Snapshot", [3])
    await topic.publish(4)
    await _know(ears, [3, 4])
    for ear in ears:
        ear.leave()


async def test_what_takes_too_long_to_tell_is_told_again_before_what_follows(topic: Topic) -> None:
    hall = Hall(topic, seconds=0.1)
    ears = [await hall.ear(topic) for _ in range(2)]
    await _know(ears, [])
    topic.late[2] = 1
    await topic.publish(1, 2, 3)
    await _know(ears, [1, 2, 3])


async def test_what_always_takes_too_long_ends_the_stream_before_it(topic: Topic) -> None:
    hall = Hall(topic, seconds=0.1)
    ear = await hall.ear(topic)
    await topic.publish(1)
    await _know([ear], [1])
    topic.late[2] = 1_000
    await topic.publish(2, 3)
    async with asyncio.timeout(20):
        while not ear.errors:
            await asyncio.sleep(0.005)
    assert [error["extensions"]["code"] for error in ear.errors] == ["TIMEOUT"]
    # Whoever resumes behind the last cursor begins with what was not told.
    assert ear.numbers == [1]
    assert _position(topic, ear) == 1
