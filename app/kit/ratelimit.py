"""Rates: buckets that refill as time goes by, and back-off that grows with each failure.

A bucket holds up to `capacity` points and refills by `per_second`; what is taken must be there. So a burst as
large as the bucket passes at once, and over time no more than refills. PyPI's `limits` has windows only, no
buckets whose points differ by operation (docs/decisions/0012).
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple, Protocol

MOST_KEPT = 50_000
"""Buckets held at most, about 200 bytes each; the one longest unused goes first, and begins full again."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A bucket's size in points, and how many points a second it refills by."""

    capacity: float
    per_second: float

    @classmethod
    def a_minute(cls, count: float) -> "Rate":
        """So many a minute, all at once if need be."""
        return cls(count, count / 60)


class Taken(NamedTuple):
    """Whether points were taken, how many are left, and after how many seconds these could be had."""

    allowed: bool
    left: int
    retry_after: int


class Rates(Protocol):
    """Buckets by name, made full when first wanted."""

    async def take(self, name: str, points: float, rate: Rate) -> Taken:
        """Take points if they are all there; nothing is taken otherwise."""
        ...

    def at_hand(self, name: str, points: float, rate: Rate) -> Taken | None:
        """The same as `take` where nothing has to be waited for, else None and nothing is taken."""
        ...

    async def give_back(self, name: str, points: float, rate: Rate) -> int:
        """Put points back that were not needed (0 only looks); how many are left."""
        ...


class InProcessRates:
    """Rates of one process: each process gives as much."""

    def __init__(self, seconds: Callable[[], float], kept: int = MOST_KEPT) -> None:
        self._seconds = seconds
        self._kept = kept
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    async def take(self, name: str, points: float, rate: Rate) -> Taken:
        """Take points if they are all there."""
        return self.at_hand(name, points, rate)

    def at_hand(self, name: str, points: float, rate: Rate) -> Taken:
        """Take points if they are all there."""
        bucket = self._filled(name, rate)
        missing = points - bucket[0]
        if missing > 0:
            # What exceeds the bucket's size never fits; it is told to wait until the bucket is full.
            missing = min(missing, rate.capacity - bucket[0]) if points > rate.capacity else missing
            return Taken(False, int(bucket[0]), max(1, ceil(missing / rate.per_second - 1e-9)))
        bucket[0] -= points
        return Taken(True, int(bucket[0]), 0)

    async def give_back(self, name: str, points: float, rate: Rate) -> int:
        """Put points back."""
        bucket = self._filled(name, rate)
        bucket[0] = min(rate.capacity, bucket[0] + points)
        return int(bucket[0])

    def _filled(self, name: str, rate: Rate) -> list[float]:
        """The bucket with what has refilled since it was last looked at; a clock set back refills nothing."""
        now = self._seconds()
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = self._buckets[name] = [rate.capacity, now]
            if len(self._buckets) > self._kept:
                self._buckets.popitem(last=False)
            return bucket
        self._buckets.move_to_end(name)
        passed = now - bucket[1]
        if passed != 0:
            bucket[0] = min(rate.capacity, bucket[0] + max(0.0, passed) * rate.per_second)
            bucket[1] = now
        return bucket


@dataclass(frozen=True, slots=True)
class Backoff:
    """How failures slow the next try down.

    `free` failures cost nothing; each further one doubles the wait, from `first` seconds to `longest`. One
    failure is forgiven every `forgiven` seconds, so that nobody stays locked out.
    """

    free: int
    first: float
    longest: float
    forgiven: float

    def wait(self, failures: float) -> float:
        """Seconds from the last failure to the next try."""
        beyond = failures - self.free
        return 0.0 if beyond < 0 else min(self.longest, self.first * 2 ** min(beyond, 30))


class Failures:
    """Failures by name, forgiven as time goes by."""

    def __init__(self, seconds: Callable[[], float], kept: int = MOST_KEPT) -> None:
        self._seconds = seconds
        self._kept = kept
        self._counts: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait(self, name: str, backoff: Backoff) -> int:
        """Whole seconds until the next try may be made; 0 when it may be made now."""
        now = self._seconds()
        count, last = self._left(name, backoff, now)
        return max(0, ceil(last + backoff.wait(count) - now - 1e-9)) if count else 0

    def add(self, name: str, backoff: Backoff) -> None:
        """Count a failure."""
        now = self._seconds()
        count, _ = self._left(name, backoff, now)
        self._counts[name] = (count + 1, now)
        self._counts.move_to_end(name)
        if len(self._counts) > self._kept:
            self._counts.popitem(last=False)

    def take_back(self, name: str) -> None:
        """Count one failure less: the try was none."""
        count, last = self._counts.get(name, (0.0, 0.0))
        if count <= 1:
            self._counts.pop(name, None)
        else:
            self._counts[name] = (count - 1, last)

    def forget(self, name: str) -> None:
        """Begin anew."""
        self._counts.pop(name, None)

    def _left(self, name: str, backoff: Backoff, now: float) -> tuple[float, float]:
        """The failures not forgiven yet, in whole ones, and when the last one was."""
        count, last = self._counts.get(name, (0.0, now))
        forgiven = int(max(0.0, now - last) / backoff.forgiven)
        return max(0.0, count - forgiven), last
