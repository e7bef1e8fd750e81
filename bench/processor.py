"""Processor time of a served process and its PostgreSQL: neighbours blur it less than they blur a rate."""

import os
from pathlib import Path
from typing import NamedTuple

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
    if not Path("/proc/self/stat").exists():
        return None
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                name, _, rest = (folder / "stat").read_text().rpartition(") ")
            except OSError:
                continue
            fields = rest.split()
            own, ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
            postgres = "(postgres" in name
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = (own + ended if postgres else own) / _TICK
    family = {server}
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return ProcessorTime(used[server], sum(used[pid] for pid in family - {server} if pid in used))
