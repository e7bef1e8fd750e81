"""Live streams measured against the figures of their design, as one table.

    python -m bench.live                            5,000 subscribers for two minutes, then the fan-out
    python -m bench.live --seconds 1800             the same for half an hour
    python -m bench.live --only fanout              the fan-out beside graphql-ws on Node
    python -m bench.live --faults --count 1000000   a million exam events while everything is killed in turn

With --keep the table replaces that in docs/benchmarks.md. Ends with 1 when an event was lost or came twice.
"""

import argparse
import asyncio
import os
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path

import uvloop
from rich.console import Console

from bench.live import campaign, fanout, held, report
from bench.live.following import Tally
from bench.live.installation import Installation, database, installed

OWN_SOCKETS = {"SOCKETS_PER_USER": "5"}
EACH_SERVER = {"READERS": "8", "WRITERS": "8"}


def main() -> None:
    """Measure and print."""
    options = _options(sys.argv[1:])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    console = Console(width=None if sys.stdout.isatty() else 120)
    sound = True
    with tempfile.TemporaryDirectory(prefix="masterygraph-bench-") as name:
        os.chmod(name, 0o755)
        folder = Path(name)
        with database(folder) as addresses, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:

            async def measured() -> bool:
                if options.faults:
                    async with installed(folder, addresses, settings=EACH_SERVER) as installation:
                        return await _faults(installation, options, console)
                good = True
                if options.only != "fanout":
                    settings = {**EACH_SERVER, **OWN_SOCKETS}
                    async with installed(folder, addresses, settings=settings) as installation:
                        good = await _held(installation, options, console)
                if options.only != "held":
                    async with installed(folder, addresses, 1, EACH_SERVER) as installation:
                        await _fan_out(installation, options, console)
                return good

            sound = runner.run(measured())
    sys.exit(0 if sound else 1)


async def _held(installation: Installation, options: argparse.Namespace, console: Console) -> bool:
    load = held.Load(options.subscribers, options.seconds, answers=options.answers, seed=options.seed)
    found = await held.measure(installation, load, _say)
    _tell("held", "Subscribers held", report.of_held(found, load), options, console)
    return _is_sound(found.tally, found.complaints, console)


async def _fan_out(installation: Installation, options: argparse.Namespace, console: Console) -> None:
    ours = await fanout.ours(installation, options.fanout, options.rounds)
    peer = await fanout.of_node(options.fanout, options.rounds, ours.events)
    _tell("fan-out", "One topic to many", report.of_fan_out(ours, peer), options, console)


async def _faults(installation: Installation, options: argparse.Namespace, console: Console) -> bool:
    plan = campaign.Plan(
        seed=options.seed, events=options.count, seconds=60 * options.minutes, rooms=options.rooms,
        learners=options.learners, pause=options.pause,
    )  # fmt: skip
    said = time.monotonic()

    def progress(written: int) -> None:
        nonlocal said
        if time.monotonic() - said >= 30:
            said = time.monotonic()
            _say(f"{written:,} events written")

    found = await campaign.run(installation, plan, progress)
    _tell("faults", "Exam events under faults", report.of_faults(found, plan), options, console)
    return _is_sound(found.tally, found.complaints, console)


def _tell(
    part: str, title: str, rows: list[report.Row], options: argparse.Namespace, console: Console
) -> None:
    report.show(title, rows, console)
    if options.keep:
        words = [each for each in sys.argv[1:] if each != "--keep"]
        report.keep(part, " ".join(["python -m bench.live", *words]), rows)


def _say(words: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {words}", file=sys.stderr, flush=True)


def _is_sound(tally: Tally, complaints: list[str], console: Console) -> bool:
    for line in complaints[:10]:
        console.print(f"logged: {line[:400]}", highlight=False)
    if tally.refused:
        console.print(f"refused: {tally.refused}", highlight=False)
    return not (tally.lost or tally.twice or tally.begun_anew)


def _options(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.live", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--subscribers", type=int, default=report.SUBSCRIBERS)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--answers", type=float, default=20.0, help="answers a second")
    parser.add_argument("--fanout", type=int, default=1_000, help="subscribers of one topic")
    parser.add_argument("--rounds", type=int, default=5, help="bursts of the fan-out")
    parser.add_argument("--only", choices=("held", "fanout"))
    parser.add_argument("--faults", action="store_true", help="kill servers, worker, Redis and subscribers")
    parser.add_argument("--count", type=int, default=report.EVENTS, help="events under faults")
    parser.add_argument("--minutes", type=float, default=60.0, help="longest time of a run under faults")
    parser.add_argument("--rooms", type=int, default=4, help="exams under faults")
    parser.add_argument("--learners", type=int, default=25, help="learners of each")
    parser.add_argument("--pause", type=float, default=5.0, help="seconds from one kill to the next")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="put the table into docs/benchmarks.md")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
