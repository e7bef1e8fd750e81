"""Doing one job: taken up, watched while it runs, and its end written, whatever that is.

Each taking up gives the run a number, and whatever a run writes is written under that number only. So a
worker that was thought dead, and is not, ends nothing that another has taken up since.
"""

import asyncio
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Any

import structlog

from app.jobs.job import Job, JobState
from app.jobs.kinds import JobKind
from app.jobs.queue import RETURNED, job_topic, told
from app.kit.database import Database, UnitOfWork
from app.kit.errors import DomainError, ErrorCode, Unavailable
from app.kit.statements import Statement, sql
from app.realtime.bus import Bus

LOOK_EVERY = 1.0
"""Seconds between looks at whether the job is still wanted; a wake-up brings the next one forward."""
REPORT_EVERY = 0.5
UNEXPECTED = "It failed unexpectedly; the server's log says why, under the id of the job."

log = structlog.get_logger()

_TAKE = sql(f"""
    UPDATE job SET state = 'RUNNING', run = run + 1, started_at = :now, not_before = NULL, done = 0,
                   total = NULL, doing = NULL
    WHERE id = :id AND state IN ('QUEUED', 'RUNNING') AND cancel_requested_at IS NULL RETURNING {RETURNED}
""")
_DROP = sql(f"""
    UPDATE job SET state = 'CANCELLED', ended_at = :now
    WHERE id = :id AND state IN ('QUEUED', 'RUNNING') AND cancel_requested_at IS NOT NULL RETURNING {RETURNED}
""")
_STANDING = sql("SELECT run, state, cancel_requested_at FROM job WHERE id = :id")
_MINE = "WHERE id = :id AND run = :run AND state = 'RUNNING'"
_REPORT = sql(f"UPDATE job SET done = :done, total = :total, doing = :doing {_MINE} RETURNING {RETURNED}")
_END = sql(f"""
    UPDATE job SET state = :state, result = :result, failures = failures + :failed, error_code = :code,
                   error_message = :message, ended_at = :now
    {_MINE} RETURNING {RETURNED}
""")
_WAIT = sql(f"""
    UPDATE job SET state = 'QUEUED', not_before = :at, failures = failures + :failed,
                   error_code = coalesce(:code, error_code), error_message = coalesce(:message, error_message)
    {_MINE} RETURNING {RETURNED}
""")


