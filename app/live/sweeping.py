"""Presence fades by the clock, which writes no events of its own: somebody has to look."""

import asyncio
from contextlib import suppress

import structlog

from app.kit.database import Database
from app.kit.errors import Unavailable
from app.live.activity import sweep

EVERY = 5.0
BATCH = 500

log = structlog.get_logger()


async def sweep_all(database: Database) -> int:
    """Tell classes of everyone who has gone quiet, in transactions of a batch each; how many there were."""
    total = 0
    while True:
        async with database.unit_of_work(None) as work:
            found = await sweep(work, BATCH)
        total += found
        if found < BATCH:
            return total


async def run_sweeps(database: Database, stop: asyncio.Event, every: float = EVERY) -> None:
    """Sweep until `stop` is set. Several processes may: each takes rows that no other holds."""
    while not stop.is_set():
        try:
            await sweep_all(database)
        except Unavailable as error:
            log.warning("presence waits for the database", error=error.message)
        except Exception:
            log.error("presence sweep failed", exc_info=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), every)
