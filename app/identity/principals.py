"""From an access token to a principal, as the membership stands now (seen at most a second late).

What was read of a sign-in is kept for a second. Who is used again soon is in use, as by sockets and pages:
the sign-ins of an organization that are in use are read together before their second is over, so that nobody
waits for it, and thousands of sockets cost a statement or two a second. Whoever watches is told which have
ended or changed, as soon as that is read.
"""

import asyncio
import uuid
from collections.abc import Callable, Collection, Sequence
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
EVERY = 0.7
"""Seconds from one reading of those in use to the next."""
SOON = timedelta(seconds=0.2)
"""What was read less long ago waits for the next; by then it must not be older than a second."""
IN_USE = timedelta(seconds=2)
"""So long after its last use a sign-in is read on with the others."""
MOST_AT_ONCE = 1_000
MOST_KEPT = 50_000

_SEEN = """
    SELECT s.id, m.user_id, m.organization_id, m.roles, m.version, l.id AS learner_id, seen.valid,
           concat_ws('.', m.xmin, o.xmin, l.xmin, md5(ROW(u.email, u.display_name)::text), seen.valid) AS rows
    FROM sign_in_session s
    JOIN membership m ON m.organization_id = s.organization_id AND m.user_id = s.user_id
    JOIN user_account u ON u.id = m.user_id
    JOIN organization o ON o.id = m.organization_id
    LEFT JOIN learner l ON l.organization_id = m.organization_id AND l.user_id = m.user_id
    CROSS JOIN LATERAL (
      SELECT m.disabled_at IS NULL AND u.disabled_at IS NULL AND s.revoked_at IS NULL AS valid) seen
"""
_OF_ONE = sql(f"{_SEEN} WHERE s.id = :id")
# Of most nothing has changed since they were read last: those are not told again. One that is gone is told.
_OTHERS = sql(f"""
    SELECT k.id AS asked, f.* FROM unnest(:ids::uuid[], :rows::text[]) AS k(id, rows)
    LEFT JOIN LATERAL ({_SEEN} WHERE s.id = k.id) f ON true
    WHERE f.rows IS DISTINCT FROM k.rows OR k.rows IS NULL
""")


@dataclass(slots=True)
class _Seen:
    """A sign-in as it stood when it was read; without a principal it is over, or was none.

    `rows` names the versions of its own rows, of which all the rest follows: membership, account,
    organization, learner. `used` says when it was used last, of one that is in use.
    """

    at: datetime
    version: int = 0
    principal: Principal | None = None
    rows: str | None = None
    used: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        # A clock that was set back tells nothing about age.
        return timedelta(0) <= now - self.at < FRESH

    def is_in_use(self, now: datetime) -> bool:
        return self.used is not None and now - self.used < IN_USE

    def is_other(self, before: "_Seen") -> bool:
        """Whether tokens that were good before are so no longer."""
        return before.principal is not None and (self.principal is None or self.version != before.version)


