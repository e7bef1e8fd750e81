"""A database restored into another cluster: consumers go on where they were, though numbers begin anew."""

import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from app.bootstrap import Addresses
from app.kit.database import Database
from app.realtime.consumers import consume_once, drain
from app.realtime.renumbering import renumber_after_restore
from app.runtime import Runtime
from app.worker import consumers
from tests.analytics.practising import Practice
from tests.client import School
from tests.realtime.test_consumers import Noting, note, organization_id

__all__ = ["organization_id"]

FOREIGN = 10**8


@pytest.fixture
async def owner(addresses: Addresses) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(addresses.owner)
    yield connection
    await connection.close()


async def restore(owner: asyncpg.Connection) -> None:
    """What a dump of a cluster that has given many more numbers leaves behind."""
    for table in ("event", "consumer_position"):
        await owner.execute(
            f"UPDATE {table} SET xid = (xid::text::bigint + {FOREIGN})::text::xid8 WHERE xid > '0'"
        )


async def pass_notes(runtime: Runtime, consumer: Noting, count: int) -> None:
    """Pass so many of the consumer's notes, and no more."""
    while len(consumer.seen) < count:
        assert await consume_once(runtime.maintenance, consumer, limit=1)


async def foreign(owner: asyncpg.Connection) -> int:
    found: int = await owner.fetchval(
        f"SELECT (SELECT count(*) FROM event WHERE xid >= '{FOREIGN}') + "
        f"(SELECT count(*) FROM consumer_position WHERE xid >= '{FOREIGN}')"
    )
    return found


async def test_each_consumer_goes_on_where_it_was_and_handles_what_is_new_once(
    runtime: Runtime, organization_id: uuid.UUID, owner: asyncpg.Connection
) -> None:
    done, behind, new = (Noting(organization_id) for _ in range(3))
    await drain(runtime.maintenance, [done, behind])
    for number in (1, 2, 3):
        await note(runtime, organization_id, 10 * number, 10 * number + 1)
    await drain(runtime.maintenance, [done])
    await pass_notes(runtime, behind, 3)
    await restore(owner)
    await note(runtime, organization_id, 40)
    await drain(runtime.maintenance, [done, behind, new])
    await note(runtime, organization_id, 50)
    await drain(runtime.maintenance, [done, behind, new])

    assert done.seen == behind.seen == new.seen == [10, 11, 20, 21, 30, 31, 40, 50]
    assert await foreign(owner) == 0


async def test_what_was_passed_stays_passed_where_numbers_are_too_few(
    runtime: Runtime, organization_id: uuid.UUID, owner: asyncpg.Connection
) -> None:
    marks = [Noting(organization_id) for _ in range(3)]
    await drain(runtime.maintenance, marks)
    for number in range(30):
        await note(runtime, organization_id, number)
    for mark, count in zip(marks, (5, 17, 30), strict=True):
        await pass_notes(runtime, mark, count)
    await restore(owner)
    await note(runtime, organization_id, 30)
    # The first number that this cluster has given to an event leaves room for less than thirty before it.
    await owner.execute(
        "UPDATE event SET xid = '20' WHERE id = (SELECT id FROM event ORDER BY id DESC LIMIT 1)"
    )
    await drain(runtime.maintenance, marks)

    assert [mark.seen for mark in marks] == [list(range(31))] * 3
    assert await foreign(owner) == 0


async def test_an_attempt_after_a_restore_is_counted_once(
    school: School, runtime: Runtime, owner: asyncpg.Connection
) -> None:
    practice = Practice(school)
    classroom = await school.classroom()
    ada = await school.learner(classroom)
    skill, now = await practice.skill("Adding"), datetime.now(UTC)
    await practice.answers(ada.learner_id, skill, [1.0, 0.0], now)
    await drain(runtime.maintenance, consumers())
    await restore(owner)
    await practice.answers(ada.learner_id, skill, [1.0], now)
    await drain(runtime.maintenance, consumers())

    (row,) = await practice.rows(
        "SELECT sum(attempt_count)::int AS given, sum(correct_count)::int AS correct FROM learner_activity"
    )
    assert row == {"given": 3, "correct": 2}


async def test_a_database_that_was_not_restored_keeps_its_numbers(
    runtime: Runtime, organization_id: uuid.UUID, owner: asyncpg.Connection
) -> None:
    await note(runtime, organization_id, 1)
    numbers = "SELECT array_agg(xid::text ORDER BY id) FROM event"
    before = await owner.fetchval(numbers)
    async with runtime.maintenance.unit_of_work(None) as work:
        assert await renumber_after_restore(work) == 0
    assert await owner.fetchval(numbers) == before


async def test_the_owner_renumbers_as_well(
    runtime: Runtime, organization_id: uuid.UUID, owner: asyncpg.Connection, addresses: Addresses
) -> None:
    consumer = Noting(organization_id)
    await note(runtime, organization_id, 1)
    await drain(runtime.maintenance, [consumer])
    await restore(owner)
    database = Database(addresses.owner, readers=1, writers=1)
    await database.open()
    try:
        async with database.unit_of_work(None) as work:
            assert await renumber_after_restore(work) == await owner.fetchval("SELECT count(*) FROM event")
    finally:
        await database.close()
    await drain(runtime.maintenance, [consumer])

    assert consumer.seen == [1]
    assert await foreign(owner) == 0
