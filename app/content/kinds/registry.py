"""The item kinds that can be used. A new kind is one module and one line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.content.kinds.cloze import Cloze
from app.content.kinds.external import External
from app.content.kinds.kind import (
    RESPONSE_FIELDS,
    ItemInvalid,
    ItemKind,
    JsonObject,
    Kind,
    ResponseInvalid,
    Scoring,
    named,
)
from app.content.kinds.matching import Matching
from app.content.kinds.multiple_choice import MultipleChoice
from app.content.kinds.multiple_response import MultipleResponse
from app.content.kinds.numeric import Numeric
from app.content.kinds.ordering import Ordering
from app.content.kinds.short_text import ShortText

KINDS: Mapping[ItemKind, type[Kind]] = {
    ItemKind.EXTERNAL: External,
    ItemKind.MULTIPLE_CHOICE: MultipleChoice,
    ItemKind.MULTIPLE_RESPONSE: MultipleResponse,
    ItemKind.NUMERIC: Numeric,
    ItemKind.SHORT_TEXT: ShortText,
    ItemKind.ORDERING: Ordering,
    ItemKind.MATCHING: Matching,
    ItemKind.CLOZE: Cloze,
}


def check_item(kind: ItemKind, content: JsonObject, answer_key: JsonObject) -> None:
    """Raises ItemInvalid, with the path of the first thing an author has to change."""
    stem = content.get("stem")
    if not isinstance(stem, str) or not stem.strip():
        raise ItemInvalid(("content", "stem"), "Write a stem; it is missing or blank.")
    unit = content.get("unit")
    if unit is not None and not isinstance(unit, str):
        raise ItemInvalid(("content", "unit"), "Give a text, or leave it out.")
    _read(kind, content).check_key(answer_key)


def check_response(kind: ItemKind, content: JsonObject, response: JsonObject) -> None:
    """Raises ResponseInvalid unless the response is one of this kind and fits the content.

    Works without the answer key. Fields that are None count as not given.
    """
    _readable(kind, content, response)


def score(kind: ItemKind, content: JsonObject, answer_key: JsonObject, response: JsonObject) -> Scoring:
    """Credit and feedback; raises ResponseInvalid as `check_response` does. The item is taken as checked."""
    return _readable(kind, content, response).score(answer_key, response)


def solution(kind: ItemKind, content: JsonObject, answer_key: JsonObject) -> dict[str, Any]:
    """A response that earns full credit; ItemInvalid for an external item."""
    return _read(kind, content).solution(answer_key)


def _read(kind: ItemKind, content: JsonObject) -> Kind:
    if kind not in KINDS:
        raise ItemInvalid(("kind",), f"Items of kind {kind} cannot be used here yet; choose another kind.")
    return KINDS[kind].read(content)


def _readable(kind: ItemKind, content: JsonObject, response: JsonObject) -> Kind:
    item = _read(kind, content)
    _check_fields(item.response_field, response)
    item.check_response(response)
    return item


_FIELDS = ", ".join(map(named, RESPONSE_FIELDS))


def _check_fields(expected: str | None, response: JsonObject) -> None:
    given = [name for name, value in response.items() if value is not None]
    unknown = [name for name in given if name not in RESPONSE_FIELDS]
    if unknown:
        raise ResponseInvalid((unknown[0],), f"A response has one of: {_FIELDS}.")
    if len(given) != 1:
        raise ResponseInvalid((), f"Give exactly one of {_FIELDS}; {len(given)} were given.")
    if expected is not None and given != [expected]:
        message = f"This item is answered with {named(expected)}, not with {named(given[0])}."
        raise ResponseInvalid((given[0],), message, mismatch=True)
