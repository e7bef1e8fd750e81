"""The database: short readers, one unit of work for a change, and the only two places that set the tenant.

- A `Reader` reads; each batch of a loader opens its own. The read pool sets the tenant for the connection
  when it differs from the one it was last set to, and never skips that check.
- A `UnitOfWork` reads and writes in one transaction, its tenant set for that transaction only. The edge opens
  and commits it. Wake-ups asked for with `after_commit` leave only when the commit is through.
- A `SingleChange` reads without locks, then writes with one statement, which is a transaction by itself and
  undoes itself when what was read has changed since. Its pool sets the tenant as the read pool does.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Protocol

import asyncpg
import orjson

from app.kit.clock import Clock, system_clock
from app.kit.errors import BadInput, Unavailable
from app.kit.leases import Leases
from app.kit.statements import Statement

# What PostgreSQL being away looks like: refused or cut connections, a server that comes or goes, a full pool.
AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    # An idle connection that was told of the shutdown, and is used before it sees its end.
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TooManyConnectionsError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.InvalidPasswordError,
)
# NUL characters, which PostgreSQL keeps in no text; what checks its own input says more.
UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)
# Two transactions that were in each other's way; the one that is told of it may try again.
COLLIDED = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError)
TAKEN = asyncpg.UniqueViolationError
"""A row with this key is there already."""
OVERTAKEN = (*COLLIDED, TAKEN)
"""What a single change meets when another one was faster."""
OVERDUE = asyncpg.QueryCanceledError
"""A statement that took longer than `statement_timeout`, waiting for a lock perhaps."""
NOT_READ, UNDONE = "what was asked could not be read", "nothing was changed"
"""What is known when the database goes away: of a read, which may follow a commit, and of a change."""

# Values seldom change how a read is done best. Left to itself PostgreSQL plans a board anew for each reader,
# which takes four times as long as reading it.
PLANNED_ONCE = {"plan_cache_mode": "force_generic_plan"}
# A single change looks rows up by their keys. Its plans are made once a connection, perhaps when tables are
# still small, and have to be good when they have grown.
BY_KEYS = {
    **PLANNED_ONCE,
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}


class Row(asyncpg.Record):
    """A row whose columns are attributes: `row.display_name`."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(slots=True)
class StatementCount:
    """How many statements one operation sent; the edge makes one for each operation."""

    sent: int = 0


statement_count: ContextVar[StatementCount | None] = ContextVar("statement_count", default=None)


class Momentary(Protocol):
    """Something that was read, and is told again for a moment."""

    def stands(self, now: datetime) -> bool:
        """Whether it still may be."""
        ...


class Reader:
    """Runs statements on one connection."""

    aside: "Mapping[Callable[..., Any], Mapping[Any, Any]]" = MappingProxyType({})
    """What a loader has read beside what it was asked for: by the loader it is of, and by key."""

    anew: bool = False
    """Whether nothing may be told that was read before."""
    made_of: "Sequence[Momentary]" = ()
    """Where all that a loader gave was made of readings that stand for a moment, these readings."""

    def __init__(self, connection: Any, organization_id: uuid.UUID | None, now: datetime) -> None:
        self._connection = connection
        self.organization_id = organization_id
        self.now = now

    def fetch(self, statement: Statement, /, **values: Any) -> Awaitable[list[Row]]:
        """All rows."""
        _count()
        rows: Awaitable[list[Row]] = self._connection.fetch(statement.text, *statement.arguments(values))
        return rows

    def fetch_one(self, statement: Statement, /, **values: Any) -> Awaitable[Row | None]:
        """The first row, or None."""
        _count()
        row: Awaitable[Row | None] = self._connection.fetchrow(statement.text, *statement.arguments(values))
        return row

    def fetch_value(self, statement: Statement, /, **values: Any) -> Awaitable[Any]:
        """The first column of the first row, or None."""
        _count()
        value: Awaitable[Any] = self._connection.fetchval(statement.text, *statement.arguments(values))
        return value


class Writer(Reader):
    """A reader that may also write."""

    def __init__(self, connection: Any, organization_id: uuid.UUID | None, now: datetime) -> None:
        super().__init__(connection, organization_id, now)
        self.wakes: list[str] = []

    @property
    def tenant(self) -> uuid.UUID:
        """The organization that is written for."""
        if self.organization_id is None:
            raise RuntimeError("this unit of work has no organization")
        return self.organization_id

    async def write(self, statement: Statement, /, **values: Any) -> Row | None:
        """Run a statement that writes; its first row."""
        return await self.fetch_one(statement, **values)

    def after_commit(self, topic: str) -> None:
        """Wake the readers of a topic once the commit is through."""
        self.wakes.append(topic)


class Overtaken(Exception):
    """What a single change was made from has changed since; nothing was written."""


