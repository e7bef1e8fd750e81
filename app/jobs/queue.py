"""Asking for a job and for its end, inside the unit of work of the mutation that wants it.

A job is a row of its organization. `enqueue_job`, a function of the database, puts the ids of that row into
the queue: the role that serves has no other way there, so it can ask for no job of another organization.
"""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.jobs.job import COLUMNS, Job, JobState, job_as_json, job_of
from app.kit.database import Row, UnitOfWork
from app.kit.errors import Conflict
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime.event_log import NewEvent, append

CHANGED = "job.changed"
RETURNED = ", ".join(COLUMNS)
_UNDER_WAY = "state IN ('QUEUED', 'RUNNING')"

_INSERT = sql(f"""
    INSERT INTO job (organization_id, id, kind, state, priority, lane, input, created_by, created_at,
                     not_before)
    VALUES (:organization_id, :id, :kind, 'QUEUED', :priority, :lane, :input, :created_by, :now, :not_before)
    ON CONFLICT (organization_id, lane) WHERE lane IS NOT NULL AND {_UNDER_WAY} DO NOTHING
    RETURNING {RETURNED}
""")
_IN_LANE = sql(f"SELECT {RETURNED} FROM job WHERE lane = :lane AND {_UNDER_WAY}")
_ENQUEUE = sql("SELECT enqueue_job(:id)")
_JOB = sql(f"SELECT {RETURNED} FROM job WHERE id = :id")
_CANCEL = sql(f"""
    UPDATE job SET
      state = CASE WHEN state = 'QUEUED' THEN 'CANCELLED' ELSE state END,
      ended_at = CASE WHEN state = 'QUEUED' THEN :now::timestamptz END,
      cancel_requested_at = coalesce(cancel_requested_at, :now::timestamptz)
    WHERE id = :id AND {_UNDER_WAY} RETURNING {RETURNED}
""")


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be done: which kind, with what (JSON), for whom.

    Of those that wait, the one of higher `priority` is taken first, then the one that came first. A job with
    a `not_before` waits until then. A `lane` of an organization holds one job that has not ended.
    """

    kind: str
    created_by: uuid.UUID | None
    input: dict[str, Any] = field(default_factory=dict)
    priority: int = 0
    not_before: datetime | None = None
    lane: str | None = None


def job_topic(job_id: uuid.UUID) -> str:
    """The topic of one job."""
    return f"job:{job_id.hex}"


async def enqueue(work: UnitOfWork, new: NewJob) -> Job:
    """Ask for a job, committed with whatever else `work` does; the one in its lane, if there is one."""
    while True:
        row = await work.fetch_one(
            _INSERT, organization_id=work.tenant, id=new_id(), kind=new.kind, priority=new.priority,
            lane=new.lane, input=new.input, created_by=new.created_by, not_before=new.not_before,
            now=work.now,
        )  # fmt: skip
        if row is not None:
            await work.fetch_value(_ENQUEUE, id=row.id)
            return await told(work, row)
        row = await work.fetch_one(_IN_LANE, lane=new.lane)
        if row is not None:
            return job_of(row)


async def enqueue_again(work: UnitOfWork, job_id: uuid.UUID) -> None:
    """Put a job into the queue that ought to be there and is not."""
    await work.fetch_value(_ENQUEUE, id=job_id)


async def read_job(work: UnitOfWork, job_id: uuid.UUID) -> Job | None:
    """The job with this id in the organization of `work`."""
    row = await work.fetch_one(_JOB, id=job_id)
    return job_of(row) if row is not None else None


async def cancel(work: UnitOfWork, job: Job) -> Job:
    """End a job that waits; have the worker end one that runs. Conflict when it ended by itself."""
    row = await work.fetch_one(_CANCEL, id=job.id, now=work.now)
    if row is not None:
        return await told(work, row)
    ended = await read_job(work, job.id)
    if ended is not None and ended.state is JobState.CANCELLED:
        return ended
    raise Conflict("The job has ended already; there is nothing left to cancel.", path=("jobId",))


async def told(work: UnitOfWork, row: Row) -> Job:
    """The job of a row that was just written, after its followers were told of it."""
    job = job_of(row)
    payload = {"job": job_as_json(job)}
    await append(work, [NewEvent(job_topic(job.id), CHANGED, payload, work.tenant)])
    return job
