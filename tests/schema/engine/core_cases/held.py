"""The same question over rows: fields that have no resolver are declared to be attributes of their objects.

So are most fields of the product. Plans read them as columns, or with functions written for a selection,
without calling anything; the answer has to be the same.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any
from weakref import WeakKeyDictionary

from graphql import GraphQLObjectType, GraphQLSchema

from schema.engine.binding import BOUND, Bound
from schema.engine.declarations import Leaf

PLAIN = (str, int, float, Exception, type(None))
_made: "WeakKeyDictionary[GraphQLSchema, GraphQLSchema]" = WeakKeyDictionary()


class Held:
    """A row: what it was made of are its attributes, and null is what it was not made of."""

    def __getattr__(self, name: str) -> None:
        if name.startswith("_"):
            raise AttributeError(name)


def is_plain(value: Any, seen: set[int] | None = None) -> bool:
    """Whether nothing in a value is called, awaited or used up."""
    seen = set() if seen is None else seen
    if type(value) not in (dict, list, tuple):
        return isinstance(value, PLAIN)
    if id(value) in seen:
        return True
    seen.add(id(value))
    return all(is_plain(each, seen) for each in (value.values() if type(value) is dict else value))


def held(value: Any, known: dict[int, Any] | None = None) -> Any:
    """The value with a row in place of each mapping."""
    known = {} if known is None else known
    if type(value) in (list, tuple):
        return [held(each, known) for each in value]
    if type(value) is not dict:
        return value
    if id(value) not in known:
        row = known[id(value)] = Held()
        for name, each in value.items():
            # As a class would have it that says `__typename = …`.
            setattr(row, "_Held__typename" if name == "__typename" else name, held(each, known))
    return known[id(value)]


def of_rows(schema: GraphQLSchema) -> GraphQLSchema:
    """The schema over rows, made once."""
    if schema not in _made:
        made = _made[schema] = deepcopy(schema)
        for kind in made.type_map.values():
            if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__"):
                for name, field in kind.fields.items():
                    if field.resolve is None and not field.args:
                        field.resolve = _reads(name)
                        field.extensions = {BOUND: Bound(field.resolve, Leaf(), None, name)}
    return _made[schema]


def _reads(name: str) -> Callable[..., Any]:
    def read(source: Any, info: Any) -> Any:
        return getattr(source, name)

    return read
