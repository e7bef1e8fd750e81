"""From an access token to a principal, as the membership stands now (seen at most a second late).

What was read of a sign-in is kept for a second. One that is used when most of that is over is read again
ahead, so that nobody waits for it. With it all sign-ins of its organization are read that are in use and due
soon: thousands of sockets that ask every second, each at its own time, come together so and cost a statement
or two a second for each organization.
"""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from contextvars import Context
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from app.access.principal import ANONYMOUS, Principal, Role
from app.identity.tokens import Claims, Tokens
from app.kit.clock import Clock
from app.kit.database import Database, Momentary, Row
from app.kit.errors import Unauthenticated
from app.kit.statements import sql

FRESH = timedelta(seconds=1)
AHEAD = timedelta(seconds=0.6)
SOON = timedelta(seconds=0.3)
"""How old what is read with another is at least; so much later than this one the next may follow."""
IN_USE = timedelta(seconds=2)
"""So long after its last use a sign-in is read with others."""
MOST_AT_ONCE = 1_000
MOST_KEPT = 50_000

_MEMBERSHIP = """
    SELECT s.id, m.user_id, m.organization_id, m.roles, m.version, l.id AS learner_id,
           m.disabled_at IS NULL AND u.disabled_at IS NULL AND s.revoked_at IS NULL AS valid,
           concat_ws('.', m.xmin, o.xmin, l.xmin, md5(ROW(u.email, u.display_name)::text)) AS rows
    FROM sign_in_session s
    JOIN membership m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
    JOIN user_account u ON u.id = m.user_id
    JOIN organization o ON o.id = m.organization_id
    LEFT JOIN learner l ON l.organization_id = m.organization_id AND l.user_id = m.user_id
    WHERE s.id =
"""
# For an array PostgreSQL plans anew each time, which takes ten times as long as to read one.
_OF_ONE = sql(f"{_MEMBERSHIP} :id")
_OF_MANY = sql(f"{_MEMBERSHIP} ANY(:ids)")


@dataclass(slots=True)
class _Seen:
    """A sign-in as it stood when it was read; without a principal it is over, or was none.

    `rows` names the versions of its own rows: membership, account, organization, learner. `used` says when
    it was used last, `renewed` that it is being read again.
    """

    at: datetime
    version: int = 0
    principal: Principal | None = None
    rows: str | None = None
    used: datetime | None = None
    renewed: bool = False

    def is_fresh(self, now: datetime) -> bool:
        # A clock that was set back tells nothing about age.
        return timedelta(0) <= now - self.at < FRESH

    def is_in_use(self, now: datetime) -> bool:
        return self.used is not None and now - self.used < IN_USE


class Mark(NamedTuple):
    """What a token said, and how the own rows of its sign-in stood at the time."""

    claims: Claims
    rows: str


@dataclass(frozen=True, slots=True)
class _Reading:
    """A statement under way, and when it began by the loop's clock."""

    began: float
    task: "asyncio.Task[dict[uuid.UUID, _Seen]]"


