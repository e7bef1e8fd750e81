"""From an access token to a principal, as the membership stands now (seen at most a second late)."""

import uuid
from datetime import datetime

from app.access.principal import ANONYMOUS, Principal, Role
from app.identity.tokens import Claims, Tokens
from app.kit.clock import Clock
from app.kit.database import Database
from app.kit.errors import Unauthenticated
from app.kit.statements import sql

FRESH_SECONDS = 1.0

_MEMBERSHIP = sql("""
    SELECT m.roles, m.version, l.id AS learner_id,
           m.disabled_at IS NULL AND u.disabled_at IS NULL AND s.revoked_at IS NULL AS valid
    FROM membership m
    JOIN user_account u ON u.id = m.user_id
    JOIN sign_in_session s ON s.user_id = m.user_id AND s.id = :sign_in_session_id
    LEFT JOIN learner l ON l.user_id = m.user_id
    WHERE m.user_id = :user_id
""")


class Principals:
    """Recognises principals; what was read of a sign-in is kept for a second."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._recent: dict[uuid.UUID, tuple[datetime, int, Principal | None]] = {}

    async def recognise(self, token: str | None) -> Principal:
        """The principal of a token; nobody without one; Unauthenticated when it is no longer good."""
        if token is None:
            return ANONYMOUS
        now = self._clock()
        claims = self._tokens.verify(token, now)
        _, version, principal = await self._current(claims, now)
        if principal is None or version != claims.version:
            raise Unauthenticated(
                "This sign-in has ended or its roles have changed; get new tokens or sign in again."
            )
        return principal

    def forget(self, sign_in_session_id: uuid.UUID) -> None:
        """Read this sign-in anew on its next use."""
        self._recent.pop(sign_in_session_id, None)

    async def _current(self, claims: Claims, now: datetime) -> tuple[datetime, int, Principal | None]:
        recent = self._recent.get(claims.sign_in_session_id)
        if recent is not None and (now - recent[0]).total_seconds() < FRESH_SECONDS:
            return recent
        if len(self._recent) > 50_000:
            self._recent.clear()
        found = self._recent[claims.sign_in_session_id] = (now, *await self._read(claims))
        return found

    async def _read(self, claims: Claims) -> tuple[int, Principal | None]:
        async with self._database.reader(claims.organization_id) as reader:
            row = await reader.fetch_one(
                _MEMBERSHIP, user_id=claims.user_id, sign_in_session_id=claims.sign_in_session_id
            )
        if row is None or not row.valid:
            return 0, None
        roles = frozenset(Role(role) for role in row.roles)
        return row.version, Principal(
            claims.user_id, claims.organization_id, row.learner_id, roles, claims.sign_in_session_id
        )
