"""Collections of garbage that do not stop a process with much in its memory.

A full collection walks all objects that refer to others, which with thousands of sockets stops everybody for
half a second, again and again. So what has survived one is set aside, and the next walks only what was made
since. The interpreter collects by how many more objects were made than went: where one takes the place of
another it waits for minutes, and then walks all of them. So what is new is walked by the clock, too.

What is set aside is freed like all else when nothing refers to it; only circles among it would stay.
Therefore all is walked once more when the memory in use is twice what it was after everything was walked.
"""

import asyncio
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

COLLECTED_AFTER = 25_000
"""Objects made beyond those that went, between collections of the young ones: some 5 MB."""
GROWTH = 2.0
"""By how much the memory in use may grow until all is walked again."""
EVERY = 0.5
"""Seconds from one walk of what is new to the next."""
MIDDLE, OLDEST = 1, 2


class Collecting:
    """Sets aside what has survived; `in_use` tells how many blocks of memory are in use."""

    def __init__(self, in_use: Callable[[], int]) -> None:
        self._in_use = in_use
        gc.collect()
        gc.freeze()
        self._walked = in_use()
        self._all = False

    def __call__(self, phase: str, info: dict[str, int]) -> None:
        """What the collector calls before and after each collection."""
        if info["generation"] != OLDEST:
            return
        if phase == "start":
            self._all = self._has_grown
            if self._all:
                gc.unfreeze()
        else:
            gc.freeze()
            if self._all:
                self._walked = self._in_use()

    @property
    def _has_grown(self) -> bool:
        return self._in_use() >= GROWTH * self._walked

    def walk_new(self) -> None:
        """Walk what was made since the last time, and set aside what stays; all when memory has doubled."""
        if self._has_grown:
            gc.collect()
        else:
            gc.collect(MIDDLE)
            gc.freeze()

    async def by_clock(self, seconds: float = EVERY) -> None:
        """Walk what is new again and again, until cancelled."""
        while True:
            await asyncio.sleep(seconds)
            self.walk_new()


@contextmanager
def short_collections(in_use: Callable[[], int] = sys.getallocatedblocks) -> Iterator[Collecting]:
    """Collect so for as long as the context lasts; what is there already is set aside."""
    collecting = Collecting(in_use)
    before = gc.get_threshold()
    # A large answer is thousands of objects that all go together: walking them every 700 takes a fifth of it.
    # The middle ones soon after: walking ten times as many stops every request for 0.1 s.
    gc.set_threshold(COLLECTED_AFTER, 1, 20)
    gc.callbacks.append(collecting)
    try:
        yield collecting
    finally:
        gc.callbacks.remove(collecting)
        gc.unfreeze()
        gc.set_threshold(*before)
