"""What admins say of their organization."""

import uuid

from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.kit.errors import Forbidden
from app.kit.statements import sql
from app.kit.text import checked_name
from app.realtime.event_log import append, visibility_changed

_UPDATE = sql("""
    UPDATE organization SET name = coalesce(:name::text, name),
      learners_are_minors = coalesce(:learners_are_minors::boolean, learners_are_minors)
    WHERE id = :id
""")


async def update_organization(
    work: UnitOfWork, principal: Principal, name: str | None, learners_are_minors: bool | None
) -> uuid.UUID:
    """Change the principal's organization; None leaves a value as it is. Forbidden but for its admins."""
    if not principal.is_admin:
        raise Forbidden("Only admins change an organization; ask one of yours.")
    checked = None if name is None else checked_name(name, "An organization's name", "name")
    await work.execute(_UPDATE, id=work.tenant, name=checked, learners_are_minors=learners_are_minors)
    if learners_are_minors is not None:
        await append(work, [visibility_changed(work.tenant)])
    return work.tenant
