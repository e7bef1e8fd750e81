"""Arguments and variables: what a resolver gets, and what is refused before one is called."""

from functools import cache
from typing import Any

import pytest
from graphql import GraphQLDefaultInput, GraphQLError, GraphQLSchema, StringValueNode, parse

from tests.schema.engine.core_cases.both import both
from tests.schema.engine.toy import schema_of

FIELDS = """
    type Query {
      skill(in: Skill): String, text(in: String): String, sureText(in: String!): String
      textOr(in: String = "fresh"): String, sureTextOr(in: String! = "fresh"): String
      list(in: [String]): String, sureList(in: [String]!): String
      listSure(in: [String!]): String, sureListSure(in: [String!]!): String
      level(in: Level): String, sureLevel(in: Level!): String, one(in: Either): String
      whole(in: Whole): String
      any(in: Any): String, point(in: Point): String, inner: Inner
    }
    type Inner { text(in: String): String }
    input Skill { a: String, b: [String], c: String!, d: Code, e: Faulty, f: Int = 3 }
    input Whole { skill: Skill!, name: String! }
    input Either @oneOf { a: String, b: String }
    input Point { x: Float, y: Float }
    scalar Code scalar Faulty scalar Any
    enum Level { NOTHING FALSE NAMED LOW }
"""


def code(value: Any) -> str:
    assert value == "outside"
    return "inside"


def literal_code(node: Any) -> str:
    assert isinstance(node, StringValueNode)
    return code(node.value)


def faulty(_: Any) -> Any:
    raise GraphQLError("no such code", extensions={"code": "FAULTY"})


@cache
def fields() -> Any:
    def told(source: Any, info: Any, **given: Any) -> Any:
        return repr(given["in"]) if "in" in given else None

    schema = schema_of(FIELDS)
    types: Any = schema.type_map
    for holder in ("Query", "Inner"):
        for name, field in types[holder].fields.items():
            if name != "inner":
                field.resolve = told
    types["Code"].coerce_input_value, types["Code"].coerce_input_literal = code, literal_code
    types["Faulty"].coerce_input_value = types["Faulty"].coerce_input_literal = faulty
    types["Point"].out_type = lambda value: f"({value['x']}|{value['y']})"
    levels = types["Level"]
    for name, value in (("NOTHING", None), ("FALSE", False), ("NAMED", "a name")):
        levels.values[name].value = value
    return schema


SKILL = {"a": "foo", "b": ["bar"], "c": "baz"}
WITH_F = "{'a': 'foo', 'b': ['bar'], 'c': 'baz', 'f': 3}"


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ('skill(in: {a: "foo", b: ["bar"], c: "baz"})', WITH_F),
        ('skill(in: {a: "foo", b: "bar", c: "baz"})', WITH_F),
        ('skill(in: {a: null, b: null, c: "C", d: null})',
         "{'a': None, 'b': None, 'c': 'C', 'd': None, 'f': 3}"),
        ('skill(in: {b: ["A", null, "C"], c: "C", f: null})', "{'b': ['A', None, 'C'], 'c': 'C', 'f': None}"),
        ('skill(in: {c: "foo", d: "outside"})', "{'c': 'foo', 'd': 'inside', 'f': 3}"),
        ("point(in: {x: -3, y: 4.5})", "'(-3.0|4.5)'"),
        ("level(in: NOTHING)", "None"), ("level(in: FALSE)", "False"), ("level(in: NAMED)", "'a name'"),
        ("level(in: LOW)", "'LOW'"), ("sureLevel(in: NOTHING)", "None"),
        ("text", None), ('text(in: "a")', "'a'"), ('sureText(in: "a")', "'a'"),
        ("textOr", "'fresh'"), ("sureTextOr", "'fresh'"), ("textOr(in: null)", "None"),
        ('list(in: "one")', "['one']"), ('one(in: {a: "x"})', "{'a': 'x'}"),
        ('any(in: {a: [1, {b: "c"}], d: null})', "{'a': [1, {'b': 'c'}], 'd': None}"),
    ],
)  # fmt: skip
async def test_literals_are_coerced(asked: str, got: Any) -> None:
    field = asked.split("(")[0]
    assert await both(fields(), f"{{ {asked} }}") == ({field: got}, [])


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ('skill(in: ["foo"])', "Expected value of type 'Skill' to be an object, found: [\"foo\"]."),
        ("text(in: WRONG)", "String cannot represent a non string value: WRONG"),
        ("textOr(in: WRONG)", "String cannot represent a non string value: WRONG"),
        ("text(in: [1])", "String cannot represent a non string value: [1]"),
    ],
)
async def test_literals_that_do_not_hold_fail_where_they_stand(asked: str, message: str) -> None:
    field = asked.split("(")[0]
    assert await both(fields(), f"{{ {asked} list }}", valid=False) == (
        {field: None, "list": None}, [(f"Argument 'in' has invalid value: {message}", [field])]
    )  # fmt: skip


