"""One live process to a cluster: a file lock that the kernel drops with its holder."""

import fcntl
import os
from pathlib import Path

from app.kit.embedded_postgres.errors import FolderInUseError


class FolderLock:
    """The lock of one cluster's folder, held from its making to `release` or to the end of the process."""

    def __init__(self, home: Path) -> None:
        """Take the lock of the cluster at `home`. Raises FolderInUseError, naming the holder."""
        self._descriptor: int | None = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(self._descriptor, 20, 0).decode().strip()
            self.release()
            raise FolderInUseError(
                f"The embedded PostgreSQL in {home} is in use by the MasteryGraph process {holder}. "
                "Stop that process, or give this one a DATA_DIR of its own."
            ) from error
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let others have the folder; a second time changes nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
