"""Processor time of processes, as of a server and its PostgreSQL: neighbours blur it less than a rate."""

import os
from pathlib import Path
from typing import NamedTuple

_STAT = Path("/proc/self/stat")
_TICK = os.sysconf("SC_CLK_TCK")


class ProcessorTime(NamedTuple):
    """Seconds used so far; nothing is known where there is no /proc."""

    server: float
    postgres: float

    def since(self, earlier: "ProcessorTime") -> "ProcessorTime":
        """What was used since then."""
        return ProcessorTime(self.server - earlier.server, self.postgres - earlier.postgres)


def processor_time(server: int) -> ProcessorTime | None:
    """The time of a server and of all PostgreSQL processes it started; None where it cannot be told."""
    if not _STAT.exists():
        return None
    postgres = (pid for pid in family(server) - {server} if _stat(pid)[:1] == ["postgres"])
    return ProcessorTime(processor_seconds(server), sum(_seconds(pid, with_ended=True) for pid in postgres))


def processor_seconds(root: int, descendants: bool = False) -> float:
    """The time a process has had with all its threads, and its descendants where asked for.

    NaN where there is no /proc.
    """
    if not _STAT.exists():
        return float("nan")
    return sum(_seconds(pid, descendants) for pid in (family(root) if descendants else (root,)))


def family(root: int) -> set[int]:
    """A process and all that descend from it."""
    found = {int(folder.name): _stat(int(folder.name)) for folder in Path("/proc").glob("[0-9]*")}
    parents = {pid: int(fields[2]) for pid, fields in found.items() if fields}
    members = {root}
    while grown := {pid for pid, parent in parents.items() if parent in members} - members:
        members |= grown
    return members


def _seconds(pid: int, with_ended: bool) -> float:
    """The time of a process, with that of its children that have ended where asked for; 0 if it is gone."""
    return sum(map(int, _stat(pid)[12:16] if with_ended else _stat(pid)[12:14])) / _TICK


def _stat(pid: int) -> list[str]:
    """Name, state, parent and so on of a process (proc(5)); nothing where it is gone."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")
    except OSError:
        return []
    return [name.partition("(")[2], *rest.split()]
