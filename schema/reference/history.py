"""Earlier published schemas, read from the tags of git: a tag such as `v0.2.0` is a release."""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PUBLISHED = "schema/schema.graphql"
_RELEASE = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class Published:
    """A schema that was published: how to call it, its version, its SDL."""

    name: str
    version: str
    sdl: str


def published_now(root: Path = ROOT) -> Published:
    """What stands in the folder now."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    return Published("now", project["version"], (root / PUBLISHED).read_text())


def releases(root: Path = ROOT) -> list[Published]:
    """The tagged versions that have a schema, the oldest first; none without git or tags."""
    versions = {}
    for tag in (_git(root, "tag", "--merged", "HEAD") or "").split():
        parts = _RELEASE.fullmatch(tag)
        if parts:
            versions[tuple(map(int, parts.groups()))] = tag
    found = []
    for parts_of_version, tag in sorted(versions.items()):
        sdl = _git(root, "show", f"{tag}:{PUBLISHED}")
        if sdl is not None:
            found.append(Published(tag, ".".join(map(str, parts_of_version)), sdl))
    return found


def first_committed(root: Path = ROOT) -> Published | None:
    """The schema as it was committed first; None without git, or when its history was not fetched whole."""
    if _git(root, "rev-parse", "--is-shallow-repository") != "false\n":
        return None
    commits = (
        _git(root, "log", "--reverse", "--format=%h", "--diff-filter=A", "--", PUBLISHED) or ""
    ).split()
    sdl = _git(root, "show", f"{commits[0]}:{PUBLISHED}") if commits else None
    return None if sdl is None else Published(f"commit {commits[0]}", "0.0.0", sdl)


def _git(root: Path, *words: str) -> str | None:
    try:
        said = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return said.stdout if said.returncode == 0 else None
