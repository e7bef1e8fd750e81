"""Operations that are stopped at any moment leave nothing half begun behind.

graphql-core makes a coroutine for each field that waits and begins it in the next turn of the loop. One that
is cancelled in between is never awaited, of which Python warns: operations are starved before they are ended.
"""

import asyncio
import gc
import uuid
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema, GraphQLUnionType

from app.access.principal import ANONYMOUS
from app.kit.database import StatementCount
from schema.engine.execution import Executor, Seconds
from schema.engine.loading import Loaders


class NoDatabase:
    """Readers of nothing."""

    @asynccontextmanager
    async def reader(self, organization_id: uuid.UUID | None) -> AsyncIterator[Any]:
        """A reader."""
        await asyncio.sleep(0)
        yield SimpleNamespace(aside={}, made_of=())


async def _found(reader: Any, keys: Sequence[int], *_: Any) -> Sequence[Any]:
    await asyncio.sleep(0)
    return [{"key": key} for key in keys]


async def _never(reader: Any, keys: Sequence[int], *_: Any) -> Sequence[Any]:
    await asyncio.Event().wait()
    return keys


def _schema(loader: Any = _found) -> GraphQLSchema:
    async def one(source: Any, info: Any) -> Any:
        return await info.context.loaders.of(loader).load(1)

    async def many(source: Any, info: Any) -> Any:
        return [await info.context.loaders.of(loader).load(key) for key in range(3)]

    async def value(source: Any, info: Any) -> Any:
        return (await info.context.loaders.of(loader).load(7))["key"]

    thing = GraphQLObjectType(
        "Thing",
        lambda: {
            "value": GraphQLField(GraphQLInt, resolve=value),
            "many": GraphQLField(GraphQLList(things), resolve=many),
        },
    )
    things = GraphQLUnionType("Things", [thing], resolve_type=lambda *_: "Thing")
    fields = {"value": thing.fields["value"], "many": GraphQLField(GraphQLList(thing), resolve=many)}
    top = GraphQLObjectType("Top", fields)
    return GraphQLSchema(GraphQLObjectType("Query", {"top": GraphQLField(top, resolve=one)}), types=[thing])


def _asked(executor: Executor) -> tuple[Any, Any, SimpleNamespace]:
    document = executor.documents.read("{ top { value many { value many { ... on Thing { value } } } } }")
    assert not document.errors
    database: Any = NoDatabase()
    loaders = Loaders(database, ANONYMOUS)
    context = SimpleNamespace(
        request_id="1", statements=StatementCount(), loaders=loaders, starve=loaders.starve,
        reads_elsewhere=lambda: None,
    )  # fmt: skip
    return document, document.operation(None), context


@pytest.mark.parametrize("turns", range(0, 60, 10))
async def test_an_operation_that_is_cancelled_at_any_turn_leaves_no_coroutine_unawaited(turns: int) -> None:
    executor = Executor(_schema())
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        for more in range(10):
            document, operation, context = _asked(executor)
            answering = asyncio.create_task(executor.answer(document, operation, {}, context))
            for _ in range(turns + more):
                await asyncio.sleep(0)
            answering.cancel()
            await asyncio.gather(answering, return_exceptions=True)
            del answering, context
            await asyncio.sleep(0)
        gc.collect()
    assert [str(each.message) for each in seen] == []


async def test_an_operation_that_is_not_stopped_is_answered() -> None:
    executor = Executor(_schema())
    answer = await executor.answer(*_asked(executor)[:2], {}, _asked(executor)[2])
    inner = {"value": 7, "many": [{"value": 7}] * 3}
    assert answer == {"data": {"top": {"value": 7, "many": [inner] * 3}}}


async def test_an_operation_that_takes_too_long_says_so() -> None:
    executor = Executor(_schema(_never), seconds=Seconds(query=0.1))
    document, operation, context = _asked(executor)
    answer = await executor.answer(document, operation, {}, context)
    assert answer["errors"][0]["extensions"] == {"code": "TIMEOUT", "requestId": "1"}
