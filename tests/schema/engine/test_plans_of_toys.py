"""What the specification says of execution, tried on toy schemas: plans answer as graphql-core does."""

import asyncio
from typing import Any

import pytest

from schema.engine.binding import BOUND, Bound
from schema.engine.declarations import Leaf
from tests.schema.engine.toy import alike, run, schema_of, told

SHAPES = """
    type Query { thing: Thing, things: [Thing], matrix: [[Int!]], strict: [Int!]!, node: Node, nodes: [Node!]
                 union: [Either], echo(a: Int = 3, b: [String!], c: In): String, sure: Sure!, color: Color }
    type Thing { id: ID!, name: String, count: Int!, share: Float, on: Boolean, next: Thing, sure: Sure!
                 color: Color }
    type Sure { value: Int!, back: Sure! , maybe: Sure }
    interface Node { id: ID! }
    type Cat implements Node { id: ID!, lives: Int! }
    type Dog implements Node { id: ID!, bark: String }
    union Either = Cat | Dog
    enum Color { RED GREEN }
    input In { x: Int!, y: [Int] }
"""
INTERNAL = "Something went wrong on our side; quote the request id when you report it."


@pytest.fixture(autouse=True, params=["as columns", "by functions written for them"])
def _objects_that_stand_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schema.engine.plan.WORTH_IT", 1_000 if request.param == "as columns" else 0)


