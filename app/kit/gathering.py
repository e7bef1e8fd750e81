"""Reading for all who ask in the same moment: one reading takes every key asked for until it begins."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from typing import Any, Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)


class Gathering(Generic[Name]):
    """Gathers keys by the name of what is read; `read` gives a value for each key of one name.

    Nothing is kept. Whoever goes away does not end a reading, and its error is told to all who asked.
    """

    def __init__(self, read: Callable[[Name, list[Any]], Awaitable[Mapping[Any, Any]]]) -> None:
        self._read = read
        self._forming: dict[Name, tuple[dict[Any, None], asyncio.Task[Mapping[Any, Any]]]] = {}

    async def read(self, name: Name, keys: Iterable[Any]) -> Mapping[Any, Any]:
        """What is read of these keys, with those of others."""
        if name not in self._forming:
            reading = asyncio.create_task(self._begin(name))
            reading.add_done_callback(_retrieve)
            self._forming[name] = {}, reading
        wanted, reading = self._forming[name]
        wanted.update(dict.fromkeys(keys))
        return await asyncio.shield(reading)

    async def _begin(self, name: Name) -> Mapping[Any, Any]:
        wanted, _ = self._forming.pop(name)
        return await self._read(name, list(wanted))


def _retrieve(reading: "asyncio.Task[Mapping[Any, Any]]") -> None:
    """Take note of an error: whoever asked may be gone."""
    if not reading.cancelled():
        reading.exception()
