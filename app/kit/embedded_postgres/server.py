"""The running server, and `start`."""

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.kit.embedded_postgres.binaries import Binaries, find_binaries
from app.kit.embedded_postgres.cluster import (
    DATABASE,
    LOGIN,
    Cluster,
    Role,
    locate_cluster,
    make_cluster,
    server_environment,
)
from app.kit.embedded_postgres.errors import EmbeddedPostgresError
from app.kit.embedded_postgres.lock import FolderLock
from app.kit.embedded_postgres.postmaster import (
    FAST,
    IMMEDIATE,
    Watchdog,
    dies_with_us,
    heal_pid_file,
    is_ready,
    launched,
    running_postmaster,
    stop_running,
)

HOST = "127.0.0.1"

SETTINGS: Mapping[str, str] = {
    "max_connections": "200",
    "shared_buffers": "256MB",
    "fsync": "on",
    "synchronous_commit": "on",
    # Statements here are short; compiling them costs more than it saves.
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# Recovery after a power cut may take a while.
_START_SECONDS = 120.0
# Processes of a killed server end when they notice; a busy machine takes its time.
_ENDING_SECONDS = 30.0
_LOG_BYTES = 10_000_000

_END_OWN = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = '{name}' AND usename = current_user
"""


@dataclass(frozen=True)
class EmbeddedPostgres:
    """A server of ours on 127.0.0.1. It ends with `stop`, or with this process."""

    folder: Path
    cluster: Cluster
    binaries: Binaries
    host: str
    port: int
    _passwords: dict[Role, str] = field(repr=False)
    _process: "subprocess.Popen[bytes]" = field(repr=False)
    _watchdog: Watchdog | None = field(repr=False)
    _lock: FolderLock = field(repr=False)

    @property
    def pid(self) -> int:
        return self._process.pid

    def url(self, role: Role, database: str = DATABASE) -> str:
        """`postgresql://…` with the password of the role in it: not for logs."""
        return f"postgresql://{LOGIN[role]}:{self._passwords[role]}@{self.host}:{self.port}/{database}"

    def create_database(self, name: str, *, template: str = "template1") -> None:
        """Make a database that the owner owns. Raises EmbeddedPostgresError when the name is taken."""
        self._ask(f"CREATE DATABASE {_quoted(name)} TEMPLATE {_quoted(template)}")

    def drop_database(self, name: str) -> None:
        """Remove a database and whoever is connected to it. One that is not there is no error."""
        # WITH (FORCE) may not end connections of other roles, nor autovacuum, which a plain DROP ends itself.
        for role in LOGIN:
            self._ask(_END_OWN.format(name=name.replace("'", "''")), role)
        self._ask(f"DROP DATABASE IF EXISTS {_quoted(name)}")

    def stop(self) -> None:
        """End the server, rolling back what still runs. A second call does nothing."""
        try:
            for step, seconds in ((FAST, 30.0), (IMMEDIATE, 5.0)):
                if self._process.poll() is None:
                    self._process.send_signal(step)
                    _wait(self._process, seconds)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
            if self._watchdog is not None:
                self._watchdog.dismiss()
        finally:
            self._lock.release()

    def _ask(self, statement: str, role: Role = "owner") -> None:
        # psql, since this is called from within event loops too, where asyncpg could not be waited for.
        login = {"PGUSER": LOGIN[role], "PGPASSWORD": self._passwords[role]}
        place = {"PGHOST": self.host, "PGPORT": str(self.port), "PGDATABASE": "postgres"}
        done = subprocess.run(
            [self.binaries.path("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement],
            env=server_environment() | login | place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"{statement}: {done.stderr.strip()}")


def start(folder: Path, *, settings: Mapping[str, str] | None = None) -> EmbeddedPostgres:
    """Serve the cluster of `folder`, making it first when there is none.

    `settings` are parameters of postgresql.conf and override SETTINGS. Blocks until connections are taken:
    0.1-0.3 s, the first time 1-2 s. Raises FolderInUseError when another live process serves the folder,
    EmbeddedPostgresError, with the end of the server's log, when the server does not come up.
    """
    cluster = locate_cluster(folder)
    lock = FolderLock(cluster.home)
    try:
        binaries = find_binaries(cluster.account)
        make_cluster(cluster, binaries)
        # We hold the lock, so a postmaster that runs is one whose MasteryGraph died.
        left = running_postmaster(cluster.data)
        if left is not None:
            stop_running(left, cluster.data)
        heal_pid_file(cluster.data)
        process, watchdog, port = _serve(cluster, binaries, {**SETTINGS, **(settings or {})})
        passwords = cluster.passwords()
    except BaseException:
        lock.release()
        raise
    return EmbeddedPostgres(folder, cluster, binaries, HOST, port, passwords, process, watchdog, lock)


def _serve(
    cluster: Cluster, binaries: Binaries, settings: Mapping[str, str]
) -> "tuple[subprocess.Popen[bytes], Watchdog | None, int]":
    """Start the postmaster; again where somebody took the port, or processes of a killed one still end."""
    until, tries = time.monotonic() + _ENDING_SECONDS, 3
    while True:
        port = _free_port()
        process, watchdog, log_start = _launch(cluster, binaries, settings, port)
        try:
            if _becomes_ready(process, cluster.data):
                return process, watchdog, port
        except BaseException:
            _abandon(process, watchdog)
            raise
        _abandon(process, watchdog)
        said = _log_since(cluster.log, log_start)
        if "pre-existing shared memory block" in said and time.monotonic() < until:
            time.sleep(0.1)
            continue
        tries -= 1
        if not tries or "could not bind" not in said:
            raise EmbeddedPostgresError(
                f"PostgreSQL did not start from {cluster.data}. The end of {cluster.log}:\n{said}"
            )


def _launch(
    cluster: Cluster, binaries: Binaries, settings: Mapping[str, str], port: int
) -> "tuple[subprocess.Popen[bytes], Watchdog | None, int]":
    if cluster.log.exists() and cluster.log.stat().st_size > _LOG_BYTES:
        cluster.log.replace(cluster.log.with_suffix(".log.1"))
    address = {"listen_addresses": HOST, "port": str(port), "unix_socket_directories": ""}
    options = [f"{name}={value}" for name, value in {**settings, **address}.items()]
    command = [binaries.path("postgres"), "-D", str(cluster.data), *(w for o in options for w in ("-c", o))]
    run_as = cluster.account.run_as()
    watched = not dies_with_us()
    if not watched:
        command, run_as = launched(command, cluster.account), {}
    with cluster.log.open("ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            env=server_environment(),
            # A Ctrl-C at the terminal reaches the whole group; the server has to outlive our own ending.
            start_new_session=True,
            **run_as,
        )
    return process, Watchdog(process.pid) if watched else None, log_start


def _becomes_ready(process: "subprocess.Popen[bytes]", data: Path) -> bool:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if is_ready(data, process.pid):
            return True
        time.sleep(0.01)
    return False


def _abandon(process: "subprocess.Popen[bytes]", watchdog: Watchdog | None) -> None:
    if process.poll() is None:
        process.send_signal(IMMEDIATE)
        _wait(process, 5.0)
    if process.poll() is None:
        process.kill()
        process.wait()
    if watchdog is not None:
        watchdog.dismiss()


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> None:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _log_since(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(max(start, os.fstat(file.fileno()).st_size - 4000))
        return file.read().decode(errors="replace").strip()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