class Principals:
    """Recognises principals."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock
        self._recent: dict[uuid.UUID, _Seen] = {}
        self._in_use: dict[uuid.UUID, set[uuid.UUID]] = {}
        self._readings: dict[uuid.UUID, _Reading] = {}

    async def recognise(self, token: str | None) -> Principal:
        """The principal of a token; nobody without one; Unauthenticated when it is no longer good."""
        if token is None:
            return ANONYMOUS
        claims = self.claims(token)
        return _principal(await self._current(claims), claims)

    def at_hand(self, token: str | None) -> Principal | None:
        """The same where it was read less than a second ago, without waiting; else None."""
        if token is None:
            return ANONYMOUS
        now = self._clock()
        claims = self._tokens.verify(token, now)
        seen = self._fresh(claims, now)
        return _principal(seen, claims) if seen is not None else None

    def claims(self, token: str) -> Claims:
        """What a token says, if it is ours and has not expired; Unauthenticated otherwise."""
        return self._tokens.verify(token, self._clock())

    def mark(self, token: str) -> Mark | None:
        """How the own rows of a sign-in stand that was just recognised; None where that is not known."""
        claims = self.claims(token)
        seen = self._recent.get(claims.sign_in_session_id)
        return Mark(claims, seen.rows) if seen is not None and seen.rows is not None else None

    def stands(self, mark: Mark, readings: Sequence[Momentary] = ()) -> bool:
        """Whether the token is still good and its own rows are the same, seen at most a second ago.

        And whether these readings still stand.
        """
        claims, rows = mark
        now = self._clock()
        seen = self._recent.get(claims.sign_in_session_id)
        if seen is None or seen.rows != rows or not seen.is_fresh(now) or claims.expires_at <= now:
            return False
        if seen.version != claims.version or seen.principal is None:
            return False
        if not all(each.stands(now) for each in readings):
            return False
        self._use(seen, claims, now)
        return True

    def doubt(self, sign_in_session_id: uuid.UUID) -> None:
        """Know nothing of the own rows of this sign-in until it is read anew: it has written something."""
        self._readings.pop(sign_in_session_id, None)
        seen = self._recent.get(sign_in_session_id)
        if seen is not None:
            self._recent[sign_in_session_id] = replace(seen, rows=None, renewed=False)

    def forget(self, sign_in_session_id: uuid.UUID) -> None:
        """Read this sign-in anew on its next use."""
        self._recent.pop(sign_in_session_id, None)
        self._readings.pop(sign_in_session_id, None)

    def _fresh(self, claims: Claims, now: datetime) -> _Seen | None:
        session_id = claims.sign_in_session_id
        seen = self._recent.get(session_id)
        if seen is None or not seen.is_fresh(now):
            return None
        self._use(seen, claims, now)
        return seen

    def _use(self, seen: _Seen, claims: Claims, now: datetime) -> None:
        self._note(seen, claims, now)
        if now - seen.at >= AHEAD and not seen.renewed:
            seen.renewed = True
            if claims.sign_in_session_id not in self._readings:
                # What nobody waits for is counted for nobody.
                self._begin(claims, now, Context())

    def _note(self, seen: _Seen, claims: Claims, now: datetime) -> None:
        """Count this sign-in among those in use."""
        if seen.used is None:
            self._in_use.setdefault(claims.organization_id, set()).add(claims.sign_in_session_id)
        seen.used = now

    async def _current(self, claims: Claims) -> _Seen:
        session_id, now = claims.sign_in_session_id, self._clock()
        seen = self._fresh(claims, now)
        if seen is not None:
            return seen
        reading = self._readings.get(session_id)
        if reading is None or asyncio.get_running_loop().time() - reading.began >= FRESH.total_seconds():
            reading = self._begin(claims, now)
        # Others wait for the same reading; whoever goes away does not end it.
        seen = (await asyncio.shield(reading.task))[session_id]
        self._note(seen, claims, now)
        return seen

    def _begin(self, claims: Claims, now: datetime, context: Context | None = None) -> _Reading:
        """Begin to read this sign-in; one that is in use with those of its organization that are due soon."""
        ids = {claims.sign_in_session_id}
        seen = self._recent.get(claims.sign_in_session_id)
        if seen is not None and seen.is_in_use(now):
            ids.update(self._due_soon(claims.organization_id, now))
        task = asyncio.create_task(self._read(claims.organization_id, ids), context=context)
        reading = _Reading(asyncio.get_running_loop().time(), task)
        task.add_done_callback(lambda _: self._keep(reading, ids))
        self._readings.update(dict.fromkeys(ids, reading))
        return reading

    def _due_soon(self, organization_id: uuid.UUID, now: datetime) -> list[uuid.UUID]:
        """Those in use that are not quite new and not being read, within bounds; others are taken out."""
        in_use = self._in_use[organization_id]
        due: list[uuid.UUID] = []
        for each in list(in_use):
            seen = self._recent.get(each)
            if seen is None or not seen.is_in_use(now):
                in_use.discard(each)
                if seen is not None:
                    seen.used = None
            elif not timedelta(0) <= now - seen.at < SOON and each not in self._readings:
                seen.renewed = True
                due.append(each)
                if len(due) == MOST_AT_ONCE - 1:
                    break
        return due

    def _keep(self, reading: _Reading, ids: Collection[uuid.UUID]) -> None:
        """Keep what was read, but not of those that were forgotten meanwhile: they may have changed since."""
        found = {} if reading.task.cancelled() or reading.task.exception() else reading.task.result()
        if len(self._recent) > MOST_KEPT:
            self._recent.clear()
            self._in_use.clear()
        for each in ids:
            if self._readings.get(each) is reading:
                del self._readings[each]
                if each in found:
                    before, self._recent[each] = self._recent.get(each), found[each]
                    found[each].used = before.used if before is not None else None

    async def _read(self, organization_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, _Seen]:
        at = self._clock()
        async with self._database.reader(organization_id) as reader:
            if len(ids) == 1:
                rows = await reader.fetch(_OF_ONE, id=next(iter(ids)))
            else:
                rows = await reader.fetch(_OF_MANY, ids=list(ids))
        return {**{each: _Seen(at) for each in ids}, **{row.id: _seen(at, row) for row in rows}}


def _principal(seen: _Seen, claims: Claims) -> Principal:
    """The principal of a sign-in, if the token still speaks for it; Unauthenticated otherwise."""
    principal = seen.principal
    if principal is None or seen.version != claims.version or principal.user_id != claims.user_id:
        raise Unauthenticated(
            "This sign-in has ended or its roles have changed; get new tokens or sign in again."
        )
    return principal


def _seen(at: datetime, row: Row) -> _Seen:
    if not row.valid:
        return _Seen(at)
    roles = frozenset(Role(role) for role in row.roles)
    principal = Principal(row.user_id, row.organization_id, row.learner_id, roles, row.id)
    return _Seen(at, row.version, principal, row.rows)
