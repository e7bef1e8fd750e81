"""Kinds of jobs that tests ask for, and workers that do them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from app.jobs.job import Job
from app.jobs.kinds import Assignment, JobKind, Retries, Schedule
from app.jobs.queue import NewJob, enqueue
from app.jobs.working import Working, run_jobs
from app.kit import ids
from app.runtime import Runtime
from tests.client import Client, School

QUICK = Retries(tries=3, first=timedelta(milliseconds=100))
JOB = """id kind state progress { done total doing } failures error { code message } notBefore startedAt
  endedAt cancelRequestedAt createdBy { id }"""
PROGRESS = f"""subscription($id: ID!, $after: Cursor) {{ jobProgress(id: $id, after: $after) {{ __typename
  ... on JobSnapshot {{ cursor resumed job {{ {JOB} }} }}
  ... on JobChanged {{ cursor job {{ {JOB} }} }}
  ... on StreamHeartbeat {{ cursor }} ... on StreamNotice {{ kind }} }} }}"""


@dataclass
class Doing:
    """A kind that does what a test says; its name is its own, so that no other test's worker takes it."""

    work: Callable[[Assignment], Awaitable[dict[str, Any] | None]]
    name: str = field(default_factory=lambda: f"TEST_{uuid.uuid4().hex}")
    retries: Retries = QUICK

    def as_kind(self) -> JobKind:
        """The same as workers know it."""
        return _Kind(self)


@dataclass(frozen=True)
class Steps:
    """Counts to the number it was given, a step each `pause`, and writes down when it begins and ends."""

    name: str
    retries: Retries = QUICK

    async def run(self, assignment: Assignment) -> None:
        """Count."""
        given = assignment.input
        journal = Path(given["journal"])
        _write(journal, "began")
        for step in range(1, given["steps"] + 1):
            await asyncio.sleep(given["pause"])
            await assignment.report(step, given["steps"], f"Step {step}.")
        _write(journal, "ended")


@dataclass(frozen=True)
class _Kind:
    doing: Doing

    @property
    def name(self) -> str:
        return self.doing.name

    @property
    def retries(self) -> Retries:
        return self.doing.retries

    async def run(self, assignment: Assignment) -> dict[str, Any] | None:
        return await self.doing.work(assignment)


def _write(journal: Path, word: str) -> None:
    with journal.open("a") as file:
        file.write(word + "\n")


@dataclass
class Office:
    """A school whose admin asks for jobs, and the workers who do them."""

    school: School

    @property
    def runtime(self) -> Runtime:
        return self.school.runtime

    async def ask_for(self, kind: str, *, by: Client | None = None, **given: Any) -> str:
        """Ask for a job as the mutation of a domain would; its public id."""
        owner = ids.decode((by or await self.boss()).user_id)
        assert owner is not None
        async with self.runtime.database.unit_of_work(self.tenant) as work:
            job: Job = await enqueue(work, NewJob(kind, owner[1], **given))
        return ids.encode("job", job.id)

    async def boss(self) -> Client:
        """The admin, knowing its own id."""
        if not self.school.admin.user_id:
            data = await self.school.admin.ask("{ viewer { user { id } } }")
            self.school.admin.user_id = data["viewer"]["user"]["id"]
        return self.school.admin

    @property
    def tenant(self) -> uuid.UUID:
        found = ids.decode(self.school.organization_id)
        assert found is not None
        return found[1]

    async def job(self, job_id: str, who: Client | None = None) -> Any:
        """The job as its owner sees it now."""
        query = f"query($id: ID!) {{ node(id: $id) {{ ... on Job {{ {JOB} }} }} }}"
        return (await (who or self.school.admin).ask(query, id=job_id))["node"]

    async def until(self, job_id: str, state: str, patience: float = 30.0) -> Any:
        """The job once it is in that state."""
        async with asyncio.timeout(patience):
            while True:
                found = await self.job(job_id)
                if found["state"] == state:
                    return found
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def worker(
        self, *kinds: Doing | JobKind, schedules: tuple[Schedule, ...] = ()
    ) -> AsyncIterator[asyncio.Event]:
        """A worker of this process; the event has it stop."""
        stop = asyncio.Event()
        known = [kind.as_kind() if isinstance(kind, Doing) else kind for kind in kinds]
        runtime = self.runtime
        working = Working(runtime.maintenance, runtime.background, runtime.bus, known, schedules)
        task = asyncio.create_task(run_jobs(working, stop))
        try:
            yield stop
        finally:
            stop.set()
            async with asyncio.timeout(30):
                await task
