"""A worker in a process of its own, to be killed: `python -m tests.jobs.worker KIND SILENCE`."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

from app.bootstrap import Addresses, started
from app.config import read_settings
from app.jobs.working import Working, run_jobs
from tests.jobs.kinds import Steps


async def main(kind: str, silence: float) -> None:
    """Work until we are killed."""
    application, owner, maintenance = (
        os.environ[name] for name in ("AS_APPLICATION", "AS_OWNER", "AS_WORKER")
    )
    settings = read_settings({}, data_dir=Path(os.environ["KEYS"]))
    addresses = Addresses(application, owner, maintenance, False)
    async with started(settings, addresses) as runtime:
        working = Working(
            runtime.maintenance, runtime.background, runtime.bus, [Steps(kind)], [],
            silence=timedelta(seconds=silence),
        )  # fmt: skip
        await run_jobs(working, asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], float(sys.argv[2])))
