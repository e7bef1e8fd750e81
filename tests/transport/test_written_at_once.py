"""Frames that go to the kernel at once: behind what waits, in parts where it takes parts."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

import pytest
import uvicorn
import uvloop
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Frame
from websockets.protocol import Protocol, Side

from app.cli.sockets import configuration
from app.main import WRITE
from schema.transport.frames import wired
from schema.transport.outbox import Outbox

SOON = 30.0
SIZE = 60_000


@dataclass
class Line:
    """A socket from both sides; `gone` is set when the server knows that the client is."""

    client: ClientConnection
    write: Callable[[bytes], bool]
    send: Callable[[Any], Any]
    gone: asyncio.Event

    def outbox(self) -> Outbox:
        """A box that takes as much as one likes."""

        async def send(frame: bytes) -> None:
            await self.send({"type": "websocket.send", "text": frame.decode()})

        return Outbox(send, write=lambda texts: self.write(wired(texts)), frames=10_000, size=1 << 30)


@asynccontextmanager
async def _line() -> AsyncIterator[Line]:
    met: asyncio.Future[tuple[Any, Any]] = asyncio.get_running_loop().create_future()
    gone = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        met.set_result((scope["extensions"][WRITE]["write"], send))
        while (await receive())["type"] != "websocket.disconnect":
            pass
        gone.set()

    listener = socket.create_server(("127.0.0.1", 0))
    untyped: Any = application
    config = configuration(untyped, 60.0)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        async with asyncio.timeout(SOON):
            while not server.started:
                await asyncio.sleep(0.01)
            address = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            async with connect(address, max_queue=2, compression=None) as client:
                write, send = await met
                yield Line(client, write, send, gone)
    finally:
        server.should_exit = True
        await serving


async def test_what_one_who_reads_late_could_not_take_at_once_comes_whole_and_in_order() -> None:
    async with _line() as line:
        box, texts, heard = line.outbox(), list[bytes](), list[Any]()

        def give() -> None:
            texts.append(b"%08d" % len(texts) + b"x" * SIZE)
            box.give([texts[-1]])

        # The client holds two messages; the rest waits in the kernel, the transport, and then in the box.
        while box._sending is None:
            give()
        # While it is read, some go at once again and some wait.
        for number in range(600):
            if number % 3 and len(heard) < len(texts):
                heard.append(await line.client.recv(decode=False))
            else:
                give()
        heard += [await line.client.recv(decode=False) for _ in texts[len(heard) :]]
        assert heard == texts
        await box.sent()
        # Nothing waits any more: the next goes at once again.
        box.give([b"next"])
        assert box._sending is None
        assert await line.client.recv() == "next"


async def test_what_waits_in_the_transport_is_not_overtaken_when_the_kernel_has_room_again() -> None:
    async with _line() as line:
        reading: Any = line.client.transport
        reading.pause_reading()
        descriptor = reading.get_extra_info("socket").fileno()
        server: Any = line.write
        texts: list[bytes] = []

        def give() -> None:
            texts.append(b"%08d" % len(texts) + b"x" * 8_000)
            assert line.write(wired([texts[-1]]))

        while not server.__self__.transport.get_write_buffer_size():
            give()
        client, heard = Protocol(Side.CLIENT, max_size=None), list[bytes]()
        client.receive_data(_taken(descriptor))
        give()
        async with asyncio.timeout(SOON):
            while len(heard) < len(texts):
                client.receive_data(_taken(descriptor))
                heard += [bytes(each.data) for each in client.events_received() if isinstance(each, Frame)]
                await asyncio.sleep(0.01)
        assert heard == texts
        # A paused one would not hear of the end.
        reading.abort()


def _taken(descriptor: int) -> bytes:
    """All that the kernel holds for a reader."""
    found = b""
    with suppress(BlockingIOError):
        while True:
            found += os.read(descriptor, 1 << 20)
    return found


async def test_nothing_is_written_for_one_who_has_gone() -> None:
    async with _line() as line:
        assert line.write(wired([b"there"]))
        assert await line.client.recv() == "there"
        line.client.transport.abort()
        await line.gone.wait()
        assert not line.write(wired([b"gone"]))


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_what_the_transport_was_given_in_the_same_turn_is_not_overtaken(new_loop: Any) -> None:
    async def heard() -> bytes:
        async with _line() as line:
            server: Any = line.write
            transport = server.__self__.transport
            for _ in range(3):
                transport.write(wired([b"pong"]))
                assert line.write(wired([b"news"]))
            return b" ".join([await line.client.recv(decode=False) for _ in range(6)])

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(heard()) == b"pong news pong news pong news"
