"""Who pays for an operation: each user has a bucket of cost points, and rates for classes of operations.

Nobody's operations are paid by their address. An operation pays what it asks for before it runs, and gets
back what its answer did not hold; one that failed gets nothing back. A subscription pays once, as it begins:
its events are not its doing, and how many subscriptions one may have is bounded elsewhere.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.access.principal import Principal
from app.kit.errors import RateLimited
from app.kit.ratelimit import Rate, Rates, Taken

LEAST = 1
"""What an operation costs at least."""

ClassRates = Mapping[tuple[str, str | None], Rate]
"""Rates by class and role; without a role the one for all who have none of their own."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """The bucket of each payer (None: nobody pays), and the rates of classes."""

    points: Rate | None = field(default_factory=lambda: Rate(50_000, 1_000))
    classes: ClassRates = field(default_factory=dict)
    reading: Rate | None = field(default_factory=lambda: Rate(400_000, 40_000))
    """Characters of documents that were not read before: a hundred of the worst at once, ten each second."""

    def of(self, name: str, principal: Principal) -> Rate | None:
        """The rate of a class for a principal: the largest of its roles' own, else that for all."""
        own = [self.classes[name, role] for role in principal.roles if (name, role) in self.classes]
        return max(own, key=lambda rate: rate.per_second) if own else self.classes.get((name, None))


class Till:
    """Takes the payment of operations."""

    def __init__(self, rates: Rates, tariff: Tariff) -> None:
        self._rates = rates
        self._tariff = tariff

    async def pay(self, principal: Principal, address: str, asked: int, classes: Counter[str]) -> int | None:
        """Take what an operation asks for; RateLimited when it is not there. What is left, if any is."""
        payer = payer_of(principal, address)
        left: int | None = None
        rate = self._tariff.points
        if rate is not None:
            taken = await self._rates.take(f"points:{payer}", max(LEAST, asked), rate)
            if not taken.allowed:
                raise _too_much(asked, taken, rate)
            left = taken.left
        for name, count in classes.items():
            await self._pay_class(principal, payer, name, count, asked)
        return left

    def pay_least(self, principal: Principal) -> bool:
        """Take the least that an operation costs, if it is there and can be had without waiting."""
        rate = self._tariff.points
        if rate is None:
            return True
        taken = self._rates.at_hand(f"points:{payer_of(principal, '')}", LEAST, rate)
        return taken is not None and taken.allowed

    async def pay_reading(self, principal: Principal, address: str, text: str) -> None:
        """Pay for a document that was not read before, by its length; RateLimited when there are too many."""
        rate = self._tariff.reading
        if rate is not None:
            taken = await self._rates.take(f"reading:{payer_of(principal, address)}", len(text), rate)
            if not taken.allowed:
                message = f"Too many new documents; use variables, and try again in {taken.retry_after} s."
                raise RateLimited(message, retry_after=taken.retry_after)

    async def settle(self, principal: Principal, address: str, asked: int, actual: int) -> int | None:
        """Give back what was not needed; what is left, if anybody pays."""
        rate = self._tariff.points
        if rate is None:
            return None
        points = max(LEAST, asked) - max(LEAST, actual)
        return await self._rates.give_back(f"points:{payer_of(principal, address)}", max(0, points), rate)

    async def _pay_class(self, principal: Principal, payer: str, name: str, count: int, asked: int) -> None:
        rate = self._tariff.of(name, principal)
        if rate is None:
            return
        taken = await self._rates.take(f"{name}:{payer}", count, rate)
        if not taken.allowed:
            await self.settle(principal, payer, asked, 0)
            message = (
                f"Operations of the class '{name}' are limited to {rate.per_second * 60:g} a minute; "
                f"try again in {taken.retry_after} s."
            )
            raise RateLimited(message, retry_after=taken.retry_after)


def payer_of(principal: Principal, address: str) -> str:
    """Who pays: the user, else the address."""
    return principal.user_id.hex if principal.user_id is not None else address


def _too_much(asked: int, taken: Taken, rate: Rate) -> RateLimited:
    message = (
        f"The operation costs {asked:,} points, and {taken.left:,} are left; {rate.per_second:,.0f} come "
        f"back each second. Try again in {taken.retry_after} s."
    )
    return RateLimited(message, retry_after=taken.retry_after)
