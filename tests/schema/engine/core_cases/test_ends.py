"""Operations that end before their answer, and documents that are nested too deeply for one."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from graphql import parse

from schema.engine.plans import Plans
from tests.schema.engine.core_cases.both import both, of_core, of_plans, told
from tests.schema.engine.toy import schema_of

TASK = """
    type Query { task: Task, sure: Task!, tasks: [Task], kind: Kind }
    type Mutation { first: Task, second: Task }
    type Task { id: ID, author: Author }
    type Author { id: ID, name: String }
    interface Kind { id: ID }
    type One implements Kind { id: ID }
"""


class Hanging:
    """A field that is waited for without end, and what became of it."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.log: list[str] = []

    async def __call__(self, *_: Any) -> Any:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise

    def never(self, *_: Any) -> Any:
        self.log.append("called")


Places = Callable[[Hanging], dict[str, Any]]


@pytest.mark.parametrize(
    ("text", "place", "cancelled"),
    [
        ("{ task { id author { id } } }", lambda it: {"task": it}, 1),
        ("{ sure { id author { id } } }", lambda it: {"sure": it}, 1),
        ("{ task { id author { name } } }", lambda it: {"task": {"author": it}}, 1),
        ("{ task { id author { name } } }", lambda it: {"task": {"id": it, "author": {"name": it}}}, 1),
        ("{ tasks { id author { id } } }", lambda it: {"tasks": [{"id": it}, {"id": it}, {"id": "3"}]}, 2),
        ("{ kind { id } }", lambda it: {"kind": it}, 1),
        ("mutation { first { id } second { id } }", lambda it: {"first": it, "second": it.never}, 1),
    ],
)  # fmt: skip
async def test_an_operation_that_is_stopped_stops_what_it_waits_for_and_begins_no_more(
    text: str, place: Places, cancelled: int
) -> None:
    it = Hanging()
    schema = schema_of(TASK, Kind__type=it.never)
    run = asyncio.ensure_future(of_plans(Plans(schema), parse(text), place(it)))
    await it.began.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert it.log == ["cancelled"] * cancelled


async def test_an_operation_that_is_stopped_before_it_began_calls_nothing() -> None:
    it = Hanging()
    run = asyncio.ensure_future(
        of_plans(Plans(schema_of(TASK)), parse("{ task { id } }"), {"task": it.never})
    )
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert it.log == []


@pytest.mark.parametrize("order", ["boom side", "side boom"])
async def test_an_error_beside_one_that_took_the_object_is_not_told(order: str) -> None:
    schema = schema_of(
        "type Query { parent: Parent, other: String } type Parent { boom: String!, side: String }"
    )
    loop = asyncio.get_running_loop()

    def root() -> Any:
        boom, side = loop.create_future(), loop.create_future()
        loop.call_soon(boom.set_exception, RuntimeError("boom"))
        loop.call_later(0.005, side.set_exception, RuntimeError("side"))
        return {"parent": {"boom": boom, "side": side}, "other": "ok"}

    text = f"{{ parent {{ {order} }} other }}"
    expected = ({"parent": None, "other": "ok"}, [("boom", ["parent", "boom"])])
    assert told(await of_plans(Plans(schema), parse(text), root)) == expected


def chain(depth: int, step: str) -> Any:
    fragments = " ".join(f"fragment F{at} on Query {{ {step % (at + 1)} }}" for at in range(depth))
    return parse(f"{{ ...F0 }} {fragments} fragment F{depth} on Query {{ name }}", no_location=True)


NESTED = "type Query { name: String, nested: Query }"


async def test_fragments_may_lead_on_to_fragments() -> None:
    answer = await both(schema_of(NESTED), chain(100, "...F%d"), {"name": "n"}, valid=False)
    assert answer == ({"name": "n"}, [])


async def test_fields_may_be_nested_as_deep_as_any_document_of_ours() -> None:
    root: dict[str, Any] = {"name": "n"}
    root["nested"] = root
    data, errors = await both(schema_of(NESTED), chain(60, "nested { ...F%d }"), root, valid=False)
    for _ in range(60):
        data = data["nested"]
    assert (data, errors) == ({"name": "n"}, [])


async def test_fragments_that_lead_on_too_far_are_refused() -> None:
    answer = await both(schema_of(NESTED), chain(2_000, "...F%d"), {"name": "n"}, valid=False,
                        fallback="nested deeply")  # fmt: skip
    assert answer == (None, [("Selections are nested too deeply. Execution aborted.", None)])


async def test_fields_that_are_nested_too_deep_are_left_to_graphql_core() -> None:
    root: dict[str, Any] = {"name": "n"}
    root["nested"] = root
    schema, node = schema_of(NESTED), chain(2_000, "nested { ...F%d }")
    for result in (await of_core(schema, node, root), await of_plans(Plans(schema), node, root)):
        assert isinstance(result.data, dict)
        assert result.errors
