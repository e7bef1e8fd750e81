"""Rows that are the same whoever asks, read once for all events of an organization that ask in one moment.

Each event has loaders of its own, for the principal it is told. An act on a class is a hundred events, each
of which names its learner: that is one statement then. Nothing is kept: what is asked later is read later.
"""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from app.access.principal import ANONYMOUS
from app.kit.database import Database
from app.kit.gathering import Gathering
from app.kit.loading import Loader

Name = tuple[uuid.UUID | None, Loader]


class CommonReading:
    """Reads for several loaders of the same kind; policies are asked by each of them afterwards."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathering: Gathering[Name] = Gathering()

    async def read(
        self, organization_id: uuid.UUID | None, loader: Loader, keys: Sequence[Any]
    ) -> Sequence[Any]:
        """What this loader gives for the keys, in their order, by row-level security of the organization."""
        found = await self._gathering.read((organization_id, loader), keys, self._read)
        return [found[key] for key in keys]

    async def _read(self, name: Name, keys: list[Any]) -> Mapping[Any, Any]:
        organization_id, loader = name
        async with self._database.reader(organization_id) as reader:
            rows = await loader(reader, keys, None, None, ANONYMOUS)
        return dict(zip(keys, rows, strict=True))
