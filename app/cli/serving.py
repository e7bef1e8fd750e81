"""Serving: one process with the application, the consumers and, without DATABASE_URL, its own PostgreSQL.

It ends at the first Ctrl-C or SIGTERM: readiness fails, sockets are warned and closed, what is being answered
is answered, what is being written is written, and the embedded server stops with it. A second one does not
wait for the sockets.
"""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

import uvicorn
import uvloop
from rich.console import Console

from app.bootstrap import Addresses, started
from app.cli import demo, welcome
from app.cli.database import opened, shared
from app.cli.endings import PortTaken
from app.cli.sockets import configuration
from app.config import Settings
from app.kit.errors import Unavailable
from app.kit.logging import configure_logging
from app.kit.statements import sql
from app.main import create_application
from app.operations.demo.loading import demo_state
from app.runtime import Runtime
from app.worker import consumers, consuming

BACKLOG = 1024
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
    """Run the consumers alone, until a signal."""
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
                runner.run(_serve(settings, addresses, listener, preparation, console))
        finally:
            _ignore_signals()
    console.print("MasteryGraph has stopped.")


@contextlib.contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """The socket of the settings, bound before anything is started that a taken port would make useless."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, asyncio sends small answers at once (TCP_NODELAY): 40 ms less for each.
    with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((settings.host, settings.port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise PortTaken(_refusal(settings, error)) from error
        yield listener


def _refusal(settings: Settings, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {settings.port} of {settings.host} is in use. Stop what listens there, or choose another: "
            "PORT=8001 make run (0 takes a free one)."
        )
    if error.errno == errno.EACCES:
        return (
            f"This account may not listen on port {settings.port}. Choose one above 1023, such as PORT=8000."
        )
    return f"Cannot listen on {settings.host}, port {settings.port}: {error.strerror}. Set HOST and PORT."


async def _work(settings: Settings, addresses: Addresses) -> None:
    _end_at_signals([])
    async with started(settings, addresses) as runtime, consuming(runtime) as work:
        print(f"Consuming events: {', '.join(each.name for each in consumers())}. Ctrl-C stops.", flush=True)
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
        await _look_at_database(runtime)
        if preparation.demo and addresses.embedded is not None:
            await demo.prepare(runtime, addresses, console)
        server.append(_server(runtime))
        async with consuming(runtime) if settings.consumers else contextlib.nullcontext():
            announced = asyncio.create_task(_announce(server[0], runtime, listener, console))
            try:
                await server[0].serve(sockets=[listener])
            finally:
                announced.cancel()


async def _look_at_database(runtime: Runtime) -> None:
    """Raise what does not mend itself, such as missing tables or roles; one that is away may yet come."""
    with contextlib.suppress(Unavailable):
        await demo_state(runtime.database)
        async with runtime.maintenance.reader(None) as reader:
            await reader.fetch_value(_PING)


def _server(runtime: Runtime) -> Server:
    application = create_application(runtime)
    return Server(configuration(application, runtime.settings.socket_ping_seconds), application.drain)


def _end_at_signals(server: list[Server]) -> None:
    """The first signal ends the server, or what goes before it; a second one does not wait."""
    loop, work = asyncio.get_running_loop(), asyncio.current_task()
    assert work is not None

    def end() -> None:
        if server and server[0].started:
            server[0].end()
        else:
            work.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)


def _ignore_signals() -> None:
    """What is left is to stop the database, which takes a moment and must not be cut."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


async def _announce(server: Server, runtime: Runtime, listener: socket.socket, console: Console) -> None:
    while not server.started:
        await asyncio.sleep(0.02)
    console.print(await welcome.panel(runtime, listener.getsockname()))