async def test_a_scalar_that_refuses_a_literal_says_so_with_its_extensions() -> None:
    data, errors = await both(fields(), '{ skill(in: {c: "foo", e: "bar"}) }', valid=False)
    assert (data, errors) == (
        {"skill": None}, [("Argument 'in' has invalid value at .e: no such code", ["skill"])]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "field", "default", "given", "got"),
    [
        ("Skill", "skill", "", {"it": SKILL}, WITH_F),
        ("Skill", "skill", "", {"it": {**SKILL, "b": "bar"}}, WITH_F),
        ("Skill", "skill", "", {"it": {"c": "foo", "d": "outside"}}, "{'c': 'foo', 'd': 'inside', 'f': 3}"),
        ("Skill", "skill", '{a: "foo", b: ["bar"], c: "baz"}', {}, WITH_F),
        ("String", "text", "", {}, None), ("String", "text", "", {"it": None}, "None"),
        ("String", "text", "", {"it": "a"}, "'a'"), ("String", "text", "", {"it": "a", "other": 3}, "'a'"),
        ("String", "text", '"mine"', {}, "'mine'"), ("String", "text", '"mine"', {"it": "a"}, "'a'"),
        ("String", "text", '"mine"', {"it": None}, "None"), ("String", "text", "null", {}, "None"),
        ("String!", "sureText", '"mine"', {}, "'mine'"), ("String!", "sureText", "", {"it": "a"}, "'a'"),
        ("String", "sureText", '"mine"', {}, "'mine'"),
        ("String", "textOr", "", {}, "'fresh'"), ("String", "textOr", "", {"it": None}, "None"),
        ("String", "sureTextOr", "", {}, "'fresh'"),
        ("Level", "level", "", {"it": "FALSE"}, "False"), ("Level!", "sureLevel", "", {"it": "LOW"}, "'LOW'"),
        ("[String]", "list", "", {"it": None}, "None"), ("[String]", "list", "", {"it": ["A"]}, "['A']"),
        ("[String]", "list", "", {"it": ["A", None]}, "['A', None]"),
        ("[String]!", "sureList", "", {"it": ["A", None]}, "['A', None]"),
        ("[String!]", "listSure", "", {"it": None}, "None"),
        ("[String!]", "listSure", "", {"it": ["A"]}, "['A']"),
        ("[String!]!", "sureListSure", "", {"it": ["A", "B"]}, "['A', 'B']"),
        ("[String!]!", "sureListSure", "", {"it": "A"}, "['A']"),
        ("Any", "any", "", {"it": {"a": [1, None]}}, "{'a': [1, None]}"),
        ("Either", "one", '{a: "x"}', {}, "{'a': 'x'}"),
        ("Either", "one", "", {"it": {"b": "y"}}, "{'b': 'y'}"),
    ],
)  # fmt: skip
async def test_variables_are_coerced(kind: str, field: str, default: str, given: Any, got: Any) -> None:
    text = f"query($it: {kind}{' = ' + default if default else ''}) {{ {field}(in: $it) }}"
    assert await both(fields(), text, None, given) == ({field: got}, [])


BAD = "Variable '$it' has invalid value"
NULL = "Expected value of non-null type '%s' not to be None."
ONLY_ONE = (
    "Within OneOf Input Object type 'Either', exactly one field must be specified, and the value for that "
    "field must be non-null."
)
WITHOUT = "Expected value of type '%s' to include required field '%s', found: %s."


