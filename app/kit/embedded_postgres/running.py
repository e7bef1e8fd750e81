"""The embedded server that another process of ours runs: found by its pid file, used beside that process."""

from dataclasses import dataclass, field
from pathlib import Path

from app.kit.embedded_postgres.cluster import DATABASE, LOGIN, Role, locate_cluster
from app.kit.embedded_postgres.postmaster import is_ready, running_postmaster

_PORT_LINE = 3


@dataclass(frozen=True)
class RunningPostgres:
    """A server on 127.0.0.1 that ends with the process that started it, not with us."""

    port: int
    _passwords: dict[Role, str] = field(repr=False)

    def url(self, role: Role, database: str = DATABASE) -> str:
        """`postgresql://…` with the password of the role in it: not for logs."""
        return f"postgresql://{LOGIN[role]}:{self._passwords[role]}@127.0.0.1:{self.port}/{database}"


def find_running(folder: Path) -> RunningPostgres | None:
    """The server of this folder when it takes connections, None otherwise."""
    cluster = locate_cluster(folder)
    pid = running_postmaster(cluster.data)
    if pid is None or not is_ready(cluster.data, pid):
        return None
    lines = (cluster.data / "postmaster.pid").read_text().splitlines()
    return RunningPostgres(int(lines[_PORT_LINE]), cluster.passwords())
