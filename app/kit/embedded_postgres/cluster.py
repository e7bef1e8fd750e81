"""The cluster: where it lies, how it is made, and the passwords of its three roles.

<home>/lock                held by the process that serves the cluster
<home>/server.log
<home>/cluster/roles.json  passwords, readable by us alone
<home>/cluster/data/       PGDATA, owned by the server's account
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from app.kit.embedded_postgres.account import Account, server_account
from app.kit.embedded_postgres.binaries import MAJOR, SHARED_FOLDER, Binaries
from app.kit.embedded_postgres.errors import EmbeddedPostgresError

Role = Literal["owner", "application", "maintenance"]

DATABASE = "masterygraph"
LOGIN: dict[Role, str] = {role: f"{DATABASE}_{role}" for role in get_args(Role)}

_ROLES_SQL = f"""
SET scram_iterations = 1;

CREATE ROLE {LOGIN["owner"]} LOGIN CREATEDB PASSWORD '%(owner)s';

CREATE ROLE {LOGIN["application"]} LOGIN NOBYPASSRLS PASSWORD '%(application)s';

CREATE ROLE {LOGIN["maintenance"]} LOGIN NOBYPASSRLS PASSWORD '%(maintenance)s';

CREATE DATABASE {DATABASE} OWNER {LOGIN["owner"]};

"""


@dataclass(frozen=True)
class Cluster:
    """A cluster's place: the folder `home` that holds all of it, and the account its server runs as."""

    home: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.home / "cluster" / "data"

    @property
    def log(self) -> Path:
        """Where the server writes what happens."""
        return self.home / "server.log"

    def passwords(self) -> dict[Role, str]:
        """The password of each role, made with the cluster; OSError before that."""
        found: dict[Role, str] = json.loads((self.home / "cluster" / "roles.json").read_text())
        return found


def locate_cluster(folder: Path) -> Cluster:
    """Where the cluster of `folder` lies: there, or, when its account cannot reach it, in SHARED_FOLDER.

    The place depends on the folder's path alone. A link `cluster` in the folder shows where it is.
    """
    folder = Path(os.path.abspath(folder))
    entry = folder / "cluster"
    if entry.is_symlink():
        return _located_elsewhere(entry)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    account = server_account(entry / "data")
    if not account.is_lent or account.can_enter(folder):
        return Cluster(folder, account)
    if entry.exists():
        raise EmbeddedPostgresError(
            f"The cluster at {entry} is closed to {account.name}, who has to serve it: a folder above it "
            f"lacks the permission to enter. Give it back with `chmod o+x`, from {folder} upwards."
        )
    home = SHARED_FOLDER / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    home.mkdir(mode=0o755, parents=True, exist_ok=True)
    for opened in (SHARED_FOLDER, home):
        opened.chmod(0o755)
    entry.symlink_to(home / "cluster")
    return Cluster(home, server_account(home / "cluster" / "data"))


def _located_elsewhere(entry: Path) -> Cluster:
    target = entry.readlink()
    if not target.parent.is_dir():
        raise EmbeddedPostgresError(
            f"The cluster of {entry.parent} was kept at {target}, and that is gone. "
            f"Restore it from a backup, or remove the link {entry} to begin with an empty one."
        )
    return Cluster(target.parent, server_account(target / "data"))


def make_cluster(cluster: Cluster, binaries: Binaries) -> None:
    """Make the cluster unless it is there. What a cut run left half made is removed."""
    for half_made in cluster.home.glob("making-*"):
        shutil.rmtree(half_made)
    if (cluster.data / "PG_VERSION").exists():
        _check_version(cluster)
        return
    making = Path(tempfile.mkdtemp(prefix="making-", dir=cluster.home))
    try:
        # The folder opens only when another account has to pass through it.
        making.chmod(0o711 if cluster.account.is_lent else 0o700)
        _initialize(making, cluster.account, binaries)
        making.rename(cluster.home / "cluster")
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _check_version(cluster: Cluster) -> None:
    version = (cluster.data / "PG_VERSION").read_text().strip()
    if version != str(MAJOR):
        raise EmbeddedPostgresError(
            f"The cluster at {cluster.data} was made by PostgreSQL {version}; the binaries here are "
            f"{MAJOR}. Dump it with the former version of MasteryGraph and restore it into a new DATA_DIR."
        )


def _initialize(making: Path, account: Account, binaries: Binaries) -> None:
    data = making / "data"
    data.mkdir(mode=0o700)
    if account.is_lent:
        os.chown(data, account.uid, account.gid)
    passwords = {role: secrets.token_urlsafe(32) for role in LOGIN}
    roles = making / "roles.json"
    roles.touch(mode=0o600)
    roles.write_text(json.dumps(passwords))
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(["initdb", "-D", str(data), "-U", "postgres", "--auth=reject", *locale], account, binaries)
    # The three roles may sign in, by password; the superuser has none and is not let in.
    (data / "pg_hba.conf").write_text(f"host all {','.join(LOGIN.values())} 127.0.0.1/32 scram-sha-256\n")
    # One user, no socket: roles and database exist before the first server listens.
    single = ["postgres", "--single", "-j", "-D", str(data), "-c", "log_min_messages=error", "postgres"]
    _run(single, account, binaries, _ROLES_SQL % passwords)


def _run(arguments: list[str], account: Account, binaries: Binaries, text: str = "") -> None:
    done = subprocess.run(
        [binaries.path(arguments[0]), *arguments[1:]],
        input=text,
        capture_output=True,
        text=True,
        cwd="/",
        env=server_environment(),
        **account.run_as(),
    )
    # Single-user mode reports a failed statement and goes on.
    if done.returncode != 0 or "ERROR:" in done.stderr:
        said = (done.stderr or done.stdout).strip()
        raise EmbeddedPostgresError(f"{arguments[0]} failed, run as {account.name}:\n{said}")


def server_environment() -> dict[str, str]:
    """Nothing of the caller's PG* variables or locale reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
