"""A database that goes away under a running process: callers are told when to come back."""

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
import uvicorn

from app import migrate
from app.bootstrap import Addresses, started
from app.cli.sockets import configuration
from app.config import read_settings
from app.kit import embedded_postgres
from app.main import create_application
from tests.client import Client, School


class Road:
    """A fixed address that leads to wherever the server is now, or nowhere."""

    def __init__(self) -> None:
        self.target: int | None = None
        self.port = 0

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry a connection, both ways, until one side ends it."""
        if self.target is None:
            writer.close()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_carry(reader, back), _carry(there, writer))


async def _carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except OSError:
        pass
    finally:
        sink.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="masterygraph-test-") as made:
        os.chmod(made, 0o755)
        yield Path(made)


@asynccontextmanager
async def served(
    road: Road, server: embedded_postgres.EmbeddedPostgres, folder: Path
) -> AsyncIterator[Client]:
    """The application over a database at the end of the road."""

    def by_road(role: embedded_postgres.Role) -> str:
        return server.url(role).replace(f":{server.port}/", f":{road.port}/")

    addresses = Addresses(by_road("application"), by_road("owner"), by_road("maintenance"), False)
    settings = read_settings({}, data_dir=folder, readers=2, writers=2, consumers=False)
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        async with started(settings, addresses) as runtime:
            # With uvicorn's own way to log, all loggers below it would be set up anew for the tests to come.
            running = uvicorn.Server(configuration(create_application(runtime), 15.0))
            task = asyncio.create_task(running.serve(sockets=[listener]))
            while not running.started:
                await asyncio.sleep(0.01)
            base = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=base, timeout=30) as http:
                yield (await School.found(Client(http), runtime)).admin
            running.should_exit = True
            await task


async def test_callers_are_told_when_to_come_back_and_are_served_when_it_is_there_again(folder: Path) -> None:
    road = Road()
    listening = await asyncio.start_server(road.meet, "127.0.0.1", 0)
    road.port = listening.sockets[0].getsockname()[1]
    server = embedded_postgres.start(folder / "postgres")
    await asyncio.to_thread(migrate.upgrade, server.url("owner"))
    road.target = server.port
    async with served(road, server, folder) as admin:
        question = "{ viewer { organization { name } } }"
        assert "errors" not in await admin.post(question)

        server.stop()
        road.target = None
        # What was read of oneself stands for a second.
        async with asyncio.timeout(30):
            while "errors" not in await admin.post(question):
                await asyncio.sleep(0.2)
        read = await admin.refused(question)
        assert read["extensions"]["code"] == "UNAVAILABLE"
        assert read["extensions"]["retryAfterSeconds"] == 1
        written = await admin.refused(
            'mutation { createClassroom(input: {name: "7A"}) { classroom { id } userErrors { code } } }'
        )
        assert written["extensions"]["code"] == "UNAVAILABLE"
        assert (await admin.http.get("/health/live")).status_code == 200
        assert (await admin.http.get("/health/ready")).status_code == 503

        server = embedded_postgres.start(folder / "postgres")
        road.target = server.port
        assert "errors" not in await admin.post(question)
        made = await admin.do("createClassroom", {"name": "7A"}, "classroom { name }")
        assert made["classroom"] == {"name": "7A"}
        assert (await admin.http.get("/health/ready")).status_code == 200
    server.stop()
    listening.close()