class SingleChange(Writer):
    """A reader that writes with one statement; that takes effect as a whole, or not at all."""

    async def write(self, statement: Statement, /, **values: Any) -> Row | None:
        """Run the statement that writes; its first row.

        The statement checks, under the locks of its own updates, that what was read still holds, and calls
        `overtaken()` in SQL otherwise. Overtaken when it did so, or when another change was in the way.
        """
        try:
            return await self.fetch_one(statement, **values)
        except OVERTAKEN as error:
            raise Overtaken from error
        except AWAY as error:
            raise _uncertain() from error


class UnitOfWork(Writer):
    """A reader that may also write; everything it does is committed together, by the edge."""

    def __init__(self, connection: Any, organization_id: uuid.UUID | None, now: datetime) -> None:
        super().__init__(connection, organization_id, now)
        self.closing = ""
        """SQL without parameters, each statement ended by `;`, that rides on the round trip of the commit."""

    async def execute(self, statement: Statement, /, **values: Any) -> int:
        """Run a statement for its effect; how many rows it touched."""
        _count()
        status: str = await self._connection.execute(statement.text, *statement.arguments(values))
        return int(status.rsplit(" ", 1)[-1]) if status[-1].isdigit() else 0

    async def enter(self, organization_id: uuid.UUID) -> None:
        """Take this transaction into an organization that it has just founded or recognised."""
        await self._connection.execute(_local_tenant(organization_id))
        self.organization_id = organization_id


class Database:
    """Three pools over one address: one reads, one writes, one is for single changes."""

    def __init__(
        self,
        url: str,
        *,
        readers: int = 8,
        writers: int = 10,
        wait: float = 2.0,
        statement_timeout: float = 3.0,
        role: str | None = None,
        clock: Clock = system_clock,
        wake: Callable[[list[str]], None] = lambda topics: None,
    ) -> None:
        self._url = url
        self._sizes = (readers, writers)
        self._wait = wait
        self._settings = {
            "application_name": "masterygraph",
            "statement_timeout": str(int(statement_timeout * 1000)),
            "idle_in_transaction_session_timeout": "30000",
        }
        if role is not None:
            self._settings["role"] = role
        # A server that is gone without a word ends no statement; without this each would hold a connection.
        self._patience = statement_timeout + 1.0
        self._clock = clock
        self._wake = wake
        self._pools: list[asyncpg.Pool] = []
        self._read: asyncpg.Pool | None = None
        self._at_hand: Leases | None = None
        self._write: asyncpg.Pool | None = None
        self._changing: Leases | None = None

    async def open(self) -> None:
        """Make the pools; connections are made when first wanted, so a database may still be away."""
        readers, writers = self._sizes
        self._read = await self._pool(readers, **PLANNED_ONCE)
        self._at_hand = Leases(self._read, self._wait)
        self._write = await self._pool(writers)
        self._changing = Leases(await self._pool(writers, **BY_KEYS), self._wait)

    async def close(self) -> None:
        """Close the pools; what is under way has five seconds to end."""
        for leases in (self._at_hand, self._changing):
            if leases is not None:
                await leases.close()
        for pool in self._pools:
            try:
                await asyncio.wait_for(pool.close(), 5)
            except TimeoutError:
                pool.terminate()

    def reader(self, organization_id: uuid.UUID | None) -> AbstractAsyncContextManager[Reader]:
        """A reader for one batch, in the organization; without one it sees the rows of none."""
        return _Reading(self._at_hand, organization_id, self._clock)

    @asynccontextmanager
    async def single_change(self, organization_id: uuid.UUID) -> AsyncIterator[SingleChange]:
        """Reads, and one statement that writes: two round trips, and no lock between them."""
        async with _Leased(self._changing, organization_id, UNDONE) as connection:
            work = SingleChange(connection, organization_id, self._clock())
            yield work
        if work.wakes:
            self._wake(work.wakes)

    @asynccontextmanager
    async def unit_of_work(
        self, organization_id: uuid.UUID | None, first: str = ""
    ) -> AsyncIterator[UnitOfWork]:
        """One transaction. `first` is SQL without parameters that rides on the opening trip (a lock)."""
        async with self._connection(self._write) as connection:
            tenant = _local_tenant(organization_id) if organization_id else ""
            work = UnitOfWork(connection, organization_id, self._clock())
            try:
                await connection.execute(f"BEGIN;{tenant}{first}")
                yield work
                await _commit(connection, work.closing)
            except BaseException:
                await _roll_back(connection)
                raise
        if work.wakes:
            self._wake(work.wakes)

    @asynccontextmanager
    async def plain_pool(self, size: int) -> AsyncIterator[Any]:
        """A pool of plain asyncpg connections, for a library that speaks SQL itself; in no organization."""
        with _errors_told():
            pool = await asyncpg.create_pool(
                self._url, min_size=0, max_size=size, server_settings=self._settings, timeout=5,
                command_timeout=self._patience,
            )  # fmt: skip
            try:
                yield pool
                await asyncio.wait_for(pool.close(), 5)
            finally:
                pool.terminate()

    @asynccontextmanager
    async def _connection(self, pool: asyncpg.Pool | None) -> AsyncIterator[Any]:
        if pool is None:
            raise RuntimeError("the database is not open")
        with _errors_told(UNDONE):
            async with pool.acquire(timeout=self._wait) as connection:
                yield connection

    async def _pool(self, size: int, **settings: str) -> asyncpg.Pool:
        pool = await asyncpg.create_pool(
            self._url,
            min_size=0,
            max_size=size,
            connection_class=_Connection,
            record_class=Row,
            init=_codecs,
            reset=_keep,
            server_settings={**self._settings, **settings},
            timeout=5,
            command_timeout=self._patience,
            max_inactive_connection_lifetime=300,
        )
        self._pools.append(pool)
        return pool


