"""Turns within this process: who would only be in another's way waits before it takes a connection."""

import asyncio
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    present: int = 0


class Turns:
    """One after another for each key, in the order in which they came; other keys do not wait."""

    def __init__(self) -> None:
        self._queues: dict[Hashable, _Queue] = {}

    @asynccontextmanager
    async def of(self, key: Hashable) -> AsyncIterator[None]:
        """Wait for the turn, and keep it until the context ends."""
        queue = self._queues.get(key)
        if queue is None:
            queue = self._queues[key] = _Queue()
        queue.present += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.present -= 1
            if not queue.present:
                del self._queues[key]

    def __len__(self) -> int:
        """How many keys somebody is at, or waits for."""
        return len(self._queues)
