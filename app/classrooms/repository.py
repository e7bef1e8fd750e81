"""Reading classes, their teachers, and the classes of learners and teachers, in batches."""

import uuid
from collections.abc import Sequence

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, after, by_key, common, counts_by_key, slices_by_key
from app.kit.pagination import Page, Slice
from app.kit.statements import like, sql

_COLUMNS = "c.id, c.organization_id, c.name, c.join_code, c.archived_at, c.leaderboard_for_minors"
_BY_ID = sql(f"SELECT {_COLUMNS} FROM classroom c WHERE c.id = ANY(:keys)")

# Which classes a principal sees: those it attends or teaches, all for an admin.
_SEEN = """
    (:everything
     OR EXISTS (SELECT FROM classroom_teacher t WHERE t.classroom_id = c.id AND t.user_id = :user_id)
     OR EXISTS (SELECT FROM enrollment e
                WHERE e.classroom_id = c.id AND e.learner_id = :learner_id AND e.left_at IS NULL))
"""
_AFTER = "(:name::text IS NULL OR (c.name, c.id) > (:name, :id::uuid))"
_FILTERS = "(:archived OR c.archived_at IS NULL) AND (:search::text IS NULL OR c.name ILIKE :search)"


def _page_of(source: str, condition: str) -> str:
    return f"""
    SELECT k.key, c.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_COLUMNS} FROM {source} WHERE {condition} AND {_SEEN} AND {_FILTERS} AND {_AFTER}
      ORDER BY c.name, c.id LIMIT :limit) c
    """


def _count_of(source: str, key: str) -> str:
    return f"""
    SELECT {key} AS key, count(*) AS total FROM {source}
    WHERE {key} = ANY(:keys) AND {_SEEN} AND {_FILTERS} GROUP BY 1
    """


_BY_ORGANIZATION = sql(_page_of("classroom c", "c.organization_id = k.key"))
_COUNT_BY_ORGANIZATION = sql(_count_of("classroom c", "c.organization_id"))
_ENROLLED = "enrollment n JOIN classroom c ON c.organization_id = n.organization_id AND c.id = n.classroom_id"
_BY_LEARNER = sql(_page_of(_ENROLLED, "n.learner_id = k.key AND n.left_at IS NULL"))
_COUNT_BY_LEARNER = sql(_count_of(f"{_ENROLLED} AND n.left_at IS NULL", "n.learner_id"))

# The classes that concern a user: taught or attended; an admin who teaches none still sees only these here.
_BY_USER = sql(f"""
    SELECT k.key, c.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_COLUMNS} FROM classroom c
      WHERE c.archived_at IS NULL AND {_AFTER} AND (
        EXISTS (SELECT FROM classroom_teacher t WHERE t.classroom_id = c.id AND t.user_id = k.key)
        OR EXISTS (SELECT FROM enrollment e JOIN learner l
                     ON l.organization_id = e.organization_id AND l.id = e.learner_id
                   WHERE e.classroom_id = c.id AND l.user_id = k.key AND e.left_at IS NULL))
      ORDER BY c.name, c.id LIMIT :limit) c
""")
_COUNT_BY_USER = sql("""
    SELECT k.key, count(*) AS total FROM unnest(:keys::uuid[]) AS k(key) JOIN classroom c
      ON c.archived_at IS NULL AND (
        EXISTS (SELECT FROM classroom_teacher t WHERE t.classroom_id = c.id AND t.user_id = k.key)
        OR EXISTS (SELECT FROM enrollment e JOIN learner l
                     ON l.organization_id = e.organization_id AND l.id = e.learner_id
                   WHERE e.classroom_id = c.id AND l.user_id = k.key AND e.left_at IS NULL))
    GROUP BY 1
""")
_TEACHERS = sql("""
    SELECT k.key, u.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT u.id, u.email, u.display_name FROM classroom_teacher t JOIN user_account u ON u.id = t.user_id
      WHERE t.classroom_id = k.key AND (:name::text IS NULL OR (u.display_name, u.id) > (:name, :id::uuid))
      ORDER BY u.display_name, u.id LIMIT :limit) u
""")
_TEACHER_COUNT = sql("""
    SELECT classroom_id AS key, count(*) AS total FROM classroom_teacher
    WHERE classroom_id = ANY(:keys) GROUP BY 1
""")


@common
async def classrooms_by_id(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Classes by their ids."""
    found = by_key(await reader.fetch(_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def classrooms_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The classes of an organization that the principal sees, by name."""
    return slices_by_key(
        await reader.fetch(_BY_ORGANIZATION, keys=list(keys), **_asked(page, principal)), keys, page
    )


async def classroom_count_by_organization(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    rows = await reader.fetch(_COUNT_BY_ORGANIZATION, keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def classrooms_by_learner(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The classes that each learner attends and the principal sees, by name."""
    rows = await reader.fetch(_BY_LEARNER, keys=list(keys), **_asked(page, principal))
    return slices_by_key(rows, keys, page)


async def classroom_count_by_learner(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    rows = await reader.fetch(_COUNT_BY_LEARNER, keys=list(keys), **_asked(page, principal))
    return counts_by_key(rows, keys)


async def classrooms_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The classes that a user teaches or attends, by name."""
    return slices_by_key(await reader.fetch(_BY_USER, keys=list(keys), **_asked(page, principal)), keys, page)


async def classroom_count_by_user(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    return counts_by_key(await reader.fetch(_COUNT_BY_USER, keys=list(keys)), keys)


async def teachers_by_classroom(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The teachers of each class, by name."""
    return slices_by_key(
        await reader.fetch(_TEACHERS, keys=list(keys), **_asked(page, principal)), keys, page
    )


async def teacher_count_by_classroom(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many teachers each class has."""
    return counts_by_key(await reader.fetch(_TEACHER_COUNT, keys=list(keys)), keys)


def _asked(page: Page, principal: Principal) -> dict[str, object]:
    search = page.filter("search")
    return {
        "everything": principal.is_admin,
        "learner_id": principal.learner_id,
        "user_id": principal.user_id,
        "archived": bool(page.filter("archived")),
        "search": f"%{like(search)}%" if search else None,
        "name": after(page, 0),
        "id": after(page, 1),
        "limit": page.first + 1,
    }
