"""Mutations run once and in series, whatever goes wrong with what is selected of them."""

import asyncio
from typing import Any

import pytest

from tests.schema.engine.differential import fallbacks
from tests.schema.engine.toy import alike, run, schema_of, told

TEXT = """
    type Query { n: Int }
    type Mutation { add(by: Int!): Counter, must(by: Int!): Counter!, bits: Bits }
    type Counter { total: Int!, rows: [Row!] }
    type Row { n: Int!, late: Int }
    type Bits { each: [Int] }
"""


class Counted:
    """A counter, and what was done with it in which order."""

    def __init__(self) -> None:
        self.total = 0
        self.log: list[str] = []

    async def add(self, source: Any, info: Any, by: int) -> Any:
        """Add, not at once."""
        self.log.append(f"begin {by}")
        await asyncio.sleep(0.02 / by)
        self.log.append(f"end {by}")
        self.total += by
        if by == 13:
            raise ValueError("unlucky")
        return {"total": None if by == 7 else self.total, "rows": [{"n": by}, {"n": by + 1}]}

    def bits(self, source: Any, info: Any) -> Any:
        """What comes bit by bit: plans leave that to graphql-core."""
        self.log.append("bits")

        async def items() -> Any:
            yield 1
            yield 2

        return {"each": items()}


@pytest.fixture
def counted() -> Counted:
    return Counted()


def schema(counted: Counted) -> Any:
    return schema_of(TEXT, Mutation__add=counted.add, Mutation__must=counted.add, Mutation__bits=counted.bits)


async def test_top_fields_run_one_after_another(counted: Counted) -> None:
    answer = await run(
        schema(counted), "mutation { a: add(by: 1) { total } b: add(by: 5) { total rows { n } } }"
    )
    assert answer == {"data": {"a": {"total": 1}, "b": {"total": 6, "rows": [{"n": 5}, {"n": 6}]}}}
    assert counted.log == ["begin 1", "end 1", "begin 5", "end 5"]


async def test_an_error_in_a_payload_is_told_in_place_and_nothing_runs_twice(counted: Counted) -> None:
    before = fallbacks()
    answer = await run(
        schema(counted),
        "mutation { a: add(by: 7) { total } b: add(by: 13) { total } c: add(by: 2) { total } }",
    )
    assert answer["data"] == {"a": None, "b": None, "c": {"total": 22}}
    assert [path for _, path in told(answer)] == [["a", "total"], ["b"]]
    assert fallbacks() == before
    assert counted.log == [f"{what} {by}" for by in (7, 13, 2) for what in ("begin", "end")]


async def test_after_a_null_that_nothing_stops_the_rest_is_not_run(counted: Counted) -> None:
    answer = await run(schema(counted), "mutation { a: must(by: 13) { total } b: add(by: 2) { total } }")
    assert answer["data"] is None
    assert counted.log == ["begin 13", "end 13"]


async def test_what_a_plan_cannot_finish_is_finished_without_running_again(counted: Counted) -> None:
    before = fallbacks()
    answer = await run(
        schema(counted),
        "mutation { a: add(by: 3) { total } bits { each } c: add(by: 13) { total } d: add(by: 1) { total } }",
    )
    assert answer["data"] == {"a": {"total": 3}, "bits": {"each": [1, 2]}, "c": None, "d": {"total": 17}}
    assert [path for _, path in told(answer)] == [["c"]]
    assert fallbacks() == before + 1
    assert counted.log == ["begin 3", "end 3", "bits", "begin 13", "end 13", "begin 1", "end 1"]


async def test_an_answer_is_that_of_graphql_core(counted: Counted) -> None:
    def once(source: Any, info: Any, by: int) -> Any:
        return {"total": by, "rows": [{"n": 1}, {"n": "x"}] if by > 1 else None}

    toy = schema_of(TEXT, Mutation__add=once, Mutation__must=once)
    for text in (
        "mutation { add(by: 1) { total rows { n } } x: add(by: 2) { total rows { n } } }",
        "mutation { must(by: 2) { rows { n } } add(by: 1) { total } }",
        "mutation { __typename add(by: 2) @skip(if: true) { total } }",
    ):
        await alike(toy, text)
