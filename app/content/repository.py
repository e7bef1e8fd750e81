"""Reading skills and items, in batches. The answer key is read by staff's loaders alone."""

import uuid
from collections.abc import Sequence
from typing import Any, NamedTuple

from app.access.principal import Principal
from app.content.changes import changed_paths
from app.content.item import ItemFacts, VersionFacts
from app.content.kinds import ItemKind, solution
from app.content.recorded_response import RecordedResponse, recorded_response
from app.kit.database import Reader, Row
from app.kit.loading import Columns, after, by_key, common, counts_by_key, lists_by_key, slices_by_key
from app.kit.pagination import Page, Slice, cut
from app.kit.statements import like, sql

Ids = Sequence[uuid.UUID]


class SkillFound(NamedTuple):
    """A skill as loaders find it: these columns."""

    id: uuid.UUID
    organization_id: uuid.UUID
    code: str
    name: str
    subject: str | None
    reference_difficulty: float


_SKILL = ", ".join(f"s.{column}" for column in SkillFound._fields)
_AFTER_NAME = "(:name::text IS NULL OR (s.name, s.id) > (:name, :id::uuid))"
_SKILLS_BY_ID = sql(f"SELECT {_SKILL} FROM skill s WHERE s.id = ANY(:keys)")
_FOUND = """
    (:search::text IS NULL OR s.name ILIKE :search OR s.code ILIKE :search)
    AND (:subject::text IS NULL OR s.subject = :subject)
"""
_SKILLS = sql(f"""
    SELECT {_SKILL} FROM skill s WHERE {_FOUND} AND {_AFTER_NAME} ORDER BY s.name, s.id LIMIT :limit
""")
_SKILL_COUNT = sql(f"SELECT count(*) FROM skill s WHERE {_FOUND}")
_PREREQUISITES = sql(f"""
    SELECT r.skill_id AS key, {_SKILL} FROM skill_prerequisite r
    JOIN skill s ON s.organization_id = r.organization_id AND s.id = r.prerequisite_id
    WHERE r.skill_id = ANY(:keys) ORDER BY s.name, s.id
""")
_DEPENDENTS = sql(f"""
    SELECT k.key, s.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_SKILL} FROM skill_prerequisite r
      JOIN skill s ON s.organization_id = r.organization_id AND s.id = r.skill_id
      WHERE r.prerequisite_id = k.key AND {_AFTER_NAME} ORDER BY s.name, s.id LIMIT :limit) s
""")
_DEPENDENT_COUNT = sql("""
    SELECT prerequisite_id AS key, count(*) AS total FROM skill_prerequisite
    WHERE prerequisite_id = ANY(:keys) GROUP BY 1
""")
_SKILLS_BY_ITEM = sql(f"""
    SELECT x.item_id AS key, {_SKILL} FROM item_skill x
    JOIN skill s ON s.organization_id = x.organization_id AND s.id = x.skill_id
    WHERE x.item_id = ANY(:keys) ORDER BY s.name, s.id
""")

_ITEM = """i.id, i.kind, i.version, v.content, i.retired_at, p.difficulty,
           p.standard_error AS difficulty_standard_error, i.withheld_at"""
# What is kept for an exam only staff finds.
_SHOWN = "(:everything OR i.withheld_at IS NULL)"
_PARTS = """
    JOIN item_version v
      ON v.organization_id = i.organization_id AND v.item_id = i.id AND v.version = i.version
    LEFT JOIN item_parameter p ON p.organization_id = i.organization_id AND p.item_id = i.id
"""
_ITEMS_BY_ID = sql(f"SELECT {_ITEM} FROM item i {_PARTS} WHERE i.id = ANY(:keys) AND {_SHOWN}")
_ITEMS_MET = sql(f"""
    SELECT {_ITEM.replace("i.version", "v.version")} FROM item i
    CROSS JOIN LATERAL (
      SELECT max(m.version) AS version FROM (
        SELECT a.item_version AS version FROM attempt a
        WHERE a.organization_id = i.organization_id AND a.item_id = i.id AND a.learner_id = :learner_id
        UNION ALL
        SELECT x.item_version FROM assessment_item x
        JOIN exam e ON e.organization_id = x.organization_id AND e.assessment_id = x.assessment_id
        JOIN exam_sitting s ON s.organization_id = e.organization_id AND s.exam_id = e.id
        WHERE x.organization_id = i.organization_id AND x.item_id = i.id AND s.learner_id = :learner_id
          AND s.started_at IS NOT NULL) m) m
    JOIN item_version v
      ON v.organization_id = i.organization_id AND v.item_id = i.id AND v.version = m.version
    LEFT JOIN item_parameter p ON p.organization_id = i.organization_id AND p.item_id = i.id
    WHERE i.id = ANY(:keys)
""")
_ITEMS_BY_SKILL = sql(f"""
    SELECT k.key, i.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_ITEM} FROM item_skill x
      JOIN item i ON i.organization_id = x.organization_id AND i.id = x.item_id {_PARTS}
      WHERE x.skill_id = k.key AND i.retired_at IS NULL AND {_SHOWN} AND (:id::uuid IS NULL OR i.id > :id)
      ORDER BY i.id LIMIT :limit) i
""")
_ITEM_COUNT_BY_SKILL = sql(f"""
    SELECT x.skill_id AS key, count(*) AS total FROM item_skill x
    JOIN item i ON i.organization_id = x.organization_id AND i.id = x.item_id
    WHERE x.skill_id = ANY(:keys) AND i.retired_at IS NULL AND {_SHOWN} GROUP BY 1
""")

