"""Servers, worker and Redis killed while people write and subscribers break off: all is told, once, in order.

Two servers and a worker in processes of their own, ended by kill -9; random from a seed. The short form has
one seed; `MASTERYGRAPH_TEST_SEEDS=1-50` runs others, `MASTERYGRAPH_TEST_EVENTS=5000` longer ones with more
kills.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import migrate
from app.bootstrap import Addresses
from app.kit.embedded_postgres import EmbeddedPostgres
from bench.live import fanout, held, report
from bench.live.campaign import Plan, run
from bench.live.following import Follower, Stream
from bench.live.installation import installed
from tests.live.exam_following import monitor_after

NO_REDIS = "redis-server is not installed (Debian: apt-get install redis-server)"
pytestmark = pytest.mark.skipif(shutil.which("redis-server") is None, reason=NO_REDIS)

DATABASE = "live"
FEW_CONNECTIONS = {"READERS": "3", "WRITERS": "3"}
"""The tests' PostgreSQL takes sixty."""
EVENTS = int(os.environ.get("MASTERYGRAPH_TEST_EVENTS", "150"))
SHORT = 150


def _seeds() -> list[int]:
    first, _, last = os.environ.get("MASTERYGRAPH_TEST_SEEDS", "1").partition("-")
    return list(range(int(first), int(last or first) + 1))


@pytest.fixture
def addresses(server: EmbeddedPostgres) -> Iterator[Addresses]:
    """A database that nobody else uses, so that a worker may consume its events."""
    server.create_database(DATABASE)
    urls = {role: server.url(role, DATABASE) for role in ("application", "owner", "maintenance")}
    migrate.upgrade(urls["owner"])
    yield Addresses(urls["application"], urls["owner"], urls["maintenance"], False)
    server.drop_database(DATABASE)


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="masterygraph-test-") as name:
        yield Path(name)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", _seeds())
async def test_each_subscriber_is_told_everything_once_and_in_order_while_everything_is_killed(
    addresses: Addresses, folder: Path, seed: int
) -> None:
    kills = 3 if EVENTS <= SHORT else None
    plan = Plan(seed, EVENTS, learners=4, practice=True, pause=1.0, kills=kills, renew_every=2.0)
    async with installed(folder, addresses, settings=FEW_CONNECTIONS) as installation:
        outcome = await run(installation, plan)
        # What the worker made of it is what all attempts make, though it was killed.
        code, said = await installation.run("verify")
        assert code == 0, said
    tally = outcome.tally
    assert (tally.lost, tally.twice, tally.late, tally.begun_anew) == (0, 0, 0, 0)
    # A machine that is busy may ask to come again.
    assert set(tally.refused) <= {"UNAVAILABLE", "TIMEOUT"}
    assert outcome.written >= EVENTS
    streams = {"examMonitor", "examSitting", "classroomActivity", "leaderboard", "masteryChanged"}
    assert {name for name, count in outcome.changes.items() if count} == streams
    assert min(outcome.trouble[kind] for kind in ("server", "worker", "Redis", "subscribers")) >= 1
    assert outcome.complaints == []


async def test_the_bench_holds_subscribers_who_stall_and_leave_and_fans_out(
    addresses: Addresses, folder: Path
) -> None:
    load = held.Load(24, seconds=3.0, stalled=0.1, churn=0.2, answers=5.0, settle=0.1)
    async with installed(folder, addresses, 1, FEW_CONNECTIONS, worker=False) as installation:
        found = await held.measure(installation, load)
        ours = await fanout.ours(installation, subscribers=10, rounds=1)
    peer = await fanout.of_node(10, 1, ours.events)
    assert (found.tally.lost, found.tally.twice, found.tally.begun_anew) == (0, 0, 0)
    assert (
        min(found.stalls, found.left, found.answers, found.acts, len(found.delays), len(found.delays_of_acts))
        > 0
    )
    assert found.complaints == []
    assert ours.events == (peer.events if peer else ours.events) > fanout.SITTINGS
    rows = [*report.of_held(found, load), *report.of_fan_out(ours, peer)]
    assert {row.measured: row.found for row in rows}["events lost; told twice"] == "0; 0"


def _monitor() -> Follower:
    return Follower(Stream("examMonitor", "", {}, None, monitor_after))


def _event(kind: str, number: int) -> dict[str, Any]:
    cursor = {1: "ZTpkOjE", 2: "ZTpkOjI", 3: "ZTpkOjM", 4: "ZTpkOjQ"}[number]
    more: dict[str, Any] = {"exam": {}, "sittings": []} if kind.endswith("Snapshot") else {}
    return {"__typename": kind, "cursor": cursor, **more}


@pytest.mark.parametrize(
    ("told", "lost", "twice", "late", "begun_anew"),
    [
        ([("ExamActionTaken", 2), ("StreamHeartbeat", 2), ("ExamActionTaken", 3)], 0, 0, 0, 0),
        ([("ExamActionTaken", 2), ("ExamActionTaken", 4)], 1, 0, 0, 0),
        ([("ExamActionTaken", 2), ("ExamActionTaken", 2)], 0, 1, 0, 0),
        ([("ExamActionTaken", 3), ("ExamActionTaken", 2)], 1, 1, 1, 0),
        ([("StreamHeartbeat", 3), ("ExamActionTaken", 4)], 2, 0, 0, 0),
        ([("ExamMonitorSnapshot", 4)], 0, 0, 0, 1),
    ],
)
def test_a_subscriber_counts_what_is_missing_what_comes_again_and_what_begins_anew(
    told: list[tuple[str, int]], lost: int, twice: int, late: int, begun_anew: int
) -> None:
    follower = _monitor()
    for kind, number in [("ExamMonitorSnapshot", 1), *told]:
        follower.take(_event(kind, number), 0.0)
    tally = follower.tally
    assert (tally.lost, tally.twice, tally.late, tally.begun_anew) == (lost, twice, late, begun_anew)