@pytest.mark.parametrize(
    ("kind", "field", "given", "messages"),
    [
        ("Skill", "skill", {"it": {"c": "foo", "e": "x"}}, [" at .e: no such code"]),
        ("Skill", "skill", {"it": {"c": None}}, [" at .c: " + NULL % "String!"]),
        ("Skill", "skill", {"it": "foo"},
         [": Expected value of type 'Skill' to be an object, found: 'foo'."]),
        ("Skill", "skill", {"it": {"a": "x"}}, [": " + WITHOUT % ("Skill", "c", "{'a': 'x'}")]),
        ("Skill", "skill", {"it": {"c": "x", "none": "y"}},
         [": Expected value of type 'Skill' not to include unknown field 'none', "
          "found: {'c': 'x', 'none': 'y'}."]),
        ("Whole", "whole", {"it": {"skill": {"a": "x"}}},
         [" at .skill: " + WITHOUT % ("Skill", "c", "{'a': 'x'}"),
          ": " + WITHOUT % ("Whole", "name", "{'skill': {'a': 'x'}}")]),
        ("String!", "sureText", {}, [": Expected a value of non-null type 'String!' to be provided."]),
        ("String!", "sureText", {"it": None}, [": " + NULL % "String!"]),
        ("String!", "sureText", {"it": [1]}, [": String cannot represent a non string value: [1]"]),
        ("[String]!", "sureList", {"it": None}, [": " + NULL % "[String]!"]),
        ("[String!]", "listSure", {"it": ["A", None, "B"]}, [" at [1]: " + NULL % "String!"]),
        ("[String!]!", "sureListSure", {"it": None}, [": " + NULL % "[String!]!"]),
        ("[String!]!", "sureListSure", {"it": ["A", None]}, [" at [1]: " + NULL % "String!"]),
        ("Either", "one", {"it": {"a": "x", "b": "y"}}, [": " + ONLY_ONE]),
        ("Either", "one", {"it": {"a": "x", "b": None}}, [": " + ONLY_ONE]),
        ("Either", "one", {"it": {"a": None}}, [" at .a: " + ONLY_ONE]),
    ],
)  # fmt: skip
async def test_variables_that_do_not_hold_are_told_and_nothing_runs(
    kind: str, field: str, given: Any, messages: list[str]
) -> None:
    answer = await both(fields(), f"query($it: {kind}) {{ {field}(in: $it) }}", None, given)
    assert answer == (None, [(BAD + message, None) for message in messages])


@pytest.mark.parametrize("kind", ["Query", "Unknown"])
async def test_a_variable_of_a_type_that_is_no_input_is_refused(kind: str) -> None:
    text = f"query($it: {kind}!) {{ list(in: $it) }}"
    data, errors = await both(fields(), text, None, {"it": "x"}, valid=False)
    assert data is None
    assert [message for message, _ in errors] == [
        f"Variable '$it' expected value of type '{kind}!' which cannot be used as an input type."
    ]


@pytest.mark.parametrize(
    ("kind", "default"),
    [("String", "123"), ("Skill", '{ c: "ok", aa: "x" }'), ("Either", '{a: "x", b: "y"}')],
)
async def test_a_default_that_does_not_hold_is_told_as_such(kind: str, default: str) -> None:
    field = {"String": "text", "Skill": "skill", "Either": "one"}[kind]
    text = f"query($it: {kind} = {default}) {{ {field}(in: $it) }}"
    data, errors = await both(fields(), text, valid=False)
    assert (data, len(errors)) == (None, 1)
    assert errors[0][0].startswith("Variable '$it' has invalid default value: ")


async def test_variables_may_stand_within_literals() -> None:
    text = """query($a: String, $b: String, $n: Int) {
      skill(in: {a: $a, b: [$a, $b], c: "c"}) any(in: {x: $a, y: [$b]}) inner { text(in: $a) }
      other: skill(in: {c: "c", f: $n}) }"""
    given = {"a": None, "b": "B", "n": 7}
    assert await both(fields(), text, {"inner": {}}, given) == ({
        "skill": "{'a': None, 'b': [None, 'B'], 'c': 'c', 'f': 3}", "any": "{'x': None, 'y': ['B']}",
        "inner": {"text": "None"}, "other": "{'c': 'c', 'f': 7}",
    }, [])  # fmt: skip
    data, _ = await both(fields(), text, {"inner": {}}, {"b": "B"})
    assert data["skill"] == "{'b': [None, 'B'], 'c': 'c', 'f': 3}"


