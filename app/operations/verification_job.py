"""The job that recomputes what is derived for one organization, and tells what differs."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.access.principal import Principal
from app.analytics.verification import rollup_differences
from app.jobs.job import Job
from app.jobs.kinds import Assignment, Retries
from app.jobs.queue import NewJob, enqueue
from app.kit.database import Database, Reader, UnitOfWork
from app.kit.difference import Difference
from app.kit.statements import sql
from app.leaderboards.verification import leaderboard_differences
from app.operations.verify import MOST_DIFFERENCES, Report, as_difference
from app.practice.verification import SNAPSHOT, verify_mastery
from app.realtime.consumers import Consumer, drain

VERIFICATION = "VERIFICATION"
RETRIES = Retries(tries=3, first=timedelta(seconds=30))
MOST_TOLD = 40
"""Differences of a part that the result names; more are counted."""
LOOKS = 3
BETWEEN_LOOKS = 0.5

_LEARNERS = sql("SELECT count(*) FROM learner_state")
_PARTS: dict[str, Callable[[Reader], Awaitable[list[Difference]]]] = {
    "rollups": rollup_differences,
    "leaderboards": leaderboard_differences,
}


async def start_verification(work: UnitOfWork, principal: Principal) -> Job:
    """Ask for a verification of the organization; the one under way, if there is one."""
    return await enqueue(work, NewJob(VERIFICATION, principal.user_id, lane=VERIFICATION))


@dataclass(frozen=True, slots=True)
class Verification:
    """Reads alone, so it may run any number of times; learners go on answering meanwhile.

    Mastery is looked at in one snapshot. Projections follow answers a moment later, so what differs there
    counts only when it differs in the same way in several looks, the consumers having caught up before each.
    """

    maintenance: Database
    background: Database
    consumers: Sequence[Consumer]
    name: str = VERIFICATION
    retries: Retries = RETRIES

    async def run(self, assignment: Assignment) -> dict[str, Any]:
        """Verify; the result names each part with what differs."""
        organization_id = assignment.organization_id
        async with self.background.reader(organization_id) as reader:
            learners = await reader.fetch_value(_LEARNERS)
        total = learners + len(_PARTS)

        async def judged(done: int) -> None:
            await assignment.report(done, total, f"Judging the answers of {learners:,} learners again.")

        await judged(0)
        reports = [Report("mastery", await self._mastery(organization_id, judged))]
        for place, (part, look) in enumerate(_PARTS.items()):
            await assignment.report(learners + place, total, f"Recomputing {part}.")
            reports.append(Report(part, await self._lasting(organization_id, look)))
        await assignment.report(total, total, "Everything is recomputed.")
        return {"parts": list(map(_as_json, reports))}

    async def _mastery(
        self, organization_id: uuid.UUID, told: Callable[[int], Awaitable[None]]
    ) -> tuple[Difference, ...]:
        async with self.background.unit_of_work(organization_id, SNAPSHOT) as work:
            found = await verify_mastery(work, MOST_DIFFERENCES, told)
        return tuple(map(as_difference, found))

    async def _lasting(
        self, organization_id: uuid.UUID, look: Callable[[Reader], Awaitable[list[Difference]]]
    ) -> tuple[Difference, ...]:
        found: dict[Difference, None] | None = None
        for number in range(LOOKS):
            if number:
                await asyncio.sleep(BETWEEN_LOOKS)
            await drain(self.maintenance, list(self.consumers))
            async with self.background.reader(organization_id) as reader:
                seen = dict.fromkeys(await look(reader))
            found = seen if found is None else {each: None for each in found if each in seen}
            if not found:
                break
        return tuple(found or ())


def _as_json(report: Report) -> dict[str, Any]:
    told = report.differences[:MOST_TOLD]
    return {
        "part": report.part,
        "count": len(report.differences),
        "differences": [
            {"what": each.what, "key": each.key, "stored": each.stored, "recomputed": each.recomputed}
            for each in told
        ],
    }
