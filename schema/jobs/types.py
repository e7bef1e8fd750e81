"""Jobs: who asked for what, how far it is, what came of it."""

from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import of_creator, with_object
from app.identity.repository import users_by_id
from app.jobs.job import JobState
from app.jobs.repository import jobs_by_id
from app.kit.errors import ErrorCode
from app.operations.verification_job import VERIFICATION
from schema.engine.declarations import edge, graph_type, leaf, verb
from schema.enums import graph_enum
from schema.node import Node, node_kind, typed

if TYPE_CHECKING:
    from schema.identity.types import User

graph_enum(
    JobState,
    "Where a job stands; the last three are for good.",
    {
        JobState.QUEUED: "It waits for a worker, or for the time of its next try.",
        JobState.RUNNING: "A worker is at it.",
        JobState.DONE: "It is done; the result is there.",
        JobState.FAILED: "It failed, and is not tried again; the error says of what.",
        JobState.CANCELLED: "Somebody cancelled it.",
    },
)


@graph_type(policy=with_object, description="How far a job is.")
class JobProgress:
    done: int = leaf("Steps behind it.")
    total: int | None = leaf("Steps in all; null until that is known.")
    doing: str | None = leaf("What it does now, in a sentence.")


@graph_type(policy=with_object, description="What the last run of a job failed of.")
class JobError:
    code: ErrorCode = leaf("What kind of error it is.")
    message: str = leaf("What happened, in a sentence.")


@graph_type(policy=with_object, description="A stored figure that recomputation does not give.")
class FigureDifference:
    what: str = leaf("Which figure, of what.")
    key: str = leaf("Whose.")
    stored: str = leaf("What is stored; empty when nothing is.")
    recomputed: str = leaf("What was recomputed; empty when there should be nothing.")


@graph_type(
    policy=with_object, description="What was recomputed of one part: mastery, rollups, leaderboards."
)
class VerifiedPart:
    part: str = leaf("The part.")
    count: int = leaf("How many figures differ; 0 when the part agrees.")
    differences: list[FigureDifference] = leaf("The first of them.", list_size=40)


@graph_type(policy=with_object, description="Whether what is derived says what the answers say.")
class VerificationResult:
    agrees: bool = leaf("Whether nothing differs.")
    parts: list[VerifiedPart] = leaf("Each part.", list_size=3)


JobResult = Annotated[
    VerificationResult, strawberry.union("JobResult", description="What came of a job, by its kind.")
]


@graph_type(policy=of_creator, id_prefix="job", description="Work that goes on behind an answer.")
class Job(Node):
    kind: str = leaf("What it does, such as VERIFICATION; the list grows.")
    state: JobState = leaf("Where it stands.")
    progress: JobProgress = leaf("How far it is.")
    failures: int = leaf("How many of its runs failed.")
    error: JobError | None = leaf("What its last run failed of, where none has succeeded since.")
    created_by: Annotated["User", strawberry.lazy("schema.identity.types")] | None = edge(
        users_by_id, key="created_by", policy=with_object, description="Who asked for it."
    )
    created_at: datetime = leaf("When it was asked for.")
    not_before: datetime | None = leaf("The time of its next try, where it waits for one.")
    started_at: datetime | None = leaf("When it was taken up, the last time.")
    ended_at: datetime | None = leaf("When it ended for good.")
    cancel_requested_at: datetime | None = leaf("When somebody first wanted it cancelled.")

    @verb("What came of it, once it is done.", gate=of_creator)
    async def result(self) -> JobResult | None:
        return result_of(self)


def result_of(job: Any) -> Any:
    """The result of a job under its type's name; None for kinds without one."""
    if job.kind != VERIFICATION or job.result is None:
        return None
    parts = [
        SimpleNamespace(**{**part, "differences": [SimpleNamespace(**each) for each in part["differences"]]})
        for part in job.result["parts"]
    ]
    result = SimpleNamespace(agrees=not any(part.count for part in parts), parts=parts)
    return typed("VerificationResult", result)


node_kind("job", "Job", jobs_by_id, of_creator)
