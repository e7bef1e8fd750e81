"""MasteryGraph as an operator runs it: processes of their own, over a data folder of their own."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from app.kit.embedded_postgres.cluster import locate_cluster
from app.kit.embedded_postgres.postmaster import running_postmaster
from app.kit.embedded_postgres.running import find_running
from tests.prepared import copy_prepared, end

ROOT = Path(__file__).parents[1]
_ADDRESS = re.compile(r"http://127\.0\.0\.1:(\d+)/graphql")
_OURS = ("DATABASE_URL", "DATA_DIR", "PORT", "HOST", "CONSUMERS", "SIGNING_KEYS", "REDIS_URL", "WORKERS")


def is_alive(pid: int) -> bool:
    """Whether the process still runs; a dead one may wait, as a zombie, for whoever inherited it."""
    if sys.platform == "linux":
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        asked = ["ps", "-o", "stat=", "-p", str(pid)]
        state = subprocess.run(asked, capture_output=True, text=True).stdout.strip()
    return state != "" and not state.startswith("Z")


@dataclass
class Serving:
    """A process of `masterygraph serve` that takes requests."""

    process: "subprocess.Popen[str]"
    port: int
    said: str

    def end(self, number: signal.Signals) -> int:
        """Send a signal, and wait; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(45)

    def rest(self) -> str:
        """What it said after it was up."""
        assert self.process.stdout is not None
        return self.process.stdout.read()


@dataclass
class Operator:
    """Runs verbs over one data folder; whatever still runs at the end is killed."""

    data_dir: Path
    settings: dict[str, str] = field(default_factory=dict)
    _started: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def run(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a verb to its end."""
        return subprocess.run(
            self._command(*words), input=given, capture_output=True, text=True, timeout=60,
            cwd=self.data_dir, env=self._environment(),
        )  # fmt: skip

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Begin a verb."""
        process = subprocess.Popen(
            self._command(*words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, cwd=self.data_dir, env=self._environment(), start_new_session=True,
        )  # fmt: skip
        self._started.append(process)
        return process

    def serve(self, *words: str) -> Serving:
        """Begin to serve on a free port, and wait until it says where it listens.

        An empty folder is filled with what a first start of the same kind has left elsewhere.
        """
        if not (self.data_dir / "postgres").exists() and "DATABASE_URL" not in self.settings:
            name, *given = ("empty", "--no-demo") if "--no-demo" in words else ("school",)
            copy_prepared(name, lambda folder: end(Operator(folder)._serve(*given).process), self.data_dir)
        return self._serve(*words)

    def _serve(self, *words: str) -> Serving:
        process = self.start("serve", "--port", "0", *words)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            found = _ADDRESS.search(line)
            if found:
                return Serving(process, int(found[1]), said)
        raise AssertionError(f"it did not serve:\n{said}")

    def postmaster(self) -> int | None:
        """The process id of the embedded server that runs now."""
        running = find_running(self.data_dir / "postgres")
        if running is None:
            return None
        lines = locate_cluster(self.data_dir / "postgres").data / "postmaster.pid"
        return int(lines.read_text().split("\n", 1)[0])

    async def ask(self, question: str) -> int:
        """A number from the database that a process serves now, as its owner, who sees everything."""
        running = find_running(self.data_dir / "postgres")
        assert running is not None
        connection = await asyncpg.connect(running.url("owner"))
        try:
            return int(await connection.fetchval(question) or 0)
        finally:
            await connection.close()

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "app.cli", *words]

    def _environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in _OURS and not name.startswith("MASTERYGRAPH_")
        }
        ours = {"DATA_DIR": str(self.data_dir), "PYTHONPATH": str(ROOT), "COLUMNS": "120", "NO_COLOR": "1"}
        return {**kept, **ours, **self.settings}


@contextmanager
def operator(**settings: str) -> Iterator[Operator]:
    """An operator with an empty data folder that the embedded server's account may enter."""
    with tempfile.TemporaryDirectory(prefix="masterygraph-test-") as folder:
        os.chmod(folder, 0o755)
        found = Operator(Path(folder), settings)
        try:
            yield found
        finally:
            for process in found._started:
                process.kill()
                process.communicate()
            _await_end(found)


def _await_end(found: Operator) -> None:
    """The kernel tells the embedded server of our death; its folder is removed only when it is gone."""
    if not (found.data_dir / "postgres").exists():
        return
    data = locate_cluster(found.data_dir / "postgres").data
    deadline = time.monotonic() + 60
    # One that is ending takes no connections any more and still writes.
    while running_postmaster(data) is not None and time.monotonic() < deadline:
        time.sleep(0.05)
