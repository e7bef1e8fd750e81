"""Processes under measurement: on which core they run, and when they serve."""

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from bench.processor import family

ROOT = Path(__file__).parents[2]
KEPT = ("PATH", "HOME", "LANG", "LC_ALL")
_ADDRESS = re.compile(r"(?:127\.0\.0\.1:(?=\d+/)|^(?=\d+$))(\d+)")


class Cores(NamedTuple):
    """The cores that the server has to itself, and those of all else; empty where none can be chosen."""

    server: frozenset[int]
    rest: frozenset[int]


@cache
def cores() -> Cores:
    """The first core for the server, the others for PostgreSQL and the load; as of the first call."""
    if not hasattr(os, "sched_getaffinity"):
        return Cores(frozenset(), frozenset())
    found = sorted(os.sched_getaffinity(0))
    if len(found) < 2:
        return Cores(frozenset(found), frozenset(found))
    return Cores(frozenset(found[:1]), frozenset(found[1:]))


class Running(NamedTuple):
    """A server that takes requests."""

    port: int
    pid: int


@contextmanager
def running(
    command: Sequence[str], environment: Mapping[str, str], on: frozenset[int], log: Path
) -> Iterator[Running]:
    """Start a server that prints its address; SystemExit with its last words when it does not."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    with log.open("w") as said:
        process = subprocess.Popen(
            command,
            env={**kept, **environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            text=True,
            preexec_fn=(lambda: os.sched_setaffinity(0, on)) if on else None,
        )
    try:
        assert process.stdout is not None
        found = (_ADDRESS.search(line) for line in process.stdout)
        port = next((int(each[1]) for each in found if each), None)
        if port is None:
            raise SystemExit(f"{' '.join(command)} did not start:\n{log.read_text()[-2000:]}")
        yield Running(port, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def pin(root: int, on: frozenset[int]) -> None:
    """Put a process and all that it has started on these cores."""
    if on:
        for pid in family(root):
            os.sched_setaffinity(pid, on)
