"""What was measured, as a person and as a program reads it."""

import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.peers.measuring import Reading
from bench.peers.servers import NODE, Server

Found = Mapping[str, Mapping[str, Reading]]
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"
OURS = "masterygraph"
ANEW = "masterygraph_anew"
NOT_PEERS = frozenset({OURS, ANEW, "uvicorn"})
TITLES = {
    "me": "me, 10 leaves",
    "leaderboard": "board, 50 rows",
    "dashboard": "dashboard, 7,745 leaves",
    "persisted_me": "me by hash, unchanged",
    "fanout": "messages to 1,000",
}
TARGETS = {
    "me": "≥ 1.3, p99 no worse",
    "leaderboard": "≥ 2",
    "dashboard": "≥ 2; 25 × Strawberry",
    "persisted_me": "≥ 2; 0.6 × uvicorn",
    "fanout": "≥ 3, last ≤ 25 ms",
}
BESIDE = {"dashboard": "strawberry", "persisted_me": "uvicorn"}
"""Whom else a target speaks of."""


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


def rates(found: Found, servers: Sequence[Server]) -> list[list[str]]:
    """What each server answers a second and what it checks; then ours against the best, and the target."""
    told = [["", *(TITLES[column] for column in found), "token", "row-level security"]]
    for server in servers:
        figures = [of_column.get(server.name) for of_column in found.values()]
        if any(figures):
            cells = [_figure(each.rps) if each else "" for each in figures]
            told.append([server.title, *cells, server.token, server.walls])
    told.append(["**ours against the best peer**", *(_against(*each) for each in found.items()), "", ""])
    told.append(["wanted", *(TARGETS[column] for column in found), "", ""])
    return told


def details(found: Found, servers: Sequence[Server]) -> list[list[str]]:
    """Latencies at a steady rate, and what a request costs, for each column and server."""
    told = [["", "server", "p50 ms", "p99 ms", "at a second", "CPU ms", "of PostgreSQL", ""]]
    for column, of_column in found.items():
        for server in servers:
            reading = of_column.get(server.name)
            if reading:
                told.append(
                    [
                        TITLES[column],
                        server.title,
                        _figure(reading.p50_ms),
                        _figure(reading.p99_ms),
                        f"{reading.rate:,.0f}" if reading.rate else "one by one",
                        f"{reading.cpu_ms:.3f}",
                        f"{reading.postgres_ms:.3f}",
                        f"{reading.failed} failed" if reading.failed else "",
                    ]
                )
    return told


def _against(column: str, of_column: Mapping[str, Reading]) -> str:
    peers = {name: reading for name, reading in of_column.items() if name not in NOT_PEERS}
    if OURS not in of_column or not peers:
        return ""
    ours, best = of_column[OURS], max(peers, key=lambda name: peers[name].rps)
    told = f"{ours.rps / peers[best].rps:.2f} × {best}"
    other = BESIDE.get(column)
    if other is not None and other in of_column and other != best:
        told += f"; {ours.rps / of_column[other].rps:.2f} × {other}"
    if ANEW in of_column:
        told += f"; made anew {of_column[ANEW].rps / peers[best].rps:.2f} ×"
    if column == "me":
        told += f", p99 {_figure(ours.p99_ms)} and {_figure(peers[best].p99_ms)} ms"
    return told + (f", last {_figure(ours.p50_ms)} ms" if column == "fanout" else "")


def plain(found: Found, servers: Sequence[Server]) -> str:
    """The tables for a terminal."""
    return f"{_aligned(rates(found, servers))}\n\n{_aligned(details(found, servers))}\n"


def markdown(found: Found, servers: Sequence[Server], rounds: int, postgres: str, busy: str) -> str:
    """The tables for the note, with where, when and of what they were taken; `busy` says what else ran."""
    versions = [["server", "versions"], *([each.title, each.versions()] for each in servers)]
    return "\n\n".join(
        [
            f"{datetime.now(UTC):%Y-%m-%d}, {machine(postgres)}; {_rounds(rounds)}; {busy}. A second:",
            _piped(rates(found, servers)),
            "Latencies at a steady rate, and processor time of one request or message:",
            _piped(details(found, servers)),
            _piped(versions),
        ]
    )


def _rounds(count: int) -> str:
    return f"medians of {count} rounds" if count > 1 else "one short round"


def busy() -> str:
    """How many processes wanted a core just before, in words."""
    return f"{os.getloadavg()[0]:.1f} processes wanted a core when it began"


def machine(postgres: str) -> str:
    """What it ran on; `postgres` is PostgreSQL's version."""
    model = platform.machine()
    described = Path("/proc/cpuinfo")
    if described.exists():
        found = re.search(r"model name\s*:\s*(.+)", described.read_text())
        model = found[1].strip() if found else model
    node = f", Node {node_version(NODE)}" if NODE.exists() else ""
    return (
        f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}{node}, PostgreSQL {postgres}"
    )


def write_note(path: Path, text: str) -> None:
    """Put the text between the marks of a note; at its end where they are missing."""
    note = path.read_text()
    if BEGIN not in note or END not in note:
        note = f"{note}\n{BEGIN}\n{END}\n"
    begin, end = note.index(BEGIN) + len(BEGIN), note.index(END)
    path.write_text(f"{note[:begin]}\n{text}\n{note[end:]}")


def node_version(node: Path) -> str:
    """Node's own version."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return said.strip().removeprefix("v")


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
