"""Wrong sign-ins slow the next ones down: by account and address, by account, by address, by network.

What is right costs nothing. A failure counts for the account from that address, for the account from
anywhere, for the address and for its network; each waits longer with each failure, and forgives. Where
somebody has signed in to an account before, from the same address or network, only what failed there counts:
strangers can slow down other strangers, and never lock the owner out.

A try waits for one of as many places as passwords are checked at once, and is counted there before the
password is looked at, so that a thousand tries at once are no more than as many in a row. All is held by this
process, and forgotten when it ends.
"""

import asyncio
import hashlib
import ipaddress
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from app.kit.errors import RateLimited, Unavailable
from app.kit.ratelimit import Backoff, Failures

FROM_ADDRESS = Backoff(free=5, first=1, longest=300, forgiven=60)
OF_ACCOUNT = Backoff(free=20, first=1, longest=60, forgiven=60)
OF_ADDRESS = Backoff(free=30, first=1, longest=60, forgiven=5)
OF_NETWORK = Backoff(free=100, first=1, longest=60, forgiven=2)
MOST_KNOWN = 100_000
"""Accounts with an address or network they were used from, about 150 bytes each; the oldest go first."""

PATIENCE = 5.0
"""Seconds that a try waits for its place."""


class Attempt:
    """One try to sign in; it counts as a failure unless it is said to be right."""

    def __init__(self) -> None:
        self.right = False

    def succeeded(self) -> None:
        """The password was right."""
        self.right = True


class SignInThrottle:
    """Lets sign-ins be tried, or says when the next one may be."""

    def __init__(self, seconds: Callable[[], float], places: int, patience: float = PATIENCE) -> None:
        self._failures = Failures(seconds)
        self._patience = patience
        self._places = asyncio.Semaphore(places)
        self._known: OrderedDict[str, None] = OrderedDict()

    @asynccontextmanager
    async def attempt(self, email: str, address: str) -> AsyncIterator[Attempt]:
        """Try to sign in to the account of an e-mail address from a place; RateLimited when too soon."""
        account = hashlib.sha256(email.strip().lower().encode("utf-8", "surrogatepass")).hexdigest()[:32]
        host, network = places_of(address)
        self._check(account, host, network)
        async with self._place():
            counted = self._check(account, host, network)
            for name, backoff in counted.items():
                self._failures.add(name, backoff)
            attempt = Attempt()
            try:
                yield attempt
            except Unavailable:
                self._take_back(counted)
                raise
            if attempt.right:
                self._take_back(counted)
                self._failures.forget(f"{account} from {host}")
                self._remember(f"{account} {host}")
                self._remember(f"{account} {network}")

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            message = "Very many people sign in just now; try again shortly."
            raise Unavailable(message, retry_after=5) from None
        try:
            yield
        finally:
            self._places.release()

    def _take_back(self, counted: Iterable[str]) -> None:
        for name in counted:
            self._failures.take_back(name)

    def _check(self, account: str, host: str, network: str) -> dict[str, Backoff]:
        """What a failure would count for; RateLimited when one of them has to wait."""
        counted = {f"{account} from {host}": FROM_ADDRESS}
        if f"{account} {host}" not in self._known and f"{account} {network}" not in self._known:
            counted |= {account: OF_ACCOUNT, host: OF_ADDRESS, f"in {network}": OF_NETWORK}
        wait = max(self._failures.wait(name, backoff) for name, backoff in counted.items())
        if wait:
            raise RateLimited(f"Too many wrong sign-ins; try again in {wait} s.", retry_after=wait)
        return counted

    def _remember(self, name: str) -> None:
        self._known[name] = None
        self._known.move_to_end(name)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)


def places_of(address: str) -> tuple[str, str]:
    """An address as one client holds it, and its network: /32 and /24 of IPv4, /64 and /48 of IPv6."""
    try:
        given = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address, address
    if given.version == 6 and given.ipv4_mapped is not None:
        given = given.ipv4_mapped
    host, network = (32, 24) if given.version == 4 else (64, 48)
    return tuple(str(ipaddress.ip_network((given, bits), strict=False)) for bits in (host, network))  # type: ignore[return-value]
