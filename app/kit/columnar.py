"""Rows kept as columns: thousands of them are told of without one being made.

What a loader works out over columns leaves as columns too. A row is made of them only when somebody asks for
it as a row, and a column only when somebody asks for it: what nobody selected costs nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, pairwise
from typing import Any, overload
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.kit.ids import from_bytes

Column = Sequence[Any]


class PackedIds(Sequence[Any]):
    """Ids as PostgreSQL sends them, sixteen bytes each, end to end."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    def __len__(self) -> int:
        return len(self._packed) // 16

    def __getitem__(self, place: Any) -> Any:
        if not 0 <= place < len(self):
            raise IndexError(place)
        return from_bytes(self._packed[place * 16 : place * 16 + 16])

    @classmethod
    def joined(cls, parts: Sequence["PackedIds"]) -> "PackedIds":
        """The ids of several, end to end."""
        return cls(b"".join(part._packed for part in parts))

    @classmethod
    def of(cls, ids: Iterable[UUID]) -> "PackedIds":
        """These ids, packed."""
        return cls(b"".join(each.bytes for each in ids))

    def place(self, of: UUID) -> int | None:
        """Where an id is first, None where it is not."""
        wanted, begin = of.bytes, 0
        while (found := self._packed.find(wanted, begin)) % 16:
            if found < 0:
                return None
            begin = found + 1
        return found // 16

    def prefixed(self, start: str) -> list[str]:
        """The hex digits of each behind `start`."""
        if not self._packed:
            return []
        return (start + self._packed.hex(",", 16).replace(",", "," + start)).split(",")


class Repeated(Sequence[Any]):
    """A column in which few values come again and again: the values, and the place of each among them."""

    __slots__ = ("of", "values")

    def __init__(self, values: Sequence[Any], of: Sequence[int]) -> None:
        self.values = values
        self.of = of

    def __len__(self) -> int:
        return len(self.of)

    def __getitem__(self, place: Any) -> Any:
        return self.values[self.of[place]]

    def __iter__(self) -> Iterator[Any]:
        return map(self.values.__getitem__, self.of)


class Numbers(list[Any]):
    """A column of numbers of one type: floats, all finite, or integers within 32 bits."""

    __slots__ = ("type",)

    def __init__(self, numbers: Sequence[Any], of: type) -> None:
        super().__init__(numbers)
        self.type = of


def column_of(numbers: NDArray[np.float64] | NDArray[np.int64]) -> list[Any]:
    """An array as a column: one of `Numbers`, which nobody has to look through again, where they are."""
    if numbers.dtype.kind == "f":
        return Numbers(numbers.tolist(), float) if np.isfinite(numbers).all() else numbers.tolist()
    fits = not len(numbers) or (numbers.min() >= -(2**31) and numbers.max() < 2**31)
    return Numbers(numbers.tolist(), int) if fits else numbers.tolist()


class Table:
    """All rows of one reading, by column; `make` makes a row of a value of each column, in their order."""

    def __init__(
        self,
        make: Callable[[tuple[Any, ...]], Any],
        columns: Mapping[str, Column | Callable[[], Column]],
        size: int,
    ) -> None:
        self.make = make
        self._columns = dict(columns)
        self._made: list[Any] | None = None
        self.size = size

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, in order."""
        return list(self._columns)

    def column(self, name: str) -> Column:
        """A column; made when first asked for. KeyError where there is none of that name."""
        found = self._columns[name]
        if callable(found):
            found = self._columns[name] = found()
        return found

    def row(self, place: int) -> Any:
        """One row."""
        if self._made is not None:
            return self._made[place]
        return self.make(tuple(self.column(name)[place] for name in self._columns))

    def rows(self) -> list[Any]:
        """All rows; made once."""
        if self._made is None:
            columns = [self.column(name) for name in self._columns]
            self._made = list(map(self.make, zip(*columns, strict=True)))
        return self._made


class Columnar(Sequence[Any]):
    """Some rows of a table, in order."""

    __slots__ = ("_places", "_table")

    def __init__(self, table: Table, places: Sequence[int]) -> None:
        self._table = table
        self._places = places

    def column(self, name: str) -> list[Any]:
        """One column of these rows."""
        return self._chosen(self._table.column(name))

    def prefixed(self, name: str, start: str) -> list[str]:
        """The hex digits of a column of ids, each behind `start`."""
        found = self._table.column(name)
        if isinstance(found, PackedIds):
            return self._chosen(found.prefixed(start))
        return [start + each.hex for each in self._chosen(found)]

    def repeated(self, name: str) -> Any:
        """A column; as it is kept where it is `Repeated` and these are all rows."""
        found = self._table.column(name)
        if isinstance(found, Repeated) and self._places == range(self._table.size):
            return found
        return self._chosen(found)

    def _chosen(self, column: Column) -> list[Any]:
        places = self._places
        if isinstance(column, Repeated):
            values = column.values
            return [values[place] for place in self._chosen(column.of)]
        if isinstance(places, range) and places.step == 1:
            if len(places) == len(column) and isinstance(column, list):
                return column
            if not isinstance(column, PackedIds):
                return list(column[places.start : places.stop])
        return [column[place] for place in places]

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, place: int) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> "Columnar": ...

    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return Columnar(self._table, self._places[place])
        return self._table.row(self._places[place])

    def __iter__(self) -> Iterator[Any]:
        rows = self._table.rows()
        return (rows[place] for place in self._places)

    @staticmethod
    def joined(parts: Sequence[Sequence[Any]]) -> "Columnar | list[Any]":
        """Rows end to end; as rows where some of them are not kept as columns."""
        some = [part for part in parts if part]
        columnar = [part for part in some if isinstance(part, Columnar)]
        if not some or len(columnar) < len(some):
            return list(chain.from_iterable(some))
        begins: dict[Table, int] = {}
        size = 0
        for part in columnar:
            if part._table not in begins:
                begins[part._table] = size
                size += part._table.size
        if len(begins) > 1:
            moved = (((part._places, begins[part._table])) for part in columnar)
            return Columnar(
                _merged(list(begins)), [begin + place for places, begin in moved for place in places]
            )
        return Columnar(columnar[0]._table, _end_to_end([part._places for part in columnar]))


def _end_to_end(places: Sequence[Sequence[int]]) -> Sequence[int]:
    if all(isinstance(each, range) and each.step == 1 for each in places):
        ends = [(each[0], each[-1] + 1) for each in places]
        if all(one[1] == other[0] for one, other in pairwise(ends)):
            return range(ends[0][0], ends[-1][1])
    return list(chain.from_iterable(places))


def _merged(tables: Sequence[Table]) -> Table:
    """The rows of several tables of the same columns."""

    def column(name: str) -> Column:
        found = [table.column(name) for table in tables]
        packed = [each for each in found if isinstance(each, PackedIds)]
        return PackedIds.joined(packed) if len(packed) == len(found) else list(chain.from_iterable(found))

    return Table(
        tables[0].make, {name: partial(column, name) for name in tables[0].names}, sum(t.size for t in tables)
    )
