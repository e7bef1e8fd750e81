"""Sign-ins: a session, access tokens for minutes, refresh tokens that are good once.

A refresh token that comes a second time was stolen or replayed: its whole family ends and an alarm is written. For
ten seconds after a rotation the same token gives the same successor, since a lost response is no theft.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.access.principal import Principal
from app.identity.tokens import Tokens, digest
from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql

GRACE = timedelta(seconds=10)

_BEGIN = sql("""
    INSERT INTO sign_in_session (organization_id, id, user_id, created_at, last_used_at)
    VALUES (:organization_id, :id, :user_id, :now, :now)
""")
_STORE = sql("""
    INSERT INTO refresh_token (organization_id, digest, sign_in_session_id, created_at, expires_at)
    VALUES (:organization_id, :digest, :session_id, :now, :expires_at) ON CONFLICT DO NOTHING
""")
_ROTATE = sql("""
    UPDATE refresh_token SET rotated_at = :now
    WHERE digest = :digest AND rotated_at IS NULL AND expires_at > :now RETURNING sign_in_session_id
""")
_ROTATED = sql("""
    SELECT t.sign_in_session_id, t.rotated_at, t.expires_at, s.user_id FROM refresh_token t
    JOIN sign_in_session s ON s.organization_id = t.organization_id AND s.id = t.sign_in_session_id
    WHERE t.digest = :digest
""")
_HOLDER = sql("""
    UPDATE sign_in_session s SET last_used_at = :now FROM membership m
    WHERE s.id = :session_id AND s.revoked_at IS NULL
      AND m.organization_id = s.organization_id AND m.user_id = s.user_id AND m.disabled_at IS NULL
    RETURNING s.user_id, m.version
""")
_VERSION = sql("SELECT version FROM membership WHERE user_id = :user_id AND disabled_at IS NULL")
_REVOKE = sql("""
    UPDATE sign_in_session SET revoked_at = :now, revoked_reason = :reason
    WHERE id = :session_id AND revoked_at IS NULL
""")
_ALARM = sql("""
    INSERT INTO security_event (organization_id, id, user_id, kind, detail, at)
    VALUES (:organization_id, :id, :user_id, :kind, :detail, :now)
""")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Tokens just given, for whom and until when."""

    user_id: uuid.UUID
    organization_id: uuid.UUID
    sign_in_session_id: uuid.UUID
    access_token: str
    access_token_expires_at: datetime
    refresh_token: str
    refresh_token_expires_at: datetime


async def begin(
    work: UnitOfWork, principal: Principal, tokens: Tokens, user_id: uuid.UUID
) -> SignedIn | None:
    """Begin a sign-in of a user in the organization of this unit of work; None when it is no member there."""
    version = await work.fetch_value(_VERSION, user_id=user_id)
    if version is None:
        return None
    session_id = new_id()
    await work.execute(_BEGIN, organization_id=work.tenant, id=session_id, user_id=user_id, now=work.now)
    return await _give(work, tokens, user_id, version, session_id, tokens.new_refresh(work.tenant))


async def rotate(work: UnitOfWork, principal: Principal, tokens: Tokens, token: str) -> SignedIn | None:
    """Exchange a refresh token for new tokens; None when it is unknown, ended or was used before."""
    rotated = await work.fetch_value(_ROTATE, digest=digest(token), now=work.now)
    if rotated is None:
        rotated = await _within_grace(work, token)
    if rotated is None:
        return None
    holder = await work.fetch_one(_HOLDER, session_id=rotated, now=work.now)
    if holder is None:
        return None
    return await _give(work, tokens, holder.user_id, holder.version, rotated, tokens.successor(token))


async def end(work: UnitOfWork, principal: Principal, reason: str = "signed out") -> None:
    """End the principal's own sign-in with all its tokens."""
    await work.execute(_REVOKE, session_id=principal.sign_in_session_id, reason=reason, now=work.now)


async def end_session(work: UnitOfWork, principal: Principal, session_id: uuid.UUID, reason: str) -> None:
    """End a sign-in by its id."""
    await work.execute(_REVOKE, session_id=session_id, reason=reason, now=work.now)


async def _within_grace(work: UnitOfWork, token: str) -> uuid.UUID | None:
    row = await work.fetch_one(_ROTATED, digest=digest(token))
    if row is None or row.rotated_at is None:
        return None
    if work.now - row.rotated_at <= GRACE:
        session_id: uuid.UUID = row.sign_in_session_id
        return session_id
    await work.execute(
        _REVOKE, session_id=row.sign_in_session_id, reason="refresh token reused", now=work.now
    )
    detail: Mapping[str, Any] = {"signInSession": row.sign_in_session_id.hex}
    await work.execute(
        _ALARM, organization_id=work.tenant, id=new_id(), user_id=row.user_id,
        kind="refresh_token_reused", detail=detail, now=work.now,
    )  # fmt: skip
    return None


async def _give(
    work: UnitOfWork, tokens: Tokens, user_id: uuid.UUID, version: int, session_id: uuid.UUID, refresh: str
) -> SignedIn:
    expires_at = work.now + tokens.refresh_life
    await work.execute(
        _STORE, organization_id=work.tenant, digest=digest(refresh), session_id=session_id,
        now=work.now, expires_at=expires_at,
    )  # fmt: skip
    access, access_expires = tokens.access(user_id, work.tenant, session_id, version, work.now)
    return SignedIn(user_id, work.tenant, session_id, access, access_expires, refresh, expires_at)
