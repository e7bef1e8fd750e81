"""What followers meet when the server ends: a close that says so, and a cursor that still holds elsewhere."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from app.main import create_application
from app.runtime import Runtime
from tests.client import School
from tests.live.following import MASTERY
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import socket_of


@asynccontextmanager
async def another_server(runtime: Runtime) -> AsyncIterator[tuple[str, uvicorn.Server]]:
    """A server of its own over the same database; it ends with the context at the latest."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_application(runtime), log_level="error", ws="websockets-sansio")
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", server
    server.should_exit = True
    await task


async def test_a_server_that_ends_closes_with_1012_and_the_cursor_goes_on_with_another(
    address: str, runtime: Runtime, school: School
) -> None:
    work = await LearnerAtWork.begin(school)
    ada = work.learner
    async with another_server(runtime) as (ending, server), socket_of(ending, ada.token) as old:
        cursor = (await (await old.subscribe(MASTERY, id=ada.learner_id)).event())["cursor"]
        server.should_exit = True
        assert (await old.closed())[0] == 1012
    attempt = await work.record(0)
    async with socket_of(address, ada.token) as new:
        stream = await new.subscribe(MASTERY, id=ada.learner_id, after=cursor)
        assert (await stream.event())["attempt"] == {"id": attempt["id"]}
