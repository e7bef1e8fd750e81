"""Several processes behind one address: a supervisor, and workers that serve.

The supervisor holds the socket and the embedded database and hands both down. A worker is `masterygraph
serve` in a process of its own, the first with the consumers. One that ends by itself is started again. When
the supervisor dies, even by kill -9, its end of a pipe closes, and the workers end as at a signal.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import structlog

from app.bootstrap import Addresses
from app.cli.endings import WorkersFailed
from app.config import Settings
from app.kit.metrics import FILES_OF_PROCESSES

SERVES = "The worker serves."
SHORT_LIFE = 10.0
"""Seconds; a worker that ends sooner is started again after a pause, each time twice as long."""
LONGEST_PAUSE = 30.0

log = structlog.get_logger("workers")


@dataclass(frozen=True, slots=True)
class Handed:
    """What a worker has from its supervisor: the listening socket, and a pipe that closes with it."""

    listener: int
    lifeline: int

    def words(self) -> list[str]:
        """As options of `serve`."""
        return ["--handed", f"{self.listener},{self.lifeline}"]

    @classmethod
    def read(cls, text: str) -> "Handed":
        """From the option's text; ValueError when it is none."""
        listener, lifeline = text.split(",")
        return cls(int(listener), int(lifeline))

    @contextmanager
    def listening(self) -> Iterator[socket.socket]:
        """The socket, as a worker's own."""
        with socket.socket(fileno=self.listener) as listener:
            yield listener


class Supervisor:
    """Keeps as many workers alive as the settings want, until it is told to end."""

    started = True

    def __init__(self, settings: Settings, addresses: Addresses, handed: Handed) -> None:
        self._count = settings.workers
        self._handed = handed
        self._environment = {**os.environ, **_environment(settings, addresses)}
        self._consumers = settings.consumers
        self._processes: dict[int, asyncio.subprocess.Process] = {}
        self._ending = asyncio.Event()

    async def run(self, announce: Callable[[], None]) -> None:
        """Start the workers and announce when all serve; return when `end` was called and all have ended.

        WorkersFailed when one ends before it has ever served.
        """
        serving = [asyncio.Event() for _ in range(self._count)]
        with tempfile.TemporaryDirectory(prefix="masterygraph-metrics-") as folder:
            self._environment[FILES_OF_PROCESSES] = folder
            try:
                async with asyncio.TaskGroup() as group:
                    group.create_task(_when_all(serving, announce))
                    for number, served in enumerate(serving):
                        group.create_task(self._keep(number, served))
            except* WorkersFailed as failed:
                raise failed.exceptions[0] from None

    def end(self) -> None:
        """Let the workers end; called again, they do not wait for those who are connected."""
        self._ending.set()
        for process in self._processes.values():
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)

    async def _keep(self, number: int, served: asyncio.Event) -> None:
        """One worker, started again when it ends by itself."""
        loop, pause = asyncio.get_running_loop(), 0.5
        while not self._ending.is_set():
            began = loop.time()
            code = await self._live(number, served)
            if self._ending.is_set():
                served.set()
            elif not served.is_set():
                self.end()
                raise WorkersFailed(f"A worker ended with exit code {code} before it served; see above.")
            else:
                pause = 0.5 if loop.time() - began > SHORT_LIFE else min(LONGEST_PAUSE, 2 * pause)
                log.warning("worker ended by itself", worker=number, exit_code=code, again_in=pause)
                await self._wait(pause)

    async def _live(self, number: int, served: asyncio.Event) -> int:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", "serve", "--no-demo", *self._handed.words(),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, start_new_session=True,
            pass_fds=(self._handed.listener, self._handed.lifeline),
            env={**self._environment, "CONSUMERS": str(self._consumers and number == 0)},
        )  # fmt: skip
        self._processes[number] = process
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                if line.decode().strip() == SERVES:
                    served.set()
        except asyncio.CancelledError:
            # Another worker could not begin.
            with suppress(ProcessLookupError):
                process.terminate()
            await process.wait()
            raise
        return await process.wait()

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._ending.wait()
        except TimeoutError:
            return


async def _when_all(serving: list[asyncio.Event], announce: Callable[[], None]) -> None:
    for served in serving:
        await served.wait()
    announce()


def _environment(settings: Settings, addresses: Addresses) -> dict[str, str]:
    """What a worker has to be told beyond our own environment."""
    given = {"DATA_DIR": str(settings.data_dir)}
    if addresses.embedded is not None:
        given["DATABASE_URL"] = addresses.application
        given["MIGRATION_DATABASE_URL"] = addresses.owner
        given["MAINTENANCE_DATABASE_URL"] = addresses.maintenance
    return given


@contextmanager
def handed_down(listener: socket.socket) -> Iterator[Handed]:
    """The socket and a lifeline for workers; the line is cut at the end."""
    theirs, ours = os.pipe()
    try:
        yield Handed(listener.fileno(), theirs)
    finally:
        os.close(ours)
        os.close(theirs)
