"""One server and one database for each test process; the graph served over a real socket."""

import asyncio
import dataclasses
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import hypothesis
import pytest
import uvicorn
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from app import migrate
from app.bootstrap import Addresses, started
from app.cli.sockets import configuration
from app.config import Settings, read_settings
from app.identity.passwords import Passwords
from app.kit import embedded_postgres
from app.kit.logging import configure_logging
from app.kit.metrics import FALLBACKS
from app.main import create_application
from app.runtime import Runtime
from tests.client import Client, School
from tests.prepared import remove_prepared

configure_logging("WARNING")


def pytest_sessionstart(session: pytest.Session) -> None:
    """What the processes of a run copy from begins and ends with the first of them."""
    if not hasattr(session.config, "workerinput"):
        remove_prepared()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The pages come first: one process opens the demo school and the browser, and no long test is last."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/web/"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What the processes of a run copy from begins and ends with the first of them."""
    if not hasattr(session.config, "workerinput"):
        remove_prepared()


@pytest.fixture(scope="session", autouse=True)
def chance_is_known() -> None:
    """Hypothesis meets its source of chance before the collector sets anything aside: it warns otherwise."""

    @hypothesis.settings(max_examples=1, database=None, deadline=None)
    @given(st.none())
    def once(nothing: None) -> None:
        assert nothing is None

    once()


@pytest.fixture(scope="session", autouse=True)
def clusters_of_closed_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """As root, clusters of folders closed to the server's account lie elsewhere; they end with us."""
    yield
    for link in tmp_path_factory.getbasetemp().rglob("cluster"):
        if link.is_symlink():
            shutil.rmtree(link.readlink().parent, ignore_errors=True)


@pytest.fixture(autouse=True)
def planned_in_full(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test asks is answered by plans; the engine's own tests alone ask for more."""
    before = _fallbacks()
    yield
    if "engine" not in request.path.parts:
        assert _fallbacks() == before, "graphql-core executed an operation: the log says which, and why"


def _fallbacks() -> float:
    found = (sample for metric in FALLBACKS.collect() for sample in metric.samples)
    return sum(sample.value for sample in found if sample.name.endswith("_total"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[embedded_postgres.EmbeddedPostgres]:
    """A PostgreSQL of this test process."""
    folder = tmp_path_factory.mktemp("postgres")
    started_server = embedded_postgres.start(folder, settings={"fsync": "off", "max_connections": "60"})
    yield started_server
    started_server.stop()


@pytest.fixture(scope="session")
def addresses(server: embedded_postgres.EmbeddedPostgres) -> Addresses:
    """A database of this process, made by the migrations."""
    migrate.upgrade(server.url("owner"))
    return Addresses(server.url("application"), server.url("owner"), server.url("maintenance"), False)


class MovableClock:
    """The system's time, moved by what a test asks for."""

    def __init__(self) -> None:
        self.offset = timedelta(0)
        self.stopped_at: datetime | None = None

    def __call__(self) -> datetime:
        return (self.stopped_at or datetime.now(UTC)) + self.offset

    def stop(self) -> None:
        """Let no time pass but by `forward`, however slow the machine is."""
        self.stopped_at = datetime.now(UTC)

    def forward(self, **duration: float) -> None:
        """Let time pass."""
        self.offset += timedelta(**duration)


@pytest.fixture(scope="session")
def session_clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def clock(session_clock: MovableClock) -> Iterator[MovableClock]:
    """The process's clock; it goes right again after the test."""
    yield session_clock
    session_clock.offset, session_clock.stopped_at = timedelta(0), None


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of the process under test, with thirty seconds for what takes as many milliseconds."""
    patience = {"query_seconds": 30, "write_seconds": 30, "statement_seconds": 30}
    folder = tmp_path_factory.mktemp("data")
    return read_settings({}, data_dir=folder, readers=6, writers=6, consumers=False, **patience)


@pytest.fixture(scope="session")
async def runtime(
    settings: Settings, addresses: Addresses, session_clock: MovableClock
) -> AsyncIterator[Runtime]:
    """The runtime of the process under test, whose passwords cost next to nothing to hash."""
    quick = Passwords(settings.password_threads, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with started(settings, addresses, session_clock) as opened:
        yield dataclasses.replace(opened, passwords=quick)
    quick.close()


@pytest.fixture(scope="session")
async def address(runtime: Runtime) -> AsyncIterator[str]:
    """Where the application is served: a real server on a real socket."""
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(configuration(create_application(runtime), 15.0))
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    await task


@pytest.fixture(scope="session")
async def http(address: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=address, timeout=30) as client:
        yield client


@pytest.fixture
def anonymous(http: httpx.AsyncClient) -> Client:
    """Somebody who has not signed in."""
    return Client(http)


@pytest.fixture
async def school(anonymous: Client, runtime: Runtime) -> School:
    """A new organization with its founder, one class, and ways to add people."""
    return await School.found(anonymous, runtime)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Real answers of learners; tests that want them skip where they are not."""
    folder = (
        Path(os.environ.get("MASTERYGRAPH_TEST_DATA", ""))
        if os.environ.get("MASTERYGRAPH_TEST_DATA")
        else (Path(__file__).resolve().parents[2] / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip(f"no real learner data in {folder}")
    return folder
