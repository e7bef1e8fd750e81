"""The exam clock: somebody has to look when nobody is connected.

What is due is found in all organizations; what it makes of an exam is done within its own, by the role that
serves. Each process may look: an exam that another holds is passed over.
"""

import asyncio
import uuid
from contextlib import suppress

import structlog

from app.assessments.exams import advance
from app.assessments.sitting import IDLE_AFTER, MISSING_AFTER, OFFLINE_AFTER
from app.kit.database import Database
from app.kit.errors import Unavailable
from app.kit.statements import sql

EVERY = 1.0
MOST = 200
"""Exams moved in one look."""

_DUE = sql("""
    SELECT organization_id, id FROM exam
    WHERE state = 'SCHEDULED' AND opens_at <= :now
       OR state = 'OPEN' AND closes_at <= :now AND NOT EXISTS (
         SELECT FROM exam_sitting s WHERE s.organization_id = exam.organization_id AND s.exam_id = exam.id
           AND s.state IN ('ACTIVE', 'PAUSED', 'LOCKED'))
    UNION
    SELECT organization_id, exam_id FROM exam_sitting
    WHERE state IN ('ACTIVE', 'LOCKED') AND ends_at <= :now
       OR presence IN ('ONLINE', 'IDLE') AND heard_at <= :missing
       OR presence = 'ONLINE' AND acted_at <= :idle
       OR presence = 'MISSING' AND heard_at <= :offline
    LIMIT :limit
""")

log = structlog.get_logger()


async def sweep_exams(everywhere: Database, database: Database) -> int:
    """Move every exam in which something is due; how many there were."""
    total = 0
    for organization_id, exam_id in await _due(everywhere):
        total += 1
        while True:
            async with database.unit_of_work(organization_id) as work:
                if not await advance(work, exam_id):
                    break
    return total


async def _due(everywhere: Database) -> list[tuple[uuid.UUID, uuid.UUID]]:
    async with everywhere.reader(None) as reader:
        rows = await reader.fetch(
            _DUE, now=reader.now, missing=reader.now - MISSING_AFTER, idle=reader.now - IDLE_AFTER,
            offline=reader.now - OFFLINE_AFTER, limit=MOST,
        )  # fmt: skip
    return [(row.organization_id, row.id) for row in rows]


async def run_exam_clock(
    everywhere: Database, database: Database, stop: asyncio.Event, every: float = EVERY
) -> None:
    """Sweep until `stop` is set."""
    while not stop.is_set():
        try:
            await sweep_exams(everywhere, database)
        except Unavailable as error:
            log.warning("the exam clock waits for the database", error=error.message)
        except Exception:
            log.error("the exam clock failed", exc_info=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
