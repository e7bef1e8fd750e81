"""Rows that are the same whoever asks, read once for all events of an organization that ask in one moment.

Each event has loaders of its own, for the principal it is told. An act on a class is a hundred events, each
of which names its learner: that is one statement then. Nothing is kept: what is asked later is read later.
"""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from app.access.principal import ANONYMOUS
from app.kit.database import Database
from app.kit.loading import Loader

Name = tuple[uuid.UUID | None, Loader]


class CommonReading:
    """Reads for several loaders of the same kind; policies are asked by each of them afterwards."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._forming: dict[Name, tuple[dict[Any, None], asyncio.Task[dict[Any, Any]]]] = {}

    async def read(
        self, organization_id: uuid.UUID | None, loader: Loader, keys: Sequence[Any]
    ) -> Sequence[Any]:
        """What this loader gives for the keys, in their order, by row-level security of the organization."""
        name = (organization_id, loader)
        if name not in self._forming:
            wanted: dict[Any, None] = {}
            reading = asyncio.create_task(self._read(name, wanted))
            reading.add_done_callback(_retrieve)
            self._forming[name] = wanted, reading
        wanted, reading = self._forming[name]
        wanted.update(dict.fromkeys(keys))
        # Whoever goes away does not end it: others wait for it too.
        found = await asyncio.shield(reading)
        return [found[key] for key in keys]

    async def _read(self, name: Name, wanted: dict[Any, None]) -> dict[Any, Any]:
        del self._forming[name]
        organization_id, loader = name
        keys = list(wanted)
        async with self._database.reader(organization_id) as reader:
            rows = await loader(reader, keys, None, None, ANONYMOUS)
        return dict(zip(keys, rows, strict=True))


def _retrieve(reading: "asyncio.Task[dict[Any, Any]]") -> None:
    """Take note of an error: whoever asked may be gone."""
    if not reading.cancelled():
        reading.exception()
