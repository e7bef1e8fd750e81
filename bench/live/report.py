"""What was measured beside what was asked, as a table to read and as one to keep in docs/benchmarks.md."""

import os
import platform
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from bench.live.campaign import Outcome, Plan
from bench.live.fanout import FanOut
from bench.live.held import Held, Load
from bench.live.installation import ROOT

DOCUMENT = ROOT / "docs" / "benchmarks.md"
MEMORY, DELAY, STALL, RATIO, SUBSCRIBERS, EVENTS = 60, 200, 45, 3.0, 5_000, 1_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """A line: what, what the design asks for, what came out."""

    measured: str
    asked: str
    found: str


def of_held(held: Held, load: Load) -> list[Row]:
    """The lines of the subscribers held."""
    tally, worst = held.tally, max(held.gone_after, default=0.0)
    return [
        Row("subscribers, two servers, two cores", f"{SUBSCRIBERS:,}", f"{held.subscribers:,}"),
        Row("of them connected at the worst moment", "", f"{held.least:,}"),
        Row("for", "30 min", f"{held.seconds:,.0f} s"),
        Row("stalled at a time; leave and come back each second", "10 %; 1 %",
            f"{load.stalled:.0%}; {load.churn:.0%} ({held.left:,} left, {held.stalls:,} stalls)"),
        Row("memory of an idle one", f"≤ {MEMORY} KB", f"{held.kilobytes:.1f} KB"),
        Row("an answer, until who watches has it, p50 / p99", f"p99 ≤ {DELAY} ms", _delays(held.delays)),
        Row("an act on everyone of an exam, p50 / p99", "", _delays(held.delays_of_acts)),
        Row("a stalled one is gone after, at most", f"≤ {STALL} s",
            f"{worst:.0f} s ({len(held.gone_after):,} seen)"),
        Row("answers a second; acts on everyone", "",
            f"{held.answers / max(held.seconds, 1):.1f}; {held.acts:,}"),
        Row("events told", "", f"{tally.changes:,}"),
        Row("events lost; told twice", "0; 0", f"{tally.lost:,}; {tally.twice:,}"),
        Row("processor of the servers; of PostgreSQL, worker, Redis; of the clients", "", _cores(held)),
        Row("clients came late to their own sockets, p99", "", f"{_p99(held.lateness)} ms"),
    ]  # fmt: skip


def of_faults(outcome: Outcome, plan: Plan) -> list[Row]:
    """The lines of a run under faults."""
    tally, trouble = outcome.tally, outcome.trouble
    return [
        Row("exam events written", f"{EVENTS:,}", f"{outcome.written:,}"),
        Row("told to subscribers", "", f"{tally.changes:,} to {outcome.subscribers:,}"),
        Row("kill -9 of a server; of the worker; of Redis", "",
            f"{trouble['server']:,}; {trouble['worker']:,}; {trouble['Redis']:,}"),
        Row("connects of subscribers", "", f"{tally.connects:,}"),
        Row("lost; told twice; out of order", "0; 0; 0",
            f"{tally.lost:,}; {tally.twice:,}; {tally.late:,}"),
        Row("begun anew though events were kept", "0", f"{tally.begun_anew:,}"),
        Row("answers acknowledged, and held in the end", "all", f"{outcome.answers:,}, all"),
        Row("requests sent again", "", f"{outcome.repeats:,}"),
        Row("seed; seconds", "", f"{plan.seed}; {outcome.seconds:,.0f}"),
    ]  # fmt: skip


def of_fan_out(ours: FanOut, peer: FanOut | None) -> list[Row]:
    """The lines of the fan-out; without a peer they say so."""
    ratio = ours.per_second / peer.per_second if peer else 0.0
    pairs = [(ours.server, ours), ("graphql-ws on Node", peer)]
    found = [
        Row(f"{name}, {each.subscribers:,} subscribers", "",
            f"{each.per_second:,.0f} messages/s, {each.processor:.0f} µs of processor each; "
            f"one event at the last after {each.last:.0f} ms")
        if each else Row(name, "", "not installed: make node-clients")
        for name, each in pairs
    ]  # fmt: skip
    return [*found, Row("messages a second, ours to the peer's", f"≥ {RATIO:.0f}×", f"{ratio:.2f}×")]


def _cores(held: Held) -> str:
    spent = (held.processor, held.processor_behind, held.processor_here)
    return "; ".join(f"{each / max(held.seconds, 1):.2f}" for each in spent) + " cores"


def _p99(counted: Counter[int]) -> int:
    """The milliseconds that one in a hundred exceeds."""
    passed = 0
    for milliseconds, count in sorted(counted.items()):
        passed += count
        if passed >= 0.99 * counted.total():
            return milliseconds
    return 0


def _delays(found: Sequence[float]) -> str:
    if len(found) < 2:
        return "none seen"
    cuts = statistics.quantiles(found, n=100)
    return f"{cuts[49]:.0f} / {cuts[98]:.0f} ms ({len(found):,})"


def machine() -> str:
    """Where and when, and whether others were at work."""
    load = os.getloadavg()[2]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} cores, {platform.machine()}, Python "
        f"{platform.python_version()}; load of the last 15 minutes {load:.1f}, clients on the same cores."
    )


def show(title: str, rows: Sequence[Row], console: Console) -> None:
    """Print the table."""
    table = Table("Measured", "Asked", "Found", title=title, box=None, padding=(0, 2), title_justify="left")
    for row in rows:
        table.add_row(row.measured, row.asked, row.found)
    console.print(table, highlight=False)
    console.print(machine(), highlight=False)


def keep(part: str, command: str, rows: Sequence[Row]) -> None:
    """Put the table between its marks in docs/benchmarks.md."""
    lines = ["| measured | asked | found |", "|---|---|---|"]
    lines += [f"| {row.measured} | {row.asked} | {row.found} |" for row in rows]
    text = "\n".join([f"`{command}`, {machine()}", "", *lines])
    begin, end = f"<!-- live {part} -->", f"<!-- end of live {part} -->"
    document = DOCUMENT.read_text()
    found = re.subn(
        f"{re.escape(begin)}.*?{re.escape(end)}",
        lambda _: f"{begin}\n{text}\n{end}",
        document,
        flags=re.DOTALL,
    )
    if found[1] != 1:
        raise SystemExit(f"{DOCUMENT} has no place for it: {begin} … {end}")
    DOCUMENT.write_text(found[0])
