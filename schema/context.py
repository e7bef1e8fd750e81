"""What a resolver may reach: the process, who asks, the loaders of this operation, and one way to write."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Concatenate, ParamSpec, TypeVar

from strawberry.types import Info as StrawberryInfo

from app.access.principal import Principal
from app.access.rosters import Rosters
from app.kit import ids
from app.kit.database import Momentary, SingleChange, StatementCount, UnitOfWork
from app.kit.errors import Unavailable, not_found
from app.kit.idempotency import body_digest, once
from app.runtime import Runtime
from schema.engine.common_reading import CommonReading
from schema.engine.loading import Loaders

P = ParamSpec("P")
R = TypeVar("R")
Verb = Callable[Concatenate[UnitOfWork, Principal, P], Awaitable[R]]
WRITE_GRACE = 2.0
"""Seconds that a mutation has beyond the deadline of its write, to say that it was undone."""


@dataclass(slots=True)
class Context:
    """The context of one operation, or of one event of a subscription."""

    runtime: Runtime
    principal: Principal
    request_id: str
    loaders: Loaders
    address: str = ""
    statements: StatementCount = field(default_factory=StatementCount)
    starved: bool = False
    common: CommonReading | None = None

    @property
    def made_of(self) -> Sequence[Momentary] | None:
        """What all that was read is made of beside rows whose versions are known; None for anything else."""
        return self.loaders.made_of

    def reads_elsewhere(self) -> None:
        """A resolver of its own may have read anything."""
        self.loaders.elsewhere = True

    def read_anew(self) -> None:
        """Tell nothing that was read before this operation."""
        self.loaders.anew = True

    def read_in_common(self) -> None:
        """Read with others of the organization who ask in the same moment what is the same for all."""
        self.loaders.common = self.common

    def starve(self) -> None:
        """Let nothing more be read or begun to be written: the operation is about to be ended."""
        self.starved = True
        self.loaders.starve()

    async def write(self, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run one verb in one unit of work of the principal's organization, and commit."""
        return await self.write_in(self.principal.organization_id, verb, *args, **kwargs)

    async def write_in(
        self, organization_id: uuid.UUID | None, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """The same in a named organization, or in none yet (sign-up, sign-in)."""
        return await self._run(organization_id, "", verb, *args, **kwargs)

    async def write_first(self, first: str, verb: Verb[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, with SQL that rides on the opening of the transaction, such as a lock."""
        return await self._run(self.principal.organization_id, first, verb, *args, **kwargs)

    async def _run(
        self,
        organization_id: uuid.UUID | None,
        first: str,
        verb: Verb[P, R],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """The write is shielded: a client that goes away does not cancel the task that commits.

        The deadline is that of the verb alone: one that cut off a commit could not say whether it was done.
        """

        async def run() -> R:
            async with self.runtime.database.unit_of_work(organization_id, first) as work:
                try:
                    async with asyncio.timeout(self.runtime.settings.write_seconds):
                        return await verb(work, self.principal, *args, **kwargs)
                except TimeoutError:
                    message = "The write took too long and was undone; try again."
                    raise Unavailable(message, retry_after=1) from None

        return await self._shielded(run)

    async def change(
        self,
        verb: Callable[Concatenate[SingleChange, Principal, P], Awaitable[R]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run one verb that reads without locks and writes with one statement, a transaction by itself."""
        organization_id = self.principal.organization_id
        assert organization_id is not None

        async def run() -> R:
            async with self.runtime.database.single_change(organization_id) as work:
                return await verb(work, self.principal, *args, **kwargs)

        return await self._shielded(run)

    async def _shielded(self, run: Callable[[], Awaitable[R]]) -> R:
        if self.starved:
            raise Unavailable("The operation has been ended; nothing was changed.", retry_after=1)
        written = await shielded(run())
        if self.principal.sign_in_session_id is not None:
            self.runtime.principals.doubt(self.principal.sign_in_session_id)
        # A mutation of the same operation may have shown what this one has changed.
        self.loaders.forget()
        return written

    async def write_once(
        self, mutation: str, given: Any, verb: Verb[P, dict[str, Any]], /, *args: P.args, **kwargs: P.kwargs
    ) -> dict[str, Any]:
        """The same, once for each `idempotencyKey` of the input; the result is JSON, so it can be kept."""
        key: str | None = given.idempotency_key
        user_id = self.principal.user_id
        if key is None or user_id is None:
            return await self.write(verb, *args, **kwargs)

        async def run(work: UnitOfWork, principal: Principal) -> dict[str, Any]:
            return await once(
                work,
                user_id,
                mutation,
                key,
                body_digest(given),
                lambda: verb(work, principal, *args, **kwargs),
            )

        return await self.write(run)

    def rosters(self, last: Rosters | None) -> Rosters:
        """New rosters of the principal's organization, after those of the round before."""
        return Rosters(self.runtime.database, self.principal.organization_id, last)

    def become(self, principal: Principal) -> None:
        """Go on as a principal that has just signed in, or has become more than it was."""
        self.principal = principal
        self.loaders = Loaders(self.runtime.database, principal)

    def forget_principal(self) -> None:
        """Look at the membership anew on the next request: this one has changed it."""
        if self.principal.sign_in_session_id is not None:
            self.runtime.principals.forget(self.principal.sign_in_session_id)


def contexts(runtime: Runtime) -> Callable[[Principal, str, str], Context]:
    """What makes the contexts of a process's operations."""
    common = CommonReading(runtime.database)

    def make(principal: Principal, request_id: str, address: str) -> Context:
        loaders = Loaders(runtime.database, principal)
        return Context(runtime, principal, request_id, loaders, address, common=common)

    return make


async def shielded(work: Awaitable[R]) -> R:
    """Await a write that goes on when we are cancelled; the process waits for it before it ends."""
    task = asyncio.ensure_future(work)
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    task.add_done_callback(_retrieve)
    return await asyncio.shield(task)


async def writes_ended(timeout: float) -> None:
    """Wait until the writes under way have ended, `timeout` seconds at most."""
    if _under_way:
        with suppress(TimeoutError):
            await asyncio.wait(set(_under_way), timeout=timeout)


def _retrieve(task: "asyncio.Future[Any]") -> None:
    if not task.cancelled():
        task.exception()


_under_way: set["asyncio.Future[Any]"] = set()

Info = StrawberryInfo[Context, None]


def read_id(text: str, prefix: str, what: str, *path: str) -> uuid.UUID:
    """The UUID in a public id of that kind; anything else is told like an absent object."""
    decoded = ids.decode(text)
    if decoded is None or decoded[0] != prefix:
        raise not_found(what, *path)
    return decoded[1]
