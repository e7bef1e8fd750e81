"""Turns: work that nothing can interrupt is done in pieces, by one at a time, with pauses for everybody else.

To read the worst document takes some 25 ms of the processor. Many sent at once, by one client over many
connections or as one operation that asks for their prices, would stop all other clients for as long as all of
them take. Clients who send nothing new do not wait here.
"""

import asyncio
import time
from collections.abc import Generator
from typing import TypeVar

SHARE = 0.75
"""How much of the time this work may take while more of it waits."""

T = TypeVar("T")
Pieces = Generator[None, None, T]
"""Work that yields between its pieces and returns what it found."""


class Turns:
    """Who is first served first; nobody's pieces come between those of another."""

    def __init__(self) -> None:
        self._busy = asyncio.Lock()

    async def take(self, pieces: Pieces[T]) -> T:
        """Wait for the turn, and work."""
        await self._busy.acquire()
        pause = 0.0
        try:
            while True:
                began = time.perf_counter()
                try:
                    next(pieces)
                except StopIteration as end:
                    found: T = end.value
                    return found
                finally:
                    pause = (time.perf_counter() - began) * (1 - SHARE) / SHARE
                await asyncio.sleep(pause)
        finally:
            # Who has its answer goes on; the next one waits out the pause.
            asyncio.get_running_loop().call_later(pause, self._busy.release)


def done(pieces: Pieces[T]) -> T:
    """The same work at once, where nobody waits."""
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            found: T = end.value
            return found
