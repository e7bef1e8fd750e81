"""Loaders whose answers are spoilt: nulls, wrong types and errors, always the same for the same key."""

import zlib
from collections.abc import Iterable
from typing import Any

from app.access.policies import Policy
from app.access.principal import Principal
from app.kit.database import Database
from app.kit.errors import BadInput
from app.kit.loading import Columns, JointRead, Loader
from app.kit.pagination import Page, Slice
from schema.engine.loading import Loaders, Name


class Oddity:
    """A value of no type that the graph knows."""

    def __repr__(self) -> str:
        return "Oddity()"

    __str__ = __repr__


SPOILT: tuple[Any, ...] = (
    None,
    Oddity(),
    float("nan"),
    2**40,
    True,
    "",
    7,
    [],
    ["x", None],
    RuntimeError("spoilt"),
)
KEPT = {"id", "learner_id", "skill_id", "item_id", "user_id", "classroom_id", "organization_id", "typename"}


class Spoilt:
    """A row some of whose attributes are spoilt."""

    def __init__(self, row: Any, seed: str) -> None:
        self._row = row
        self._seed = seed

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._row, name)
        chance = draw(self._seed, name)
        if name in KEPT or chance % 30:
            return value
        if name.endswith("_id"):
            # A key of the wrong type fails with all that are read with it, and which these are may differ:
            # what is known from the way there is sometimes read again.
            return None
        bad = SPOILT[chance // 30 % len(SPOILT)]
        if isinstance(bad, Exception) and chance // 300 % 2:
            raise bad
        return bad


class FaultyLoaders(Loaders):
    """Loaders of one operation that spoil some of their answers, and fail altogether now and then."""

    def __init__(self, database: Database, principal: Principal, seed: int) -> None:
        super().__init__(database, principal)
        self._seed = seed
        self._spoilt: dict[Any, Any] = {}

    async def many(
        self,
        keys: Iterable[Any],
        loader: Loader,
        page: Page | None = None,
        columns: Columns = None,
        policy: Policy | None = None,
    ) -> dict[Any, Any]:
        """What the loader finds, spoilt."""
        wanted = list(keys)
        if draw(self._seed, loader.__name__) % 60 == 0:
            raise BadInput(f"{loader.__name__} is spoilt")
        found = await super().many(wanted, loader, page, columns, policy)
        return {
            key: self._of((loader.__name__, repr(key), repr(page)), found[key], columns) for key in wanted
        }

    async def many_jointly(self, read: JointRead, keys: dict[Name, Any]) -> dict[Name, Any]:
        """What the loaders find together, each spoilt as it would be alone."""
        found = await super().many_jointly(read, keys)
        for name, key in keys.items():
            loader = name[0].__name__
            if draw(self._seed, loader) % 60 == 0:
                found[name] = BadInput(f"{loader} is spoilt")
            elif not isinstance(found[name], Exception):
                found[name] = {key: self._of((loader, repr(key), repr(name[1])), found[name][key])}
        return found

    def _of(self, name: tuple[str, ...], value: Any, columns: Columns = None) -> Any:
        """What is spoilt of a value; the same whichever columns of it were wanted."""
        if (name, columns) not in self._spoilt:
            self._spoilt[name, columns] = self._spoil(repr((self._seed, name)), value)
        return self._spoilt[name, columns]

    def _spoil(self, seed: str, value: Any) -> Any:
        chance = draw(seed, "whole") % 120
        if chance == 0:
            return RuntimeError("gone")
        if isinstance(value, Slice):
            return Slice(self._all(seed, value.rows), value.has_next)
        if chance == 1:
            return None
        if isinstance(value, list):
            return self._all(seed, value)
        return value if value is None or isinstance(value, (int, str)) else Spoilt(value, seed)

    def _all(self, seed: str, rows: Any) -> list[Any]:
        return [
            None
            if draw(seed, str(index)) % 40 == 0 and not hasattr(each, "id")
            else Spoilt(each, f"{seed}{index}")
            for index, each in enumerate(rows)
        ]


def draw(*parts: Any) -> int:
    """A number that depends on the parts alone."""
    return zlib.crc32(repr(parts).encode())
