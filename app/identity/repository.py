"""Reading users, organizations and memberships in batches."""

import uuid
from collections.abc import Sequence
from types import SimpleNamespace

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, by_key
from app.kit.pagination import Page
from app.kit.statements import sql

_USERS = sql("SELECT id, email, display_name FROM user_account WHERE id = ANY(:keys)")
_ORGANIZATIONS = sql("SELECT id, name, time_zone FROM organization WHERE id = ANY(:keys)")
_MEMBERSHIPS = sql("SELECT * FROM organizations_of_account(:user_id)")


async def users_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Users that are members of the reader's organization."""
    found = by_key(await reader.fetch(_USERS, keys=list(keys)))
    return [found.get(key) for key in keys]


async def organizations_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Organizations; row-level security leaves the reader's own."""
    found = by_key(await reader.fetch(_ORGANIZATIONS, keys=list(keys)))
    return [found.get(key) for key in keys]


async def memberships_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[list[SimpleNamespace]]:
    """The organizations a user belongs to, with the roles there; only ever asked for oneself."""
    return [[_membership(row) for row in await reader.fetch(_MEMBERSHIPS, user_id=key)] for key in keys]


def _membership(row: Row) -> SimpleNamespace:
    organization = SimpleNamespace(id=row.organization_id, name=row.name, time_zone=row.time_zone)
    return SimpleNamespace(organization=organization, roles=row.roles)
