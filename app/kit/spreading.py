"""Regular work over many, spread over time: whoever waits for something else waits for a few at most."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

TOGETHER = 8
SHARE = 0.8
"""The share of the time to the next turn over which regular work is spread: it ends before that."""

Item = TypeVar("Item")


async def spread(
    items: Sequence[Item], seconds: float, together: int = TOGETHER
) -> AsyncIterator[Sequence[Item]]:
    """Give out so many items at a time, evenly over these seconds; the first at once.

    Work that takes longer than its share is made up for by shorter pauses.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    for start in range(0, len(items), together):
        if start:
            due = began + seconds * start / len(items)
            await asyncio.sleep(max(0.0, due - loop.time()))
        yield items[start : start + together]