_VERSION = "v.item_id, v.version, i.kind, v.content, v.author_id, v.created_at"
_VERSION_FROM = "item_version v JOIN item i ON i.organization_id = v.organization_id AND i.id = v.item_id"
_VERSIONS = sql(f"""
    SELECT k.key, v.* FROM unnest(:keys::uuid[]) AS k(key) CROSS JOIN LATERAL (
      SELECT {_VERSION} FROM {_VERSION_FROM}
      WHERE v.item_id = k.key AND (:version::int IS NULL OR v.version < :version)
      ORDER BY v.version DESC LIMIT :limit) v
""")
_VERSION_COUNT = sql("""
    SELECT item_id AS key, count(*) AS total FROM item_version WHERE item_id = ANY(:keys) GROUP BY 1
""")
_KEYED_VERSIONS = sql(f"""
    SELECT {_VERSION}, v.answer_key, v.skill_ids FROM {_VERSION_FROM}
    JOIN unnest(:items::uuid[], :versions::int[]) AS k(item_id, version)
      ON v.item_id = k.item_id AND v.version = k.version
""")


_SKILLS_BY_VERSION = sql(f"""
    SELECT v.item_id, v.version, {_SKILL} FROM item_version v
    JOIN unnest(:items::uuid[], :versions::int[]) AS k(item_id, version)
      ON v.item_id = k.item_id AND v.version = k.version
    JOIN skill s ON s.organization_id = v.organization_id AND s.id = ANY(v.skill_ids)
    ORDER BY s.name, s.id
""")


@common
async def skills_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[Row | None]:
    """Skills by their ids."""
    found = by_key(await reader.fetch(_SKILLS_BY_ID, keys=list(keys)))
    return [found.get(key) for key in keys]


async def skills_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The organization's skills, by name."""
    rows = await reader.fetch(_SKILLS, subject=page.filter("subject"), search=_search(page), **_by_name(page))
    return [cut(rows, page) for _ in keys]


