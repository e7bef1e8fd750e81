"""Readers and units of work: whose rows a connection shows, and what is said of a change that ended badly."""

import asyncio
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
import pytest

from app.bootstrap import Addresses
from app.kit.database import Database, Overtaken
from app.kit.errors import BadInput, Unavailable
from app.kit.leases import Leases
from app.kit.statements import sql

TENANT = sql("SELECT current_setting('app.organization', true)")
ONE = sql("SELECT 1")
BACKEND = sql("SELECT pg_backend_pid()")
NO_NUMBER = sql("SELECT 1 / 0")
SAID = sql("SELECT :text::text")
FOUND = sql("""
    INSERT INTO organization (id, name, time_zone, created_at) VALUES (:id, 'Late', 'UTC', :now)
""")
NUMBERED_LATE = sql("""
    WITH numbered AS (INSERT INTO topic (organization_id, name, seq) VALUES (:organization, 'late', 1))
    SELECT overtaken()
""")
KEPT = sql("SELECT :value::jsonb")


@asynccontextmanager
async def connected(addresses: Addresses, readers: int) -> AsyncIterator[Database]:
    database = Database(addresses.application, readers=readers, writers=1)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
async def one_connection(addresses: Addresses) -> AsyncIterator[Database]:
    """A database with one connection to read and one to write: everyone meets what the last one left."""
    async with connected(addresses, 1) as database:
        yield database


@pytest.fixture
async def two_connections(addresses: Addresses) -> AsyncIterator[Database]:
    """A database with two connections to read, for two organizations."""
    async with connected(addresses, 2) as database:
        yield database


async def test_a_reader_that_is_cancelled_while_it_enters_its_organization_leaves_no_other_reader_there(
    one_connection: Database,
) -> None:
    ours, theirs = uuid.uuid4(), uuid.uuid4()
    async with one_connection.reader(ours):
        pass

    async def look() -> None:
        async with one_connection.reader(theirs):
            pass

    looking = asyncio.create_task(look())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    time.sleep(0.1)  # the server has entered, and we have not heard of it
    looking.cancel()
    await asyncio.gather(looking, return_exceptions=True)

    async with one_connection.reader(ours) as reader:
        assert await reader.fetch_value(TENANT) == ours.hex


async def test_a_change_whose_commit_was_not_answered_is_not_said_to_be_undone(
    one_connection: Database,
) -> None:
    with pytest.raises(Unavailable, match="may be done or not"):
        async with one_connection.unit_of_work(uuid.uuid4()) as work:
            work.closing = "SELECT pg_terminate_backend(pg_backend_pid());"
    async with one_connection.unit_of_work(uuid.uuid4()) as work:
        assert await work.fetch_value(ONE) == 1


