"""Loaders of one operation: keys asked for in the same turn are read together, once."""

import asyncio
import weakref
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from strawberry.dataloader import DataLoader

from app.access.access import Access
from app.access.policies import Policy
from app.access.principal import Principal
from app.kit.database import Database, Momentary
from app.kit.loading import COMMON, JOINT, OWN, Columns, JointRead, Loader
from app.kit.pagination import Page, Slice
from schema.engine.common_reading import CommonReading

Name = tuple[Loader, Page | None, Columns, Policy | None]
"""A loader, what it is asked for beside keys, and the policy that its rows have to pass."""


class Loaders:
    """The dataloaders of one operation, or of one event of a subscription; never kept longer."""

    def __init__(self, database: Database, principal: Principal) -> None:
        self.principal = principal
        self.access = Access(principal, database)
        self._database = database
        self._made: dict[tuple[Any, ...], DataLoader[Any, Any]] = {}
        self._known: dict[tuple[Any, ...], dict[Any, Any]] = {}
        self._aside: dict[Loader, Mapping[Any, Any]] = {}
        self._starved = False
        self.elsewhere = False
        """Whether something was read, or may have been, of which nobody knows whether it still is so."""
        self._made_of: list[Momentary] = []
        self.common: CommonReading | None = None
        """What reads for others of the organization too who ask in the same moment."""
        self.anew = False
        """Whether everything is to be read for this operation, also what stands for a moment."""

    @property
    def made_of(self) -> Sequence[Momentary] | None:
        """What all that was read so far is made of beside rows whose versions are known with the principal.

        None where something else was read.
        """
        return None if self.elsewhere or self.access.has_asked else self._made_of

    def _note(self, loader: Loader, keys: Iterable[Any]) -> None:
        own = OWN.get(loader)
        if own is None or any(key != getattr(self.principal, own) for key in keys):
            self.elsewhere = True

    def forget(self) -> None:
        """Read everything anew: something was written."""
        self.elsewhere = True
        self.access = Access(self.principal, self._database)
        self._made.clear()
        self._known.clear()
        self._aside.clear()

    def starve(self) -> None:
        """Answer nothing more: whoever waits for these loaders waits until it is cancelled."""
        self._starved = True

    async def _hold_back(self) -> None:
        if self._starved:
            await asyncio.get_running_loop().create_future()

    def of(
        self, loader: Loader, page: Page | None = None, columns: Columns = None, policy: Policy | None = None
    ) -> DataLoader[Any, Any]:
        """The dataloader of this loader, page, columns and policy; made when first wanted."""
        name = (loader, page, columns, policy)
        made = self._made.get(name)
        if made is None:
            own = weakref.ref(self)

            async def batch(keys: list[Any]) -> Sequence[Any]:
                loaders = _there(own)
                await loaders._hold_back()
                known = await loaders.many(keys, loader, page, columns, policy)
                await loaders._hold_back()
                return [known[key] for key in keys]

            made = self._made[name] = DataLoader(load_fn=batch)
        return made

    async def many(
        self,
        keys: Iterable[Any],
        loader: Loader,
        page: Page | None = None,
        columns: Columns = None,
        policy: Policy | None = None,
    ) -> dict[Any, Any]:
        """What loader and policy leave of distinct keys, read at once; by key, with what was known."""
        known = self._known.setdefault((loader, page, columns, policy), {})
        missing = [key for key in keys if key not in known]
        if missing:
            found = await self._read(loader, missing, page, columns)
            seen = found if policy is None or policy.open else await self._seen(policy, found)
            known.update(zip(missing, seen, strict=True))
        return known

    def joint(self, wanted: Mapping[Any, Mapping[Any, None]]) -> tuple[JointRead, list[Name]] | None:
        """What reads for several of these loaders at once, and for which of them; None where nothing does."""
        found: dict[JointRead, dict[Loader, Name]] = {}
        for name, keys in wanted.items():
            read = JOINT.get(name[0])
            if read is not None and len(keys) == 1 and name[1:3] == (None, None):
                of_read = found.setdefault(read, {})
                if name[0] not in of_read and next(iter(keys)) not in self._known.get(name, ()):
                    of_read[name[0]] = name
        return next(((read, list(of.values())) for read, of in found.items() if len(of) > 1), None)

    async def many_jointly(self, read: JointRead, keys: dict[Name, Any]) -> dict[Name, Any]:
        """What `many` would give for each name and its one key, or the error it would end with."""
        async with self._database.reader(self.principal.organization_id) as reader:
            rows = await read(reader, {name[0]: key for name, key in keys.items()})
        found: dict[Name, Any] = {}
        for name, key in keys.items():
            self._note(name[0], [key])
            policy, seen = name[3], [rows.get(name[0])]
            known = self._known.setdefault(name, {})
            try:
                known[key] = (seen if policy is None or policy.open else await self._seen(policy, seen))[0]
                found[name] = known
            except Exception as error:
                found[name] = error
        return found

    def prime(self, loader: Loader, policy: Policy, key: Any, value: Any) -> None:
        """Put in what was just written, so that it is not read again; the policy has been asked."""
        self._known.setdefault((loader, None, None, policy), {})[key] = value

    def gate(self, policy: Policy) -> DataLoader[Any, bool]:
        """The dataloader that asks a policy about the objects that hold a field."""
        name = (policy,)
        made = self._made.get(name)
        if made is None:
            own = weakref.ref(self)

            async def batch(rows: list[Any]) -> Sequence[bool]:
                loaders = _there(own)
                await loaders._hold_back()
                allowed = await policy(loaders.access, rows)
                await loaders._hold_back()
                return allowed

            made = self._made[name] = DataLoader(load_fn=batch, cache_key_fn=id)
        return made

    async def _read(
        self, loader: Loader, keys: list[Any], page: Page | None, columns: Columns
    ) -> Sequence[Any]:
        aside = self._aside.get(loader) if page is None else None
        if aside is not None and all(key in aside for key in keys):
            self._note(loader, keys)
            return [aside[key] for key in keys]
        if self.common is not None and loader in COMMON:
            self._note(loader, keys)
            return await self.common.read(self.principal.organization_id, loader, keys)
        async with self._database.reader(self.principal.organization_id) as reader:
            if self.anew:
                reader.anew = True
            found: Sequence[Any] = await loader(reader, keys, page, columns, self.principal)
        if reader.aside:
            self._aside.update(reader.aside)
        if reader.made_of:
            self._made_of += reader.made_of
        else:
            self._note(loader, keys)
        return found

    async def _seen(self, policy: Policy, found: Sequence[Any]) -> Sequence[Any]:
        """What was found without what may not be seen: None for an object, a shorter list for a list."""
        rows = [row for answer in found for row in _rows(answer)]
        mask = iter(await policy(self.access, rows)) if rows else iter(())
        return [_kept(answer, mask) for answer in found]


def _there(own: "weakref.ref[Loaders]") -> Loaders:
    """The loaders that a dataloader is of, while their operation goes on.

    A dataloader that held them would be a circle: a hundred objects of each operation for the collector.
    """
    loaders = own()
    if loaders is None:
        raise RuntimeError("This operation is over; load by the loaders of the one that goes on.")
    return loaders


def _rows(answer: Any) -> Sequence[Any]:
    if answer is None:
        return ()
    if isinstance(answer, Slice):
        return answer.rows
    return answer if isinstance(answer, list) else (answer,)


def _kept(answer: Any, mask: Any) -> Any:
    if answer is None:
        return None
    if isinstance(answer, Slice):
        return Slice([row for row in answer.rows if next(mask)], answer.has_next)
    if isinstance(answer, list):
        return [row for row in answer if next(mask)]
    return answer if next(mask) else None
