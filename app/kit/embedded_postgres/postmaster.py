"""The postmaster: our child, started so that it cannot outlive us, and whatever an earlier one left."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.kit.embedded_postgres.account import Account
from app.kit.embedded_postgres.errors import EmbeddedPostgresError

# Signals to a postmaster: SIGINT rolls back what runs, writes a checkpoint and ends ("fast");
# SIGQUIT ends at once and leaves recovery to the next start.
FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT


def dies_with_us() -> bool:
    """Whether the kernel can be asked to stop the postmaster when we die; a Watchdog does it otherwise.

    Linux alone offers it, and ties it to the thread that forked, so only the main thread may use it.
    """
    return sys.platform == "linux" and threading.current_thread() is threading.main_thread()


def launched(command: list[str], account: Account) -> list[str]:
    """The command by way of the launcher, which changes the account itself and asks to die with us."""
    script = str(Path(__file__).with_name("launcher.py"))
    numbers = [str(number) for number in (os.getpid(), account.uid, account.gid)]
    return [sys.executable, "-I", "-S", script, *numbers, *command]


class Watchdog:
    """A shell that waits on a pipe from us; when we are gone it stops the postmaster."""

    def __init__(self, postmaster: int) -> None:
        script = 'read -r line; test "$line" = done || kill -INT "$1"'
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", script, "watchdog", str(postmaster)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def dismiss(self) -> None:
        self._shell.communicate(b"done\n")


def running_postmaster(data: Path) -> int | None:
    """The live postmaster of this very folder, if there is one, by its pid file and what the system says."""
    pid = _recorded_pid(data)
    return pid if pid is not None and _is_postmaster_of(pid, data) else None


def stop_running(pid: int, data: Path) -> None:
    """End a postmaster whose MasteryGraph is gone. It was told by the kernel already, so wait first."""
    for step, seconds in ((None, 5.0), (FAST, 15.0), (IMMEDIATE, 5.0)):
        # Looked at anew before each signal: the number may belong to somebody else by now.
        if step is not None and _is_postmaster_of(pid, data):
            os.kill(pid, step)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _is_postmaster_of(pid, data):
                return
            time.sleep(0.02)
    raise EmbeddedPostgresError(
        f"The PostgreSQL that process {pid} serves from {data} does not end. End it by hand."
    )


def heal_pid_file(data: Path) -> None:
    """Make a stale pid file harmless when its number now belongs to an unrelated process.

    PostgreSQL would take that process for a postmaster. It ignores its own parent's number, so ours is put
    in; the rest stays, as PostgreSQL finds in it whether old backends still hold the shared memory.
    """
    pid = _recorded_pid(data)
    if pid is None or not _is_alive(pid):
        return
    lines = (data / "postmaster.pid").read_text().splitlines(keepends=True)
    with (data / "postmaster.pid").open("r+") as file:
        file.write("".join([f"{os.getpid()}\n", *lines[1:]]))
        file.truncate()


def is_ready(data: Path, pid: int) -> bool:
    """Whether the postmaster `pid` says in its pid file that it takes connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except (FileNotFoundError, PermissionError):
        return False
    return len(lines) >= 8 and lines[0] == str(pid) and lines[7].strip() == "ready"


def _recorded_pid(data: Path) -> int | None:
    try:
        first = (data / "postmaster.pid").read_text().split("\n", 1)[0]
        return int(first)
    except FileNotFoundError:
        return None
    except ValueError:
        # Cut while it was written: PostgreSQL would refuse an empty or broken file for ever.
        (data / "postmaster.pid").unlink()
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postmaster_of(pid: int, data: Path) -> bool:
    if pid <= 0 or not _is_alive(pid):
        return False
    if sys.platform != "linux":
        asked = subprocess.run(["ps", "-ww", "-o", "args=", "-p", str(pid)], capture_output=True, text=True)
        words = asked.stdout.split(" -c ")[0]
        return "postgres -D " in words and words.strip().endswith(f"-D {data}")
    process = Path("/proc") / str(pid)
    try:
        program = os.path.basename((process / "exe").readlink()).removesuffix(" (deleted)")
        return program == "postgres" and os.path.samefile(process / "cwd", data)
    except OSError:
        return False
