"""Organizations as an operator names them: by id, or by a name that is theirs alone.

Only the role of jobs sees all organizations; the application's role sees the one it works in.
"""

import uuid
from dataclasses import dataclass

from app.identity.accounts import found_organization
from app.kit import ids
from app.kit.database import Database
from app.kit.errors import BadInput
from app.kit.statements import sql
from app.kit.text import checked_name

_FIND = sql("""
    SELECT id, name, time_zone FROM organization WHERE id = :id OR name = :name
    ORDER BY id = :id DESC, id LIMIT 3
""")
_NAMES = sql("SELECT name FROM organization ORDER BY created_at LIMIT 8")


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization; `time_zone` is an IANA name."""

    id: uuid.UUID
    name: str
    time_zone: str


async def find_organization(maintenance: Database, name_or_id: str) -> Organization | None:
    """The organization of this id (`org_…`) or name; BadInput when several have the name."""
    decoded = ids.decode(name_or_id)
    identifier = decoded[1] if decoded else uuid.UUID(int=0)
    async with maintenance.reader(None) as reader:
        rows = await reader.fetch(_FIND, id=identifier, name=name_or_id)
    if len(rows) > 1 and rows[0].id != identifier:
        found = ", ".join(ids.encode("org", row.id) for row in rows)
        raise BadInput(f"Several organizations are named {name_or_id!r}; give the id of one: {found}.")
    return Organization(rows[0].id, rows[0].name, rows[0].time_zone) if rows else None


async def known_organization(maintenance: Database, name_or_id: str) -> Organization:
    """As `find_organization`; BadInput, with the names there are, when there is none."""
    found = await find_organization(maintenance, name_or_id)
    if found is None:
        async with maintenance.reader(None) as reader:
            names = [row.name for row in await reader.fetch(_NAMES)]
        raise BadInput(
            f"No organization is named {name_or_id!r}. "
            f"There is {', '.join(names) if names else 'none yet'}; --new-organization founds one."
        )
    return found


async def organization_named(
    database: Database, maintenance: Database, name: str, time_zone: str = "UTC"
) -> Organization:
    """The organization of this name or id, founded when there is none."""
    found = await find_organization(maintenance, name)
    if found is not None:
        return found
    checked = checked_name(name, "An organization's name")
    async with database.unit_of_work(None) as work:
        return Organization(await found_organization(work, checked, time_zone), checked, time_zone)
