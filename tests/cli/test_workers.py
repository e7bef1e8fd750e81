"""Several processes behind one address, as a person starts, kills and stops them."""

import os
import re
import shutil
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest

from app.bootstrap import Addresses
from app.cli.endings import WorkersFailed
from app.cli.workers import Supervisor, handed_down
from app.config import Settings
from tests.processes import Operator, Serving, is_alive, operator
from tests.realtime.redis_server import redis_server

REDIS = shutil.which("redis-server") is not None
VIEWER = {"query": "{ viewer { user { id } } }"}


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator() as found:
        yield found


@pytest.fixture(scope="module")
def serving() -> Iterator[Serving]:
    """Two workers, with a Redis where one is installed, which end at a signal without a trace."""
    with redis_server() if REDIS else nullcontext() as redis, operator() as found:
        if redis is not None:
            found.settings["REDIS_URL"] = redis.url
        served = found.serve("--no-demo", "--workers", "2")
        yield served
        assert served.end(signal.SIGTERM) == 0
        assert served.rest().endswith("MasteryGraph has stopped.\n")


def _children(pid: int) -> list[int]:
    """The workers of a supervisor: its children that run Python."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [
        int(child) for child in text.split() if b"--handed" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def _until(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.05)
    return False


def _asked(serving: Serving, times: int) -> set[int]:
    """The statuses of so many requests, each on a connection of its own."""
    url = f"http://127.0.0.1:{serving.port}/graphql"
    return {httpx.post(url, json=VIEWER).status_code for _ in range(times)}


def _answered(serving: Serving) -> float:
    """How many queries all workers together have answered, as each of them says."""
    metrics = httpx.get(f"http://127.0.0.1:{serving.port}/metrics").text
    counted = re.search(r'^masterygraph_operations_total\{kind="query",outcome="ok"\} (\S+)$', metrics, re.M)
    return float(counted[1]) if counted else 0.0


def test_two_workers_serve_one_address_and_count_together(serving: Serving) -> None:
    assert len(_children(serving.process.pid)) == 2
    before = _answered(serving)
    assert _asked(serving, 40) == {200}
    assert _answered(serving) - before == 40.0


@pytest.mark.skipif(not REDIS, reason="redis-server is not installed (Debian: apt-get install redis-server)")
def test_workers_that_share_a_redis_say_so(serving: Serving) -> None:
    ready = f"http://127.0.0.1:{serving.port}/health/ready"
    assert _until(lambda: httpx.get(ready).json()["parts"] == {"database": "ok", "bus": "redis"})


def test_a_worker_that_is_killed_is_started_again_while_the_other_serves(serving: Serving) -> None:
    first, second = _children(serving.process.pid)
    os.kill(first, signal.SIGKILL)
    assert _until(lambda: not is_alive(first))
    assert _asked(serving, 10) == {200}
    assert _until(lambda: len(set(_children(serving.process.pid)) - {first, second}) == 1)


def test_workers_end_with_a_supervisor_that_is_killed_and_the_next_start_heals(alone: Operator) -> None:
    serving = alone.serve("--no-demo", "--workers", "2")
    workers = _children(serving.process.pid)
    serving.end(signal.SIGKILL)
    assert _until(lambda: not any(is_alive(pid) for pid in workers))
    assert _until(lambda: alone.postmaster() is None)
    again = alone.serve("--no-demo", "--workers", "2")
    assert _asked(again, 4) == {200}
    assert again.end(signal.SIGINT) == 0


async def test_a_worker_that_cannot_begin_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, addresses: Addresses
) -> None:
    monkeypatch.setenv("MASTERYGRAPH_PROT", "1")
    with socket.socket() as listener, handed_down(listener) as handed:
        supervisor = Supervisor(settings.model_copy(update={"workers": 2}), addresses, handed)
        with pytest.raises(WorkersFailed, match=r"^A worker ended with exit code 2 before it served"):
            await supervisor.run(lambda: pytest.fail("nobody serves"))
