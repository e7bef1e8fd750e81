"""Connections of a pool, kept at hand between uses: giving one back and taking it again costs more than a
read.

A pool waits, and makes a task and a timer, for every connection that comes back. Here one that comes back in
order stays taken, and goes to who has waited longest, or to the next reader, without any of that. The pool is
asked only while it may still make a connection. One that ended in an error, or that rests long, goes back to
it.
"""

import asyncio
import uuid
from collections import deque
from contextlib import suppress
from typing import Any

import asyncpg

REST_SECONDS = 60.0
"""How long a connection rests at hand before it goes back to its pool, which closes it after a while."""

Waiting = tuple[float, "asyncio.Future[Any]"]


class Leases:
    """What is taken from one pool and at hand. Callers wait `wait` seconds for a connection at most."""

    def __init__(self, pool: asyncpg.Pool, wait: float, rest: float = REST_SECONDS) -> None:
        self._pool = pool
        self._wait = wait
        self._rest = rest
        self._most = pool.get_max_size()
        self._taken = 0
        self._at_hand: list[tuple[float, Any]] = []
        self._waiting: deque[Waiting] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None

    def at_hand(self, tenant: uuid.UUID | None = None) -> Any | None:
        """A lease that rests here, without waiting; None where there is none. `_con` is its connection.

        One that is set to this tenant, the last used of them; else the one that has rested longest, so that
        the others stay as they are for those who want them so.
        """
        while self._at_hand:
            _, lease = self._at_hand.pop(self._place_of(tenant))
            if _is_good(lease):
                return lease
            self._drop(lease)
        return None

    def _place_of(self, tenant: uuid.UUID | None) -> int:
        for place in range(len(self._at_hand) - 1, -1, -1):
            connection = self._at_hand[place][1]._con
            if connection is not None and connection.tenant == tenant:
                return place
        return 0

    async def wait(self, tenant: uuid.UUID | None = None) -> Any:
        """A lease of a new connection, or of one that comes back; TimeoutError when none does in time."""
        while True:
            found = self.at_hand(tenant)
            if found is not None:
                return found
            if self._taken < self._most:
                return await self._new()
            found = await self._turn()
            # Nothing: one that ended has left its place free.
            if found is not None:
                return found

    def keep(self, lease: Any) -> None:
        """Take a lease back that was used in order."""
        if not _is_good(lease):
            self._drop(lease)
        elif not self._hand_over(lease):
            loop = asyncio.get_running_loop()
            self._at_hand.append((loop.time(), lease))
            if self._timer is None:
                self._timer = loop.call_later(self._rest, self._tidy)

    async def give_up(self, lease: Any) -> None:
        """Take a lease back whose use ended in an error: its pool looks what is to become of it."""
        self._taken -= 1
        try:
            await self._pool.release(lease)
        finally:
            self._hand_over(None)

    async def close(self) -> None:
        """Give everything back."""
        for timer in (self._timer, self._patience):
            if timer is not None:
                timer.cancel()
        self._timer = self._patience = None
        while self._at_hand:
            await self.give_up(self._at_hand.pop()[1])

    async def _new(self) -> Any:
        self._taken += 1
        try:
            return await self._pool.acquire(timeout=self._wait)
        except BaseException:
            self._taken -= 1
            self._hand_over(None)
            raise

    async def _turn(self) -> Any | None:
        """What comes back next, in the order in which one came to wait."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append((loop.time() + self._wait, turn))
        if self._patience is None:
            self._patience = loop.call_later(self._wait, self._lose_patience)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                if turn.result() is None:
                    self._hand_over(None)
                else:
                    self.keep(turn.result())
            raise

    def _hand_over(self, lease: Any | None) -> bool:
        """Let who has waited longest go on; False when nobody waits."""
        while self._waiting:
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(lease)
                return True
        return False

    def _lose_patience(self) -> None:
        """Tell those who have waited long enough; all wait equally long, so the first are due first."""
        loop = asyncio.get_running_loop()
        while self._waiting and (self._waiting[0][1].done() or self._waiting[0][0] <= loop.time()):
            _, turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(TimeoutError("no connection became free"))
        due = self._waiting[0][0] if self._waiting else None
        self._patience = loop.call_at(due, self._lose_patience) if due is not None else None

    def _drop(self, lease: Any) -> None:
        """Give a lease back without waiting for that."""
        task = asyncio.get_running_loop().create_task(self._released(lease))
        _releasing.add(task)
        task.add_done_callback(_releasing.discard)

    async def _released(self, lease: Any) -> None:
        with suppress(asyncpg.InterfaceError, OSError):
            await self.give_up(lease)

    def _tidy(self) -> None:
        """Give back what has rested long; the last used are at the end."""
        loop = asyncio.get_running_loop()
        long_ago = loop.time() - self._rest
        rested = [lease for since, lease in self._at_hand if since <= long_ago]
        self._at_hand = [(since, lease) for since, lease in self._at_hand if since > long_ago]
        for lease in rested:
            self._drop(lease)
        self._timer = loop.call_later(self._rest, self._tidy) if self._at_hand else None


def _is_good(lease: Any) -> bool:
    """Whether the connection is still there."""
    return lease._con is not None and not lease._con.is_closed()


_releasing: set["asyncio.Task[Any]"] = set()
