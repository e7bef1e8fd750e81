"""A second server over the same database, with other settings."""

import asyncio
import dataclasses
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn

from app.cli.sockets import configuration
from app.identity.throttle import SignInThrottle
from app.kit.ratelimit import InProcessRates
from app.main import create_application
from app.runtime import Runtime


@asynccontextmanager
async def serving(runtime: Runtime, **settings: Any) -> AsyncIterator[str]:
    """The address of a server with these settings and buckets of its own, refilled by the runtime's clock."""

    def seconds() -> float:
        return runtime.clock().timestamp()

    other = dataclasses.replace(
        runtime,
        settings=runtime.settings.model_copy(update=settings),
        rates=InProcessRates(seconds),
        sign_in_throttle=SignInThrottle(seconds, runtime.settings.password_threads),
    )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    running = uvicorn.Server(configuration(create_application(other), 15.0))
    task = asyncio.create_task(running.serve(sockets=[listener]))
    while not running.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    await task
