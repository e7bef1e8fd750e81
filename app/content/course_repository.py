"""Reading courses, their modules, and the subjects that skills and courses belong to, in batches."""

import uuid
from collections.abc import Sequence
from typing import Any

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, after, by_key, counts_by_key, lists_by_key, slices_by_key
from app.kit.pagination import Page, Slice, cut
from app.kit.statements import sql

Ids = Sequence[uuid.UUID]

_COURSE = "c.id, c.organization_id, c.name, c.subject"
_COURSES_BY_ID = sql(f"SELECT {_COURSE} FROM course c WHERE c.id = ANY(:keys)")
_COURSES = sql(f"""
    SELECT {_COURSE} FROM course c
    WHERE (:subject::text IS NULL OR c.subject = :subject)
      AND (:name::text IS NULL OR (c.name, c.id) > (:name, :id::uuid))
    ORDER BY c.name, c.id LIMIT :limit
""")
_COURSE_COUNT = sql("SELECT count(*) FROM course WHERE :subject::text IS NULL OR subject = :subject")

_MODULE = "m.id, m.organization_id, m.course_id, m.name, m.position"
_MODULES_BY_ID = sql(f"SELECT {_MODULE} FROM module m WHERE m.id = ANY(:keys)")
_MODULES_BY_COURSE = sql(f"""
    SELECT k.key, m.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_MODULE} FROM module m
      WHERE m.course_id = k.key AND (:position::int IS NULL OR m.position > :position)
      ORDER BY m.position LIMIT :limit) m
""")
_MODULE_COUNT_BY_COURSE = sql("""
    SELECT course_id AS key, count(*) AS total FROM module WHERE course_id = ANY(:keys) GROUP BY 1
""")
_MODULES_BY_SKILL = sql(f"""
    SELECT k.key, m.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_MODULE} FROM module_skill x
      JOIN module m ON m.organization_id = x.organization_id AND m.id = x.module_id
      WHERE x.skill_id = k.key AND (:name::text IS NULL OR (m.name, m.id) > (:name, :id::uuid))
      ORDER BY m.name, m.id LIMIT :limit) m
""")
_MODULE_COUNT_BY_SKILL = sql("""
    SELECT skill_id AS key, count(*) AS total FROM module_skill WHERE skill_id = ANY(:keys) GROUP BY 1
""")
_SKILLS_BY_MODULE = sql("""
    SELECT x.module_id AS key, s.id, s.organization_id, s.code, s.name, s.subject, s.reference_difficulty
    FROM module_skill x JOIN skill s ON s.organization_id = x.organization_id AND s.id = x.skill_id
    WHERE x.module_id = ANY(:keys) ORDER BY x.position
""")

_NAMED = """
    SELECT subject AS name, count(*) AS skills, 0 AS courses FROM skill WHERE subject IS NOT NULL GROUP BY 1
    UNION ALL SELECT subject, 0, count(*) FROM course WHERE subject IS NOT NULL GROUP BY 1
"""
# A subject is no row: its id is made of its name, which no other subject of the organization has.
_SUBJECT_ID = "substr(encode(sha256(convert_to(name, 'UTF8')), 'hex'), 1, 32)::uuid"
_SUBJECT = f"""
    SELECT {_SUBJECT_ID} AS id, name, sum(skills)::int AS skill_count, sum(courses)::int AS course_count
    FROM ({_NAMED}) n
"""
_SUBJECTS = sql(f"""
    {_SUBJECT} WHERE :name::text IS NULL OR name > :name GROUP BY name ORDER BY name LIMIT :limit
""")
_SUBJECTS_BY_ID = sql(f"{_SUBJECT} WHERE {_SUBJECT_ID} = ANY(:keys) GROUP BY name")
_SUBJECT_COUNT = sql(f"SELECT count(DISTINCT name) FROM ({_NAMED}) n")


async def courses_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Courses by their ids."""
    found = by_key(await reader.fetch(_COURSES_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def courses_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The organization's courses, perhaps of one subject, by name."""
    rows = await reader.fetch(_COURSES, subject=page.filter("subject"), **_by_name(page))
    return [cut(rows, page) for _ in keys]


async def course_count_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    total = await reader.fetch_value(_COURSE_COUNT, subject=page.filter("subject"))
    return [total for _ in keys]


async def modules_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Modules by their ids."""
    found = by_key(await reader.fetch(_MODULES_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def modules_by_course(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The modules of each course, in the order of teaching."""
    rows = await reader.fetch(
        _MODULES_BY_COURSE, keys=list(keys), position=after(page, 0), limit=page.first + 1
    )
    return slices_by_key(rows, keys, page)


async def module_count_by_course(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_MODULE_COUNT_BY_COURSE, keys=list(keys)), keys)


async def modules_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The modules that teach each skill, by name."""
    return slices_by_key(await reader.fetch(_MODULES_BY_SKILL, keys=list(keys), **_by_name(page)), keys, page)


async def module_count_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_MODULE_COUNT_BY_SKILL, keys=list(keys)), keys)


async def skills_by_module(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The skills that each module teaches, in the order given."""
    return lists_by_key(await reader.fetch(_SKILLS_BY_MODULE, keys=list(keys)), keys)


async def subjects_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Subjects by the ids made of their names."""
    found = by_key(await reader.fetch(_SUBJECTS_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def subjects_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The subjects named by skills and courses, with how many name each."""
    rows = await reader.fetch(_SUBJECTS, name=after(page, 0), limit=page.first + 1)
    return [cut(rows, page) for _ in keys]


async def subject_count_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    total = await reader.fetch_value(_SUBJECT_COUNT)
    return [total for _ in keys]


def _by_name(page: Page) -> dict[str, object]:
    return {"name": after(page, 0), "id": after(page, 1), "limit": page.first + 1}
