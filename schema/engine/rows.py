"""From columns to the objects of an answer, and from objects to columns."""

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from operator import attrgetter, itemgetter
from typing import Any

from app.kit.columnar import Columnar
from app.kit.database import Row
from schema.engine.leaves import Column, Raised

NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
"""A name of GraphQL: what response keys are, since the parser lets nothing else through."""


@lru_cache(maxsize=4_096)
def row_maker(keys: tuple[str, ...]) -> Callable[..., list[dict[str, Any]]]:
    """A function from one column for each key to the objects they make.

    For `("id", "name")` it is `lambda c0, c1: [{'id': v0, 'name': v1} for v0, v1 in zip(c0, c1)]`: a
    literal is three times as fast as `dict(zip(…))`. Keys are all that varies, and only names of GraphQL
    are taken.
    """
    for key in keys:
        if not NAME.fullmatch(key):
            raise ValueError(f"{key!r} is not a name of GraphQL")
    if not keys:
        return lambda: []
    places = range(len(keys))
    columns = ", ".join(f"c{place}" for place in places)
    values = ", ".join(f"v{place}" for place in places)
    pairs = ", ".join(f"{key!r}: v{place}" for place, key in enumerate(keys))
    source = columns if len(keys) == 1 else f"zip({columns})"
    # With all builtins: whatever is collected while it runs, and warns or imports, does so by these.
    made: Callable[..., list[dict[str, Any]]] = eval(
        f"lambda {columns}: [{{{pairs}}} for {values} in {source}]", {}
    )
    return made


class Puller:
    """Pulls an attribute of all objects of a column; Raised where there is none.

    Rows of the database are asked for the column, at the speed of C: their attributes are found by a function
    of Python. What a row has of its own, such as `items`, stays an attribute.
    """

    __slots__ = ("_attribute", "_column", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self._attribute = attrgetter(name)
        self._column = None if hasattr(Row, name) else itemgetter(name)

    def __call__(self, objects: Sequence[Any]) -> Column:
        """The column."""
        column = self._column
        try:
            if type(objects) is Columnar:
                return objects.column(self.name)
            if column is not None and type(objects[0]) is Row and set(map(type, objects)) == _ROWS:
                return list(map(column, objects))
            return list(map(self._attribute, objects))
        except Exception:
            return [_attribute(each, self.name) for each in objects]


puller = cache(Puller)
"""The puller of an attribute. Names are the schema's, not clients': one serves every plan."""


_ROWS = {Row}


def _attribute(source: Any, name: str) -> Any:
    try:
        return getattr(source, name)
    except Exception as error:
        return Raised(error)
