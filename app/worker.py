"""The consumers of events, and jobs: beside the server, or in a process of their own with CONSUMERS=false."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from app.analytics.rollups import FirstAnswers, Rollups
from app.assessments.sweeping import run_exam_clock
from app.jobs.kinds import JobKind, Schedule
from app.jobs.upkeep import drop_ended, requeue_lost
from app.jobs.working import Working, run_jobs
from app.leaderboards.news import BoardNews
from app.leaderboards.projection import Leaderboards
from app.live.activity import ClassroomActivity
from app.live.sweeping import run_sweeps
from app.mastery.references import ReferenceDifficulties
from app.operations.partitions import make_partitions
from app.operations.verification_job import Verification
from app.realtime.consumers import Consumer, run_consumers
from app.realtime.retention import drop_old_events
from app.recommendations.projection import Recommendations
from app.runtime import Runtime


def consumers() -> list[Consumer]:
    """All consumers, those that others wait for first."""
    return [
        ReferenceDifficulties(),
        Rollups(),
        Leaderboards(),
        BoardNews(),
        ClassroomActivity(),
        FirstAnswers(),
        Recommendations(),
    ]


def job_kinds(runtime: Runtime) -> list[JobKind]:
    """All kinds of jobs."""
    return [Verification(runtime.maintenance, runtime.background, consumers())]


def schedules(runtime: Runtime) -> list[Schedule]:
    """What is done by the clock (UTC), by one process of all that work."""

    async def lost() -> None:
        await requeue_lost(runtime.maintenance, runtime.background)

    async def events() -> None:
        await drop_old_events(runtime.maintenance, consumers())

    async def ended() -> None:
        await drop_ended(runtime.maintenance)

    async def partitions() -> None:
        await make_partitions(runtime.maintenance)

    return [
        Schedule("put lost jobs back", "* * * * *", lost),
        Schedule("drop old events", "17 * * * *", events),
        Schedule("drop ended jobs", "37 3 * * *", ended),
        Schedule("make partitions", "7 3 * * *", partitions),
    ]


def working(runtime: Runtime) -> Working:
    """What a process works on beside events."""
    settings = runtime.settings
    return Working(
        runtime.maintenance, runtime.background, runtime.bus, job_kinds(runtime), schedules(runtime),
        settings.jobs_at_once, timedelta(seconds=settings.job_silence_seconds),
    )  # fmt: skip


@asynccontextmanager
async def consuming(runtime: Runtime) -> AsyncIterator["asyncio.Task[None]"]:
    """The consumers at work, for as long as the context lasts; batches under way are ended, jobs put back."""
    stop = asyncio.Event()
    work = asyncio.create_task(run_consumers(runtime.maintenance, runtime.bus, consumers(), stop))
    sweeps = asyncio.create_task(run_sweeps(runtime.maintenance, stop))
    exams = asyncio.create_task(run_exam_clock(runtime.maintenance, runtime.database, stop))
    jobs = asyncio.create_task(run_jobs(working(runtime), stop))
    try:
        yield work
    finally:
        stop.set()
        await asyncio.gather(work, sweeps, exams, jobs)
