"""A job, live: a snapshot, then every change until it has ended."""

import uuid
from collections.abc import AsyncIterator
from typing import Annotated, Any

import strawberry

from app.access.policies import of_creator, signed_in, with_object
from app.access.principal import Principal
from app.jobs.job import job_from_json
from app.jobs.queue import job_topic
from app.jobs.repository import jobs_by_id
from app.kit.database import Reader
from app.kit.errors import not_found
from app.realtime.stream import Change, Following, Snapshot, Told
from schema.context import Info, read_id
from schema.engine.declarations import graph_type, leaf, verb
from schema.jobs.types import Job
from schema.live.events import AFTER, RESUMED, StreamEvent, StreamHeartbeat, StreamNotice, event
from schema.live.sources import Subject, TopicSource
from schema.scalars import Cursor


@graph_type(policy=with_object, description="A job as it stands.")
class JobSnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    job: Job = leaf("The job.")


@graph_type(policy=with_object, description="A job is further, or in another state.")
class JobChanged(StreamEvent):
    job: Job = leaf("The job as it was then.")


JobProgressEvent = Annotated[
    JobSnapshot | JobChanged | StreamHeartbeat | StreamNotice,
    strawberry.union("JobProgressEvent", description="What the stream of a job tells."),
]


@strawberry.type
class JobSubscriptions:
    @verb("A job as whoever asked for it follows it: a snapshot, then every change.", gate=signed_in,
          subscription=True)  # fmt: skip
    async def job_progress(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="One's own job; for admins any.")],
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[JobProgressEvent]:
        context, key = info.context, read_id(id, "job", "job", "id")
        job = await context.loaders.of(jobs_by_id, None, None, of_creator).load(key)
        if job is None:
            raise not_found("job", "id")
        principal = context.principal
        following = Following(
            context.runtime.readers, principal.organization_id, job_topic(key),
            lambda reader: _snapshot(principal, reader, key),
        )  # fmt: skip
        source: Any = TopicSource(Subject(of_creator, job, "job", "id"), following, after, _tell)
        return source


async def _snapshot(principal: Principal, reader: Reader, job_id: uuid.UUID) -> Any:
    (found,) = await jobs_by_id(reader, [job_id], None, None, principal)
    if found is None:
        raise not_found("job", "id")
    return found


def _tell(told: Told) -> Any:
    if isinstance(told, Snapshot):
        return event("JobSnapshot", told, resumed=False, job=told.state)
    assert isinstance(told, Change)
    return event("JobChanged", told, job=job_from_json(told.payload["job"]))