class _Leased(AbstractAsyncContextManager[Any]):
    """A connection with the tenant set, for as long as one needs it."""

    __slots__ = ("_lease", "_leases", "_organization_id", "_outcome")

    def __init__(
        self, leases: Leases | None, organization_id: uuid.UUID | None, outcome: str = NOT_READ
    ) -> None:
        if leases is None:
            raise RuntimeError("the database is not open")
        self._leases = leases
        self._organization_id = organization_id
        self._outcome = outcome
        self._lease: Any = None

    async def __aenter__(self) -> Any:
        lease = self._lease = self._leases.at_hand(self._organization_id)
        if lease is None or lease._con.tenant != self._organization_id:
            await self._prepare()
        return self._lease._con

    async def __aexit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        if error is None:
            self._leases.keep(self._lease)
        else:
            await self._give_up(error)

    async def _prepare(self) -> None:
        """Wait for a connection, and set the tenant where it is another one's."""
        with _errors_told(self._outcome):
            if self._lease is None:
                self._lease = await self._leases.wait(self._organization_id)
            connection = self._lease._con
            if connection.tenant != self._organization_id:
                tenant = self._organization_id.hex if self._organization_id else ""
                # Unknown while it is on its way: a cancelled or failed setting may be in force, or not.
                connection.tenant = _UNKNOWN
                try:
                    await connection.execute("SELECT set_config('app.organization', $1, false)", tenant)
                except BaseException:
                    await self._leases.give_up(self._lease)
                    raise
                connection.tenant = self._organization_id

    async def _give_up(self, error: BaseException) -> None:
        with _errors_told(self._outcome):
            try:
                await self._leases.give_up(self._lease)
            finally:
                raise error


class _Reading(_Leased):
    """A reader on such a connection."""

    __slots__ = ("_clock",)

    def __init__(self, leases: Leases | None, organization_id: uuid.UUID | None, clock: Clock) -> None:
        super().__init__(leases, organization_id)
        self._clock = clock

    async def __aenter__(self) -> Reader:
        lease = self._lease = self._leases.at_hand(self._organization_id)
        if lease is None or lease._con.tenant != self._organization_id:
            await self._prepare()
        return Reader(self._lease._con, self._organization_id, self._clock())


@contextmanager
def _errors_told(outcome: str = NOT_READ) -> Iterator[None]:
    """What the database's errors mean for a caller; `outcome` is what is known when it goes away."""
    try:
        yield
    except AWAY as error:
        message = f"The database does not answer now; {outcome}. Try again shortly."
        raise Unavailable(message, retry_after=1) from error
    except UNSTORABLE as error:
        raise BadInput("A text holds NUL characters; take them out.") from error


_UNKNOWN: Final = "unknown"


class _Connection(asyncpg.Connection):
    """A connection that remembers the tenant it was last set to."""

    tenant: uuid.UUID | str | None = _UNKNOWN


async def _codecs(connection: Any) -> None:
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, schema="pg_catalog", encoder=_encode_json, decoder=orjson.loads, format="text"
        )


def _encode_json(value: Any) -> str:
    return orjson.dumps(value).decode()


async def _keep(connection: Any) -> None:
    """No reset round trip: nothing but the two tenant settings ever changes a connection's state."""


async def _commit(connection: Any, closing: str) -> None:
    try:
        status = await connection.execute(f"{closing}COMMIT")
    except AWAY as error:
        raise _uncertain() from error
    if status != "COMMIT":
        raise RuntimeError(f"the commit ended as {status}: a verb passed over an error of the database")


def _uncertain() -> Unavailable:
    return Unavailable(
        "The database went away while this was being committed, so it may be done or not. Look, or "
        "send it again with the same idempotency key.",
        retry_after=1,
    )


async def _roll_back(connection: Any) -> None:
    raw = connection._con
    if raw is None:  # it was lost, and the pool has taken it back
        return
    try:
        if not raw.is_closed():
            await asyncio.shield(raw.execute("ROLLBACK"))
    except (*AWAY, asyncpg.PostgresError):
        raw.terminate()


def _local_tenant(organization_id: uuid.UUID) -> str:
    return f"SET LOCAL app.organization = '{organization_id.hex}';"


def _count() -> None:
    count = statement_count.get()
    if count is not None:
        count.sent += 1
