"""Asking for jobs, and cancelling them."""

import uuid
from typing import Any

import strawberry

from app.access.policies import admin, of_creator, signed_in
from app.access.principal import Principal
from app.jobs.repository import jobs_by_id
from app.kit.database import UnitOfWork
from app.operations.jobs import cancel_job
from app.operations.verification_job import start_verification
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.jobs.types import Job
from schema.mutations import mutation, payload


@strawberry.input(description="A verification to begin.")
class StartVerificationInput:
    idempotency_key: str | None = strawberry.field(
        default=None, description="The same key gives the same job again, also after it has ended."
    )


@strawberry.input(description="Which job to cancel.")
class CancelJobInput:
    job_id: strawberry.ID = strawberry.field(description="One's own job; for admins any.")


@payload_type("The job, or why not.")
class JobPayload:
    job: Job | None = edge(jobs_by_id, key="job_id", policy=of_creator, description="The job.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class JobMutations:
    @mutation("Have mastery, rollups and leaderboards recomputed and compared with what is stored; gives the "
              "job under way, where there is one.", gate=admin)  # fmt: skip
    async def start_verification(self, info: Info, input: StartVerificationInput) -> JobPayload:
        begun = await info.context.write_once("startVerification", input, _start)
        return payload(job_id=uuid.UUID(begun["job_id"]))

    @mutation("Cancel a job: one that waits ends at once, one that runs as soon as its worker hears of it.",
              gate=signed_in)  # fmt: skip
    async def cancel_job(self, info: Info, input: CancelJobInput) -> JobPayload:
        job_id = read_id(input.job_id, "job", "job", "jobId")
        cancelled = await info.context.write(cancel_job, job_id)
        return payload(job_id=cancelled.id)


async def _start(work: UnitOfWork, principal: Principal) -> dict[str, Any]:
    return {"job_id": (await start_verification(work, principal)).id.hex}
