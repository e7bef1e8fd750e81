"""`masterygraph demo`, and the demo school that an empty embedded database gets when it is first served."""

import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.bootstrap import Addresses
from app.cli.database import analyze, patient, with_runtime
from app.config import Settings
from app.kit.database import Database
from app.operations.demo import loading
from app.operations.demo.loading import DemoState
from app.realtime.consumers import drain
from app.runtime import Runtime
from app.worker import consumers


async def prepare(runtime: Runtime, addresses: Addresses, console: Console) -> None:
    """Load the demo school into an empty database, or finish a loading that was cut."""
    if await loading.demo_state(runtime.database) in (DemoState.EMPTY, DemoState.UNFINISHED):
        async with patient(runtime, addresses) as database:
            await _load(runtime, database, console)
        await analyze(addresses)


def run(settings: Settings) -> None:
    """Load the demo school, beside whatever organizations there are."""
    console = Console()

    async def verb(runtime: Runtime) -> int:
        return await _load(runtime, runtime.database, console)

    if not with_runtime(settings, verb, bulk=True):
        console.print("The demo school is there already; nothing was changed.")


async def _load(runtime: Runtime, database: Database, console: Console) -> int:
    began = time.perf_counter()
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("Loading the demo school", total=None)

        def told(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        recorded = await loading.load(database, runtime.passwords, runtime.clock(), told)
        bar.update(task, description="Summing up for dashboards")
        await drain(runtime.maintenance, consumers())
    if recorded:
        seconds = time.perf_counter() - began
        console.print(f"Demo school loaded: {recorded:,} attempts in {seconds:.1f} s.", highlight=False)
    return recorded
