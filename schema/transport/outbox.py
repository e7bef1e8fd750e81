"""The frames that wait to be sent over one connection: bounded, so that one who does not read stays cheap.

A frame goes out at once where the connection takes it; only where it does not, it waits, and a task sends.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from schema.transport.frames import CloseCode, Closed

FRAMES = 256
SIZE = 1024 * 1024
PATIENCE = 5.0


class Outbox:
    """Sends frames in order. Who puts one into a full box waits; after `patience` seconds the client is slow.

    A box is full with `frames` frames, or `size` bytes; the last one in may go beyond that. `write` takes
    frames at once, or says that it does not; `send` waits until it is on its way. `failed` is told when it
    cannot be.
    """

    __slots__ = (
        "_failed", "_frames", "_held", "_patience", "_send", "_sending", "_size", "_waiters", "_waiting",
        "_write",
    )  # fmt: skip

    def __init__(
        self,
        send: Callable[[bytes], Awaitable[None]],
        *,
        write: Callable[[Sequence[bytes]], bool] | None = None,
        failed: Callable[[Exception], None] | None = None,
        frames: int = FRAMES,
        size: int = SIZE,
        patience: float = PATIENCE,
    ) -> None:
        self._send = send
        self._write = write
        self._failed = failed
        self._frames = frames
        self._size = size
        self._patience = patience
        self._waiting: deque[bytes] | None = None
        self._held = 0
        self._waiters: list[asyncio.Future[None]] = []
        self._sending: asyncio.Task[None] | None = None

    @property
    def has_room(self) -> bool:
        """Whether it takes another frame now."""
        return not self._waiting or (len(self._waiting) < self._frames and self._held < self._size)

    def give(self, frames: Sequence[bytes]) -> None:
        """Give frames to be sent, whether there is room or not: ask before."""
        if not self._waiting and self._write is not None and self._write(frames):
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.extend(frames)
        self._held += sum(map(len, frames))
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._empty())

    async def put(self, frame: bytes) -> None:
        """Give a frame to be sent when there is room; Closed with 4008 when there was none for too long."""
        if not self.has_room:
            await self.room()
        self.give((frame,))

    async def room(self) -> None:
        """Wait until there is room; Closed with 4008 when there was none for too long."""
        try:
            async with asyncio.timeout(self._patience):
                while not self.has_room:
                    await self._moved()
        except TimeoutError:
            message = "Frames were not taken in time; connect again and resume after the last cursor."
            raise Closed(CloseCode.SLOW, message) from None

    async def sent(self) -> None:
        """Wait until everything is on its way, or never will be."""
        while self._sending is not None:
            await self._moved()

    def end(self) -> None:
        """Send nothing more, and let go of whom it sent to: each would keep the other from being freed."""
        if self._sending is not None:
            self._sending.cancel()
        self._send, self._write, self._failed = _nowhere, None, None

    async def _moved(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    async def _empty(self) -> None:
        assert self._waiting is not None
        try:
            while self._waiting:
                frame = self._waiting[0]
                await self._send(frame)
                self._waiting.popleft()
                self._held -= len(frame)
                self._wake()
        except Exception as error:
            if self._failed is not None:
                self._failed(error)
        finally:
            self._sending = self._waiting = None
            self._held = 0
            self._wake()

    def _wake(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)


async def _nowhere(frame: bytes) -> None:
    """Send to nobody: the connection has ended."""
