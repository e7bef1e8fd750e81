"""What keeps the queue in order: jobs that fell out of it are put back, ended ones are dropped in time."""

from datetime import timedelta

import structlog

from app.jobs.queue import enqueue_again
from app.kit.database import Database
from app.kit.statements import sql

KEPT = timedelta(days=90)
LOG_KEPT = timedelta(days=7)

log = structlog.get_logger()

# A job that has not ended, without a row in the queue or with one that counts as failed there: a worker that
# lost its database between the two tables leaves such.
_LOST = sql("""
    SELECT j.organization_id, j.id FROM job j LEFT JOIN queue.job q ON q.id = j.queue_id
    WHERE j.state IN ('QUEUED', 'RUNNING') AND (q.id IS NULL OR q.status = 'failed')
    ORDER BY j.id LIMIT 500
""")
_DROP_ENDED = sql("DELETE FROM job WHERE ended_at < :bound")
_DROP_HELD = sql("DELETE FROM queue.job WHERE status = 'failed' AND updated < :bound")
_DROP_LOG = sql("DELETE FROM queue.job_log WHERE created < :bound")


async def requeue_lost(maintenance: Database, background: Database) -> int:
    """Put back the jobs that wait or run and that no worker would find; how many."""
    async with maintenance.reader(None) as reader:
        lost = await reader.fetch(_LOST)
    for row in lost:
        async with background.unit_of_work(row.organization_id) as work:
            await enqueue_again(work, row.id)
        log.warning("a job had fallen out of the queue and was put back", job=str(row.id))
    return len(lost)


async def drop_ended(maintenance: Database, kept: timedelta = KEPT) -> int:
    """Drop jobs that ended longer ago, and what the queue still knows of them; how many jobs."""
    async with maintenance.unit_of_work(None) as work:
        await work.execute(_DROP_LOG, bound=work.now - LOG_KEPT)
        await work.execute(_DROP_HELD, bound=work.now - kept)
        return await work.execute(_DROP_ENDED, bound=work.now - kept)