async def test_a_variable_that_the_operation_does_not_list_is_not_given() -> None:
    asked = "{ text(in: $it) textOr(in: $it) }"
    answer = await both(fields(), asked, None, {"it": "not listed"}, valid=False)
    assert answer == ({"text": None, "textOr": "'fresh'"}, [])


async def test_one_of_several_may_not_be_left_to_a_variable_that_is_missing() -> None:
    text = "query($a: String, $b: String) { one(in: {a: $a, b: $b}) }"
    data, errors = await both(fields(), text, None, {"a": "x"}, valid=False)
    assert data == {"one": None}
    assert [path for _, path in errors] == [["one"]]


async def test_only_so_many_errors_of_variables_are_told() -> None:
    given = {"it": {"c": "x", **{f"unknown{n}": n for n in range(80)}}}
    _, errors = await both(fields(), "query($it: Skill) { skill(in: $it) }", None, given)
    assert len(errors) == 51
    assert ("Too many errors processing variables, error limit reached. Execution aborted.", None) in errors


@pytest.mark.parametrize(("depth", "holds"), [(20, True), (5_000, False)])
async def test_values_may_be_nested_only_so_deep(depth: int, holds: bool) -> None:
    schema = schema_of("type Query { find(in: Tree): String } input Tree { below: Tree }",
                       Query__find=lambda *_, **given: "found")  # fmt: skip
    tree: Any = None
    for _ in range(depth):
        tree = {"below": tree}
    data, errors = await both(schema, "query($it: Tree) { find(in: $it) }", None, {"it": tree})
    assert (data, len(errors)) == (({"find": "found"}, 0) if holds else (None, 1))


async def test_defaults_of_arguments_that_do_not_hold_fail_where_they_are_used() -> None:
    built = schema_of("type Query { find(in: String): String, name: String }")
    types: Any = built.type_map
    types["Query"].fields["find"].args["in"].default = GraphQLDefaultInput(value=12)
    given: Any = {**built.to_kwargs(), "assume_valid": True}
    schema = GraphQLSchema(**given)
    answer = await both(schema, "{ name find }", {"name": "n", "find": "f"})
    assert answer == ({"name": "n", "find": None}, [
        ("Argument 'in' has invalid default value: String cannot represent a non string value: 12", ["find"])
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ('{ ...F(x: "A") } fragment F($x: String) on Query { text(in: $x) }', {"text": "'A'"}),
        ('{ ...F } fragment F($x: String = "B") on Query { text(in: $x) }', {"text": "'B'"}),
        ("{ ...F } fragment F($x: String) on Query { textOr(in: $x) }", {"textOr": "'fresh'"}),
        ("query($x: String) { ...F } fragment F($x: String) on Query { text(in: $x) }", {"text": None}),
        ('{ a: inner { ...F(x: "1") } b: inner { ...F(x: "2") } } '
         "fragment F($x: String) on Inner { text(in: $x) }", {"a": {"text": "'1'"}, "b": {"text": "'2'"}}),
        ('{ ...F(x: "A") } fragment F($x: String) on Query { ...G(y: $x) } '
         "fragment G($y: String) on Query { skill(in: {c: $y}) }", {"skill": "{'c': 'A', 'f': 3}"}),
        ("{ ...F(x: false) } fragment F($x: Boolean!) on Query { text(in: null) list @include(if: $x) }",
         {"text": "None"}),
    ],
)  # fmt: skip
async def test_arguments_of_fragments_are_left_to_graphql_core(text: str, data: Any) -> None:
    """The product's parser does not take them yet."""
    node = parse(text, experimental_fragment_arguments=True)
    answer = await both(
        fields(), node, {"inner": {}}, {"x": "outer"}, valid=False, fallback="fragment variables"
    )
    assert answer == (data, [])
