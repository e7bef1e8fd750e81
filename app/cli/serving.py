"""Serving: the application, consumers and, without DATABASE_URL, an own PostgreSQL; or workers that serve.

It ends at the first Ctrl-C or SIGTERM: readiness fails, sockets are warned and closed, what is being answered
is answered, what is being written is written, and the embedded server stops with it. A second one does not
wait for the sockets.
"""

import asyncio
import contextlib
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import uvicorn
import uvloop
from rich.console import Console

from app.bootstrap import Addresses, started
from app.cli import demo, welcome
from app.cli.database import opened, shared
from app.cli.endings import DatabaseAway
from app.cli.listener import listening
from app.cli.workers import SERVES, Handed, Supervisor, handed_down
from app.config import Settings
from app.kit.errors import Unavailable
from app.kit.logging import configure_logging
from app.kit.statements import sql
from app.operations.demo.loading import demo_state
from app.runtime import Runtime
from app.worker import consumers, consuming, job_kinds

_PING = sql("SELECT 1")


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is done before the first request."""

    migrate: bool = False
    demo: bool = True


class Server(uvicorn.Server):
    """uvicorn, told by us when to end: its own way raises the signal once more after the end.

    `drain` closes the sockets in a way that suits their clients; uvicorn's own would close all at once.
    """

    def __init__(self, config: uvicorn.Config, drain: Callable[[], Awaitable[None]]) -> None:
        super().__init__(config)
        self._drain = drain
        self._ending: asyncio.Task[None] | None = None

    def end(self) -> None:
        """End when the sockets are closed; when told again, at once."""
        if self._ending is None:
            self._ending = asyncio.create_task(self._end())
        else:
            self._ending.cancel()
            self.should_exit = self.force_exit = True

    async def _end(self) -> None:
        try:
            await self._drain()
        finally:
            self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


def work(settings: Settings) -> None:
    """Run the consumers and jobs alone, until a signal."""
    configure_logging(settings.log_level, readable=sys.stderr.isatty())
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError),
        shared(settings) as addresses,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_work(settings, addresses))
    print("The worker has stopped.")


def serve(settings: Settings, preparation: Preparation) -> None:
    """Serve until a signal. Raises PortTaken, EmbeddedPostgresError and what an absent database raises."""
    configure_logging(settings.log_level, readable=sys.stderr.isatty())
    console = Console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError),
        listening(settings) as listener,
        opened(settings, migrate=preparation.migrate) as addresses,
    ):
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                serving = _serve if settings.workers == 1 else _supervise
                runner.run(serving(settings, addresses, listener, preparation, console))
        finally:
            _ignore_signals()
    console.print("MasteryGraph has stopped.")


def serve_handed(settings: Settings, handed: Handed) -> None:
    """Serve as one of several workers, on the socket of the supervisor, until a signal or its death."""
    configure_logging(settings.log_level)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with (
        contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError),
        handed.listening() as listener,
        opened(settings) as addresses,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(_serve_handed(settings, addresses, listener, handed.lifeline))


async def _work(settings: Settings, addresses: Addresses) -> None:
    _end_at_signals([])
    async with started(settings, addresses) as runtime:
        await _look_at_database(runtime)
        async with consuming(runtime) as work:
            print(
                f"Consuming events: {', '.join(each.name for each in consumers())}. "
                f"Taking jobs: {', '.join(each.name for each in job_kinds(runtime))}. Ctrl-C stops.",
                flush=True,
            )
            await asyncio.shield(work)


async def _serve(
    settings: Settings,
    addresses: Addresses,
    listener: socket.socket,
    preparation: Preparation,
    console: Console,
) -> None:
    server: list[Server] = []
    _end_at_signals(server)
    async with started(settings, addresses) as runtime:
        await _prepare(runtime, addresses, preparation, console)
        panel = await welcome.panel(runtime, listener.getsockname())
        await _run(runtime, server, listener, lambda: console.print(panel))


async def _supervise(
    settings: Settings,
    addresses: Addresses,
    listener: socket.socket,
    preparation: Preparation,
    console: Console,
) -> None:
    """Prepare, then let workers serve."""
    ends: list[Ends] = []
    _end_at_signals(ends)
    async with started(settings, addresses) as runtime:
        await _prepare(runtime, addresses, preparation, console)
        panel = await welcome.panel(runtime, listener.getsockname())
    with handed_down(listener) as handed:
        supervisor = Supervisor(settings, addresses, handed)
        ends.append(supervisor)
        await supervisor.run(lambda: console.print(panel))


async def _serve_handed(
    settings: Settings, addresses: Addresses, listener: socket.socket, lifeline: int
) -> None:
    server: list[Server] = []
    end = _end_at_signals(server)
    asyncio.get_running_loop().add_reader(lifeline, _cut, lifeline, end)
    async with started(settings, addresses) as runtime:
        # Where the supervisor served already, a database that is away comes back.
        with contextlib.suppress(DatabaseAway):
            await _look_at_database(runtime)
        await _run(runtime, server, listener, lambda: print(SERVES, flush=True))


async def _run(
    runtime: Runtime, server: list[Server], listener: socket.socket, announce: Callable[[], None]
) -> None:
    """Serve on the socket, with the consumers where the settings want them here."""
    server.append(_server(runtime))
    async with consuming(runtime) if runtime.settings.consumers else contextlib.nullcontext():
        announced = asyncio.create_task(_announce(server[0], announce))
        try:
            await server[0].serve(sockets=[listener])
        finally:
            announced.cancel()


async def _prepare(
    runtime: Runtime, addresses: Addresses, preparation: Preparation, console: Console
) -> None:
    await _look_at_database(runtime)
    if preparation.demo and addresses.embedded is not None:
        await demo.prepare(runtime, addresses, console)


def _cut(lifeline: int, end: Callable[[], None]) -> None:
    """The supervisor is gone."""
    asyncio.get_running_loop().remove_reader(lifeline)
    end()


async def _look_at_database(runtime: Runtime) -> None:
    """Raise what is to be put right before anything is served: no database there, no tables, no roles."""
    try:
        await demo_state(runtime.database)
        async with runtime.maintenance.reader(None) as reader:
            await reader.fetch_value(_PING)
    except Unavailable as error:
        raise DatabaseAway(_absence(runtime.settings, error.__cause__)) from error


def _absence(settings: Settings, cause: BaseException | None) -> str:
    why = f" ({cause})" if str(cause or "") else ""
    if settings.database_url is None:
        return f"The embedded PostgreSQL in {settings.data_dir} does not answer{why}. Start again."
    address = urlsplit(settings.database_url)
    return (
        f"No database answers at {address.hostname}:{address.port or 5432}{address.path}{why}. Start it, or "
        "set DATABASE_URL to where it is; without DATABASE_URL one is made here."
    )


def _server(runtime: Runtime) -> Server:
    # Only who serves reads the graph in: the worker, the supervisor and whoever is refused come sooner.
    from app.cli.sockets import configuration
    from app.main import create_application

    application = create_application(runtime)
    return Server(configuration(application, runtime.settings.socket_ping_seconds), application.drain)


class Ends(Protocol):
    """What serves, and is told to end."""

    @property
    def started(self) -> bool:
        """Whether it serves already."""
        ...

    def end(self) -> None:
        """End; called again, at once."""
        ...


def _end_at_signals(serving: Sequence[Ends]) -> Callable[[], None]:
    """The first signal ends what serves, or what goes before it; a second one does not wait.

    The function that is returned does what a signal does.
    """
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    assert work is not None

    def end() -> None:
        if serving and serving[0].started:
            serving[0].end()
        else:
            work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    return end


def _ignore_signals() -> None:
    """What is left is to stop the database, which takes a moment and must not be cut."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


async def _announce(server: Server, announce: Callable[[], None]) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    announce()
