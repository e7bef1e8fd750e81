"""Mutations: each finished before the next begins, and events of subscriptions, each answered by itself."""

import asyncio
from functools import cache
from typing import Any

import pytest
from graphql import parse

from schema.engine.plans import Plans
from tests.schema.engine.core_cases.both import both, fails, later, of_core, of_plans, told
from tests.schema.engine.toy import schema_of

POINTS = """
    type Query { points: Int }
    type Mutation { set(to: Int!): Board, setLater(to: Int!): Board, fail(to: Int!): Board
                    failLater(to: Int!): Board, must(to: Int!): Board! }
    type Board { points: Int, pointsLater: Int, next: Board }
"""


class Board:
    """A board whose points are changed by mutations, and read by what they select."""

    def __init__(self) -> None:
        self.points = 6
        self.log: list[str] = []

    @property
    def next(self) -> "Board":
        return self

    def set(self, info: Any, to: int) -> "Board":
        """Set the points."""
        self.log.append(f"set {to}")
        self.points = to
        return self

    must = set

    async def setLater(self, info: Any, to: int) -> "Board":
        """Set the points, not at once."""
        await asyncio.sleep(0)
        return self.set(info, to)

    def fail(self, info: Any, to: int) -> "Board":
        """Set nothing."""
        self.log.append(f"fail {to}")
        raise RuntimeError(f"not {to}")

    async def failLater(self, info: Any, to: int) -> "Board":
        """Set nothing, not at once."""
        await asyncio.sleep(0)
        return self.fail(info, to)


async def pointsLater(board: Board, info: Any) -> int:
    await asyncio.sleep(0)
    board.log.append(f"read {board.points}")
    return board.points


@cache
def points() -> Any:
    return schema_of(POINTS, Board__pointsLater=pointsLater)


async def test_what_is_selected_of_a_change_is_read_before_the_next() -> None:
    boards: list[Board] = []

    def root() -> Board:
        boards.append(Board())
        return boards[-1]

    text = """mutation { a: set(to: 1) { points } b: setLater(to: 2) { points } c: set(to: 3) { pointsLater }
      d: setLater(to: 4) { pointsLater next { pointsLater points } } e: set(to: 5) { points } }"""
    assert await both(points(), text, root) == ({
        "a": {"points": 1}, "b": {"points": 2}, "c": {"pointsLater": 3},
        "d": {"pointsLater": 4, "next": {"pointsLater": 4, "points": 4}}, "e": {"points": 5},
    }, [])  # fmt: skip
    log = ["set 1", "set 2", "set 3", "read 3", "set 4", "read 4", "read 4", "set 5"]
    assert all(board.log == log for board in boards)


async def test_a_change_that_fails_does_not_keep_others_from_being_made() -> None:
    text = """mutation { a: set(to: 1) { points } b: setLater(to: 2) { points } c: fail(to: 3) { points }
      d: setLater(to: 4) { points } e: set(to: 5) { points } f: failLater(to: 6) { points } }"""
    assert await both(points(), text, lambda: Board()) == ({
        "a": {"points": 1}, "b": {"points": 2}, "c": None, "d": {"points": 4}, "e": {"points": 5}, "f": None,
    }, [("not 3", ["c"]), ("not 6", ["f"])])  # fmt: skip


async def test_changes_may_stand_in_fragments() -> None:
    text = """mutation($yes: Boolean!) { a: set(to: 1) { ...P } ...M
      ... @include(if: $yes) { c: set(to: 3) { ...P } } }
      fragment M on Mutation { b: set(to: 2) { ...P } a: set(to: 1) { next { ...P } } }
      fragment P on Board { pointsLater }"""
    assert await both(points(), text, lambda: Board(), {"yes": True}) == ({
        "a": {"pointsLater": 1, "next": {"pointsLater": 1}}, "b": {"pointsLater": 2}, "c": {"pointsLater": 3},
    }, [])  # fmt: skip


async def test_after_a_null_that_takes_the_answer_no_change_is_made() -> None:
    class Lost(Board):
        """A board that is not there."""

        def must(self, info: Any, to: int) -> Any:
            self.set(info, to)

    lost: list[Board] = []

    def root() -> Board:
        lost.append(Lost())
        return lost[-1]

    answer = await both(
        points(),
        "mutation { a: set(to: 1) { points } must(to: 2) { points } c: set(to: 3) { points } }",
        root,
    )
    assert answer == (None, [("Cannot return null for non-nullable field Mutation.must.", ["must"])])
    assert all(board.log == ["set 1", "set 2"] for board in lost)


EVENTS = """
    type Query { of: String }
    type Subscription { answered(priority: Int = 0): Event, must: Event! }
    type Event { learner: Learner, inbox: Inbox, count: Int! }
    type Learner { name: String! }
    type Inbox { unread: Int, total: Int }
"""
ASKED = """subscription S($p: Int = 0, $in: Boolean = true) {
  answered(priority: $p) { learner { name } inbox @include(if: $in) { unread total } count } }"""


def event(name: Any, count: Any = 1) -> dict[str, Any]:
    inbox = {"unread": later(count), "total": lambda info: 2}
    return {"answered": lambda info, priority: {"learner": {"name": name}, "inbox": inbox, "count": count}}


async def test_each_event_is_the_root_of_an_answer() -> None:
    schema, node = schema_of(EVENTS), parse(ASKED)
    plans = Plans(schema)
    for name, given, inbox in (("Ada", {}, True), ("Bo", {"in": False}, False), ("Cy", {"p": 1}, True)):
        plan = told(await of_plans(plans, node, event(name), given))
        assert plan == told(await of_core(schema, node, event(name), given))
        assert plan == ({"answered": {
            "learner": {"name": name}, **({"inbox": {"unread": 1, "total": 2}} if inbox else {}), "count": 1,
        }}, [])  # fmt: skip


async def test_what_goes_wrong_with_one_event_is_told_with_it_and_the_next_is_answered() -> None:
    schema, node = schema_of(EVENTS), parse(ASKED)
    plans = Plans(schema)
    lost = "Cannot return null for non-nullable field"
    for root, answered, errors in (
        (event("Ada"), True, []),
        (event(None), True, [(f"{lost} Learner.name.", ["answered", "learner", "name"])]),
        (event("Bo", None), False, [(f"{lost} Event.count.", ["answered", "count"])]),
        ({"answered": fails("lost")}, False, [("lost", ["answered"])]),
        (event("Cy"), True, []),
    ):
        plan = told(await of_plans(plans, node, root))
        assert plan == told(await of_core(schema, node, root))
        assert (plan[0]["answered"] is not None, plan[1]) == (answered, errors)


@pytest.mark.parametrize("given", [{"p": "high"}, {"p": 2**31}])
async def test_variables_of_a_stream_that_do_not_hold_are_told(given: Any) -> None:
    data, errors = await both(schema_of(EVENTS), ASKED, event("Ada"), given)
    assert (data, [path for _, path in errors]) == (None, [None])


async def test_of_an_event_that_nobody_validated_all_fields_are_answered() -> None:
    text = "subscription { answered { count } again: answered { count } unknown }"
    assert await both(schema_of(EVENTS), text, event("Ada"), valid=False) == (
        {"answered": {"count": 1}, "again": {"count": 1}}, []
    )  # fmt: skip
