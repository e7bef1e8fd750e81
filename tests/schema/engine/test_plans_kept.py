"""Plans are kept within bounds, and what keeps graphql-core at work is counted by reason."""

import sys
from types import FrameType
from typing import Any

import pytest
from graphql import GraphQLError, get_operation_ast, parse
from graphql.execution import execute

from app.kit.metrics import FALLBACKS
from schema.engine.binding import BOUND, Bound
from schema.engine.declarations import Leaf
from schema.engine.documents import Document
from schema.engine.execution import Executor
from schema.engine.plans import ANOMALIES, VARIANTS, Plans
from tests.schema.engine.differential import fallbacks
from tests.schema.engine.toy import ToyContext, schema_of

TEXT = "type Query { a: Int, b: Int, c: Int, bits: [Int], things: [Thing!]! } type Thing { id: ID!, n: Int! }"


async def _asked(plans: Plans, text: str, variables: dict[str, Any] | None = None, root: Any = None) -> Any:
    document = Document(parse(text), ())
    return await _again(plans, document, variables, root)


async def _again(
    plans: Plans, document: Document, variables: dict[str, Any] | None = None, root: Any = None
) -> Any:
    assert document.node is not None
    operation = get_operation_ast(document.node)
    assert operation is not None
    result = await plans.result(document, operation, variables or {}, ToyContext(), root or {"a": 1, "b": 2})
    assert result.errors is None
    return result.data


def _counted(reason: str) -> float:
    return FALLBACKS.labels(reason)._value.get()


async def test_the_least_used_documents_go_first() -> None:
    plans = Plans(schema_of(TEXT), kept=2)
    first, second = Document(parse("{ a }"), ()), Document(parse("{ b }"), ())
    await _again(plans, first)
    await _again(plans, second)
    await _again(plans, first)
    await _asked(plans, "{ c }")
    assert list(plans._documents) == [id(first.node), plans._documents.popitem()[0]]


async def test_plans_hold_no_more_fields_than_they_may_together() -> None:
    plans = Plans(schema_of(TEXT), fields=10)
    for number in range(20):
        await _asked(plans, f"{{ x{number}: a y{number}: b z: a }}")
        assert plans._held <= 10
    assert len(plans._documents) == 3
    assert sum(each.tally.fields for each in plans._documents.values()) == plans._held


async def test_choices_of_skip_and_include_are_kept_up_to_a_number_and_all_planned() -> None:
    plans, before = Plans(schema_of(TEXT)), fallbacks()
    names = "vwxyz"
    heads = ", ".join(f"${name}: Boolean!" for name in names)
    fields = " ".join(f"{name}: a @include(if: ${name})" for name in names)
    document = Document(parse(f"query({heads}) {{ {fields} b }}"), ())
    for choice in range(32):
        chosen = {name: bool(choice >> place & 1) for place, name in enumerate(names)}
        data = await _again(plans, document, chosen)
        assert data == {**{name: 1 for name, wanted in chosen.items() if wanted}, "b": 2}
    assert fallbacks() == before
    (kept,) = plans._documents.values()
    assert len(kept.plans) == VARIANTS
    assert plans._held == kept.tally.fields


async def test_a_document_that_keeps_falling_back_is_left_to_graphql_core() -> None:
    async def bits() -> Any:
        yield 1

    plans, anomalies, demoted = Plans(schema_of(TEXT)), _counted("anomaly"), _counted("demoted")
    document = Document(parse("{ bits }"), ())
    for _ in range(ANOMALIES + 2):
        assert await _again(plans, document, root={"bits": bits()}) == {"bits": [1]}
    assert _counted("anomaly") - anomalies == ANOMALIES
    assert _counted("demoted") - demoted == 2


async def test_a_directive_on_an_operation_is_left_to_graphql_core() -> None:
    text = "directive @mine on QUERY type Query { a: Int }"
    plans, before = Plans(schema_of(text)), _counted("directive on operation")
    assert await _asked(plans, "query @mine { a }") == {"a": 1}
    assert _counted("directive on operation") == before + 1


