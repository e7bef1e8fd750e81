"""Keyset pages: how many, after which key, with which filters; one page for a whole batch of keys."""

import base64
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from app.kit.errors import BadInput

MAXIMUM = 100
LARGEST_NUMBER = 2**31 - 1
"""Beyond every number that orders rows."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page asked of every key of a batch: at most `first` rows after `after`, narrowed by `filters`."""

    first: int = 50
    after: tuple[Any, ...] | None = None
    filters: tuple[tuple[str, Any], ...] = field(default=())

    def filter(self, name: str) -> Any:
        """The value of a filter, None when it was not given."""
        return dict(self.filters).get(name)


@dataclass(frozen=True, slots=True)
class Slice:
    """The rows found for one key, in order, and whether more follow."""

    rows: Sequence[Any]
    has_next: bool


def cut(rows: Sequence[Any], page: Page) -> Slice:
    """Cut a fetch of `first + 1` rows to the page and say whether there was one more."""
    return Slice(rows[: page.first], len(rows) > page.first)


def checked_first(first: int | None, default: int, path: str = "first") -> int:
    """`first` within 1..100; beyond it an error, never a silent cut."""
    if first is None:
        return default
    if not 1 <= first <= MAXIMUM:
        raise BadInput(f"'{path}' must be within 1 and {MAXIMUM}, not {first}.", path=(path,))
    return first


def encode_cursor(values: Sequence[Any]) -> str:
    """An opaque cursor of the values that order a row."""
    return base64.urlsafe_b64encode(orjson.dumps(list(map(_plain, values)))).decode().rstrip("=")


def decode_cursor(text: str, order: Sequence[type], path: str = "after") -> tuple[Any, ...]:
    """The values of a cursor, checked against the types of the order; BadInput when it is not ours."""
    try:
        values = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(order):
            raise ValueError("another order")
        return tuple(_typed(value, kind) for value, kind in zip(values, order, strict=True))
    except (ValueError, TypeError, OverflowError):
        message = "This cursor is not one of this list; leave it out to begin at the start."
        raise BadInput(message, path=(path,)) from None


def _plain(value: Any) -> Any:
    if isinstance(value, uuid.UUID):
        return value.hex
    return value.isoformat() if isinstance(value, datetime) else value


def _typed(value: Any, kind: type) -> Any:
    if kind in (uuid.UUID, datetime) and not isinstance(value, str):
        raise TypeError("another type")
    if kind is uuid.UUID:
        return uuid.UUID(hex=value)
    if kind is datetime:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise ValueError("no zone")
        return moment.astimezone(UTC)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError("another type")
    if isinstance(value, str) and "\0" in value:
        raise ValueError("no row has this")
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise ValueError("no row has this")
    return value
