"""Who is on a socket: the token it was opened with or that took its place, and until when it is good."""

import uuid
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from app.access.principal import Principal
from app.kit.errors import Unauthenticated, Unavailable
from schema.transport.http import bearer


class Claims(Protocol):
    """What a socket needs to know of a token."""

    @property
    def user_id(self) -> uuid.UUID:
        """Whose it is."""
        ...

    @property
    def organization_id(self) -> uuid.UUID:
        """In which organization."""
        ...

    @property
    def expires_at(self) -> datetime:
        """When it ends."""
        ...


class Doorkeeper(Protocol):
    """Knows tokens."""

    async def recognise(self, token: str | None) -> Principal:
        """The principal of a token, as it stands now; Unauthenticated when it is no longer good."""
        ...

    def claims(self, token: str) -> Claims:
        """What a token says; Unauthenticated when it is not ours or has ended."""
        ...

    def at_hand(self, token: str | None) -> Principal | None:
        """The same principal where it is known without waiting, else None; Unauthenticated likewise."""
        ...


class Credentials:
    """The credentials of one socket, which stays with its user and organization."""

    def __init__(self, doorkeeper: Doorkeeper) -> None:
        self._doorkeeper = doorkeeper
        self.token: str | None = None
        """The one that holds now."""
        self._claims: Claims | None = None

    @property
    def expires_at(self) -> datetime | None:
        """When the token ends; None for nobody."""
        return self._claims.expires_at if self._claims else None

    async def accept(self, authorization: str | None) -> Principal:
        """Take the first ones; none at all make nobody. Unauthenticated or Unavailable otherwise."""
        self.token = bearer(authorization)
        principal = await self._doorkeeper.recognise(self.token)
        self._claims = self._doorkeeper.claims(self.token) if self.token else None
        return principal

    async def renew(self, authorization: str) -> datetime:
        """Take new ones of the same user and organization; when they end. Unauthenticated otherwise.

        While the database is away a good signature is enough: it is looked at again before anything leaves.
        """
        token = bearer(authorization)
        if token is None or self._claims is None:
            raise Unauthenticated("This socket was opened without a token; open another one with it.")
        claims = self._doorkeeper.claims(token)
        own = (self._claims.user_id, self._claims.organization_id)
        if (claims.user_id, claims.organization_id) != own:
            raise Unauthenticated("A socket stays with its user and organization; open another one.")
        with suppress(Unavailable):
            await self._doorkeeper.recognise(token)
        self.token, self._claims = token, claims
        return claims.expires_at

    def at_hand(self) -> Principal | None:
        """The principal, where it is known without waiting how it stands now; Unauthenticated likewise."""
        return self._doorkeeper.at_hand(self.token)

    async def recognise(self) -> Principal:
        """The principal as it stands now; Unauthenticated when the token is no longer good."""
        return await self._doorkeeper.recognise(self.token)
