"""The parts of a plan: places, columns of leaves, rows."""

import gc
import sys
import warnings
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import numpy as np
import pytest
from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString

from app.kit.columnar import Numbers, column_of
from schema.engine.leaves import Raised, leaf_check
from schema.engine.places import Chosen, Items, Root, Under
from schema.engine.rows import Puller, row_maker
from schema.root import build


def test_a_place_is_worked_out_backwards_through_lists_and_shared_objects() -> None:
    classes = Items(Under(Root(), "classes", "Query"), [3])
    learners = Items(Under(classes, "learners", "Class"), [2, 0, 3])
    assert list(learners.paths(1)) == [["classes", 0, "learners", 1]]
    assert list(learners.paths(2)) == [["classes", 2, "learners", 0]]

    skills = Chosen(Under(learners, "skill", "Learner"), [0, 1, None, 0, 2])
    assert list(skills.paths(0)) == [
        ["classes", 0, "learners", 0, "skill"],
        ["classes", 2, "learners", 1, "skill"],
    ]
    assert list(skills.paths(2)) == [["classes", 2, "learners", 2, "skill"]]
    first: Any = skills.first(0)
    assert first.as_list() == ["classes", 0, "learners", 0, "skill"]
    assert (first.typename, first.prev.typename, first.prev.prev.typename) == ("Learner", None, "Class")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (GraphQLString, ["", "a"], [1, True, b"x", Raised(ValueError()), ValueError()]),
        (GraphQLID, ["1", "a"], [1, None.__class__]),
        (GraphQLBoolean, [True, False], [1, "true"]),
        (GraphQLInt, [2**31 - 1, -(2**31)], [2**31, -(2**31) - 1, True, 1.0, "1"]),
        (GraphQLFloat, [0.0, -1.5], [float("nan"), float("inf"), 1, True, "1"]),
    ],
)
def test_a_column_is_passed_whole_or_looked_at_value_by_value(
    kind: Any, good: list[Any], bad: list[Any]
) -> None:
    sure, perhaps = leaf_check(kind, False), leaf_check(kind, True)
    assert sure(good) == perhaps(good) == good
    assert sure([*good, None]) is None
    assert perhaps([*good, None]) == [*good, None]
    assert perhaps([None, None]) == [None, None]
    assert sure([]) == perhaps([]) == []
    for each in bad:
        assert sure([*good, each]) is None
        assert perhaps([*good, each, None]) is None


def test_numbers_that_are_known_to_be_good_are_not_looked_through() -> None:
    points, chances = column_of(np.array([1, 2, 3])), column_of(np.array([0.5, 0.25]))
    assert leaf_check(GraphQLInt, False)(points) is points
    assert leaf_check(GraphQLFloat, True)(chances) is chances
    # What says of itself what it is not shows that nobody looks.
    assert leaf_check(GraphQLInt, False)(Numbers([2**31], int)) == [2**31]
    for kind, column in ((GraphQLFloat, points), (GraphQLInt, chances), (GraphQLString, points)):
        assert leaf_check(kind, True)(column) is None
    for bad in ([0.5, np.nan], [np.inf, 0.5], [-np.inf], [2**31, 0], [-(2**31) - 1]):
        assert type(column_of(np.array(bad))) is list
        kind = GraphQLFloat if isinstance(bad[-1], float) else GraphQLInt
        assert leaf_check(kind, False)(column_of(np.array(bad))) is None


def test_an_enum_converts_what_it_knows_and_keeps_nothing_else() -> None:
    class Color(Enum):
        RED = "r"
        GREEN = "g"

    check = leaf_check(GraphQLEnumType("Color", Color), True)
    assert check(["r", None, "g", "r"]) == ["RED", None, "GREEN", "RED"]
    assert check(["r", "blue"]) is None
    assert check(["r", []]) is None
    assert check(["r", ValueError("x")]) is None


def test_moments_leave_in_utc() -> None:
    moment = build().schema.type_map["DateTime"]
    check = leaf_check(moment, True)  # type: ignore[arg-type]
    assert check([datetime(2026, 11, 21, 9, 30, tzinfo=UTC), None]) == ["2026-11-21T09:30:00Z", None]
    assert check(["2026-11-21"]) is None


def test_rows_are_made_of_columns_in_the_order_of_the_keys() -> None:
    assert row_maker(("b", "a"))([1, 2], ["x", "y"]) == [{"b": 1, "a": "x"}, {"b": 2, "a": "y"}]
    assert row_maker(("one",))([1, 2]) == [{"one": 1}, {"one": 2}]


@pytest.mark.parametrize("key", ["", "a b", "a'", "1a", "a\n", "a: 1}", "é"])
def test_only_names_of_graphql_reach_generated_code(key: str) -> None:
    with pytest.raises(ValueError, match="not a name of GraphQL"):
        row_maker((key,))


def test_an_attribute_that_is_not_there_stands_as_an_error() -> None:
    class Bare:
        pass

    class Named:
        name = "Ada"

    first, second = Puller("name")([Named(), Bare()])
    assert first == "Ada"
    assert isinstance(second, Raised)
    assert isinstance(second.error, AttributeError)


def test_what_is_collected_while_rows_are_made_may_import() -> None:
    # Whoever ends unawaited warns, for which the interpreter imports by the builtins of the running function.
    async def unawaited() -> None: ...

    def circle() -> None:
        held: list[Any] = [unawaited()]
        held.append(held)

    make, column = row_maker(("a", "b")), [1, 2]
    told: list[Any] = []
    before, kept, hook = gc.get_threshold(), gc.isenabled(), sys.unraisablehook
    gc.collect()
    gc.disable()
    circle()
    try:
        sys.unraisablehook = told.append
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            gc.set_threshold(1)
            gc.enable()
            rows = make(column, column)
            gc.disable()
    finally:
        sys.unraisablehook = hook
        gc.set_threshold(*before)
        if kept:
            gc.enable()
    assert rows == [{"a": 1, "b": 1}, {"a": 2, "b": 2}]
    assert told == []
