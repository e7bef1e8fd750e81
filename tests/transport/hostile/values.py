"""Values that nobody sends in good faith, and how they get into what an operation is given."""

import base64
import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import orjson
from graphql import (
    GraphQLNamedType,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_input_field,
)

ZERO = "0" * 32
DEEPEST = 4


def cursor(*values: Any) -> str:
    """A cursor as our own are made, of any values."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


HARMLESS: dict[str, Any] = {
    "String": "abc",
    "ID": f"skl_{ZERO}",
    "Int": 1,
    "Float": 0.5,
    "Boolean": True,
    "DateTime": "2026-01-01T00:00:00Z",
    "Cursor": "x",
}
TEXTS = ["", "a\0b", "x" * 20_000, "\u202e\u200b", "../../etc/passwd"]
HOSTILE: dict[str, list[Any]] = {
    "String": TEXTS,
    "ID": [*TEXTS, f"lrn_{ZERO}", "cls_" + "\0" * 32, "usr_" + "é" * 32],
    "Int": [2**31 - 1, -(2**31), 2**31, 0, 1.5],
    "Float": [1e308, -0.0, 5e-324, "NaN"],
    "DateTime": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "\0"],
    "Cursor": [
        "\0",
        "é",
        cursor(5),
        cursor("a\0"),
        cursor(2**63),
        cursor("a", 5),
        cursor("a\0", ZERO),
        cursor("0001-01-01T00:00:00+14:00", ZERO),
    ],
    "Boolean": ["x"],
}


def harmless(kind: Any, depth: int = 0) -> Any:
    """A value that the type takes."""
    if is_non_null_type(kind):
        return harmless(kind.of_type, depth)
    if is_list_type(kind):
        return [harmless(kind.of_type, depth)]
    if is_enum_type(kind):
        return next(iter(kind.values))
    if is_input_object_type(kind):
        return {
            name: harmless(each.type, depth + 1)
            for place, (name, each) in enumerate(kind.fields.items())
            if (place == 0 if kind.is_one_of else depth < DEEPEST or is_required_input_field(each))
        }
    return HARMLESS[_name(kind)]


def spoilt(kind: Any, value: Any, depth: int = 0) -> Iterator[Any]:
    """The value again and again, each time with one leaf spoilt."""
    if is_non_null_type(kind):
        yield from spoilt(kind.of_type, value, depth)
    elif is_list_type(kind):
        item = value[0] if value else harmless(kind.of_type, depth)
        yield from ([each] for each in spoilt(kind.of_type, item, depth))
        yield [item] * 101
    elif is_input_object_type(kind) and depth <= DEEPEST:
        for name, each in kind.fields.items():
            known = value.get(name) or harmless(each.type, depth + 1)
            for bad in spoilt(each.type, known, depth + 1):
                yield {name: bad} if kind.is_one_of else {**value, name: bad}
    elif not is_enum_type(kind) and not is_input_object_type(kind):
        yield from HOSTILE[_name(kind)]


def _name(kind: GraphQLNamedType) -> str:
    return kind.name


STRANGE: list[Any] = [
    *(value for values in HOSTILE.values() for value in values),
    None, True, 0, -1, 2**53 + 1, 2**63, -(2**63), 10**400, 1e-320, -1e308, float("inf"), float("nan"),
    [], {}, [[]], [None], {"": ""}, {"__proto__": 1}, [[[[[1]]]]], [0] * 300,
    "\ud800", "a\udfff", "\x7f\x1b[2J", "\u202eabc\u2066", "\ufeff", "\U0010ffff", "e\u0301" * 200, "'; --",
    "%s%n",
    "${x}", "{{x}}", "<script>", "SKILL", "null", "1e3", "0x1f", " ", "\n", "lrn_", "_", "ITM_" + ZERO,
    "9" * 400, "2026-01-01", "2026-13-01T00:00:00Z", "-infinity", "now", "P1D",
]  # fmt: skip
"""Of any type, where any other is expected."""


def bent(chance: random.Random, value: Any) -> Any:
    """The value after one act of damage somewhere within."""
    changed = copy.deepcopy(value)
    holder, key = _place(chance, changed)
    if holder is None:
        return chance.choice(STRANGE)
    match chance.randrange(8):
        case 0:
            del holder[key]
        case 1:
            holder[key] = [holder[key]] * chance.choice([1, 2, 251])
        case 2 if isinstance(holder, dict):
            holder[chance.choice(["", "__typename", "x" * 300, "\0", "id", key + "s"])] = holder[key]
        case _:
            holder[key] = chance.choice(STRANGE)
    return changed


def _place(chance: random.Random, value: Any) -> tuple[Any, Any]:
    """One entry of what holds it, found by going down at random; None when nothing is held."""
    holder, key = None, None
    while isinstance(value, dict | list) and value and (holder is None or chance.random() < 0.8):
        holder = value
        key = chance.choice(list(value)) if isinstance(value, dict) else chance.randrange(len(value))
        value = holder[key]
    return holder, key


def as_json(value: Any) -> str:
    """JSON that says whatever Python holds: halves of surrogate pairs, NaN and numbers of any length too."""
    return json.dumps(value)


def literal(value: Any, kind: Any) -> str:
    """A value as a document writes it; names of enums stand bare where one is expected."""
    while is_non_null_type(kind):
        kind = kind.of_type
    if isinstance(value, list):
        inner = kind.of_type if is_list_type(kind) else None
        return f"[{', '.join(literal(each, inner) for each in value)}]"
    if isinstance(value, dict):
        known = kind.fields if is_input_object_type(kind) else {}
        fields = (
            f"{name}: {literal(each, getattr(known.get(name), 'type', None))}" for name, each in value.items()
        )
        return f"{{{', '.join(fields)}}}"
    if isinstance(value, str) and is_enum_type(kind):
        return value
    return as_json(value)