class Thing:
    """An object with whatever attributes it is given."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


class Raising:
    """A value that says no to whatever is done with it."""

    def __int__(self) -> int:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")


def shapes(**resolvers: Any) -> Any:
    return schema_of(SHAPES, **resolvers)


def columns() -> Any:
    """The same, where plans know that leaves of a Thing are attributes."""
    schema = shapes()
    for name, field in schema.type_map["Thing"].fields.items():
        field.resolve = lambda source, info, name=name: getattr(source, name)
        field.extensions = {BOUND: Bound(field.resolve, Leaf(), None, name)}
    return schema


async def test_leaves_are_coerced_as_their_types_say() -> None:
    root = {"thing": Thing(id=7, name=True, count=3.0, share=1, on=1)}
    answer = await alike(shapes(), "{ thing { id name count share on } }", root)
    assert answer == {"data": {"thing": {"id": "7", "name": "true", "count": 3, "share": 1.0, "on": True}}}


@pytest.mark.parametrize("bad", [None, "x", 2**31, -(2**31) - 1, 1.5, float("nan"), [], RuntimeError("no")])
async def test_an_integer_that_is_none_makes_its_object_null(bad: Any) -> None:
    root = {"things": [Thing(count=1), Thing(count=bad), Thing(count=3)]}
    answer = await alike(shapes(), "{ things { count } }", root)
    assert answer["data"] == {"things": [{"count": 1}, None, {"count": 3}]}
    assert told(answer) == [(INTERNAL, ["things", 1, "count"])]


async def test_the_largest_integers_pass() -> None:
    root = {"strict": [2**31 - 1, -(2**31), 0]}
    assert await alike(shapes(), "{ strict }", root) == {"data": {"strict": [2**31 - 1, -(2**31), 0]}}


@pytest.mark.parametrize("bad", [float("inf"), float("-inf"), float("nan"), "1.5", ""])
async def test_floats_are_finite(bad: Any) -> None:
    await alike(
        shapes(), "{ things { share } }", {"things": [Thing(share=0.5), Thing(share=bad), Thing(share=None)]}
    )


async def test_large_finite_floats_whose_sum_is_not_pass() -> None:
    root = {"things": [Thing(share=1.7e308), Thing(share=1.7e308)]}
    assert "errors" not in await alike(shapes(), "{ things { share } }", root)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("count", each) for each in (0, 2**31 - 1, 2**31, -(2**31) - 1, True, 1.5, "x", None, Raising())],
        *[("share", each) for each in (0.5, None, float("nan"), float("inf"), 1, "1.5", RuntimeError("no"))],
        *[("name", each) for each in ("a", None, 1, b"a", True)],
        *[("on", each) for each in (True, None, 1, "true")],
        *[("id", each) for each in ("a", 7, None)],
    ],
)
async def test_a_leaf_of_an_object_that_stands_alone_is_checked_as_in_a_column(
    field: str, value: Any
) -> None:
    await alike(columns(), f"{{ thing {{ {field} again: {field} }} }}", {"thing": Thing(**{field: value})})


@pytest.mark.parametrize("color", ["RED", None, "BLUE", [], 1])
async def test_an_enum_that_stands_alone_is_converted_as_in_a_column(color: Any) -> None:
    await alike(columns(), "{ thing { color __typename } }", {"thing": Thing(color=color)})


async def test_what_is_missing_of_an_object_that_stands_alone_is_told() -> None:
    answer = await alike(columns(), "{ thing { name count } }", {"thing": Thing(name="a")})
    assert answer["data"] == {"thing": None}


async def test_lists_of_lists_keep_their_form_and_place_their_errors() -> None:
    root = {"matrix": [[1, 2], None, [], [3, None], "no list", (4,), {5}]}
    answer = await alike(shapes(), "{ matrix }", root)
    assert answer["data"] == {"matrix": [[1, 2], None, [], None, None, [4], [5]]}
    assert [path for _, path in told(answer)] == [["matrix", 3, 1], ["matrix", 4]]


async def test_a_null_goes_up_to_what_may_be_null() -> None:
    sure = Thing(value=1, back=Thing(value=2, back=Thing(value=None)), maybe=Thing(value=None))
    text = "{ thing { id sure { back { back { value } } } } sure { value maybe { value } } }"
    answer = await alike(shapes(), text, {"thing": Thing(id="1", sure=sure), "sure": sure})
    assert answer["data"] == {"thing": None, "sure": {"value": 1, "maybe": None}}
    assert [path for _, path in told(answer)] == [
        ["thing", "sure", "back", "back", "value"], ["sure", "maybe", "value"],
    ]  # fmt: skip


async def test_a_null_that_nothing_stops_leaves_no_data() -> None:
    answer = await alike(shapes(), "{ sure { value } color }", {"sure": None, "color": "RED"})
    assert answer["data"] is None
    assert [path for _, path in told(answer)] == [["sure"]]


async def test_one_null_tells_of_one_error() -> None:
    things = [Thing(id=None, count=None, sure=None)]
    answer = await run(shapes(), "{ things { id count sure { value } } }", {"things": things})
    assert answer["data"] == {"things": [None]}
    assert [path for _, path in told(answer)] == [["things", 0, "id"]]


async def test_an_object_met_twice_has_its_error_at_both_places() -> None:
    bad = Thing(name=ValueError("x"))
    answer = await alike(shapes(), "{ things { name next { name } } thing { name } }",
                         {"things": [bad, bad, Thing(name="n", next=bad)], "thing": bad})  # fmt: skip
    assert len(answer["errors"]) == 4


async def test_aliases_fragments_and_directives_merge_as_they_do() -> None:
    text = """query($yes: Boolean!, $no: Boolean!) {
      one: thing { ...F ... on Thing { count @skip(if: $yes) } }
      one: thing { again: name } two: thing @include(if: $no) { id } ...Q }
      fragment F on Thing { name __typename ...G @include(if: $yes) } fragment G on Thing { id }
      fragment Q on Query { kind: __typename thing @skip(if: $no) { id } }"""
    root = {"thing": Thing(id="1", name="n", count=1)}
    answer = await alike(shapes(), text, root, {"yes": True, "no": False})
    assert list(answer["data"]["one"]) == ["name", "__typename", "id", "again"]
    assert answer["data"] == {
        "one": {"name": "n", "__typename": "Thing", "id": "1", "again": "n"},
        "kind": "Query",
        "thing": {"id": "1"},
    }  # fmt: skip
    assert (await alike(shapes(), text, root, {"yes": False, "no": True}))["data"]["two"] == {"id": "1"}


async def test_nothing_selected_is_an_empty_object() -> None:
    root = {"things": [Thing(id="1"), None]}
    assert await alike(shapes(), "{ things { id @skip(if: true) } }", root) == {
        "data": {"things": [{}, None]}
    }


async def test_abstract_types_are_told_apart_and_keep_their_order() -> None:
    animals = [
        Thing(kind="Cat", id="1", lives=9),
        Thing(kind="Dog", id="2", bark="wau"),
        Thing(kind="Cat", id="3", lives=7),
    ]
    schema = shapes(Node__type=lambda value, info, abstract: value.kind, Either__type=lambda v, i, a: v.kind)
    text = "{ nodes { __typename id ... on Cat { lives } } union { ... on Dog { bark } ... on Node { id } } }"
    answer = await alike(schema, text, {"nodes": animals, "union": [*animals, None]})
    assert answer["data"]["nodes"] == [
        {"__typename": "Cat", "id": "1", "lives": 9}, {"__typename": "Dog", "id": "2"},
        {"__typename": "Cat", "id": "3", "lives": 7},
    ]  # fmt: skip
    assert answer["data"]["union"] == [{"id": "1"}, {"bark": "wau", "id": "2"}, {"id": "3"}, None]


@pytest.mark.parametrize("kind", ["Thing", "Nothing", "Color", None, 7])
async def test_what_an_abstract_type_cannot_be_is_an_error_in_its_place(kind: Any) -> None:
    animals = [Thing(kind="Cat", id="1"), Thing(kind=kind, id="2")]
    schema = shapes(Either__type=lambda value, info, abstract: value.kind)
    answer = await alike(schema, "{ union { ... on Node { id } } }", {"union": animals})
    assert answer["data"] == {"union": [{"id": "1"}, None]}


async def test_types_that_look_at_their_values_are_asked() -> None:
    schema = shapes(
        Cat__is=lambda value, info: hasattr(value, "lives"),
        Dog__is=lambda value, info: hasattr(value, "bark"),
    )
    animals = [Thing(id="1", lives=9), Thing(id="2", bark="wau"), Thing(id="3")]
    answer = await alike(schema, "{ union { __typename ... on Node { id } } }", {"union": animals})
    assert [each and each["__typename"] for each in answer["data"]["union"]] == ["Cat", "Dog", None]


async def test_resolvers_get_source_info_and_arguments() -> None:
    def echo(source: Any, info: Any, **given: Any) -> str:
        return f"{info.field_name} {info.path.as_list()} {info.parent_type} {sorted(given.items())}"

    text = """query($n: Int, $l: [String!]) {
      x: echo(b: $l) y: echo(a: $n, c: {x: 1, y: [2, null]}) z: echo(a: null) }"""
    answer = await alike(shapes(Query__echo=echo), text, {}, {"l": ["q"]})
    assert answer["data"]["x"] == "echo ['x'] Query [('a', 3), ('b', ['q'])]"
    assert answer["data"]["z"] == "echo ['z'] Query [('a', None)]"


async def test_variables_that_do_not_hold_are_refused_before_anything_runs() -> None:
    called: list[int] = []
    schema = shapes(Query__echo=lambda *_, **__: called.append(1))
    answer = await alike(schema, "query($n: Int!) { echo(a: $n) }", {}, {"n": "x"})
    assert "data" not in answer
    assert called == []


async def test_resolvers_may_be_waited_for_and_run_together() -> None:
    running = most = 0

    async def late(source: Any, info: Any) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return most

    schema = schema_of("type Query { a: Int, b: Int, deep: [Deep] } type Deep { c: Int }",
                       Query__a=late, Query__b=late, Deep__c=late)  # fmt: skip
    answer = await run(schema, "{ a b deep { c } }", {"deep": [{}, {}, {}]})
    assert "errors" not in answer
    assert most >= 3


async def test_enums_give_their_names() -> None:
    assert await alike(shapes(), "{ color }", {"color": "GREEN"}) == {"data": {"color": "GREEN"}}
    answer = await alike(shapes(), "{ color }", {"color": "BLUE"})
    assert answer["data"] == {"color": None}


async def test_what_plans_do_not_know_is_left_to_graphql_core() -> None:
    async def items() -> Any:
        for number in (1, 2):
            yield number

    schema = schema_of("type Query { a: [Int], b: Int }", Query__a=lambda *_: items())
    assert await run(schema, "{ a b }", {"b": 3}) == {"data": {"a": [1, 2], "b": 3}}


async def test_introspection_is_answered_alike() -> None:
    text = """{ __schema { directives { name locations }
        queryType { name fields { name type { kind name ofType { name } } args { defaultValue } } } }
      __type(name: "Color") { enumValues { name } interfaces { name } } __typename }"""
    await alike(shapes(), text, {})
