"""The bus wakes who waits for a topic. It carries no data and may lose a wake-up: readers look anyway."""

import asyncio
from collections.abc import Iterable
from typing import Protocol

ANY_TOPIC = "*"
"""Whoever waits for this is woken by every topic: consumers read them all."""


class Bus(Protocol):
    """Wakes the readers of topics, in this process or in all."""

    def wake(self, topics: Iterable[str]) -> None:
        """Wake everyone who waits for one of these topics."""
        ...

    def waiting(self, topic: str) -> "Waiting":
        """Begin to listen to a topic, until the context ends."""
        ...

    @property
    def degraded(self) -> bool:
        """Whether wake-ups of other processes do not arrive: their news is then found by the clock."""
        ...


class InProcessBus:
    """A bus for one process."""

    degraded = False

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = {}

    def wake(self, topics: Iterable[str]) -> None:
        """Wake everyone in this process who waits for one of these topics."""
        for topic in (*topics, ANY_TOPIC):
            for listener in self._listeners.get(topic, ()):
                listener.set()

    def wake_all(self) -> None:
        """Wake everyone: something may have been missed."""
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.set()

    def waiting(self, topic: str) -> "Waiting":
        """Begin to listen to a topic, until the context ends."""
        return Waiting(self._listeners, topic)


class Waiting:
    """A listener of one topic: `async with bus.waiting(topic) as news: await news.wait(1.0)`."""

    def __init__(self, listeners: dict[str, set[asyncio.Event]], topic: str) -> None:
        self._listeners = listeners
        self._topic = topic
        self._event = asyncio.Event()

    async def __aenter__(self) -> "Waiting":
        self._listeners.setdefault(self._topic, set()).add(self._event)
        return self

    async def __aexit__(self, *_: object) -> None:
        listeners = self._listeners[self._topic]
        listeners.discard(self._event)
        if not listeners:
            del self._listeners[self._topic]

    async def wait(self, seconds: float) -> bool:
        """Wait for a wake-up, `seconds` at most; whether there was one."""
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return False
        finally:
            self._event.clear()
        return True
