"""Choices, targets and gaps: the identified options of an item, and the ids that refer to them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.content.kinds.kind import ItemInvalid, JsonObject, Path, ResponseInvalid


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    text: str


def read_choices(raw: Any, path: Path, minimum: int) -> tuple[Choice, ...]:
    """Choices with distinct ids and some text, at least `minimum` of them; else ItemInvalid."""
    if not isinstance(raw, Sequence) or isinstance(raw, str):
        raise ItemInvalid(path, "Give a list of objects with id and text.")
    choices = tuple(_read_choice(entry, (*path, str(index))) for index, entry in enumerate(raw))
    if len(choices) < minimum:
        raise ItemInvalid(path, f"Give at least {minimum}; there are {len(choices)}.")
    repeated = first_repeated(choice.id for choice in choices)
    if repeated is not None:
        raise ItemInvalid(path, f"The id {repeated!r} is given twice; ids must differ.")
    return choices


def _read_choice(raw: Any, path: Path) -> Choice:
    if not isinstance(raw, dict):
        raise ItemInvalid(path, "Give an object with id and text.")
    return Choice(id=read_text(raw, "id", path), text=read_text(raw, "text", path))


def read_text(raw: JsonObject, field: str, path: Path) -> str:
    """The non-blank string under `field`; else ItemInvalid."""
    value = raw.get(field)
    if not isinstance(value, str) or not value.strip():
        raise ItemInvalid((*path, field), "Give a text that is not blank.")
    return value


def read_known_ids(raw: Any, known: Collection[str], path: Path) -> tuple[str, ...]:
    """Distinct ids of an answer key, each among `known`; else ItemInvalid."""
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        raise ItemInvalid(path, "Give a list of ids.")
    for index, entry in enumerate(raw):
        if entry not in known:
            raise ItemInvalid((*path, str(index)), f"{entry!r} is not among the ids of the item.")
    repeated = first_repeated(raw)
    if repeated is not None:
        raise ItemInvalid(path, f"The id {repeated!r} is given twice.")
    return tuple(raw)


def check_answered_ids(raw: Any, known: Collection[str], field: str) -> None:
    """ResponseInvalid unless `raw` is a list of distinct ids, each among `known`."""
    if not isinstance(raw, list) or not all(isinstance(entry, str) for entry in raw):
        raise ResponseInvalid((field,), "Give a list of ids.")
    for index, entry in enumerate(raw):
        if entry not in known:
            raise ResponseInvalid((field, str(index)), f"{entry!r} is not a choice of this item.")
    repeated = first_repeated(raw)
    if repeated is not None:
        raise ResponseInvalid((field,), f"The choice {repeated!r} is given twice.")


def first_repeated(ids: Iterable[str]) -> str | None:
    """The first id that stood there before; None when all differ."""
    seen: set[str] = set()
    for entry in ids:
        if entry in seen:
            return entry
        seen.add(entry)
    return None
