"""The database of a verb: of DATABASE_URL, or embedded, shared with a server that runs already."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TypeVar

import asyncpg
import uvloop

from app import migrate as migrations
from app.bootstrap import APPLICATION, MAINTENANCE, Addresses, find_database, started
from app.config import Settings
from app.kit.database import Database
from app.kit.embedded_postgres import FolderInUseError
from app.kit.embedded_postgres.running import find_running
from app.realtime.renumbering import renumber_after_restore
from app.runtime import Runtime

BULK_STATEMENT_SECONDS = 120.0
RENUMBERING_SECONDS = 3_600.0
"""All events are written anew; consumers do it too, but stop after a minute."""

T = TypeVar("T")


@contextmanager
def opened(settings: Settings, *, migrate: bool = False) -> Iterator[Addresses]:
    """The addresses of the database, for as long as we hold it; migrated when embedded or asked for.

    Call it from the main thread: the embedded server ends with the thread that starts it.
    """
    addresses = find_database(settings)
    try:
        if migrate or addresses.embedded is not None:
            logging.getLogger("alembic").setLevel(logging.WARNING)
            migrations.upgrade(addresses.owner)
        yield addresses
    finally:
        addresses.close()


@contextmanager
def shared(settings: Settings) -> Iterator[Addresses]:
    """As `opened`; when another process serves the embedded database, the same one is used beside it."""
    try:
        with opened(settings) as addresses:
            yield addresses
    except FolderInUseError:
        running = find_running(settings.data_dir / "postgres")
        if running is None:
            raise
        yield Addresses(running.url("application"), running.url("owner"), running.url("maintenance"), False)


@asynccontextmanager
async def patient(runtime: Runtime, addresses: Addresses) -> AsyncIterator[Database]:
    """The database for bulk work: as the application's, but a statement may take its time."""
    database = Database(
        addresses.application,
        readers=2,
        writers=2,
        statement_timeout=BULK_STATEMENT_SECONDS,
        role=APPLICATION if addresses.switch_role else None,
        clock=runtime.clock,
        wake=runtime.bus.wake,
    )
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def analyze(addresses: Addresses) -> None:
    """Count what the planner goes by anew; after bulk work it plans for empty tables otherwise."""
    owner = await asyncpg.connect(addresses.owner)
    try:
        await owner.execute("ANALYZE")
    finally:
        await owner.close()


async def renumber(addresses: Addresses) -> int:
    """Let consumers go on in a restored database; how many events got another number."""
    database = Database(addresses.owner, readers=1, writers=1, statement_timeout=RENUMBERING_SECONDS)
    await database.open()
    try:
        async with database.unit_of_work(None) as work:
            return await renumber_after_restore(work)
    finally:
        await database.close()


async def ungranted(settings: Settings, addresses: Addresses) -> str:
    """What is to be granted before this database can be served with these settings; empty when nothing is.

    A process with one address takes on the roles it serves and consumes as. Where a superuser made these
    before the migrations came, their owner can neither take them on nor grant them to itself.
    """
    wanted = [APPLICATION] if addresses.switch_role else []
    if addresses.embedded is None and not settings.maintenance_database_url:
        wanted.append(MAINTENANCE)
    owner = await asyncpg.connect(addresses.owner)
    try:
        user = await owner.fetchval("SELECT quote_ident(current_user)")
        missing = [
            role
            for role in wanted
            if not await owner.fetchval("SELECT pg_has_role(current_user, $1, 'SET')", role)
        ]
    finally:
        await owner.close()
    if not missing:
        return ""
    return (
        f"It cannot be served yet: {user} may not act as {' and '.join(missing)}, which another role made. "
        f"Let a superuser run: GRANT {', '.join(missing)} TO {user};"
    )


def with_runtime(settings: Settings, verb: Callable[[Runtime], Awaitable[T]], *, bulk: bool = False) -> T:
    """Run a verb over a runtime that is open, and close it again; `bulk` says that it writes a lot."""

    async def run(addresses: Addresses) -> T:
        async with started(settings, addresses) as runtime, patient(runtime, addresses) as database:
            done = await verb(replace(runtime, database=database))
            if bulk:
                await analyze(addresses)
            return done

    with shared(settings) as addresses, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run(addresses))