async def test_a_leaf_costs_no_more_among_a_hundred_thousand_than_among_a_thousand() -> None:
    schema = schema_of(TEXT)
    thing: Any = schema.type_map["Thing"]
    for name, field in thing.fields.items():
        field.resolve = lambda source, info, name=name: source[name]
        field.extensions = {BOUND: Bound(field.resolve, Leaf(), None, name)}

    class Thing:
        def __init__(self, number: int) -> None:
            self.id, self.n = str(number), number

    plans, document = Plans(schema), Document(parse("{ things { id n } }"), ())

    async def calls(leaves: int) -> int:
        root, made = {"things": [Thing(number) for number in range(leaves // 2)]}, 0

        def count(frame: FrameType, event: str, argument: Any) -> None:
            nonlocal made
            made += event in ("call", "c_call")

        sys.setprofile(count)
        try:
            await _again(plans, document, root=root)
        finally:
            sys.setprofile(None)
        return made

    await calls(2)  # The plan is made.
    few, many = await calls(1_000), await calls(100_000)
    assert many - few <= 99_000 * (few / 1_000)


VARIED = (
    """type Query { said(n: Int, id: ID, text: String, share: Float, yes: Boolean, list: [Int!]): String }"""
)


@pytest.mark.parametrize(
    ("declared", "used", "asked"),
    [
        ("$v: Int", "n: $v", [{"v": 1}, {"v": 2}, {"v": None}, {}, {"v": 2**31}, {"v": "1"}, {"v": True}]),
        ("$v: ID!", "id: $v", [{"v": "a"}, {"v": "b"}, {"v": 7}, {"v": None}, {}, {"v": 1.5}]),
        ("$v: String", "text: $v", [{"v": "a"}, {"v": "b", "more": 1}, {"v": 3}, {}]),
        ("$v: Float", "share: $v", [{"v": 0.5}, {"v": 1}, {"v": 0.25}, {"v": "0.5"}]),
        ("$v: Boolean!", "yes: $v", [{"v": True}, {"v": False}, {"v": 1}, {"v": None}]),
        ("$v: Int = 3", "n: $v", [{"v": 1}, {}, {"v": 2}]),
        ("$v: [Int!]", "list: $v", [{"v": [1]}, {"v": 2}, {"v": [None]}]),
    ],
)
async def test_what_the_first_request_leaves_behind_changes_no_later_answer(
    declared: str, used: str, asked: list[dict[str, Any]]
) -> None:
    schema = schema_of(
        VARIED, Query__said=lambda source, info, **given: repr((given, info.variable_values.coerced))
    )
    document = Document(parse(f"query({declared}) {{ said({used}) }}"), ())
    assert document.node is not None
    (operation,) = document.node.definitions
    plans = Executor(schema)
    for variables in asked + asked:
        found, core = [
            await each._run(document, operation, variables, ToyContext(), None, 5)  # type: ignore[arg-type]
            for each in (plans, Executor(schema, plans=False))
        ]
        assert found == core


VARIABLES = """
    type Query { told(id: ID, at: Moment, level: Level, times: Int, sure: Boolean!): String }
    scalar Moment
    enum Level { LOW HIGH }
"""


def _moment(value: Any) -> str:
    if value == "never":
        raise GraphQLError("there is no such moment")
    return f"at {value}"


@pytest.mark.parametrize("reverse", [False, True])
async def test_each_request_of_an_operation_is_answered_by_its_own_variables(reverse: bool) -> None:
    """What an earlier request has left is no more than what all have in common."""
    schema = schema_of(VARIABLES, Query__told=lambda source, info, **given: repr(sorted(given.items())))
    moment: Any = schema.type_map["Moment"]
    moment.coerce_input_value = _moment
    text = """query($id: ID, $at: Moment, $level: Level, $times: Int, $sure: Boolean!) {
      told(id: $id, at: $at, level: $level, times: $times, sure: $sure) }"""
    document, plans = Document(parse(text), ()), Plans(schema)
    assert document.node is not None
    operation = get_operation_ast(document.node)
    assert operation is not None
    given: list[dict[str, Any]] = [
        {"id": "a", "at": "noon", "level": "LOW", "times": 3, "sure": True},
        {"id": None, "at": None, "level": None, "times": None, "sure": False},
        {"sure": True},
        {"id": 7, "at": 8, "times": 3.0, "sure": True},
        {"at": "never", "sure": True},
        {"level": "MIDDLE", "sure": True},
        {"times": 2**31, "sure": True},
        {"id": "a"},
        {"sure": None},
        {"id": "b", "level": "HIGH", "sure": True},
    ]  # fmt: skip
    for variables in reversed(given) if reverse else given:
        result = await plans.result(document, operation, variables, ToyContext(), {})
        core: Any = execute(schema, parse(text), {}, ToyContext(), variables)
        assert (result.data, _messages(result)) == (core.data, _messages(core))


def _messages(result: Any) -> list[str]:
    return [error.message for error in result.errors or ()]
