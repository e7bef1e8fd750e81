"""Time limits that share one timer: to set a timer for each of thousands of things a second costs more than
many of them take.

All limits of one `Deadlines` are equally long, so what began first is due first. One timer waits for that;
when it has long ended, as nearly always, the timer waits for the next.
"""

import asyncio
from types import TracebackType
from typing import Any


class Deadlines:
    """Ends what takes longer than `seconds` by cancelling its task, as `asyncio.timeout` does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._under_way: dict[Limit, None] = {}
        self._loop: asyncio.AbstractEventLoop | None = None

    def __len__(self) -> int:
        """How many are under way."""
        return len(self._under_way)

    def limit(self) -> "Limit":
        """The limit of what is done within this context; TimeoutError when it is not done in time."""
        return Limit(self)

    def begin(self, limit: "Limit") -> None:
        """Watch a limit."""
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # The timer went with its loop, and so did what was under way in it.
            self._loop = loop
            self._under_way.clear()
            self._watch(loop, loop.time() + self.seconds)
        limit.due = loop.time() + self.seconds
        self._under_way[limit] = None

    def end(self, limit: "Limit") -> None:
        """Watch it no longer."""
        self._under_way.pop(limit, None)

    def _watch(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        loop.call_at(due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is overdue; look again when the next is due."""
        now = loop.time()
        while self._under_way:
            first = next(iter(self._under_way))
            if first.due > now:
                self._watch(loop, first.due)
                return
            del self._under_way[first]
            first.expire()
        # Nothing is under way: the next one to begin sets a timer again.
        if self._loop is loop:
            self._loop = None


class Limit:
    """One thing under way."""

    __slots__ = ("_cancelling", "_deadlines", "_task", "due", "expired")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines
        self._task: asyncio.Task[Any] | None = None
        self._cancelling = 0
        self.due = 0.0
        self.expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a limit is set within a task")
        self._task, self._cancelling = task, task.cancelling()
        self._deadlines.begin(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.expired:
            self._deadlines.end(self)
            return
        assert self._task is not None
        if self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """End it."""
        assert self._task is not None
        self.expired = True
        self._task.cancel()
