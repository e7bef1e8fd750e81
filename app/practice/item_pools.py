"""The items that may be asked for a skill, in the order of their difficulty, kept in memory for some seconds.

A session chooses its next item after nearly every answer, and reading all items of its skills each time cost
the database more than recording the answer. A pool may be some seconds old, so whoever takes an item from one
confirms it in the database; and before "nothing is left" is said, the pools are read anew.
"""

import uuid
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from app.kit.database import Reader
from app.kit.statements import sql
from app.science.estimate import State
from app.science.mastery_model import MasteryModel

FRESH_FOR = timedelta(seconds=5)
"""How old a pool may be: a new item, or a new difficulty, comes into choices after at most this long."""
MOST_ITEMS = 100_000
"""How many items all pools together hold; those not used for longest go first."""

_ITEMS = sql("""
    SELECT x.skill_id, i.id, p.state, coalesce(p.difficulty, 0) AS difficulty,
           ARRAY(SELECT y.skill_id FROM item_skill y
                 WHERE y.organization_id = x.organization_id AND y.item_id = i.id ORDER BY 1) AS skill_ids
    FROM item_skill x
    JOIN item i ON i.organization_id = x.organization_id AND i.id = x.item_id
    LEFT JOIN item_parameter p ON p.organization_id = i.organization_id AND p.item_id = i.id
      AND p.model = :model
    WHERE x.organization_id = :tenant AND x.skill_id = ANY(:skill_ids)
      AND i.retired_at IS NULL AND i.withheld_at IS NULL AND i.kind <> 'EXTERNAL'
    ORDER BY difficulty, i.id
""")


class PooledItem(NamedTuple):
    """An item with the model's state of it, a new one where it was never answered; difficulty in logits."""

    difficulty: float
    id: uuid.UUID
    state: State
    skill_ids: tuple[uuid.UUID, ...]


class Pool:
    """The items of one skill, the easiest first."""

    def __init__(self, items: list[PooledItem], read_at: datetime) -> None:
        self.items = items
        self.read_at = read_at
        self.skill_ids = frozenset(skill_id for item in items for skill_id in item.skill_ids)
        self._difficulties = [item.difficulty for item in items]

    def nearest(self, target: float) -> Iterator[tuple[float, PooledItem]]:
        """The items with their distance from a difficulty, the nearest first; those as difficult by id."""
        right = bisect_left(self._difficulties, target)
        left = right - 1
        while left >= 0 or right < len(self.items):
            below = target - self._difficulties[left] if left >= 0 else float("inf")
            above = self._difficulties[right] - target if right < len(self.items) else float("inf")
            if above <= below:
                yield above, self.items[right]
                right += 1
            else:
                first = bisect_left(self._difficulties, self._difficulties[left], 0, left)
                for place in range(first, left + 1):
                    yield below, self.items[place]
                left = first - 1


class ItemPools:
    """Pools by organization and skill; each is read through the reader of who asks, so within its tenant."""

    def __init__(self, most_items: int = MOST_ITEMS) -> None:
        self._pools: OrderedDict[tuple[uuid.UUID, uuid.UUID], Pool] = OrderedDict()
        self._most_items = most_items
        self._held = 0

    async def of(
        self, reader: Reader, tenant: uuid.UUID, skill_ids: Collection[uuid.UUID], model: MasteryModel
    ) -> Mapping[uuid.UUID, Pool]:
        """The pool of each skill; those that are not held, or too old, are read in one statement."""
        found = {skill_id: self._pools.get((tenant, skill_id)) for skill_id in skill_ids}
        held = {skill_id: pool for skill_id, pool in found.items() if pool and not _old(pool, reader.now)}
        for skill_id in held:
            self._pools.move_to_end((tenant, skill_id))
        missing = [skill_id for skill_id in found if skill_id not in held]
        return {**held, **(await self._read(reader, tenant, missing, model) if missing else {})}

    def forget(self, tenant: uuid.UUID, skill_ids: Iterable[uuid.UUID]) -> None:
        """Read these anew when they are next asked for."""
        for skill_id in skill_ids:
            pool = self._pools.pop((tenant, skill_id), None)
            self._held -= len(pool.items) if pool else 0

    async def _read(
        self, reader: Reader, tenant: uuid.UUID, skill_ids: list[uuid.UUID], model: MasteryModel
    ) -> dict[uuid.UUID, Pool]:
        rows = await reader.fetch(_ITEMS, tenant=tenant, skill_ids=skill_ids, model=model.name)
        items: dict[uuid.UUID, list[PooledItem]] = {skill_id: [] for skill_id in skill_ids}
        for row in rows:
            state = tuple(row.state) if row.state else model.new_item()
            items[row.skill_id].append(PooledItem(row.difficulty, row.id, state, tuple(row.skill_ids)))
        pools = {skill_id: Pool(found, reader.now) for skill_id, found in items.items()}
        self.forget(tenant, pools)
        for skill_id, pool in pools.items():
            self._pools[tenant, skill_id] = pool
            self._held += len(pool.items)
        while self._held > self._most_items and len(self._pools) > 1:
            _, oldest = self._pools.popitem(last=False)
            self._held -= len(oldest.items)
        return pools


def _old(pool: Pool, now: datetime) -> bool:
    return not timedelta(0) <= now - pool.read_at <= FRESH_FOR
