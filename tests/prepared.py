"""Data folders as a first start leaves them: made once for all processes of a test run, and copied."""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

# The processes of pytest-xdist are children of the one that was started.
_RUN = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
_FOLDER = Path(tempfile.gettempdir()) / f"masterygraph-prepared-{_RUN}"


def copy_prepared(name: str, make: Callable[[Path], None], into: Path) -> None:
    """Fill a data folder with a copy of the one that `make` makes; whoever comes first makes it."""
    _FOLDER.mkdir(mode=0o755, exist_ok=True)
    _FOLDER.chmod(0o755)
    with (_FOLDER / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = _FOLDER / name
        if not folder.exists():
            making = _FOLDER / f"{name}.making"
            shutil.rmtree(making, ignore_errors=True)
            making.mkdir(mode=0o755)
            make(making)
            making.rename(folder)
    # The cluster's files keep their account and their modes.
    subprocess.run(["cp", "-a", f"{folder}/.", str(into)], check=True)


def end(process: "subprocess.Popen[str]") -> None:
    """Ctrl-C, as whoever serves does; everything is on disk afterwards."""
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)


def remove_prepared() -> None:
    """Leave nothing behind, neither of this run nor of a killed one of the same number."""
    shutil.rmtree(_FOLDER, ignore_errors=True)
