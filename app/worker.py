"""The consumers of events: beside the server, or in a process of their own with CONSUMERS=false elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.analytics.rollups import FirstAnswers, Rollups
from app.assessments.sweeping import run_exam_clock
from app.leaderboards.projection import Leaderboards
from app.live.activity import ClassroomActivity
from app.live.sweeping import run_sweeps
from app.mastery.references import ReferenceDifficulties
from app.realtime.consumers import Consumer, run_consumers
from app.recommendations.projection import Recommendations
from app.runtime import Runtime


def consumers() -> list[Consumer]:
    """All consumers, those that others wait for first."""
    return [
        ReferenceDifficulties(),
        Rollups(),
        Leaderboards(),
        ClassroomActivity(),
        FirstAnswers(),
        Recommendations(),
    ]


@asynccontextmanager
async def consuming(runtime: Runtime) -> AsyncIterator["asyncio.Task[None]"]:
    """The consumers at work, for as long as the context lasts; batches under way are ended."""
    stop = asyncio.Event()
    work = asyncio.create_task(run_consumers(runtime.maintenance, runtime.bus, consumers(), stop))
    sweeps = asyncio.create_task(run_sweeps(runtime.maintenance, stop))
    exams = asyncio.create_task(run_exam_clock(runtime.maintenance, runtime.database, stop))
    try:
        yield work
    finally:
        stop.set()
        await asyncio.gather(work, sweeps, exams)
