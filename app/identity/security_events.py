"""Security events: acts and alarms that a person can read later."""

import uuid
from collections.abc import Mapping
from typing import Any

from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql

_WRITE = sql("""
    INSERT INTO security_event (organization_id, id, user_id, kind, detail, at)
    VALUES (:organization_id, :id, :user_id, :kind, :detail, :now)
""")


async def write_security_event(
    work: UnitOfWork, kind: str, user_id: uuid.UUID | None, detail: Mapping[str, Any]
) -> None:
    """Write an act or alarm with the change it belongs to; `user_id` is whom it concerns, `detail` JSON."""
    await work.execute(
        _WRITE,
        organization_id=work.tenant,
        id=new_id(),
        user_id=user_id,
        kind=kind,
        detail=detail,
        now=work.now,
    )
