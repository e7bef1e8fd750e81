"""The bus wakes who waits for a topic. It carries no data and may lose a wake-up: readers look anyway."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

ANY_TOPIC = "*"
"""Whoever waits for this is woken by every topic: consumers read them all."""


class Bus(Protocol):
    """Wakes the readers of topics, in this process or in all."""

    def wake(self, topics: Iterable[str]) -> None:
        """Wake everyone who waits for one of these topics."""
        ...

    def waiting(self, *topics: str) -> "Waiting":
        """A listener of these topics, which begins with its context."""
        ...

    @property
    def degraded(self) -> bool:
        """Whether wake-ups of other processes do not arrive: their news is then found by the clock."""
        ...


class InProcessBus:
    """A bus for one process."""

    degraded = False

    def __init__(self) -> None:
        self._listeners: dict[str, set[Waiting]] = {}

    def wake(self, topics: Iterable[str]) -> None:
        """Wake everyone in this process who waits for one of these topics."""
        for topic in (*topics, ANY_TOPIC):
            for listener in self._listeners.get(topic, ()):
                listener.hear(topic)

    def wake_all(self) -> None:
        """Wake everyone: something may have been missed."""
        for topic, listeners in self._listeners.items():
            for listener in listeners:
                listener.hear(topic)

    def waiting(self, *topics: str) -> "Waiting":
        """A listener of these topics, which begins with its context."""
        return Waiting(self._listeners, topics)


class Waiting:
    """A listener: `async with bus.waiting(topic) as news: await news.wait(1.0)`.

    One that outlives a block takes topics by `add` and has to `drop` each of them.
    """

    def __init__(self, listeners: dict[str, set["Waiting"]], topics: Iterable[str]) -> None:
        self._listeners = listeners
        self._topics = tuple(topics)
        self._event = asyncio.Event()
        self._woken: set[str] = set()

    async def __aenter__(self) -> "Waiting":
        for topic in self._topics:
            self.add(topic)
        return self

    async def __aexit__(self, *_: object) -> None:
        for topic in self._topics:
            self.drop(topic)

    def add(self, topic: str) -> None:
        """Listen to this topic too."""
        self._listeners.setdefault(topic, set()).add(self)

    def drop(self, topic: str) -> None:
        """Listen to this topic no longer."""
        listeners = self._listeners[topic]
        listeners.discard(self)
        if not listeners:
            del self._listeners[topic]

    def hear(self, topic: str) -> None:
        """Be woken by a topic."""
        self._woken.add(topic)
        self._event.set()

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake-up, `seconds` at most; whether there was one."""
        return bool(await self.woken(seconds))

    async def woken(self, seconds: float) -> set[str]:
        """Wait for a wake-up, `seconds` at most; the topics that woke."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._event.wait()
        self._event.clear()
        woken, self._woken = self._woken, set()
        return woken
