"""The account of the operating system that the server runs as.

PostgreSQL refuses to run as root, so root lends it `nobody`. Everyone else runs it as themselves.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from app.kit.embedded_postgres.errors import EmbeddedPostgresError


class RunAs(TypedDict, total=False):
    """The arguments of `subprocess` that change the account of a child."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """An account of the operating system: its name, and the numbers of its user and its main group."""

    name: str
    uid: int
    gid: int

    @property
    def is_lent(self) -> bool:
        """Whether the server runs as somebody other than this process."""
        return self.uid != os.geteuid()

    def run_as(self) -> RunAs:
        """What makes a child run as this account; nothing when this process does already."""
        if not self.is_lent:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether the account may enter the folder and each folder above it."""
        return all(self._may(at, stat.S_IXUSR) for at in (folder, *folder.parents))

    def can_read(self, path: Path) -> bool:
        """Whether the account may read the file and enter each folder above it."""
        return self.can_enter(path.parent) and self._may(path, stat.S_IRUSR)

    def _may(self, path: Path, owner_bit: int) -> bool:
        try:
            found = path.stat()
        except PermissionError:
            return False
        if found.st_uid == self.uid:
            return bool(found.st_mode & owner_bit)
        if found.st_gid == self.gid:
            return bool(found.st_mode & owner_bit >> 3)
        return bool(found.st_mode & owner_bit >> 6)


def server_account(data: Path) -> Account:
    """The account for the cluster at `data`, which need not exist yet.

    Root serves an existing cluster as whoever owns it, a new one as `nobody`.
    Raises EmbeddedPostgresError when the cluster belongs to somebody this process cannot become.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        mine = _account(os.geteuid())
        if owner not in (None, mine.uid):
            raise EmbeddedPostgresError(
                f"The cluster at {data} belongs to {_account(owner).name}, and this process runs as "
                f"{mine.name}. Start it as {_account(owner).name}, as root, or with another DATA_DIR."
            )
        return mine
    if owner:
        return _account(owner)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise EmbeddedPostgresError(
            "PostgreSQL does not run as root, and this system has no account `nobody` to run it as. "
            "Start MasteryGraph as an ordinary user, or set DATABASE_URL to a server of your own."
        ) from error
    return Account(nobody.pw_name, nobody.pw_uid, nobody.pw_gid)


def _account(uid: int | None) -> Account:
    assert uid is not None
    try:
        found = pwd.getpwuid(uid)
    except KeyError:
        # A container may run under a number that has no name.
        return Account(f"uid {uid}", uid, os.getegid())
    return Account(found.pw_name, uid, found.pw_gid)
