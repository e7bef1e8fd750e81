"""Jobs as those who asked for them see to them."""

import uuid

from app.access.principal import Principal
from app.jobs import queue
from app.jobs.job import Job
from app.kit.database import UnitOfWork
from app.kit.errors import not_found


async def cancel_job(work: UnitOfWork, principal: Principal, job_id: uuid.UUID) -> Job:
    """Cancel a job of one's own, or as an admin any of the organization; again is once."""
    job = await queue.read_job(work, job_id)
    if job is None or not (principal.is_admin or job.created_by == principal.user_id):
        raise not_found("job", "jobId")
    return await queue.cancel(work, job)
