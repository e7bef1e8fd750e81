"""Settings in, runtime out: picks the adapters and starts what a process holds."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from app.config import Settings
from app.identity.passwords import Passwords
from app.identity.principals import Principals
from app.identity.throttle import SignInThrottle
from app.identity.tokens import Tokens, load_keys
from app.kit import embedded_postgres
from app.kit.clock import Clock, system_clock
from app.kit.database import Database
from app.kit.ratelimit import InProcessRates
from app.leaderboards.board_readings import BOARDS
from app.realtime.bus import Bus, InProcessBus
from app.realtime.readers import Readers
from app.realtime.redis_bus import redis_bus
from app.runtime import Runtime

APPLICATION, MAINTENANCE = "masterygraph_application", "masterygraph_maintenance"


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the database is, for each role; `embedded` when we serve it ourselves."""

    application: str
    owner: str
    maintenance: str
    switch_role: bool
    embedded: embedded_postgres.EmbeddedPostgres | None = None

    def close(self) -> None:
        """Stop the embedded server, if there is one."""
        if self.embedded is not None:
            self.embedded.stop()


def find_database(settings: Settings) -> Addresses:
    """The database of the settings, or the embedded one, started; call it from the main thread."""
    if settings.database_url is None:
        server = embedded_postgres.start(settings.data_dir / "postgres")
        return Addresses(
            server.url("application"), server.url("owner"), server.url("maintenance"), False, server
        )
    owner = settings.migration_database_url or settings.database_url
    return Addresses(
        settings.database_url,
        owner,
        settings.maintenance_database_url or owner,
        switch_role=settings.migration_database_url is None,
    )


@asynccontextmanager
async def started(
    settings: Settings, addresses: Addresses, clock: Clock = system_clock
) -> AsyncIterator[Runtime]:
    """The runtime of a process, its pools open; closed again at the end."""
    async with _opened_bus(settings) as bus, _started_on(settings, addresses, clock, bus) as runtime:
        yield runtime


@asynccontextmanager
async def _opened_bus(settings: Settings) -> AsyncIterator[Bus]:
    """Redis where the settings name one, else a bus of this process alone."""
    if settings.redis_url is None:
        yield InProcessBus()
        return
    async with redis_bus(settings.redis_url) as bus:
        yield bus


@asynccontextmanager
async def _started_on(
    settings: Settings, addresses: Addresses, clock: Clock, bus: Bus
) -> AsyncIterator[Runtime]:
    database = _application_database(settings, addresses, clock, bus)
    background = _background_database(settings, addresses, clock, bus)
    maintenance = _maintenance_database(settings, addresses, clock, bus)
    passwords = Passwords(settings.password_threads)
    tokens = Tokens(
        load_keys(settings.signing_keys or settings.data_dir / "signing_keys.pem"),
        settings.issuer,
        timedelta(seconds=settings.access_token_seconds),
        timedelta(days=settings.refresh_token_days),
    )

    def seconds() -> float:
        return clock().timestamp()

    await database.open()
    await background.open()
    await maintenance.open()
    try:
        yield Runtime(
            settings=settings,
            clock=clock,
            database=database,
            background=background,
            maintenance=maintenance,
            bus=bus,
            readers=Readers(database, bus, clock),
            passwords=passwords,
            tokens=tokens,
            principals=Principals(database, tokens, clock),
            rates=InProcessRates(seconds),
            sign_in_throttle=SignInThrottle(seconds, settings.password_threads),
        )
    finally:
        await database.close()
        await background.close()
        await maintenance.close()
        passwords.close()


def _wake(bus: Bus) -> Callable[[list[str]], None]:
    """What a commit tells: first those who keep what it may have changed, then everybody who waits."""

    def wake(topics: list[str]) -> None:
        BOARDS.hear(topics)
        bus.wake(topics)

    return wake


def _application_database(settings: Settings, addresses: Addresses, clock: Clock, bus: Bus) -> Database:
    """The database as requests see it, within one organization."""
    return Database(
        addresses.application,
        readers=settings.readers,
        writers=settings.writers,
        role=APPLICATION if addresses.switch_role else None,
        statement_timeout=settings.statement_seconds,
        clock=clock,
        wake=_wake(bus),
    )


def _background_database(settings: Settings, addresses: Addresses, clock: Clock, bus: Bus) -> Database:
    """The database as jobs see it, within one organization; no connection is made before the first job."""
    return Database(
        addresses.application,
        readers=settings.jobs_at_once,
        writers=2 * settings.jobs_at_once,
        wait=30.0,
        role=APPLICATION if addresses.switch_role else None,
        statement_timeout=60.0,
        clock=clock,
        wake=_wake(bus),
    )


def _maintenance_database(settings: Settings, addresses: Addresses, clock: Clock, bus: Bus) -> Database:
    """The database as consumers see it, across organizations; their statements may take longer."""
    return Database(
        addresses.maintenance,
        readers=1,
        writers=2,
        statement_timeout=60.0,
        role=None if addresses.embedded or settings.maintenance_database_url else MAINTENANCE,
        clock=clock,
        wake=_wake(bus),
    )
