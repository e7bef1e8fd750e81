"""What is done by the clock: old events and ended jobs dropped, partitions made ahead."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import asyncpg

from app.bootstrap import Addresses
from app.jobs.queue import job_topic
from app.jobs.upkeep import drop_ended
from app.operations.partitions import make_partitions
from app.realtime.consumers import drain
from app.realtime.event_log import learner_topic
from app.realtime.retention import drop_old_events
from app.worker import consumers, schedules
from tests.conftest import MovableClock
from tests.jobs.kinds import PROGRESS, Doing, Office
from tests.jobs.test_jobs import kept_id, nothing
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import socket_of


async def test_events_of_live_streams_stay_a_day_and_those_of_learners_for_good(
    office: Office, addresses: Addresses, address: str, clock: MovableClock
) -> None:
    runtime = office.runtime
    await _leave_behind(addresses, "removed in an older release")
    work = await LearnerAtWork.begin(office.school)
    await work.record(0)
    job_id = await office.ask_for(Doing(nothing).name)
    topics = [learner_topic(kept_id(work.learner.learner_id)), job_topic(kept_id(job_id))]
    async with socket_of(address, office.school.admin.token) as socket:
        first = await (await socket.subscribe(PROGRESS, id=job_id)).event()
    await drain(runtime.maintenance, consumers())

    clock.forward(hours=23)
    assert await drop_old_events(runtime.maintenance, consumers()) == 0
    before = await _counted(addresses, topics)
    clock.forward(hours=2)
    # What a consumer has not read yet stays, however old it is.
    async with _unread(addresses, "leaderboards"):
        assert await drop_old_events(runtime.maintenance, consumers(), batch=2) == 0
    dropped = await drop_old_events(runtime.maintenance, consumers(), batch=2)
    clock.offset *= 0

    assert before[1] == 1
    assert dropped >= 1
    assert await _counted(addresses, topics) == [before[0], 0]
    await office.school.admin.ask(
        "mutation($id: ID!) { cancelJob(input: {jobId: $id}) { job { id } } }", id=job_id
    )
    async with socket_of(address, office.school.admin.token) as socket:
        told = await (await socket.subscribe(PROGRESS, id=job_id, after=first["cursor"])).event()
    assert (told["__typename"], told["job"]["state"]) == ("JobChanged", "CANCELLED")


async def _counted(addresses: Addresses, topics: list[str]) -> list[int]:
    connection = await asyncpg.connect(addresses.owner)
    found = [
        await connection.fetchval("SELECT count(*) FROM event WHERE topic = $1", each) for each in topics
    ]
    await connection.close()
    return found


async def _leave_behind(addresses: Addresses, consumer: str) -> None:
    """The position of a consumer that is there no longer, or has another name now."""
    connection = await asyncpg.connect(addresses.owner)
    await connection.execute(
        "INSERT INTO consumer_position (name, xid, event_id, updated_at) VALUES ($1, '0', $2, now())"
        " ON CONFLICT DO NOTHING",
        consumer, uuid.UUID(int=0),
    )  # fmt: skip
    await connection.close()


@asynccontextmanager
async def _unread(addresses: Addresses, consumer: str) -> AsyncIterator[None]:
    """While this lasts the consumer counts as one that has read nothing."""
    connection = await asyncpg.connect(addresses.owner)
    place = await connection.fetchval("SELECT xid::text FROM consumer_position WHERE name = $1", consumer)
    move = "UPDATE consumer_position SET xid = $1::text::xid8 WHERE name = $2"
    await connection.execute(move, "0", consumer)
    yield
    await connection.execute(move, place, consumer)
    await connection.close()


async def test_jobs_stay_ninety_days_after_their_end(office: Office, clock: MovableClock) -> None:
    kind = Doing(nothing)
    ended, waiting = await office.ask_for(kind.name), await office.ask_for(f"{kind.name}_OTHER")
    async with office.worker(kind):
        await office.until(ended, "DONE")
    left = []
    for days in (89, 2):
        clock.forward(days=days)
        await drop_ended(office.runtime.maintenance)
        now, clock.offset = clock.offset, clock.offset * 0
        data = await office.school.admin.ask("{ viewer { jobs { nodes { id } } } }")
        left.append({node["id"] for node in data["viewer"]["jobs"]["nodes"]})
        clock.offset = now
    assert left == [{ended, waiting}, {waiting}]


async def test_partitions_are_made_four_months_ahead_over_the_turn_of_a_year(
    office: Office, addresses: Addresses, clock: MovableClock
) -> None:
    year = datetime.now(UTC).year + 1
    clock.offset = datetime(year, 11, 30, 12, tzinfo=UTC) - datetime.now(UTC)
    await make_partitions(office.runtime.maintenance)
    await make_partitions(office.runtime.maintenance)
    connection = await asyncpg.connect(addresses.owner)
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relname ~ '^event_20' AND relispartition AND relkind = 'r' "
        "AND relname >= $1 ORDER BY 1",
        f"event_{year}_11",
    )
    await connection.close()
    assert [row["relname"] for row in rows] == [
        f"event_{year}_11", f"event_{year}_12", f"event_{year + 1}_01", f"event_{year + 1}_02",
    ]  # fmt: skip


async def test_every_schedule_does_its_work(office: Office) -> None:
    found = schedules(office.runtime)
    for schedule in found:
        await schedule.run()
    assert [(each.name, each.expression) for each in found] == [
        ("put lost jobs back", "* * * * *"),
        ("drop old events", "17 * * * *"),
        ("drop ended jobs", "37 3 * * *"),
        ("make partitions", "7 3 * * *"),
    ]
