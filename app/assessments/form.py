"""The form of an assessment as one sitting has it: its items in their order, its choices in theirs."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.content.item import ItemFacts
from app.content.kinds import ItemKind

SHUFFLED_KINDS = frozenset({ItemKind.MULTIPLE_CHOICE, ItemKind.MULTIPLE_RESPONSE})


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a form: the next `item_count` of its items, under a title, perhaps with a time of its own."""

    title: str
    item_count: int
    duration_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Assessment:
    """A fixed form without its items."""

    id: uuid.UUID
    title: str
    duration_seconds: int
    sections: Sequence[Section]
    shuffle_items: bool
    shuffle_choices: bool
    attempts_allowed: int
    release_policy: str
    item_count: int
    created_at: datetime
    retired_at: datetime | None = None


def assessment_of(row: Mapping[str, Any]) -> Assessment:
    """The assessment in a row."""
    sections = [Section(each["title"], each["items"], each.get("seconds")) for each in row["sections"]]
    values = {name: row[name] for name in Assessment.__slots__}
    return Assessment(**{**values, "sections": sections})


@dataclass(frozen=True, slots=True)
class FormItem:
    """An item of a form, in the version that the form has; `section` counts from 0."""

    item_id: uuid.UUID
    section: int
    kind: str
    version: int
    content: Mapping[str, Any]
    answer_key: Mapping[str, Any] | None = None
    difficulty: float | None = None
    difficulty_standard_error: float | None = None


def in_order_of(sitting_id: uuid.UUID, items: Sequence[FormItem], shuffled: bool) -> list[FormItem]:
    """The items as a sitting has them: shuffled within their sections, the same every time."""
    if not shuffled:
        return list(items)
    return sorted(items, key=lambda item: (item.section, _draw(sitting_id, item.item_id.bytes)))


def item_as_shown(item: FormItem, sitting_id: uuid.UUID | None, shuffle_choices: bool) -> ItemFacts:
    """The item as readers see it, without its key; choices mixed for a sitting where the form says so."""
    content = item.content
    if sitting_id is not None and shuffle_choices and item.kind in SHUFFLED_KINDS:
        salt = item.item_id.bytes
        mixed = sorted(content["choices"], key=lambda each: _draw(sitting_id, salt + each["id"].encode()))
        content = {**content, "choices": mixed}
    return ItemFacts(
        item.item_id, item.kind, item.version, content, None, item.difficulty, item.difficulty_standard_error
    )


def _draw(sitting_id: uuid.UUID, what: bytes) -> bytes:
    return hashlib.sha256(sitting_id.bytes + what).digest()
