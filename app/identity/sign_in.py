"""Sign-ins: a session, access tokens for minutes, refresh tokens that are good once.

A refresh token that comes a second time was stolen or replayed: its whole family ends and an alarm is
written. For ten seconds after a rotation the same token gives the same successor, since a lost response is no
theft.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.access.principal import Principal
from app.identity.security_events import write_security_event
from app.identity.tokens import Tokens, digest, new_salt, successor
from app.kit.database import Row, UnitOfWork
from app.kit.errors import not_found
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
    UPDATE refresh_token SET rotated_at = :now, successor_salt = :salt
    WHERE digest = :digest AND rotated_at IS NULL AND expires_at > :now
    RETURNING sign_in_session_id, successor_salt
""")
_ROTATED = sql("""
    SELECT t.sign_in_session_id, t.rotated_at, t.successor_salt, s.user_id FROM refresh_token t
    JOIN sign_in_session s ON s.organization_id = t.organization_id AND s.id = t.sign_in_session_id
    WHERE t.digest = :digest
""")
_HOLDER = sql("""
    UPDATE sign_in_session s SET last_used_at = :now FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE s.id = :session_id AND s.revoked_at IS NULL AND u.disabled_at IS NULL
      AND m.organization_id = s.organization_id AND m.user_id = s.user_id AND m.disabled_at IS NULL
    RETURNING s.user_id, m.version
""")
_VERSION = sql("""
    SELECT m.version FROM membership m JOIN user_account u ON u.id = m.user_id
    WHERE m.user_id = :user_id AND m.disabled_at IS NULL AND u.disabled_at IS NULL
""")
_REVOKE = sql("""
    UPDATE sign_in_session SET revoked_at = :now, revoked_reason = :reason
    WHERE id = :session_id AND revoked_at IS NULL
""")
_OWN = sql("SELECT EXISTS (SELECT FROM sign_in_session WHERE id = :session_id AND user_id = :user_id)")


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
    rotated = await work.fetch_one(_ROTATE, digest=digest(token), salt=new_salt(), now=work.now)
    if rotated is None:
        rotated = await _within_grace(work, token)
    if rotated is None:
        return None
    session_id = rotated.sign_in_session_id
    holder = await work.fetch_one(_HOLDER, session_id=session_id, now=work.now)
    if holder is None:
        return None
    following = successor(token, rotated.successor_salt)
    return await _give(work, tokens, holder.user_id, holder.version, session_id, following)


async def end(work: UnitOfWork, principal: Principal, reason: str = "signed out") -> None:
    """End the principal's own sign-in with all its tokens."""
    await work.execute(_REVOKE, session_id=principal.sign_in_session_id, reason=reason, now=work.now)


async def revoke(work: UnitOfWork, principal: Principal, session_id: uuid.UUID) -> None:
    """End one of the principal's own sign-ins, at another device perhaps; NotFound for others'.

    Ending one that has ended changes nothing.
    """
    if not await work.fetch_value(_OWN, session_id=session_id, user_id=principal.user_id):
        raise not_found("sign-in session", "signInSessionId")
    if await work.execute(_REVOKE, session_id=session_id, reason="revoked by its user", now=work.now):
        detail = {"signInSession": session_id.hex}
        await write_security_event(work, "sign_in_session_revoked", principal.user_id, detail)


async def end_session(work: UnitOfWork, principal: Principal, session_id: uuid.UUID, reason: str) -> None:
    """End a sign-in by its id."""
    await work.execute(_REVOKE, session_id=session_id, reason=reason, now=work.now)


async def _within_grace(work: UnitOfWork, token: str) -> Row | None:
    row = await work.fetch_one(_ROTATED, digest=digest(token))
    if row is None or row.rotated_at is None:
        return None
    if work.now - row.rotated_at <= GRACE:
        return row
    await work.execute(
        _REVOKE, session_id=row.sign_in_session_id, reason="refresh token reused", now=work.now
    )
    detail = {"signInSession": row.sign_in_session_id.hex}
    await write_security_event(work, "refresh_token_reused", row.user_id, detail)
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
