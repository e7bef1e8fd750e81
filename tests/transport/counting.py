"""What an answer took: how many of a kind were counted meanwhile, and how many statements operations sent."""

from collections.abc import Awaitable
from typing import NamedTuple

import httpx
from prometheus_client import Counter

from app.kit.metrics import STATEMENTS


class Taken(NamedTuple):
    """An answer, and the counts."""

    answer: httpx.Response
    counted: float
    statements: float


async def taken(work: Awaitable[httpx.Response], kind: Counter) -> Taken:
    """Await an answer, and count."""
    before = kind._value.get(), STATEMENTS._value.get()
    answer = await work
    return Taken(answer, kind._value.get() - before[0], STATEMENTS._value.get() - before[1])