async def skill_count_of_organization(
    reader: Reader, keys: Sequence[Any], page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many of them there are."""
    total = await reader.fetch_value(_SKILL_COUNT, subject=page.filter("subject"), search=_search(page))
    return [total for _ in keys]


async def prerequisites_by_skill(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The skills to learn before each skill, by name."""
    return lists_by_key(await reader.fetch(_PREREQUISITES, keys=list(keys)), keys)


async def dependents_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The skills that require each skill, by name."""
    return slices_by_key(await reader.fetch(_DEPENDENTS, keys=list(keys), **_by_name(page)), keys, page)


async def dependent_count_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_DEPENDENT_COUNT, keys=list(keys)), keys)


async def skills_by_item(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[list[Row]]:
    """The skills that each item asks for, by name."""
    return lists_by_key(await reader.fetch(_SKILLS_BY_ITEM, keys=list(keys)), keys)


async def items_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[ItemFacts | None]:
    """Items by their ids, in their current version; retired ones too; for staff also those kept for exams."""
    return await _items(reader, keys, principal.is_staff)


async def items_met_by_id(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[ItemFacts | None]:
    """Items that whoever asks has met already, in an attempt or in a result.

    Those kept for an exam come in the last version that the learner has met: a later one is news.
    """
    found = await _items(reader, keys, principal.is_staff)
    withheld = [key for key, item in zip(keys, found, strict=True) if item is None]
    if not withheld:
        return found
    rows = await reader.fetch(_ITEMS_MET, keys=withheld, learner_id=principal.learner_id)
    met = {row.id: _item(row) for row in rows}
    return [item or met.get(key) for key, item in zip(keys, found, strict=True)]


async def _items(reader: Reader, keys: Ids, everything: bool) -> list[ItemFacts | None]:
    rows = await reader.fetch(_ITEMS_BY_ID, keys=list(keys), everything=everything)
    found = {row.id: _item(row) for row in rows}
    return [found.get(key) for key in keys]


async def items_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The items of each skill that are not retired, the oldest first; learners find none kept for an exam."""
    rows = await reader.fetch(
        _ITEMS_BY_SKILL, keys=list(keys), id=after(page, 0), limit=page.first + 1,
        everything=principal.is_staff,
    )  # fmt: skip
    slices = slices_by_key(rows, keys, page)
    return [Slice([_item(row) for row in each.rows], each.has_next) for each in slices]


async def item_count_by_skill(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    rows = await reader.fetch(_ITEM_COUNT_BY_SKILL, keys=list(keys), everything=principal.is_staff)
    return counts_by_key(rows, keys)


async def versions_by_item(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[Slice]:
    """The versions of each item, the newest first, without their keys."""
    rows = await reader.fetch(_VERSIONS, keys=list(keys), version=after(page, 0), limit=page.first + 1)
    slices = slices_by_key(rows, keys, page)
    return [Slice([_version(row) for row in each.rows], each.has_next) for each in slices]


async def versions_by_key(
    reader: Reader,
    keys: Sequence[tuple[uuid.UUID, int]],
    page: Page | None,
    columns: Columns,
    principal: Principal,
) -> list[VersionFacts | None]:
    """The version of each (item, number), without its key."""
    found = await _keyed(reader, keys)
    return [_version(found[key]) if key in found else None for key in keys]


async def version_count_by_item(
    reader: Reader, keys: Ids, page: Page, columns: Columns, principal: Principal
) -> list[int]:
    """How many there are."""
    return counts_by_key(await reader.fetch(_VERSION_COUNT, keys=list(keys)), keys)


async def solutions_by_version(
    reader: Reader,
    keys: Sequence[tuple[uuid.UUID, int]],
    page: Page | None,
    columns: Columns,
    principal: Principal,
) -> list[RecordedResponse | None]:
    """A response that earns full credit on each (item, version); None for external items. For staff."""
    found = await _keyed(reader, keys)
    return [_solution(found[key]) if key in found else None for key in keys]


async def skills_by_version(
    reader: Reader,
    keys: Sequence[tuple[uuid.UUID, int]],
    page: Page | None,
    columns: Columns,
    principal: Principal,
) -> list[list[Row]]:
    """The skills that each (item, version) asked for, by name; none where they were not written down."""
    found: dict[tuple[uuid.UUID, int], list[Row]] = {key: [] for key in keys}
    for row in await reader.fetch(_SKILLS_BY_VERSION, **_asked(keys)):
        found[row.item_id, row.version].append(row)
    return [found[key] for key in keys]


async def changes_since_version(
    reader: Reader, keys: Sequence[tuple[uuid.UUID, int]], page: Page, columns: Columns, principal: Principal
) -> list[list[str] | None]:
    """What each (item, version) changed since the version asked for; None where that is not. For staff."""
    since = page.filter("version")
    found = await _keyed(reader, [*keys, *((item_id, since) for item_id, _ in keys)])
    return [_changes(found.get((key[0], since)), found.get(key)) for key in keys]


async def _keyed(reader: Reader, keys: Sequence[tuple[uuid.UUID, int]]) -> dict[tuple[uuid.UUID, int], Row]:
    rows = await reader.fetch(_KEYED_VERSIONS, **_asked(keys))
    return {(row.item_id, row.version): row for row in rows}


def _asked(keys: Sequence[tuple[uuid.UUID, int]]) -> dict[str, Any]:
    wanted = list(dict.fromkeys(keys))
    return {"items": [item for item, _ in wanted], "versions": [version for _, version in wanted]}


def _solution(row: Row) -> RecordedResponse | None:
    if row.kind == ItemKind.EXTERNAL:
        return None
    return recorded_response(row.content, solution(ItemKind(row.kind), row.content, row.answer_key))


def _changes(before: Row | None, now: Row | None) -> list[str] | None:
    if before is None or now is None:
        return None
    return changed_paths(_comparable(before), _comparable(now))


def _comparable(row: Row) -> dict[str, Any]:
    skill_ids = sorted(each.hex for each in row.skill_ids)
    return {**row.content, "answer_key": row.answer_key, "skill_ids": skill_ids}


def _item(row: Row) -> ItemFacts:
    return ItemFacts(
        row.id,
        row.kind,
        row.version,
        row.content,
        row.retired_at,
        row.difficulty,
        row.difficulty_standard_error,
        row.withheld_at,
    )


def _version(row: Row) -> VersionFacts:
    return VersionFacts(row.item_id, row.version, row.content, row.author_id, row.created_at)


def _search(page: Page) -> str | None:
    search = page.filter("search")
    return f"%{like(search)}%" if search else None


def _by_name(page: Page) -> dict[str, object]:
    return {"name": after(page, 0), "id": after(page, 1), "limit": page.first + 1}
