"""Servers and a worker over one PostgreSQL and one Redis: processes that are killed and come back."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from app import migrate
from app.bootstrap import Addresses
from app.kit import embedded_postgres
from tests.realtime.redis_server import RedisServer

ROOT = Path(__file__).parents[2]
PATIENCE = 180.0
"""Seconds until a process that neither serves nor ends is given up."""
SETTINGS = {
    "COST_POINTS": "0",
    "READ_CHARACTERS": "0",
    "ACCESS_TOKEN_SECONDS": "3600",
    "LOG_LEVEL": "WARNING",
    "SOCKETS_PER_USER": "1000",
}
"""No rates that would end the load, one user for many sockets, and tokens that outlive it."""


class Process:
    """A verb of the command line, run again after each kill; what it says goes to a file."""

    def __init__(self, words: list[str], environment: Mapping[str, str], log: Path) -> None:
        self._words = words
        self._environment = environment
        self.log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its number; it must run."""
        assert self._process is not None
        return self._process.pid

    @property
    def runs(self) -> bool:
        """Whether it lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Begin; it may take seconds until it is of use."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *self._words], env=self._environment,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.log.parent,
            )  # fmt: skip

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)

    def terminate(self) -> int | None:
        """SIGTERM; the exit code, None when it was dead already."""
        if not self.runs or self._process is None:
            return None
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL


class Server(Process):
    """A process that serves, always at the same port."""

    def __init__(self, port: int, environment: Mapping[str, str], log: Path) -> None:
        super().__init__(["serve", "--no-demo", "--port", str(port)], environment, log)
        self.port = port

    async def serves(self) -> None:
        """Wait until it is ready."""
        deadline = time.monotonic() + PATIENCE
        while not await _is_ready(self.port):
            if not self.runs or time.monotonic() > deadline:
                raise SystemExit(f"a server did not start:\n{self.log.read_text()[-2000:]}")
            await asyncio.sleep(0.05)


class Installation:
    """The processes together."""

    def __init__(self, folder: Path, environment: Mapping[str, str], servers: int) -> None:
        self.folder = folder
        self._environment = environment
        self.servers = [
            Server(free_port(), environment, folder / f"server{number}.log") for number in range(servers)
        ]
        self.worker = Process(["worker"], environment, folder / "worker.log")
        self.redis = RedisServer()

    @property
    def ports(self) -> list[int]:
        """Where the servers listen, alive or not."""
        return [each.port for each in self.servers]

    async def start(self, *, worker: bool = True) -> None:
        """Start all; the first alone, since it makes the signing keys."""
        first, *others = self.servers
        first.start()
        await first.serves()
        if worker:
            self.worker.start()
        for each in others:
            each.start()
        for each in others:
            await each.serves()

    async def revive(self) -> None:
        """Start whatever is dead."""
        dead = [each for each in self.servers if not each.runs]
        for each in dead:
            each.start()
        if not self.worker.runs:
            self.worker.start()
        for each in dead:
            await each.serves()

    async def run(self, *words: str) -> tuple[int, str]:
        """Run another verb to its end; its exit code and what it said."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.cli", *words, env=self._environment, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, said.decode()

    def end(self) -> None:
        """End all processes."""
        for each in (self.worker, *self.servers):
            each.terminate()
        self.redis.kill()

    def complaints(self) -> list[str]:
        """What the processes logged as errors."""
        found: list[str] = []
        for each in (self.worker, *self.servers):
            if each.log.exists():
                lines = each.log.read_text(errors="replace").splitlines()
                found += [line for line in lines if '"level":"error"' in line.replace(" ", "")]
        return found


@contextmanager
def database(folder: Path) -> Iterator[Addresses]:
    """A migrated PostgreSQL that outlives the processes; everything is durable."""
    server = embedded_postgres.start(folder / "postgres")
    try:
        migrate.upgrade(server.url("owner"))
        yield Addresses(server.url("application"), server.url("owner"), server.url("maintenance"), False)
    finally:
        server.stop()


@asynccontextmanager
async def installed(
    folder: Path,
    addresses: Addresses,
    servers: int = 2,
    settings: Mapping[str, str] | None = None,
    *,
    worker: bool = True,
) -> AsyncIterator[Installation]:
    """The processes over a database, for as long as the context lasts; `worker` for the consumers."""
    if shutil.which("redis-server") is None:
        raise SystemExit("redis-server is not installed (Debian: apt-get install redis-server)")
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    environment = {
        **kept,
        **SETTINGS,
        "PYTHONPATH": str(ROOT),
        "NO_COLOR": "1",
        "DATA_DIR": str(folder),
        "CONSUMERS": "false",
        "DATABASE_URL": addresses.application,
        "MIGRATION_DATABASE_URL": addresses.owner,
        "MAINTENANCE_DATABASE_URL": addresses.maintenance,
        **(settings or {}),
    }
    found = Installation(folder, environment, servers)
    environment["REDIS_URL"] = found.redis.url
    found.redis.start()
    try:
        await found.start(worker=worker)
        yield found
    finally:
        found.end()


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _is_ready(port: int) -> bool:
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /health/ready HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n")
                return (await reader.readline()).startswith(b"HTTP/1.1 200")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
