"""What jobs there are: each kind is a name, how often it is tried, and what it does."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a job is tried, and the pauses between: the first, then each twice as long as the last."""

    tries: int = 5
    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(minutes=10)

    def pause(self, failures: int) -> timedelta | None:
        """How long to wait after so many failures, 1 or more; None when that was the last try."""
        if failures >= self.tries:
            return None
        return min(self.first * 2.0 ** min(failures - 1, 32), self.longest)


class Assignment(Protocol):
    """A job in the hands of a worker."""

    @property
    def organization_id(self) -> uuid.UUID:
        """For which organization it is done."""
        ...

    @property
    def input(self) -> dict[str, Any]:
        """What it was given."""
        ...

    async def report(self, done: int, total: int | None, doing: str) -> None:
        """Tell followers how far it is; several times a second costs no more than twice."""
        ...


class JobKind(Protocol):
    """A kind of job.

    A worker may die at any moment, and another then runs the job from the start: `run` is written so that a
    second time does no harm. It is cancelled like any task of asyncio, at whatever it awaits.
    """

    @property
    def name(self) -> str:
        """Its name, in capitals; jobs that wait carry it, so it stays."""
        ...

    @property
    def retries(self) -> Retries:
        """How often it is tried."""
        ...

    async def run(self, assignment: Assignment) -> dict[str, Any] | None:
        """Do it; the result as JSON. What it raises is kept, and tried again where that may help."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work at the times of a cron expression (UTC, five fields), by one process of those that run.

    A process that dies meanwhile is followed by another; what fails is logged and comes again next time.
    """

    name: str
    expression: str
    run: Callable[[], Awaitable[None]]
