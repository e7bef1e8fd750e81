"""Idempotency keys: the same key and body give the first result again, another body is refused.

A key belongs to a principal and a mutation. Its row is written first, in the transaction of the change, so a
second request with the same key waits for the first and then finds its result.
"""

import dataclasses
import hashlib
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import orjson

from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, IdempotencyConflict
from app.kit.statements import sql

LONGEST = 128
_CLAIM = sql("""
    INSERT INTO idempotency_key (organization_id, user_id, mutation, key, digest, result, created_at)
    VALUES (:organization_id, :user_id, :mutation, :key, :digest, '{}', :now) ON CONFLICT DO NOTHING
""")
_STORED = sql("""
    SELECT digest, result FROM idempotency_key
    WHERE user_id = :user_id AND mutation = :mutation AND key = :key
""")
_KEEP = sql("""
    UPDATE idempotency_key SET result = :result
    WHERE user_id = :user_id AND mutation = :mutation AND key = :key
""")


def body_digest(body: Any) -> bytes:
    """SHA-256 of a mutation's input without its key: equal bodies, equal digests."""
    values = dataclasses.asdict(body)
    values.pop("idempotency_key", None)
    return hashlib.sha256(orjson.dumps(values, default=str, option=orjson.OPT_SORT_KEYS)).digest()


def checked_key(key: str, *path: str) -> str:
    """A key of 1 to 128 characters without NUL; BadInput otherwise."""
    if not 1 <= len(key) <= LONGEST or "\0" in key:
        message = f"An idempotency key has 1 to {LONGEST} characters, and no NUL among them."
        raise BadInput(message, path=path or ("idempotencyKey",))
    return key


def conflict(*path: str) -> IdempotencyConflict:
    """The error for a key that came with another body."""
    return IdempotencyConflict(
        "This key was used with another body; use a new key for a new request.",
        path=path or ("idempotencyKey",),
    )


async def once(
    work: UnitOfWork,
    user_id: uuid.UUID,
    mutation: str,
    key: str,
    digest: bytes,
    run: Callable[[], Awaitable[dict[str, Any]]],
) -> dict[str, Any]:
    """Run, or give what the first run with this key gave (JSON); IdempotencyConflict for another body."""
    name = {"user_id": user_id, "mutation": mutation, "key": checked_key(key)}
    if await work.execute(_CLAIM, organization_id=work.tenant, digest=digest, now=work.now, **name):
        result = await run()
        await work.execute(_KEEP, result=result, **name)
        return result
    stored = await work.fetch_one(_STORED, **name)
    if stored is None or stored.digest != digest:
        raise conflict()
    found: dict[str, Any] = stored.result
    return found
