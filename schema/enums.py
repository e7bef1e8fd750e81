"""Enums of the domain as enums of the graph, each value with a description."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

import strawberry

E = TypeVar("E", bound=type[Enum])


def graph_enum(enum: E, description: str, values: Mapping[Any, str], *, name: str | None = None) -> E:
    """Publish an enum, perhaps under another name; ValueError unless each value has one description."""
    if set(values) != set(enum):
        raise ValueError(f"{enum.__name__} needs one description for each value, no more and no fewer")
    strawberry.enum(enum, name=name, description=description)
    texts = {member.name: text for member, text in values.items()}
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = texts[value.name]
    return enum
