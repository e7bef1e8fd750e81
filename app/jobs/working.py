"""Taking jobs and due schedules from the queue, by pgqueuer, for as long as a process works.

pgqueuer hands each row to one worker, wakes workers by NOTIFY and has them look besides, sees by heartbeats
whose worker has died, and keeps the rows of jobs that failed. What a job is and how it ends is ours.
"""

import asyncio
import logging
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
import structlog
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.qm import QueueManager
from pgqueuer.core.sm import SchedulerManager
from pgqueuer.domain import models
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.settings import DBSettings, Durability
from pgqueuer.domain.types import Channel
from pgqueuer.errors import FailingListenerError
from pgqueuer.ports.driver import NotifyCallback

from app.jobs.kinds import JobKind, Schedule
from app.jobs.runner import Runner, Verdict
from app.kit.database import AWAY, COLLIDED, Database
from app.kit.errors import Unavailable
from app.realtime.bus import Bus

CONNECTIONS = 4
"""One listens; the others take rows, write down heartbeats and ends, look for schedules."""
LOOK_EVERY = timedelta(seconds=2)
"""How often a worker looks where no notice came: what a lost one costs at most."""
PAUSE = 1.0

# Every name is given: what is left out, the library would take from the environment.
QUEUE = DBSettings(
    prefix="",
    db_schema="queue",
    channel=Channel("masterygraph_jobs"),
    function="job_changed",
    trigger="job_changed",
    statistics_table="job_statistics",
    queue_status_type="job_status",
    queue_table="job",
    queue_table_log="job_log",
    schedules_table="job_schedule",
    durability=Durability.durable,
    widen_id=True,
)

log = structlog.get_logger()


class JobFailed(Exception):
    """Has the queue keep the row of a job whose last failure is written down already."""


@dataclass(frozen=True, slots=True)
class Working:
    """What a process works on, and how.

    `at_once` jobs at most are under way; one whose worker has said nothing for `silence` is taken by another.
    """

    maintenance: Database
    background: Database
    bus: Bus
    kinds: Sequence[JobKind]
    schedules: Sequence[Schedule]
    at_once: int = 2
    silence: timedelta = timedelta(seconds=30)


async def run_jobs(working: Working, stop: asyncio.Event) -> None:
    """Work until `stop` is set; jobs under way are then put back, for another worker to begin anew."""
    while not stop.is_set():
        try:
            async with working.maintenance.plain_pool(CONNECTIONS) as pool:
                await _Shift(working, pool, stop).work()
        except (Unavailable, FailingListenerError, *AWAY) as error:
            # A database that is slow to say its own word again counts as one that is away.
            log.warning("jobs wait for the database", error=str(error) or type(error).__name__)
        except Exception:
            log.error("jobs failed to be taken", exc_info=True)
        if not stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), PAUSE)


class _Driver(AsyncpgPoolDriver):
    """The library's driver, which says at once when a statement fails or the connection that listens is lost.

    The library itself would wait for the jobs under way first, which may take an hour.
    """

    def __init__(self, pool: Any, broken: asyncio.Event) -> None:
        super().__init__(pool)
        self._broken = broken

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        """Run a statement, all rows."""
        with self._watched():
            return await super().fetch(query, *args)

    async def execute(self, query: str, *args: object) -> str:
        """Run a statement for its effect."""
        with self._watched():
            return await super().execute(query, *args)

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        """Listen, for as long as the connection lives."""
        await super().add_listener(channel, callback)
        assert self._listener_connection is not None
        self._listener_connection.add_termination_listener(lambda connection: self._broken.set())

    @contextmanager
    def _watched(self) -> Iterator[None]:
        try:
            yield
        except COLLIDED:  # the library tries again
            raise
        except Exception:
            self._broken.set()
            raise


class _Shift:
    """Work over one pool, until it breaks or the process stops."""

    def __init__(self, working: Working, pool: Any, stop: asyncio.Event) -> None:
        self._working = working
        self._stop = stop
        self._broken, self._ending = asyncio.Event(), asyncio.Event()
        queries = Queries(
            _Driver(pool, self._broken),
            QueryBuilderEnvironment(QUEUE),
            QueryQueueBuilder(QUEUE),
            QuerySchedulerBuilder(QUEUE),
        )
        self._queue = QueueManager(queries, channel=QUEUE.channel)
        self._schedules = SchedulerManager(queries)
        self._runner = Runner(working.background, working.bus, {kind.name: kind for kind in working.kinds})
        for kind in working.kinds:
            self._queue.entrypoint(kind.name, accepts_context=False, on_failure="hold")(self._do)
        for schedule in working.schedules:
            self._schedules.schedule(schedule.name, schedule.expression, accepts_context=False)(
                _due(schedule)
            )

    async def work(self) -> None:
        """Take jobs and schedules; raises what broke either."""
        working = self._working
        ends = [
            asyncio.create_task(event.wait())
            for event in (self._stop, self._broken, self._queue.shutdown, self._schedules.shutdown)
        ]
        parts = [
            asyncio.create_task(
                self._queue.run(
                    dequeue_timeout=LOOK_EVERY,
                    batch_size=1,  # or a job of low priority would be taken beside one of high
                    max_concurrent_tasks=working.at_once,
                    shutdown_on_listener_failure=True,
                    heartbeat_timeout=working.silence,
                    log_aggregation_interval=timedelta(0),
                )
            ),
            asyncio.create_task(self._schedules.run()),
        ]
        try:
            await asyncio.wait({*ends, *parts}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()
            for each in (self._ending, self._queue.shutdown, self._schedules.shutdown):
                each.set()
            ended = await asyncio.gather(*parts, return_exceptions=True)
        for failure in ended:
            if failure is not None:
                raise failure

    async def _do(self, row: models.Job) -> None:
        ids = orjson.loads(row.payload or b"{}")
        organization_id, job_id = uuid.UUID(ids["organization"]), uuid.UUID(ids["job"])
        outcome = await self._runner.run(organization_id, job_id, self._ending)
        if outcome.verdict is Verdict.AGAIN:
            raise RetryRequested(outcome.pause)
        if outcome.verdict is Verdict.FAILED:
            raise JobFailed(f"job {job_id} has failed for good; its row says of what")


def _due(schedule: Schedule) -> Any:
    async def run(row: models.Schedule) -> None:
        log.debug("schedule is due", schedule=schedule.name)
        await schedule.run()

    return run


def _tells_news(record: logging.LogRecord) -> bool:
    """Whether a line of the library says what our own have not."""
    return not (record.exc_info and isinstance(record.exc_info[1], JobFailed))


logging.getLogger("pgqueuer").setLevel(logging.WARNING)
logging.getLogger("pgqueuer").addFilter(_tells_news)
