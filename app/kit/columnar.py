"""Rows kept as columns: thousands of them are told of without one being made.

What a loader works out over columns leaves as columns too. A row is made of them only when somebody asks for
it as a row, and a column only when somebody asks for it: what nobody selected costs nothing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, overload

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

    def prefixed(self, start: str) -> list[str]:
        """The hex digits of each behind `start`."""
        digits = self._packed.hex()
        return [start + digits[place : place + 32] for place in range(0, len(digits), 32)]


class Table:
    """All rows of one reading, by column; `row` makes a row of a value of each column, in their order."""

    def __init__(
        self,
        row: Callable[[tuple[Any, ...]], Any],
        columns: Mapping[str, Column | Callable[[], Column]],
        size: int,
    ) -> None:
        self._row = row
        self._columns = dict(columns)
        self._made: list[Any] | None = None
        self.size = size

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
        return self._row(tuple(self.column(name)[place] for name in self._columns))

    def rows(self) -> list[Any]:
        """All rows; made once."""
        if self._made is None:
            columns = [self.column(name) for name in self._columns]
            self._made = list(map(self._row, zip(*columns, strict=True)))
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

    def _chosen(self, column: Column) -> list[Any]:
        places = self._places
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
        """Rows end to end; as rows where they are not all of one table."""
        some = [part for part in parts if part]
        tables = {part._table if isinstance(part, Columnar) else None for part in some}
        table = tables.pop() if len(tables) == 1 else None
        if table is None:
            return list(chain.from_iterable(some))
        places = [part._places for part in some if isinstance(part, Columnar)]
        if all(isinstance(each, range) and each.step == 1 for each in places):
            ends = [(each[0], each[-1] + 1) for each in places]
            if all(one[1] == other[0] for one, other in pairwise(ends)):
                return Columnar(table, range(ends[0][0], ends[-1][1]))
        return Columnar(table, list(chain.from_iterable(places)))
