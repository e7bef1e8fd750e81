"""Ending what graphql-core executes, so that nothing it has made is left behind."""

import asyncio
from collections.abc import Awaitable, Callable

from graphql import ExecutionResult

TURNS_TO_REST = 64
"""More than two for each level of the deepest document."""


async def unwound(work: Awaitable[ExecutionResult], starve: Callable[[], None]) -> ExecutionResult:
    """Await an execution; when cancelled, let it begin what it has made before it is ended.

    graphql-core makes a coroutine for each field that waits, and begins it in the next turn of the loop.
    Cancelled in between, it would never be awaited. An execution whose loaders answer no more comes to rest.
    """
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        starve()
        try:
            for _ in range(TURNS_TO_REST):
                await asyncio.sleep(0)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        raise
