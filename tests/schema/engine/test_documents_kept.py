"""What is kept of documents is little, and what is not kept is gone without a collection of garbage."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import parse, specified_rules, validate

from schema.engine.documents import NEW_TOKENS, USED_TOKENS
from schema.engine.execution import Executor
from schema.engine.validation import broken_rules
from tests.schema.engine.toy import ToyContext, schema_of

TEXT = """type Query { a: Int, boom(n: Int): Int, thing: Thing, things: [Thing!]! }
type Thing { id: ID!, n: Int!, thing: Thing, things: [Thing!]! }"""
ROOT: dict[str, Any] = {"a": 1, "thing": {"id": "1", "n": 1}, "things": []}


def _wide(number: int) -> str:
    return f"query Q{number} {{ thing {{ {'n ' * 900}}} }}"


def _spread(number: int) -> str:
    """A document whose plan has more fields than it has tokens."""
    fragments = " ".join(f"fragment F{i} on Thing {{ id n x{i}: n thing {{ id n }} }}" for i in range(9))
    inner = " ".join(f"...F{i}" for i in range(9))
    return f"query Q{number} {{ thing {{ {inner} thing {{ {inner} }} }} things {{ {inner} }} }} {fragments}"


@pytest.fixture
def frozen() -> Iterator[None]:
    """Nothing that was there before is counted or collected, and nobody sets aside what survives."""
    asked = gc.callbacks[:]
    gc.callbacks.clear()
    gc.collect()
    gc.freeze()
    gc.disable()
    yield
    gc.enable()
    gc.unfreeze()
    gc.callbacks.extend(asked)


async def _asked(executor: Executor, text: str) -> Any:
    document = executor.documents.read(text)
    operation = document.operation(None)
    assert operation is not None, document.errors
    return await executor._run(document, operation, {}, ToyContext(), ROOT, 5)


@pytest.mark.parametrize("family", [_wide, _spread])
async def test_however_many_documents_are_sent_those_kept_are_few_objects(frozen: None, family: Any) -> None:
    executor = Executor(schema_of(TEXT))
    for number in range(70):
        text = family(number)
        await _asked(executor, text)
        await _asked(executor, text)
    tables = executor.documents._used, executor.documents._new
    gc.collect()
    assert [table._held <= most for table, most in zip(tables, (USED_TOKENS, NEW_TOKENS), strict=True)] == [
        True,
        True,
    ]
    objects = len(gc.get_objects())
    assert objects < 190_000


async def test_what_was_planned_of_a_document_goes_with_it() -> None:
    executor = Executor(schema_of(TEXT))
    for number in range(40):
        await _asked(executor, _wide(number))
    assert executor._plans is not None
    kept = [document.node for document in executor.documents._new._documents.values()]
    assert list(executor._plans._documents) == [id(node) for node in kept]
    assert executor._plans._held == 2 * len(kept) == 2 * (NEW_TOKENS // 907)


async def test_documents_that_are_not_kept_leave_no_work_to_collections_of_garbage(frozen: None) -> None:
    executor = Executor(schema_of(TEXT))
    await _asked(executor, _wide(0))
    gc.collect()
    for number in range(1, 21):
        await _asked(executor, _wide(number))
        assert executor.documents.read(_wide(number).replace("n ", "b ", 5)).errors
    # Two nodes for each of 900 fields, twenty times, were there and are gone.
    assert gc.collect() < 20 * 200


def test_a_document_is_refused_as_graphql_core_refuses_it() -> None:
    schema = schema_of(TEXT)
    for text in [
        "{ b c d }",
        "{ a a: boom }",
        "query A { a } query A { a }",
        "query($v: Nothing) { a }",
        "{ ...F } fragment F on Nothing { a }",
        "{ thing { ...F } } fragment F on Thing { id ...G }",
        '{ boom(n: "x") boom(m: 1) a { b } thing }',
        "query($v: ID) { boom(n: $v, n: 1) @skip }",
        "{ " + " ".join(f"x{number}" for number in range(15)) + " }",
    ]:
        ours = broken_rules(schema, parse(text), specified_rules, 10, hide_suggestions=False)
        core = validate(schema, parse(text), specified_rules, 10)
        assert [(each.message[:30], each.locations) for each in ours] == [
            (each.message[:30], each.locations) for each in core
        ]
        assert ours


async def test_errors_of_a_kept_document_still_tell_where_in_it_they_are() -> None:
    def boom(source: Any, info: Any, n: int | None = None) -> int:
        raise ValueError("no")

    executor = Executor(schema_of(TEXT, Query__boom=boom))
    text = "query($n: Int! = 1) {\n  a\n  ... on Query {\n    boom(n: $n)\n  }\n  boom(n: $n)\n}"
    for _ in range(3):
        answer = await _asked(executor, text)
        (error,) = answer["errors"]
        assert error["path"] == ["boom"]
        assert error["locations"] == [{"line": 4, "column": 5}, {"line": 6, "column": 3}]
