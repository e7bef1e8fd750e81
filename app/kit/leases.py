"""Connections of a pool, kept at hand between uses: giving one back and taking it again costs more than a
read.

A pool waits, and makes a task, for every connection that comes back. Here one that comes back in order stays
taken, and the next reader has it without waiting. Whoever finds none at hand goes to the pool; while somebody
waits there, what comes back goes there. A connection that ended in an error, or that rests long, goes back
too.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

REST_SECONDS = 60.0
"""How long a connection rests at hand before it goes back to its pool, which closes it after a while."""


class Leases:
    """What is taken from one pool and at hand. Callers wait `wait` seconds for a connection at most."""

    def __init__(self, pool: asyncpg.Pool, wait: float, rest: float = REST_SECONDS) -> None:
        self._pool = pool
        self._wait = wait
        self._rest = rest
        self._at_hand: list[tuple[float, Any]] = []
        self._waiting = 0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """A connection, for as long as one needs it."""
        lease = await self._taken()
        try:
            yield lease._con
        except BaseException:
            await self._pool.release(lease)
            raise
        if self._waiting or lease._con is None or lease._con.is_closed():
            await self._pool.release(lease)
        else:
            self._keep(lease)

    async def close(self) -> None:
        """Give everything back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._at_hand:
            await self._pool.release(self._at_hand.pop()[1])

    async def _taken(self) -> Any:
        while self._at_hand:
            _, lease = self._at_hand.pop()
            if lease._con is not None and not lease._con.is_closed():
                return lease
            await self._pool.release(lease)
        self._waiting += 1
        try:
            return await self._pool.acquire(timeout=self._wait)
        finally:
            self._waiting -= 1

    def _keep(self, lease: Any) -> None:
        loop = asyncio.get_running_loop()
        self._at_hand.append((loop.time(), lease))
        if self._timer is None:
            self._timer = loop.call_later(self._rest, self._tidy)

    def _tidy(self) -> None:
        """Give back what has rested long; the last used are at the end."""
        loop = asyncio.get_running_loop()
        long_ago = loop.time() - self._rest
        rested = [lease for since, lease in self._at_hand if since <= long_ago]
        self._at_hand = [(since, lease) for since, lease in self._at_hand if since > long_ago]
        for lease in rested:
            task = loop.create_task(self._pool.release(lease))
            _releasing.add(task)
            task.add_done_callback(_releasing.discard)
        self._timer = loop.call_later(self._rest, self._tidy) if self._at_hand else None


_releasing: set["asyncio.Task[Any]"] = set()