class Verdict(Enum):
    """What the queue is to do with its row."""

    ENDED = auto()
    FAILED = auto()
    AGAIN = auto()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one run; `pause` until the next, where there is to be one."""

    verdict: Verdict
    pause: timedelta = timedelta(0)


class _Why(Enum):
    """Why a run is ended from outside."""

    CANCELLED = auto()
    SUPERSEDED = auto()
    STOPPING = auto()


class Runner:
    """Runs jobs of its kinds, each as the role that serves, within the job's organization."""

    def __init__(self, database: Database, bus: Bus, kinds: Mapping[str, JobKind]) -> None:
        self._database = database
        self._bus = bus
        self._kinds = kinds

    async def run(self, organization_id: uuid.UUID, job_id: uuid.UUID, stopping: asyncio.Event) -> Outcome:
        """Run a job to an end; when `stopping` is set it goes back into the queue."""
        async with self._database.unit_of_work(organization_id) as work:
            job = await _take_up(work, job_id)
        if job is None:
            return Outcome(Verdict.ENDED)
        kind = self._kinds[job.kind]
        doing = asyncio.ensure_future(kind.run(_Assignment(self._database, job)))
        why = await self._await_end(doing, job, stopping)
        with structlog.contextvars.bound_contextvars(job=str(job.id), kind=job.kind, run=job.run):
            return await self._settle(_Settling(self._database, job, kind), doing, why, stopping)

    async def _await_end(
        self, doing: "asyncio.Future[Any]", job: Job, stopping: asyncio.Event
    ) -> _Why | None:
        """Wait until it ends by itself (None), or end it."""
        unwanted = asyncio.ensure_future(self._until_unwanted(job))
        stop = asyncio.ensure_future(stopping.wait())
        try:
            await asyncio.wait({doing, unwanted, stop}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in (stop, doing) if unwanted.done() else (stop, doing, unwanted):
                each.cancel()
            await asyncio.wait({doing, stop, unwanted})
        if not doing.cancelled():
            return None
        return unwanted.result() if not unwanted.cancelled() else _Why.STOPPING

    async def _until_unwanted(self, job: Job) -> _Why:
        async with self._bus.waiting(job_topic(job.id)) as news:
            while True:
                with suppress(Unavailable):
                    async with self._database.reader(job.organization_id) as reader:
                        row = await reader.fetch_one(_STANDING, id=job.id)
                    if row is None or (row.run, row.state) != (job.run, JobState.RUNNING):
                        return _Why.SUPERSEDED
                    if row.cancel_requested_at is not None:
                        return _Why.CANCELLED
                await news.wait(LOOK_EVERY)

    async def _settle(
        self, settling: "_Settling", doing: "asyncio.Future[Any]", why: _Why | None, stopping: asyncio.Event
    ) -> Outcome:
        if why is _Why.SUPERSEDED:
            log.warning("job was taken up by another worker, or ended; this run is dropped")
            return Outcome(Verdict.ENDED)
        while True:
            try:
                return await settling.outcome(doing, why)
            except Unavailable as error:
                # Left as it stands it is taken up again, once its silence has lasted long enough.
                if stopping.is_set():
                    return Outcome(Verdict.AGAIN)
                log.warning("the end of a job waits for the database", error=error.message)
                await asyncio.sleep(LOOK_EVERY)


@dataclass(frozen=True, slots=True)
class _Settling:
    """Writes how a run has ended."""

    database: Database
    job: Job
    kind: JobKind

    async def outcome(self, doing: "asyncio.Future[Any]", why: _Why | None) -> Outcome:
        """Write it, and say what the queue is to do."""
        if why is _Why.STOPPING:
            await self._write(_WAIT, at=None, failed=0, code=None, message=None)
            return Outcome(Verdict.AGAIN)
        if why is _Why.CANCELLED:
            return await self._end(JobState.CANCELLED)
        error = doing.exception()
        if error is None:
            return await self._end(JobState.DONE, result=doing.result())
        return await self._failed(error)

    async def _failed(self, error: BaseException) -> Outcome:
        """Try again what may come right by itself; what the caller would have to change will not."""
        told_alike = isinstance(error, DomainError)
        code = error.code if isinstance(error, DomainError) else ErrorCode.INTERNAL
        message = error.message if isinstance(error, DomainError) else UNEXPECTED
        if not told_alike:
            log.error("job failed", exc_info=error)
        pause = None
        if not told_alike or isinstance(error, Unavailable):
            pause = self.kind.retries.pause(self.job.failures + 1)
        if pause is None:
            return await self._end(JobState.FAILED, failed=1, code=code, message=message)
        log.warning("job waits for its next try", seconds=pause.total_seconds(), error=message)
        await self._write(_WAIT, pause=pause, failed=1, code=code, message=message)
        return Outcome(Verdict.AGAIN, pause)

    async def _end(
        self,
        state: JobState,
        *,
        result: dict[str, Any] | None = None,
        failed: int = 0,
        code: ErrorCode | None = None,
        message: str | None = None,
    ) -> Outcome:
        await self._write(_END, state=state, result=result, failed=failed, code=code, message=message)
        return Outcome(Verdict.FAILED if state is JobState.FAILED else Verdict.ENDED)

    async def _write(self, statement: Statement, pause: timedelta | None = None, **values: Any) -> None:
        async with self.database.unit_of_work(self.job.organization_id) as work:
            if pause is not None:
                values["at"] = work.now + pause
            row = await work.fetch_one(
                statement, id=self.job.id, run=self.job.run, **{"now": work.now, **values}
            )
            if row is not None:
                await told(work, row)


class _Assignment:
    """A job in the hands of this worker."""

    def __init__(self, database: Database, job: Job) -> None:
        self._database = database
        self._job = job
        self._next = 0.0

    @property
    def organization_id(self) -> uuid.UUID:
        """For which organization it is done."""
        return self._job.organization_id

    @property
    def input(self) -> dict[str, Any]:
        """What it was given."""
        return self._job.input

    async def report(self, done: int, total: int | None, doing: str) -> None:
        """Tell followers how far it is; what comes too soon after the last report is left out."""
        now = asyncio.get_running_loop().time()
        if now < self._next and done != total:
            return
        self._next = now + REPORT_EVERY
        async with self._database.unit_of_work(self.organization_id) as work:
            row = await work.fetch_one(
                _REPORT, id=self._job.id, run=self._job.run, done=done, total=total, doing=doing
            )
            if row is not None:
                await told(work, row)


async def _take_up(work: UnitOfWork, job_id: uuid.UUID) -> Job | None:
    """The job, running from now on; None when it has ended, or ends here because that was wanted."""
    row = await work.fetch_one(_TAKE, id=job_id, now=work.now)
    if row is not None:
        return await told(work, row)
    row = await work.fetch_one(_DROP, id=job_id, now=work.now)
    if row is not None:
        await told(work, row)
    return None
