"""Loaders of an operation that was stopped: what nobody waits for any more is not read on."""

import asyncio
import uuid
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema

from app.access.principal import Principal
from app.kit.database import Reader, StatementCount
from app.runtime import Runtime
from schema.engine.execution import Executor
from schema.engine.loading import Loaders


class SlowReading:
    """A loader that does not answer; it notes that it began, and how it ended."""

    def __init__(self) -> None:
        self.began, self.stopped = asyncio.Event(), asyncio.Event()

    async def __call__(
        self, reader: Reader, keys: Sequence[int], page: object, columns: object, principal: Principal
    ) -> Sequence[Any]:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()
        return keys


async def test_an_operation_that_is_stopped_stops_its_loaders(runtime: Runtime) -> None:
    principal = Principal(uuid.uuid4(), uuid.uuid4(), None, frozenset(), None)
    loaders, slow = Loaders(runtime.database, principal), SlowReading()

    def read(source: object, info: object) -> Any:
        return loaders.of(slow).load(1)

    number = GraphQLObjectType("Number", lambda: {"value": GraphQLField(GraphQLInt, resolve=read)})
    query = GraphQLObjectType(
        "Query",
        {
            "one": GraphQLField(GraphQLInt, resolve=read),
            "many": GraphQLField(GraphQLList(number), resolve=lambda source, info: [{}, {}]),
        },
    )
    executor = Executor(GraphQLSchema(query))
    document = executor.documents.read("{ one many { value } }")
    context = SimpleNamespace(
        request_id="1", statements=StatementCount(), starve=loaders.starve, reads_elsewhere=lambda: None
    )
    operation = document.operation(None)
    assert operation is not None
    answering = asyncio.create_task(executor.answer(document, operation, {}, context))
    async with asyncio.timeout(20):
        await slow.began.wait()
        answering.cancel()
        await slow.stopped.wait()
