"""`masterygraph import attempts`: progress while it runs, a summary at the end."""

import gc
import re
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from app.cli.database import with_runtime
from app.cli.endings import ExitCode
from app.config import Settings
from app.kit.errors import BadInput
from app.operations import import_attempts as importing
from app.operations import organizations
from app.operations.refused_rows import RefusedRows
from app.operations.source_rows import SourceFile, Timing, inspect, read_mapping
from app.runtime import Runtime

# A clock of another system may be ahead of ours.
CLOCK_SKEW = timedelta(minutes=5)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)?")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line said."""

    file: Path
    columns: str
    source: str
    organization: str
    new_organization: bool
    classroom: str | None
    start: str
    step: str
    batch: int
    refused: Path | None


def run(settings: Settings, request: Request) -> ExitCode:
    """Import; FINDINGS when rows were refused."""
    columns = read_mapping(request.columns)
    start, step = _moment(request.start), _duration(request.step)
    file = inspect(request.file)
    refused_rows = RefusedRows(request.refused or Path(f"{request.file.name}.refused.csv"))
    began = time.perf_counter()

    async def verb(runtime: Runtime) -> importing.Imported:
        databases = runtime.database, runtime.maintenance
        if request.new_organization:
            organization = await organizations.organization_named(*databases, request.organization)
        else:
            organization = await organizations.known_organization(runtime.maintenance, request.organization)
        timing = Timing(start, step, runtime.clock() + CLOCK_SKEW)
        order = importing.ImportOrder(file, request.source, columns, timing, request.classroom, request.batch)
        with _Bar(file) as bar:
            return await importing.import_attempts(
                runtime.database, organization.id, order, refused_rows, bar.moved
            )

    # Batches make many short-lived tuples and no cycles; looking for cycles often costs a fifth of the time.
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    done = with_runtime(settings, verb, bulk=True)
    _summarise(done, refused_rows, time.perf_counter() - began)
    return ExitCode.FINDINGS if done.refused else ExitCode.DONE


class _Bar:
    """Lines done, rate and time left: a bar on a terminal, nothing elsewhere."""

    def __init__(self, file: SourceFile) -> None:
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task(file.path.name, total=max(0, file.lines - 1), rate="")
        self._began = time.perf_counter()

    def __enter__(self) -> "_Bar":
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def moved(self, so_far: importing.Imported) -> None:
        """Show what was committed."""
        rate = f"{so_far.recorded / (time.perf_counter() - self._began):,.0f} attempts/s"
        self._bar.update(self._task, completed=so_far.line - 1, rate=rate)


def _summarise(done: importing.Imported, refused_rows: RefusedRows, seconds: float) -> None:
    console = Console()
    if done.finished_before:
        console.print("This file was imported before; nothing was added.", highlight=False)
        return
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right")
    table.add_row("Recorded", f"{done.recorded:,} attempts")
    if done.resumed_at:
        table.add_row("Resumed", f"after line {done.resumed_at:,}")
    if done.known:
        table.add_row("Known before", f"{done.known:,}")
    table.add_row("Refused", f"{done.refused:,} rows")
    table.add_row("New learners", f"{done.new_learners:,}")
    table.add_row("Took", f"{seconds:.1f} s, {done.recorded / seconds:,.0f} attempts/s")
    console.print(table, highlight=False)
    if done.refused:
        console.print(f"The refused rows, with their reasons: {refused_rows.path}", highlight=False)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--start {text!r} is no time; write it as 2009-09-01T08:00Z.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise BadInput(f"--step {text!r} is no duration; write it as 60s, 5m or 1h.")
    return timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"])
