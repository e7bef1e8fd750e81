"""What was measured, as a person and as a program reads it."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.peers.measuring import Lengths, Reading
from bench.peers.servers import Server

Found = Mapping[str, Mapping[str, Reading]]
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
OURS = "masterygraph"
NOT_PEERS = frozenset({OURS, "uvicorn"})
TITLES = {
    "me": "me, 10 leaves",
    "leaderboard": "leaderboard, 50 rows",
    "dashboard": "class dashboard, 7,745 leaves",
    "persisted_me": "me by its hash, unchanged",
    "fanout": "one event to 1,000 subscribers",
}
TARGETS = {
    "me": "≥ 1.3, p99 no worse",
    "leaderboard": "≥ 2",
    "dashboard": "≥ 2, and ≥ 25 × Strawberry",
    "persisted_me": "≥ 2, and ≥ 0.6 × bare uvicorn",
    "fanout": "≥ 3, the last within 25 ms",
}


def stored(found: Found) -> dict[str, dict[str, dict[str, float]]]:
    """`{column: {server: {rps, p50_ms, p99_ms, cpu_ms}}}`."""
    return {
        column: {
            name: {
                "rps": round(reading.rps, 1),
                "p50_ms": round(reading.p50_ms, 2),
                "p99_ms": round(reading.p99_ms, 2),
                "cpu_ms": round(reading.cpu_ms, 3),
            }
            for name, reading in of_column.items()
        }
        for column, of_column in found.items()
    }


def rows(found: Found, servers: Sequence[Server]) -> list[list[str]]:
    """One row for each column and server."""
    titles = {server.name: server.title for server in servers} | {"graphql_ws": "graphql-ws on Node, ws"}
    told = []
    for column, of_column in found.items():
        for name, reading in of_column.items():
            told.append(
                [
                    TITLES[column],
                    titles[name],
                    _figure(reading.rps),
                    f"{_figure(reading.p50_ms)} / {_figure(reading.p99_ms)}",
                    f"{reading.rate:,.0f}",
                    f"{reading.cpu_ms:.2f} + {reading.postgres_ms:.2f}",
                    f"{reading.failed} failed" if reading.failed else "",
                ]
            )
    return told


HEAD = ["", "server", "per second", "p50 / p99 ms", "at", "CPU ms", ""]


def ratios(found: Found) -> list[list[str]]:
    """Ours against the best peer of each column, beside the target."""
    told = []
    for column, of_column in found.items():
        peers = {name: reading for name, reading in of_column.items() if name not in NOT_PEERS}
        if OURS not in of_column or not peers:
            continue
        ours, best = of_column[OURS], max(peers, key=lambda name: peers[name].rps)
        more = [f"{ours.rps / peers[best].rps:.2f} × {best}"]
        more.append(f"p99 {_figure(ours.p99_ms)} and {_figure(peers[best].p99_ms)} ms")
        for name in ("strawberry", "uvicorn"):
            if name in of_column and name != best:
                more.append(f"{ours.rps / of_column[name].rps:.2f} × {name}")
        told.append([TITLES[column], ", ".join(more), TARGETS[column]])
    return told


def plain(found: Found, servers: Sequence[Server]) -> str:
    """Both tables for a terminal."""
    return (
        f"{_aligned([HEAD, *rows(found, servers)])}\n\n{_aligned([['', 'ours', 'wanted'], *ratios(found)])}\n"
    )


def markdown(found: Found, servers: Sequence[Server], lengths: Lengths) -> str:
    """Both tables for the note, with where and of what they were taken."""
    checks = [[each.title, each.versions(), each.token, each.walls] for each in servers]
    return "\n\n".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; {lengths.rounds} rounds, medians.",
            _piped([HEAD, *rows(found, servers)]),
            _piped([["", "ours", "wanted"], *ratios(found)]),
            _piped([["server", "versions", "checks a token", "row-level security"], *checks]),
        ]
    )


def machine() -> str:
    """Processor, cores, Python, PostgreSQL's and Node's place in it are told by the servers' versions."""
    model = platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        found = re.search(r"model name\s*:\s*(.+)", described.read_text())
        model = found[1].strip() if found else model
    return f"{os.cpu_count()} cores ({model}), {platform.system()}, Python {platform.python_version()}"


def write_note(path: Path, text: str) -> None:
    """Put the text between the marks of a note."""
    note = path.read_text()
    begin, end = note.index(BEGIN) + len(BEGIN), note.index(END)
    path.write_text(f"{note[:begin]}\n{text}\n{note[end:]}")


def node_version(node: Path) -> str:
    """Node's own version; empty where it is not there."""
    if not node.exists():
        return ""
    return subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _aligned(given: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[at]) for row in given) for at in range(len(given[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in given
    )


def _piped(given: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in given]
    return "\n".join([lines[0], "|" + "---|" * len(given[0]), *lines[1:]])
