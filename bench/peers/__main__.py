"""`make bench-peers`: MasteryGraph beside the GraphQL servers a user might pick instead.

One PostgreSQL with one school, made from a seed and kept in a folder; each server in turn on a core of its
own, PostgreSQL and the load on the others; several rounds, of which the medians are told. Before a server is
measured its answers are compared with ours.
"""

import argparse
import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.peers import fanout, measuring, tables
from bench.peers.asking import Differs, answers, ask, compare
from bench.peers.measuring import (
    NOT_ASKED_FOR_THE_RATE,
    Lengths,
    Reading,
    calibrated,
    common_rate,
    measured,
    median,
)
from bench.peers.processes import ROOT, Running, cores, pin, running
from bench.peers.school import FULL, SMALL, School, opened
from bench.peers.servers import BARE, COLUMNS, HTTP_COLUMNS, OURS, SERVERS, Server

RESULTS = ROOT / "bench" / "results" / "peers.json"
NOTE = ROOT / "docs" / "benchmarks.md"
KEPT = Path(tempfile.gettempdir()) / "masterygraph-bench-peers"


def main() -> None:
    """Measure, print, and store what a whole run gave."""
    given = _arguments()
    busy = tables.busy()
    for number in (signal.SIGINT, signal.SIGTERM):  # either ends what was started
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    servers = _chosen(given.servers)
    given.data.mkdir(parents=True, exist_ok=True)
    given.data.chmod(0o755)
    with opened(given.data, SMALL if given.check else FULL) as school:
        _say(f"The school is there after {time.monotonic() - began:.0f} s.")
        on = cores()
        pin(school.postgres.pid, on.rest)
        pin(os.getpid(), on.rest)
        lengths = measuring.QUICK if given.quick else measuring.FULL
        servers, rates = _checked(servers, school, [] if given.check else given.columns, lengths)
        if given.check:
            return
        version = school.version()
        found = _measured(servers, school, lengths, given.columns, rates)
    print(tables.plain(found, servers))
    if given.store or (given.store is None and given.whole and len(servers) == len(SERVERS)):
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(tables.stored(found), indent=2) + "\n")
        tables.write_note(NOTE, tables.markdown(found, servers, lengths.rounds, version, busy))
    _say(f"That took {time.monotonic() - began:.0f} s.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--data", type=Path, default=KEPT, help="where the school is kept for the next run")
    parser.add_argument("--quick", action="store_true", help="one short round")
    parser.add_argument("--check", action="store_true", help="compare answers over a small school, no more")
    parser.add_argument("--servers", help="names with commas; ours is always there")
    parser.add_argument("--columns", default=",".join(COLUMNS), help="names with commas")
    parser.add_argument(
        "--store", action=argparse.BooleanOptionalAction, default=None,
        help=f"write {RESULTS.relative_to(ROOT)} and {NOTE.relative_to(ROOT)}; unless told, whole runs do",
    )  # fmt: skip
    given = parser.parse_args()
    given.columns = given.columns.split(",")
    given.whole = not given.quick and given.columns == list(COLUMNS)
    return given


def _chosen(names: str | None) -> list[Server]:
    wanted = None if names is None else {OURS.name, *names.split(",")}
    chosen = [each for each in SERVERS if wanted is None or each.name in wanted]
    for each in chosen:
        if not each.is_there:
            _say(f"{each.title} is not installed: make bench-peers installs it; passed over.")
    return [each for each in chosen if each.is_there]


def _checked(
    servers: Sequence[Server], school: School, columns: Sequence[str], lengths: Lengths
) -> tuple[list[Server], dict[str, float]]:
    """Compare everybody's answers with ours, the first, and see how fast they come in these columns.

    The servers, the bare one with the bytes of our answer, and at which rate latencies are taken, by column.
    """
    ready, me = [], ""
    wanted: dict[str, list[Any]] = {}
    found: dict[str, dict[str, float]] = {column: {} for column in HTTP_COLUMNS if column in columns}
    for server in servers:
        if server is BARE:
            server = replace(server, environment=_telling(me))
        elif set(HTTP_COLUMNS) & set(server.columns):
            with _up(server, school) as up:
                if server is OURS:
                    wanted = answers(server, up.port, school)
                    me = ask(up.port, server.post("me", school, 0)).body.decode()
                _compare(server, up, school, wanted)
                for column in found if server.name not in NOT_ASKED_FOR_THE_RATE else ():
                    found[column][server.name] = calibrated(server, column, up, school, lengths)
        ready.append(server)
    return ready, {column: common_rate(of_column) for column, of_column in found.items() if of_column}


def _compare(server: Server, up: Running, school: School, wanted: dict[str, list[Any]]) -> None:
    try:
        counted = compare(server, up.port, school, wanted)
    except Differs as differs:
        raise SystemExit(str(differs)) from None
    leaves = ", ".join(f"{column} {count:,}" for column, count in counted.items())
    _say(f"{server.title} answers as ours does; leaves: {leaves}.")


def _telling(answer: str) -> Callable[[School], Mapping[str, str]]:
    return lambda school: {**BARE.environment(school), "ANSWER": answer}


def _measured(
    servers: Sequence[Server],
    school: School,
    lengths: Lengths,
    columns: Sequence[str],
    rates: Mapping[str, float],
) -> dict[str, dict[str, Reading]]:
    """The medians of all rounds, by column and server; `rates` are by column."""
    readings: dict[str, dict[str, list[Reading]]] = {column: {} for column in columns}
    for number in range(lengths.rounds):
        for server in servers:
            if not set(columns) & set(server.columns):
                continue
            with _up(server, school) as up:
                for column in (each for each in columns if each in server.columns):
                    reading = _reading(server, column, up, school, lengths, rates)
                    if reading is not None:
                        readings[column].setdefault(server.name, []).append(reading)
            _say(f"Round {number + 1} of {lengths.rounds}: {server.title} is measured.")
    return {
        column: {name: median(given) for name, given in of_column.items()}
        for column, of_column in readings.items()
    }


def _reading(
    server: Server, column: str, up: Running, school: School, lengths: Lengths, rates: Mapping[str, float]
) -> Reading | None:
    if column != "fanout":
        return measured(server, column, up, school, lengths, rates[column])
    try:
        return fanout.measured(server, up, school, lengths)
    except TimeoutError:
        _say(f"{server.title} did not reach all subscribers in time; this round does not count for it.")
        return None


@contextmanager
def _up(server: Server, school: School) -> Iterator[Running]:
    log = school.folder / f"{server.name}.log"
    with running(server.command, server.environment(school), cores().server, log) as up:
        yield up


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
