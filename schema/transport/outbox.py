"""The frames that wait to be sent over one socket: bounded, so that one who does not read stays cheap."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from schema.transport.frames import CloseCode, Closed

FRAMES = 256
CHARACTERS = 1024 * 1024
PATIENCE = 5.0


class Outbox:
    """Sends frames in order. Who puts one into a full box waits; after `patience` seconds the client is slow.

    A box is full with `frames` frames, or `size` characters; the last one in may go beyond that.
    """

    def __init__(
        self,
        send: Callable[[str], Awaitable[None]],
        *,
        frames: int = FRAMES,
        size: int = CHARACTERS,
        patience: float = PATIENCE,
    ) -> None:
        self._send = send
        self._frames = frames
        self._size = size
        self._patience = patience
        self._waiting: deque[str] = deque()
        self._held = 0
        self._changed = asyncio.Condition()

    async def put(self, frame: str) -> None:
        """Give a frame to be sent; Closed with 4008 when there was no room for too long."""
        try:
            async with asyncio.timeout(self._patience), self._changed:
                await self._changed.wait_for(self._has_room)
                self._waiting.append(frame)
                self._held += len(frame)
                self._changed.notify_all()
        except TimeoutError:
            message = "Frames were not taken in time; connect again and resume after the last cursor."
            raise Closed(CloseCode.SLOW, message) from None

    async def run(self) -> None:
        """Send what is put, until cancelled; an error when the socket is gone."""
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self._waiting)
                frame = self._waiting[0]
            await self._send(frame)
            async with self._changed:
                self._waiting.popleft()
                self._held -= len(frame)
                self._changed.notify_all()

    async def sent(self) -> None:
        """Wait until everything is on its way."""
        async with self._changed:
            await self._changed.wait_for(lambda: not self._waiting)

    def _has_room(self) -> bool:
        return len(self._waiting) < self._frames and self._held < self._size