async def test_a_change_that_lost_its_database_before_the_commit_is_said_to_be_undone(
    one_connection: Database,
) -> None:
    with pytest.raises(Unavailable, match="nothing was changed"):
        async with one_connection.unit_of_work(uuid.uuid4()) as work:
            await work.fetch_value(sql("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_read_that_lost_its_database_says_nothing_of_what_was_changed_before(
    one_connection: Database,
) -> None:
    with pytest.raises(Unavailable, match="what was asked could not be read"):
        async with one_connection.reader(uuid.uuid4()) as reader:
            await reader.fetch_value(sql("SELECT pg_terminate_backend(pg_backend_pid())"))


async def test_a_change_that_passes_over_an_error_of_the_database_is_not_taken_for_committed(
    one_connection: Database,
) -> None:
    async def passing_over() -> None:
        async with one_connection.unit_of_work(uuid.uuid4()) as work:
            with suppress(asyncpg.DivisionByZeroError):
                await work.fetch_value(NO_NUMBER)

    with pytest.raises(RuntimeError, match="the commit ended as ROLLBACK"):
        await passing_over()


async def test_a_text_with_a_nul_character_is_bad_input_wherever_it_is_written(
    one_connection: Database,
) -> None:
    with pytest.raises(BadInput, match="NUL"):
        async with one_connection.reader(uuid.uuid4()) as reader:
            await reader.fetch_value(SAID, text="a\0b")
    with pytest.raises(BadInput, match="NUL"):
        async with one_connection.unit_of_work(uuid.uuid4()) as work:
            await work.fetch_value(KEPT, value={"stem": "a\0b"})


async def test_a_change_that_is_cancelled_gives_its_connection_back_without_its_transaction(
    one_connection: Database,
) -> None:
    async def wait() -> None:
        async with one_connection.unit_of_work(uuid.uuid4()) as work:
            await work.fetch_value(sql("SELECT 1 FROM pg_sleep(30)"))

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with one_connection.unit_of_work(None) as work:
        assert await work.fetch_value(TENANT) in (None, "")


async def test_a_server_that_no_longer_answers_holds_nobody_for_ever(addresses: Addresses) -> None:
    database = Database(addresses.application, readers=1, statement_timeout=0.2)
    await database.open()
    async with database.reader(None) as reader:
        backend = await reader.fetch_value(sql("SELECT pg_backend_pid()"))
    os.kill(backend, signal.SIGSTOP)
    try:
        with pytest.raises(Unavailable):
            async with asyncio.timeout(30), database.reader(None) as reader:
                await reader.fetch_value(ONE)
    finally:
        os.kill(backend, signal.SIGCONT)
    async with database.reader(None) as reader:
        assert await reader.fetch_value(ONE) == 1
    await database.close()


async def test_readers_that_come_one_after_another_have_the_same_connection_and_wait_for_none(
    addresses: Addresses,
) -> None:
    database = Database(addresses.application, readers=3, writers=1)
    await database.open()
    backends = set()
    for _ in range(5):
        async with database.reader(None) as reader:
            backends.add(await reader.fetch_value(BACKEND))
    assert len(backends) == 1
    await database.close()


async def test_more_readers_than_connections_take_turns(addresses: Addresses) -> None:
    database = Database(addresses.application, readers=2, writers=1, wait=10)
    await database.open()

    async def look() -> int:
        async with database.reader(uuid.uuid4()) as reader:
            found: int = await reader.fetch_value(BACKEND)
            return found

    for _ in range(3):
        backends = await asyncio.gather(*(look() for _ in range(20)))
        assert len(set(backends)) <= 2
    await asyncio.wait_for(database.close(), 30)


async def test_a_reader_that_failed_leaves_a_connection_that_reads_on(one_connection: Database) -> None:
    with pytest.raises(asyncpg.DivisionByZeroError):
        async with one_connection.reader(uuid.uuid4()) as reader:
            await reader.fetch_value(NO_NUMBER)
    ours = uuid.uuid4()
    async with one_connection.reader(ours) as reader:
        assert await reader.fetch_value(TENANT) == ours.hex


async def test_a_reader_that_was_stopped_while_it_read_leaves_its_connection_to_the_next(
    one_connection: Database,
) -> None:
    async def wait() -> None:
        async with one_connection.reader(uuid.uuid4()) as reader:
            await reader.fetch_value(sql("SELECT 1 FROM pg_sleep(30)"))

    waiting = asyncio.create_task(wait())
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with one_connection.reader(None) as reader:
        assert await reader.fetch_value(ONE) == 1


async def test_a_connection_that_ended_while_it_was_at_hand_is_not_given_out(
    one_connection: Database,
) -> None:
    async with one_connection.reader(None) as reader:
        backend, connection = await reader.fetch_value(BACKEND), reader._connection
    os.kill(backend, signal.SIGTERM)
    async with asyncio.timeout(30):
        while not connection.is_closed():
            await asyncio.sleep(0.02)
    async with one_connection.reader(None) as reader:
        assert await reader.fetch_value(BACKEND) != backend


async def test_a_read_takes_the_connection_that_is_set_to_its_organization(two_connections: Database) -> None:
    database, backends = two_connections, dict[uuid.UUID, int]()
    ours, others = uuid.uuid4(), uuid.uuid4()
    async with database.reader(ours) as one, database.reader(others) as two:
        backends[ours], backends[others] = await one.fetch_value(BACKEND), await two.fetch_value(BACKEND)
    for organization_id in (ours, others, ours, ours, others):
        async with database.reader(organization_id) as reader:
            assert await reader.fetch_value(BACKEND) == backends[organization_id]
    # Nobody else's is at hand: the one that has rested longest becomes its own.
    async with database.reader(uuid.uuid4()) as reader:
        assert await reader.fetch_value(BACKEND) == backends[ours]


async def test_a_connection_that_rests_goes_back_to_its_pool(one_connection: Database) -> None:
    pool = one_connection._read
    assert pool is not None
    leases = Leases(pool, 2.0, rest=0.05)
    leases.keep(await leases.wait())
    assert pool.get_idle_size() == 0
    async with asyncio.timeout(30):
        while pool.get_idle_size() == 0:
            await asyncio.sleep(0.02)
    lease = await leases.wait()
    assert await lease.fetchval("SELECT 1") == 1
    leases.keep(lease)
    await leases.close()


async def test_a_connection_that_comes_back_goes_to_who_has_waited_longest(one_connection: Database) -> None:
    pool = one_connection._read
    assert pool is not None
    leases = Leases(pool, 5.0)
    only, heard = await leases.wait(), []

    async def wait(who: str) -> None:
        lease = await leases.wait()
        assert lease is only
        heard.append(who)
        leases.keep(lease)

    async with asyncio.timeout(30):
        waiting = [asyncio.create_task(wait(who)) for who in ("first", "gone", "last")]
        await asyncio.sleep(0)
        waiting[1].cancel()
        leases.keep(only)
        # It is on its way to the first one, who has not run yet.
        assert leases.at_hand() is None
        await asyncio.gather(*waiting, return_exceptions=True)
    assert heard == ["first", "last"]
    await leases.close()


async def test_who_waits_has_the_place_of_a_connection_that_ended(one_connection: Database) -> None:
    pool = one_connection._read
    assert pool is not None
    leases = Leases(pool, 5.0)
    only = await leases.wait()
    async with asyncio.timeout(30):
        waiting = asyncio.create_task(leases.wait())
        await asyncio.sleep(0)
        only._con.terminate()
        await leases.give_up(only)
        lease = await waiting
    assert await lease.fetchval("SELECT 1") == 1
    leases.keep(lease)
    await leases.close()


async def test_nobody_waits_longer_for_a_connection_than_agreed(one_connection: Database) -> None:
    pool = one_connection._read
    assert pool is not None
    leases = Leases(pool, 0.05)
    only = await leases.wait()
    async with asyncio.timeout(30):
        with pytest.raises(TimeoutError):
            await leases.wait()
    leases.keep(only)
    assert leases.at_hand() is only
    leases.keep(only)
    await leases.close()


async def test_a_single_change_that_was_overtaken_is_undone_and_leaves_its_connection_of_use(
    one_connection: Database,
) -> None:
    topics = sql("SELECT count(*) FROM topic WHERE name = 'late'")
    async with one_connection.unit_of_work(None) as founding:
        organization = uuid.uuid4()
        await founding.enter(organization)
        await founding.execute(FOUND, id=organization, now=founding.now)

    async with one_connection.single_change(organization) as work:
        with pytest.raises(Overtaken):
            await work.write(NUMBERED_LATE, organization=organization)
        assert await work.fetch_value(topics) == 0
        assert await work.fetch_value(TENANT) == organization.hex
