"""Reading for all who ask in the same moment: one reading takes every key asked for until it begins."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Read = Callable[[Name, list[Any]], Awaitable[Mapping[Any, Any]]]


class Gathering(Generic[Name]):
    """Gathers keys by the name of what is read. Nothing is kept; whoever goes away does not end a reading.

    What reads is given with the keys and not held: whoever gathers for itself would be held by itself.
    """

    def __init__(self) -> None:
        self._forming: dict[Name, tuple[dict[Any, None], asyncio.Task[Mapping[Any, Any]]]] = {}

    async def read(self, name: Name, keys: Iterable[Any], read: Read[Name]) -> Mapping[Any, Any]:
        """A value for each of these keys, and of others', by the `read` of who came first; or its error."""
        if name not in self._forming:
            reading = asyncio.create_task(self._begin(name, read))
            reading.add_done_callback(partial(self._ended, name))
            self._forming[name] = {}, reading
        wanted, reading = self._forming[name]
        wanted.update(dict.fromkeys(keys))
        return await asyncio.shield(reading)

    async def _begin(self, name: Name, read: Read[Name]) -> Mapping[Any, Any]:
        wanted, _ = self._forming.pop(name)
        return await read(name, list(wanted))

    def _ended(self, name: Name, reading: asyncio.Task[Mapping[Any, Any]]) -> None:
        """Take note of an error: whoever asked may be gone."""
        if not reading.cancelled():
            reading.exception()
        elif name in self._forming and self._forming[name][1] is reading:
            del self._forming[name]
