"""Several processes behind one address, as a person starts, kills and stops them."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from app.bootstrap import Addresses
from app.cli.endings import WorkersFailed
from app.cli.workers import Supervisor, handed_down
from app.config import Settings
from tests.processes import Operator, Serving, is_alive, operator
from tests.realtime.redis_server import redis_server

VIEWER = {"query": "{ viewer { user { id } } }"}


@pytest.fixture
def alone() -> Iterator[Operator]:
    with operator() as found:
        yield found


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


def test_two_workers_serve_one_address_and_count_together(alone: Operator) -> None:
    serving = alone.serve("--no-demo", "--workers", "2")
    assert len(_children(serving.process.pid)) == 2
    assert _asked(serving, 40) == {200}
    metrics = httpx.get(f"http://127.0.0.1:{serving.port}/metrics").text
    assert 'masterygraph_operations_total{kind="query",outcome="ok"} 40.0' in metrics
    assert serving.end(signal.SIGTERM) == 0
    assert serving.rest().endswith("MasteryGraph has stopped.\n")


def test_a_worker_that_is_killed_is_started_again_while_the_other_serves(alone: Operator) -> None:
    serving = alone.serve("--no-demo", "--workers", "2")
    first, second = _children(serving.process.pid)
    os.kill(first, signal.SIGKILL)
    assert _until(lambda: not is_alive(first))
    assert _asked(serving, 10) == {200}
    assert _until(lambda: len(set(_children(serving.process.pid)) - {first, second}) == 1)
    assert serving.end(signal.SIGTERM) == 0


def test_workers_end_with_a_supervisor_that_is_killed_and_the_next_start_heals(alone: Operator) -> None:
    serving = alone.serve("--no-demo", "--workers", "2")
    workers = _children(serving.process.pid)
    serving.end(signal.SIGKILL)
    assert _until(lambda: not any(is_alive(pid) for pid in workers))
    assert _until(lambda: alone.postmaster() is None)
    again = alone.serve("--no-demo", "--workers", "2")
    assert _asked(again, 4) == {200}
    assert again.end(signal.SIGINT) == 0


def test_workers_that_share_a_redis_say_so(alone: Operator) -> None:
    with redis_server() as redis:
        alone.settings["REDIS_URL"] = redis.url
        serving = alone.serve("--no-demo", "--workers", "2")
        ready = f"http://127.0.0.1:{serving.port}/health/ready"
        assert _until(lambda: httpx.get(ready).json()["parts"] == {"database": "ok", "bus": "redis"})
        assert serving.end(signal.SIGTERM) == 0


async def test_a_worker_that_cannot_begin_is_not_started_again(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, addresses: Addresses
) -> None:
    monkeypatch.setenv("MASTERYGRAPH_PROT", "1")
    with socket.socket() as listener, handed_down(listener) as handed:
        supervisor = Supervisor(settings.model_copy(update={"workers": 2}), addresses, handed)
        with pytest.raises(WorkersFailed, match=r"^A worker ended with exit code 2 before it served"):
            await supervisor.run(lambda: pytest.fail("nobody serves"))
