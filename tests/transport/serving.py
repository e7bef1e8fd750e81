"""Servers of their own, for tests that need other settings, other schemas, or an end."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import uvicorn

from app.cli.sockets import configuration
from app.main import Application, create_application
from app.runtime import Runtime


@asynccontextmanager
async def another_server(
    runtime: Runtime, **settings: Any
) -> AsyncIterator[tuple[str, uvicorn.Server, Application]]:
    """A server over the same database with other settings; it ends with the context at the latest."""
    changed = replace(runtime, settings=runtime.settings.model_copy(update=settings))
    application = create_application(changed)
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(configuration(application, changed.settings.socket_ping_seconds))
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", server, application
    finally:
        server.should_exit = True
        await task