Watcher = Callable[[Collection[uuid.UUID]], None]


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
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Tell it of sign-ins that have ended or changed, when that is read of some in use."""
        self._watchers.append(watcher)

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
            self._recent[sign_in_session_id] = replace(seen, rows=None)

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
        if seen.used is None:
            self._put_in_use(claims)
        seen.used = now

    def _put_in_use(self, claims: Claims) -> None:
        in_use = self._in_use.get(claims.organization_id)
        if in_use is None:
            in_use = self._in_use[claims.organization_id] = set()
            self._read_on_later(claims.organization_id)
        in_use.add(claims.sign_in_session_id)

    async def _current(self, claims: Claims) -> _Seen:
        session_id, now = claims.sign_in_session_id, self._clock()
        seen = self._fresh(claims, now)
        if seen is not None:
            return seen
        reading = self._readings.get(session_id)
        if reading is None or asyncio.get_running_loop().time() - reading.began >= FRESH.total_seconds():
            reading = self._begin(claims.organization_id, self._with(claims, now))
        # Others wait for the same reading; whoever goes away does not end it.
        return (await asyncio.shield(reading.task))[session_id]

    def _with(self, claims: Claims, now: datetime) -> set[uuid.UUID]:
        """This sign-in; if it is in use, with those of its organization that are due soon."""
        ids = {claims.sign_in_session_id}
        before = self._recent.get(claims.sign_in_session_id)
        if before is not None and now - before.at < IN_USE:
            self._use(before, claims, now)
            ids.update(self._due_soon(claims.organization_id, now)[: MOST_AT_ONCE - 1])
        return ids

    def _read_on_later(self, organization_id: uuid.UUID) -> None:
        # What nobody waits for is counted for nobody.
        loop = asyncio.get_running_loop()
        loop.call_later(EVERY, self._read_on, organization_id, context=Context())

    def _read_on(self, organization_id: uuid.UUID) -> None:
        """Read those in use, and again in a while; until nobody is."""
        due = self._due_soon(organization_id, self._clock())
        for begin in range(0, len(due), MOST_AT_ONCE):
            self._begin(organization_id, set(due[begin : begin + MOST_AT_ONCE]))
        if self._in_use[organization_id]:
            self._read_on_later(organization_id)
        else:
            del self._in_use[organization_id]

    def _due_soon(self, organization_id: uuid.UUID, now: datetime) -> list[uuid.UUID]:
        """Those in use that are not quite new and not being read; who is in use no longer is taken out."""
        in_use = self._in_use.get(organization_id, set())
        due: list[uuid.UUID] = []
        for each in list(in_use):
            seen = self._recent.get(each)
            if seen is None or not seen.is_in_use(now):
                in_use.discard(each)
                if seen is not None:
                    seen.used = None
            elif not timedelta(0) <= now - seen.at < SOON and each not in self._readings:
                due.append(each)
        return due

    def _begin(self, organization_id: uuid.UUID, ids: set[uuid.UUID]) -> _Reading:
        task = asyncio.create_task(self._read(organization_id, ids))
        reading = _Reading(asyncio.get_running_loop().time(), task)
        task.add_done_callback(lambda _: self._keep(reading, ids))
        self._readings.update(dict.fromkeys(ids, reading))
        return reading

    def _keep(self, reading: _Reading, ids: Collection[uuid.UUID]) -> None:
        """Keep what was read, but not of those that were forgotten meanwhile: they may have changed since."""
        found = {} if reading.task.cancelled() or reading.task.exception() else reading.task.result()
        if len(self._recent) > MOST_KEPT:
            self._recent.clear()
        others = []
        for each in ids:
            if self._readings.get(each) is reading:
                del self._readings[each]
                if each in found:
                    before, self._recent[each] = self._recent.get(each), found[each]
                    if before is not None:
                        found[each].used = before.used
                        if found[each].is_other(before):
                            others.append(each)
        if others:
            for watcher in self._watchers:
                watcher(others)

    async def _read(self, organization_id: uuid.UUID, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, _Seen]:
        at = self._clock()
        before = {each: self._recent.get(each) for each in ids}
        found = {
            each: _Seen(at, seen.version, seen.principal, seen.rows) for each, seen in before.items() if seen
        }
        known = [seen.rows if seen is not None else None for seen in before.values()]
        async with self._database.reader(organization_id) as reader:
            if len(ids) > 1:
                others = await reader.fetch(_OTHERS, ids=list(before), rows=known)
                found.update((row.asked, _seen(at, row)) for row in others)
            else:
                row = await reader.fetch_one(_OF_ONE, id=next(iter(ids)))
                if row is None or row.rows != known[0]:
                    found.update(dict.fromkeys(ids, _seen(at, row)))
        return found


def _principal(seen: _Seen, claims: Claims) -> Principal:
    """The principal of a sign-in, if the token still speaks for it; Unauthenticated otherwise."""
    principal = seen.principal
    if principal is None or seen.version != claims.version or principal.user_id != claims.user_id:
        raise Unauthenticated(
            "This sign-in has ended or its roles have changed; get new tokens or sign in again."
        )
    return principal


def _seen(at: datetime, row: Row | None) -> _Seen:
    if row is None or not row.valid:
        return _Seen(at)
    roles = frozenset(Role(role) for role in row.roles)
    principal = Principal(row.user_id, row.organization_id, row.learner_id, roles, row.id)
    return _Seen(at, row.version, principal, row.rows)
