"""An item as its readers see it: never with the answer key."""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.content.kinds import ItemKind

_VERSION_ID = re.compile("itv_([0-9a-f]{32})_([1-9][0-9]{0,8})")


@dataclass(frozen=True, slots=True)
class Option:
    """A choice or target that a response names by its id."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap of a cloze; typed freely when it has no choices."""

    id: str
    label: str | None
    choices: tuple[Option, ...]


@dataclass(frozen=True, slots=True, eq=False)
class ItemFacts:
    """One version of an item. `difficulty` and its standard error are in logits, None before any evidence.

    `withheld_at`: since when it is kept from learners for an exam.
    """

    id: uuid.UUID
    kind: str
    version: int
    content: Mapping[str, Any]
    retired_at: datetime | None = None
    difficulty: float | None = None
    difficulty_standard_error: float | None = None
    withheld_at: datetime | None = None

    @property
    def version_key(self) -> tuple[uuid.UUID, int]:
        """The version that this is."""
        return self.id, self.version

    @property
    def stem(self) -> str:
        """What is asked."""
        stem: str = self.content["stem"]
        return stem

    @property
    def unit(self) -> str | None:
        """The unit shown beside a number."""
        return self.content.get("unit")

    @property
    def choices(self) -> Sequence[Option]:
        """The choices; those to be put in order come mixed, since authors write them in the right one."""
        found = read_options(self.content, "choices")
        return self._mixed(found) if self.kind == ItemKind.ORDERING else found

    @property
    def match_targets(self) -> Sequence[Option]:
        """The targets of a matching, mixed, since authors write each beside its choice."""
        return self._mixed(read_options(self.content, "targets"))

    @property
    def gaps(self) -> Sequence[Gap]:
        """The gaps of a cloze, in the order of the text."""
        return read_gaps(self.content)

    def _mixed(self, options: Sequence[Option]) -> list[Option]:
        """The same order for everyone and every time, which tells nothing of the right one."""
        salt = self.id.bytes
        return sorted(options, key=lambda option: hashlib.sha256(salt + option.id.encode()).digest())


@dataclass(frozen=True, slots=True, eq=False)
class VersionFacts:
    """One state of an item, and who made it."""

    item_id: uuid.UUID
    version: int
    content: Mapping[str, Any]
    author_id: uuid.UUID | None
    created_at: datetime

    @property
    def id(self) -> str:
        """Its public id: the item's, and its number."""
        return f"itv_{self.item_id.hex}_{self.version}"

    @property
    def version_key(self) -> tuple[uuid.UUID, int]:
        """The version that this is."""
        return self.item_id, self.version

    @property
    def stem(self) -> str:
        """What it asks."""
        stem: str = self.content["stem"]
        return stem


def named_version(public_id: str) -> tuple[uuid.UUID, int] | None:
    """The item and the number that the id of a version names; None when it is not one."""
    match = _VERSION_ID.fullmatch(public_id)
    return (uuid.UUID(hex=match[1]), int(match[2])) if match else None


def read_options(content: Mapping[str, Any], part: str) -> tuple[Option, ...]:
    """The options in a part of the content, in the author's order."""
    return tuple(Option(each["id"], each["text"]) for each in content.get(part) or ())


def read_gaps(content: Mapping[str, Any]) -> tuple[Gap, ...]:
    """The gaps in the content."""
    return tuple(
        Gap(each["id"], each.get("label"), read_options(each, "choices"))
        for each in content.get("gaps") or ()
    )
