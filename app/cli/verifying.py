"""`masterygraph verify`: recomputes what is derived, and shows what differs."""

import time

from rich.console import Console
from rich.table import Table

from app.cli.database import with_runtime
from app.cli.endings import ExitCode
from app.config import Settings
from app.operations.verify import Report, verify
from app.runtime import Runtime
from app.worker import consumers

MOST_SHOWN = 40


def run(settings: Settings) -> ExitCode:
    """Verify; FINDINGS when anything differs."""
    console, began = Console(), time.perf_counter()
    status = Console(stderr=True).status("Verifying …")

    async def work(runtime: Runtime) -> list[Report]:
        return await verify(
            runtime.maintenance, consumers(), lambda part: status.update(f"Verifying {part} …")
        )

    with status:
        reports = with_runtime(settings, work)
    for report in reports:
        count = len(report.differences)
        console.print(
            f"{report.part:<14}{'agrees' if not count else f'{count:,} differences'}", highlight=False
        )
        if count:
            console.print(_differences(report))
    console.print(f"Verified in {time.perf_counter() - began:.1f} s.", highlight=False)
    return ExitCode.FINDINGS if any(report.differences for report in reports) else ExitCode.DONE


def _differences(report: Report) -> Table:
    table = Table("What", "Which", "Stored", "Recomputed")
    for each in report.differences[:MOST_SHOWN]:
        table.add_row(each.what, each.key, each.stored, each.recomputed)
    if len(report.differences) > MOST_SHOWN:
        table.caption = f"{len(report.differences) - MOST_SHOWN:,} more are not shown."
    return table
