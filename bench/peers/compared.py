"""`python -m bench.peers.compared me,leaderboard --with before=../old-checkout`: our server beside itself.

Serves the school of `make bench-peers` from this checkout and from others, in turns over the same questions,
and tells the processor time of a request: of the server's process, and of PostgreSQL. Turns take away what
the machine does meanwhile; the least and the median are told. All have to know the school's tables as they
are now. `fanout` tells a thousand subscribers instead (`telling.py`). `--mercurius` puts the peer beside them
where requests are asked. With `--py-spy` (the path of that program) it samples this checkout under load
instead, and tells where time goes.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from bench.peers import telling
from bench.peers.__main__ import KEPT
from bench.peers.asking import requests_of
from bench.peers.measuring import generate
from bench.peers.parts import shares
from bench.peers.processes import ROOT, Running, cores, pin, running
from bench.peers.school import FULL, School, opened
from bench.peers.servers import ANSWERING, MERCURIUS, OURS, Server
from bench.processor import processor_seconds


def main() -> None:
    """Measure and print."""
    given = _arguments()
    on = cores()
    with opened(given.data, FULL) as school:
        pin(school.postgres.pid, on.rest)
        pin(os.getpid(), on.rest)
        if given.py_spy:
            for column in given.columns:
                _print_parts(column, school, given.py_spy, given.seconds)
            return
        servers = {"here": OURS, **{name: _of(Path(folder)) for name, folder in given.others}}
        if given.mercurius:
            servers["mercurius"] = MERCURIUS
        with ExitStack() as stack:
            up = {name: stack.enter_context(_up(name, each, school)) for name, each in servers.items()}
            for column in given.columns:
                if column == "fanout":
                    own = {name: each for name, each in up.items() if servers[name] is not MERCURIUS}
                    telling.print_turns(own, school, given.rounds)
                    continue
                _print_turns(column, servers, up, school, given.rounds, given.seconds)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.peers.compared", description=__doc__)
    parser.add_argument("columns", type=lambda text: text.split(","), help="names with commas, `me_anew` too")
    parser.add_argument(
        "--with", dest="others", action="append", default=[], type=lambda text: text.split("=", 1),
        metavar="NAME=FOLDER", help="another checkout",
    )  # fmt: skip
    parser.add_argument("--mercurius", action="store_true", help="the peer too")
    parser.add_argument("--rounds", type=int, default=5, help="turns of each server")
    parser.add_argument("--seconds", type=float, default=2.0, help="of a turn, or of sampling")
    parser.add_argument("--py-spy", type=Path, help="sample instead, with this program")
    parser.add_argument("--data", type=Path, default=KEPT, help="where the school is kept")
    return parser.parse_args()


def _of(folder: Path) -> Server:
    """Our server, of another checkout."""

    def environment(school: School) -> Mapping[str, str]:
        return {**OURS.environment(school), "PYTHONPATH": str(folder.resolve())}

    # Modules are looked for in the folder of the process first.
    there = f"import os, runpy; os.chdir({str(folder.resolve())!r}); "
    run = there + "runpy.run_module('app.cli', run_name='__main__', alter_sys=True)"
    command = [sys.executable, "-c", run, *OURS.command[3:]]
    return replace(OURS, command=command, environment=environment)


@contextmanager
def _up(name: str, server: Server, school: School) -> Iterator[Running]:
    log = school.folder / f"compared-{name}.log"
    with running(server.command, server.environment(school), cores().server, log) as up:
        yield up


def _print_turns(
    column: str,
    servers: Mapping[str, Server],
    up: Mapping[str, Running],
    school: School,
    rounds: int,
    seconds: float,
) -> None:
    """Let each serve in turn, and print what a request cost."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in servers}
    requests = {name: _requests(each, column, school, up[name].port) for name, each in servers.items()}
    for turn in range(rounds + 1):
        for name in list(servers) if turn % 2 else list(servers)[::-1]:
            pin(school.postgres.pid, cores().rest)
            before = _used(up[name], school)
            said = generate(requests[name], up[name], seconds, 0.2, ANSWERING, None)
            after = _used(up[name], school)
            if turn:  # the first one warms up
                a_request = [(b - a) * 1000 / said["all"] for a, b in zip(before, after, strict=True)]
                found[name].append((a_request[0], a_request[1]))
    for name, costs in found.items():
        own, postgres = zip(*costs, strict=True)
        print(
            f"{column:14}{name:12}server {min(own):7.3f} ms, median {statistics.median(own):7.3f}; "
            f"PostgreSQL {min(postgres):7.3f}, median {statistics.median(postgres):7.3f}",
            flush=True,
        )


def _requests(server: Server, column: str, school: School, port: int) -> list[bytes]:
    """The requests of a column; of `me_anew` those whose answers nobody keeps: by GET, with their text."""
    if column == "me_anew":
        asking = replace(server, by_hash=False)
        return [asking.get(school, n) for n in range(ANSWERING)]
    return requests_of(server, column, school, port)


def _used(up: Running, school: School) -> tuple[float, float]:
    return processor_seconds(up.pid), processor_seconds(school.postgres.pid, descendants=True)


def _print_parts(column: str, school: School, py_spy: Path, seconds: float) -> None:
    """Sample this checkout under load, and print the share of each part."""
    with _up("here", OURS, school) as up:
        requests = _requests(OURS, column, school, up.port)
        generate(requests, up, 1.0, 0.2, ANSWERING, None)
        load = threading.Thread(target=generate, args=(requests, up, seconds + 3.0, 0.2, ANSWERING, None))
        load.start()
        time.sleep(1.5)
        stacks = school.folder / f"stacks-{column}.txt"
        subprocess.run(
            [py_spy, "record", "-p", str(up.pid), "-d", str(max(1, int(seconds))), "-r", "250", "-f", "raw",
             "-o", str(stacks)],
            check=True, capture_output=True,
        )  # fmt: skip
        load.join()
    print(json.dumps({column: shares(stacks.read_text(), ROOT)}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
