"""Reading learners in batches."""

import uuid
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from app.access.principal import Principal
from app.identity.repository import ORGANIZATION, USER, organizations_by_id, users_by_id
from app.kit.database import Reader, Row
from app.kit.loading import OWN, Columns, Loader, after, by_key, common, counts_by_key, joint, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import like, sql

LEARNER = ("id", "user_id", "display_name", "alias", "leaderboard_hidden", "birth_year", "erased_at")
_COLUMNS = ", ".join(f"l.{column}" for column in LEARNER)
BY_ID = sql(f"SELECT {_COLUMNS} FROM learner l WHERE l.id = ANY(:keys)")

# Whom a principal sees: oneself, those it teaches, all for an admin.
_SEEN = """
    (:everyone OR l.id = :learner_id::uuid OR EXISTS (
      SELECT FROM enrollment e JOIN classroom_teacher t USING (organization_id, classroom_id)
      WHERE t.user_id = :user_id AND e.learner_id = l.id AND e.left_at IS NULL))
"""
# Whoever teaches a class sees all who attend it: asked once for the class, before anything is asked of each.
_SEEN_IN_CLASS = _SEEN.replace("OR EXISTS", "OR c.teaches OR EXISTS", 1)
_TEACHES = """
    CROSS JOIN LATERAL (
      SELECT EXISTS (SELECT FROM classroom_teacher t
                     WHERE t.classroom_id = k.key AND t.user_id = :user_id) AS teaches OFFSET 0) c
"""
_MATCHES = "(:search::text IS NULL OR l.display_name ILIKE :search)"
_BY_ORGANIZATION = sql(f"""
    SELECT k.key, l.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_COLUMNS} FROM learner l
      WHERE l.organization_id = k.key AND {_SEEN} AND {_MATCHES}
        AND (:name::text IS NULL OR (l.display_name, l.id) > (:name, :id::uuid))
      ORDER BY l.display_name, l.id LIMIT :limit) l
""")
_COUNT_BY_ORGANIZATION = sql(f"""
    SELECT l.organization_id AS key, count(*) AS total FROM learner l
    WHERE l.organization_id = ANY(:keys) AND {_SEEN} AND {_MATCHES} GROUP BY 1
""")
_BY_CLASSROOM = sql(f"""
    SELECT k.key, l.* FROM unnest(:keys::uuid[]) AS k(key) {_TEACHES} CROSS JOIN LATERAL (
      SELECT {_COLUMNS}
      FROM enrollment e JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
      WHERE e.classroom_id = k.key AND e.left_at IS NULL AND {_SEEN_IN_CLASS} AND {_MATCHES}
        AND (:name::text IS NULL OR (l.display_name, l.id) > (:name, :id::uuid))
      ORDER BY l.display_name, l.id LIMIT :limit) l
""")
_COUNT_BY_CLASSROOM = sql(f"""
    SELECT k.key, count(*) AS total
    FROM unnest(:keys::uuid[]) AS k(key) {_TEACHES}
    JOIN enrollment e ON e.classroom_id = k.key
    JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
    WHERE e.left_at IS NULL AND {_SEEN_IN_CLASS} AND {_MATCHES} GROUP BY 1
""")


@common
async def learners_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Learners by their ids."""
    found = by_key(await reader.fetch(BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def learners_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The learners whom the principal sees, by name."""
    rows = await reader.fetch(_BY_ORGANIZATION, keys=list(keys), **_asked(page, principal))
    return slices_by_key(rows, keys, page)


async def learner_count_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many learners the principal sees."""
    rows = await reader.fetch(_COUNT_BY_ORGANIZATION, keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def learners_by_classroom(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The learners of each class whom the principal sees, by name."""
    rows = await reader.fetch(_BY_CLASSROOM, keys=list(keys), **_asked(page, principal))
    return slices_by_key(rows, keys, page)


async def learner_count_by_classroom(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many learners of each class the principal sees."""
    rows = await reader.fetch(_COUNT_BY_CLASSROOM, keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


def _asked(page: Page, principal: Principal) -> dict[str, object]:
    search = page.filter("search")
    return {
        "everyone": principal.is_admin,
        "learner_id": principal.learner_id,
        "user_id": principal.user_id,
        "search": f"%{like(search)}%" if search else None,
        "name": after(page, 0),
        "id": after(page, 1),
        "limit": page.first + 1,
    }


_PERSON = {users_by_id: ("u", USER), organizations_by_id: ("o", ORGANIZATION), learners_by_id: ("l", LEARNER)}
_SELECTED = ", ".join(f"{alias}.{column}" for alias, columns in _PERSON.values() for column in columns)
_PERSON_BY_IDS = sql(f"""
    SELECT {_SELECTED}
    FROM (SELECT) one LEFT JOIN user_account u ON u.id = :user_id::uuid
    LEFT JOIN organization o ON o.id = :organization_id::uuid LEFT JOIN learner l ON l.id = :learner_id::uuid
""")


@joint(users_by_id, organizations_by_id, learners_by_id)
async def person(reader: Reader, keys: Mapping[Loader, Any]) -> Mapping[Loader, Any]:
    """An account, an organization and a learner: most pages ask for those of the one who looks."""
    row = await reader.fetch_one(
        _PERSON_BY_IDS,
        user_id=keys.get(users_by_id),
        organization_id=keys.get(organizations_by_id),
        learner_id=keys.get(learners_by_id),
    )
    values = iter(row or ())
    # Each takes its columns off the row, so the order of the dictionary is that of the statement.
    found = {loader: dict(zip(columns, values, strict=False)) for loader, (_, columns) in _PERSON.items()}
    return {loader: SimpleNamespace(**each) for loader, each in found.items() if each.get("id") is not None}


# What `app/identity/principals.py` reads the versions of; another table needs its own there first.
OWN.update({users_by_id: "user_id", organizations_by_id: "organization_id", learners_by_id: "learner_id"})
