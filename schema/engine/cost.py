"""What an operation costs, in objects: asked, from the document and its variables; actual, from the answer.

A cost is a sum whose parts may wait for a variable (`first: $n`): it is made once for a document, and
evaluated for each request. What fragments share is one sum, evaluated once, so that no document makes it
exponential.
"""

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from schema.engine.sizes import VariableSize


class Sum:
    """Objects known already (`base`), and parts that are multiplied by a size or shared by fragments."""

    __slots__ = ("base", "parts")

    def __init__(self) -> None:
        self.base = 0
        self.parts: list[tuple[int | VariableSize, Sum]] = []

    def add(self, size: int | VariableSize, inner: "Sum") -> None:
        """Add a sum `size` times."""
        if isinstance(size, int) and not inner.parts:
            self.base += size * inner.base
        elif size != 0 and (inner.parts or inner.base):
            self.parts.append((size, inner))

    def value(self, variables: dict[str, Any]) -> int:
        """How many objects these are, by these variables."""
        return self.base if not self.parts else _value(self, variables, {})


def _value(cost: Sum, variables: dict[str, Any], known: dict[int, int]) -> int:
    found = known.get(id(cost))
    if found is None:
        found = cost.base
        for size, inner in cost.parts:
            times = size if isinstance(size, int) else size.of(variables)
            found += times * _value(inner, variables, known)
        known[id(cost)] = found
    return found


class Branch(NamedTuple):
    """A field of an answer that holds objects: its name there, what each costs, and what lies below."""

    name: str
    weight: int
    branches: "tuple[Branch, ...]"


def returned(branches: Iterable[Branch], objects: list[Mapping[str, Any]]) -> int:
    """How many objects an answer holds, each at its weight: visits the fields with objects, never leaves."""
    count = 0
    for name, weight, below in branches:
        try:
            found = [value for value in map(itemgetter(name), objects) if value is not None]
        except KeyError:  # objects of several types, some without this field
            found = [value for each in objects if (value := each.get(name)) is not None]
        while found and isinstance(found[0], list):
            found = [value for entries in found for value in entries if value is not None]
        count += weight * len(found)
        if below and found:
            count += returned(below, found)
    return count
