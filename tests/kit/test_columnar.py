"""Rows kept as columns: what is asked of them, and what is made for that."""

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

from app.kit.columnar import Columnar, Numbers, PackedIds, Repeated, Table, column_of
from app.kit.ids import new_id

Row = namedtuple("Row", ["id", "skill", "points"])
IDS = [new_id() for _ in range(4)]


def table(made: list[str]) -> Table:
    def points() -> list[int]:
        made.append("points")
        return [10, 20, 30, 40]

    columns: dict[str, Any] = {
        "id": PackedIds(b"".join(each.bytes for each in IDS)),
        "skill": Repeated(["add", "carry"], [0, 1, 1, 0]),
        "points": points,
    }
    return Table(Row._make, columns, 4)


def test_a_column_is_made_when_it_is_asked_for_and_once() -> None:
    made: list[str] = []
    rows = Columnar(table(made), range(4))
    assert rows.column("skill") == ["add", "carry", "carry", "add"]
    assert made == []
    assert rows.column("points") == rows.column("points") == [10, 20, 30, 40]
    assert made == ["points"]
    with pytest.raises(KeyError):
        rows.column("name")


def test_rows_are_made_of_a_value_of_each_column() -> None:
    rows = Columnar(table([]), range(4))
    assert rows[2] == Row(IDS[2], "carry", 30)
    assert list(rows[1:3]) == [Row(IDS[1], "carry", 20), Row(IDS[2], "carry", 30)]
    assert list(rows)[2] is list(rows)[2]
    assert (len(rows), len(rows[1:3]), rows[3:].column("skill")) == (4, 2, ["add"])
    with pytest.raises(IndexError):
        rows[4]


def test_ids_are_written_without_being_made() -> None:
    rows = Columnar(table([]), range(4))
    assert rows.prefixed("id", "row_") == [f"row_{each.hex}" for each in IDS]
    assert rows[1:3].prefixed("id", "row_") == [f"row_{each.hex}" for each in IDS[1:3]]
    assert PackedIds(b"").prefixed("row_") == []
    assert rows[1:].column("id") == IDS[1:]


def test_arrays_become_columns_of_plain_numbers() -> None:
    for numbers in (np.array([3, -(2**31), 2**31 - 1]), np.array([0.1, -0.0, 5e-324]), np.array([], float)):
        column = column_of(numbers)
        assert isinstance(column, Numbers)
        assert column == numbers.tolist()
        assert set(map(type, column)) <= {column.type}
    whole = Columnar(
        Table(Row._make, {"id": IDS, "skill": IDS, "points": column_of(np.arange(4))}, 4), range(4)
    )
    assert isinstance(whole.column("points"), Numbers)
    assert whole[1:].column("points") == [1, 2, 3]


def test_what_repeats_stays_so_for_all_rows_and_is_written_out_for_some() -> None:
    rows = Columnar(table([]), range(4))
    whole = rows.repeated("skill")
    assert isinstance(whole, Repeated)
    assert (list(whole), len(whole), whole[3]) == (["add", "carry", "carry", "add"], 4, "add")
    assert rows[2:].repeated("skill") == ["carry", "add"]
    assert rows.repeated("points") == [10, 20, 30, 40]


def test_rows_of_several_tables_are_laid_end_to_end() -> None:
    one, other = Columnar(table([]), range(4)), Columnar(table([]), range(4))
    joined = Columnar.joined([one[:2], other[3:], [], one[2:]])
    assert isinstance(joined, Columnar)
    assert joined.column("points") == [10, 20, 40, 30, 40]
    assert joined.column("skill") == ["add", "carry", "add", "carry", "add"]
    assert joined.prefixed("id", "") == [IDS[place].hex for place in (0, 1, 3, 2, 3)]
    assert Columnar.joined([one[:1], [Row(1, "x", 2)]]) == [Row(IDS[0], "add", 10), Row(1, "x", 2)]
    together = Columnar.joined([one[:2], one[2:]])
    assert isinstance(together, Columnar)
    assert isinstance(together.repeated("skill"), Repeated)
