"""Where the values of a column stand in the answer. Nobody asks unless something went wrong.

A level of the answer is one column, however many objects hold it, and an object that several others lead to
is built once. So a place is not kept with each value: it is worked out backwards, from the column to the
root.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Protocol

from graphql.pyutils import Path as CorePath

Path = list[str | int]


class Places(Protocol):
    """The places of a column."""

    def paths(self, index: int) -> Iterable[Path]:
        """All places at which the value of that index stands."""
        ...

    def first(self, index: int) -> CorePath | None:
        """The first of them, as graphql-core notes it, with the types on the way."""
        ...


class Root:
    """The operation itself: one object, at the empty path."""

    __slots__ = ()

    def paths(self, index: int) -> Iterable[Path]:
        """The empty path."""
        return [[]]

    def first(self, index: int) -> CorePath | None:
        """No path at all."""
        return None


class Under:
    """The values of one field of a column of objects, which are of the type named."""

    __slots__ = ("_above", "_key", "_type")

    def __init__(self, above: Places, key: str, of_type: str) -> None:
        self._above = above
        self._key = key
        self._type = of_type

    def paths(self, index: int) -> Iterable[Path]:
        """The place of the object, then the field's key."""
        return [[*path, self._key] for path in self._above.paths(index)]

    def first(self, index: int) -> CorePath | None:
        """The first place of the object, then the field's key."""
        return CorePath(self._above.first(index), self._key, self._type)


class Items:
    """The items of a column of lists, one list after another."""

    __slots__ = ("_above", "_counts", "_starts")

    def __init__(self, above: Places, counts: Sequence[int]) -> None:
        self._above = above
        self._counts = counts
        self._starts: list[int] = []

    def paths(self, index: int) -> Iterable[Path]:
        """The place of the list, then the place in the list."""
        of_list, position = self._position(index)
        return [[*path, position] for path in self._above.paths(of_list)]

    def first(self, index: int) -> CorePath | None:
        """The first place of the list, then the place in the list."""
        of_list, position = self._position(index)
        return CorePath(self._above.first(of_list), position, None)

    def _position(self, index: int) -> tuple[int, int]:
        """The index of the list, and the place in it."""
        if not self._starts:
            self._starts = list(accumulate(self._counts, initial=0))
        of_list = bisect_right(self._starts, index) - 1
        return of_list, index - self._starts[of_list]


class Chosen:
    """Some values of a column, each once: `where` has the index of each value above, or None."""

    __slots__ = ("_above", "_found", "_where")

    def __init__(self, above: Places, where: Sequence[int | None]) -> None:
        self._above = above
        self._where = where
        self._found: dict[int, list[int]] = {}

    def paths(self, index: int) -> Iterable[Path]:
        """The places of all values above that are this one."""
        return [path for above in self._all(index) for path in self._above.paths(above)]

    def first(self, index: int) -> CorePath | None:
        """The first place of the first of them."""
        return self._above.first(self._all(index)[0])

    def _all(self, index: int) -> Sequence[int]:
        """The indices above of the values that are this one."""
        if not self._found:
            for above, chosen in enumerate(self._where):
                if chosen is not None:
                    self._found.setdefault(chosen, []).append(above)
        return self._found.get(index, ())
