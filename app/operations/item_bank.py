"""Skills and items made many at a time, for imports and the demo school."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from app.content.kinds import ItemKind
from app.kit.database import Reader, UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql

_KNOWN_SKILLS = sql("SELECT code, id FROM skill WHERE code = ANY(:codes)")
_CREATE_SKILLS = sql("""
    INSERT INTO skill (organization_id, id, code, name, subject, reference_difficulty, created_at)
    SELECT :tenant, g.*, :now
    FROM unnest(:ids::uuid[], :codes::text[], :names::text[], :subjects::text[], :references::float8[]) AS g
""")
_CREATE_PREREQUISITES = sql("""
    INSERT INTO skill_prerequisite (organization_id, skill_id, prerequisite_id)
    SELECT :tenant, g.* FROM unnest(:skills::uuid[], :prerequisites::uuid[]) AS g
""")
_KNOWN_ITEMS = sql("""
    SELECT x.external_id, i.id, i.version FROM item_external_id x
    JOIN item i ON i.organization_id = x.organization_id AND i.id = x.item_id
    WHERE x.source = :source AND x.external_id = ANY(:external_ids)
""")
_NAME_OUTSIDE = sql("""
    INSERT INTO item_external_id (organization_id, source, external_id, item_id)
    SELECT :tenant, :source, g.* FROM unnest(:external_ids::text[], :ids::uuid[]) AS g
""")
_CREATE_ITEMS = sql("""
    INSERT INTO item (organization_id, id, kind, created_at)
    SELECT :tenant, g.*, :at FROM unnest(:ids::uuid[], :kinds::text[]) AS g
""")
_CREATE_VERSIONS = sql("""
    INSERT INTO item_version
      (organization_id, item_id, version, content, answer_key, skill_ids, author_id, created_at)
    SELECT :tenant, g.id, 1, g.content, g.answer_key,
           ARRAY(SELECT x.skill_id FROM item_skill x WHERE x.item_id = g.id ORDER BY x.skill_id),
           :author_id, :at
    FROM unnest(:ids::uuid[], :contents::jsonb[], :answer_keys::jsonb[]) AS g(id, content, answer_key)
""")
_TAG_ITEMS = sql("""
    INSERT INTO item_skill (organization_id, item_id, skill_id)
    SELECT :tenant, g.* FROM unnest(:items::uuid[], :skills::uuid[]) AS g
""")


class NewSkill(NamedTuple):
    """A skill to be made; `reference_difficulty` in logits."""

    id: uuid.UUID
    code: str
    name: str
    subject: str | None = None
    reference_difficulty: float = 0.0


class NewItem(NamedTuple):
    """An item to be made in its first version."""

    id: uuid.UUID
    kind: ItemKind
    content: Mapping[str, Any]
    answer_key: Mapping[str, Any]
    skill_ids: Sequence[uuid.UUID]


class KnownItem(NamedTuple):
    """An item and its current version."""

    id: uuid.UUID
    version: int


async def known_skills(reader: Reader, codes: Sequence[str]) -> dict[str, uuid.UUID]:
    """The skills of these codes, as far as there are any."""
    return {row.code: row.id for row in await reader.fetch(_KNOWN_SKILLS, codes=codes)}


def named_skill(source: str, code: str) -> NewSkill:
    """A skill that another system knows by its code only; the source is its subject."""
    return NewSkill(new_id(), code, f"Skill {code}" if code.isdecimal() else code, source)


async def create_skills(work: UnitOfWork, skills: Sequence[NewSkill]) -> None:
    """Make skills."""
    if not skills:
        return
    ids, codes, names, subjects, references = zip(*skills, strict=True)
    await work.execute(
        _CREATE_SKILLS,
        tenant=work.tenant,
        ids=ids,
        codes=codes,
        names=names,
        subjects=subjects,
        references=references,
        now=work.now,
    )


async def create_prerequisites(work: UnitOfWork, pairs: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> None:
    """Say of each pair (skill, prerequisite) that the second comes first; there must be no cycle."""
    await work.execute(
        _CREATE_PREREQUISITES,
        tenant=work.tenant,
        skills=[skill for skill, _ in pairs],
        prerequisites=[prerequisite for _, prerequisite in pairs],
    )


async def known_items(reader: Reader, source: str, names: Sequence[str]) -> dict[str, KnownItem]:
    """The items that another system names so, as far as they are known."""
    rows = await reader.fetch(_KNOWN_ITEMS, source=source, external_ids=names)
    return {row.external_id: KnownItem(row.id, row.version) for row in rows}


def external_item(skill_ids: Sequence[uuid.UUID]) -> NewItem:
    """An item of which nothing but its skills is known."""
    return NewItem(new_id(), ItemKind.EXTERNAL, {}, {}, skill_ids)


async def create_named_items(work: UnitOfWork, source: str, named: Mapping[str, NewItem]) -> None:
    """Make items that another system names so."""
    await create_items(work, list(named.values()), work.now)
    await work.execute(
        _NAME_OUTSIDE,
        tenant=work.tenant,
        source=source,
        external_ids=list(named),
        ids=[item.id for item in named.values()],
    )


async def create_items(
    work: UnitOfWork, items: Sequence[NewItem], at: datetime, author_id: uuid.UUID | None = None
) -> None:
    """Make items in their first version, with their skills."""
    ids = [item.id for item in items]
    place = {"tenant": work.tenant, "ids": ids, "at": at}
    await work.execute(_CREATE_ITEMS, kinds=[item.kind for item in items], **place)
    tags = [(item.id, skill_id) for item in items for skill_id in item.skill_ids]
    await work.execute(
        _TAG_ITEMS,
        tenant=work.tenant,
        items=[item_id for item_id, _ in tags],
        skills=[skill_id for _, skill_id in tags],
    )
    await work.execute(
        _CREATE_VERSIONS,
        contents=[item.content for item in items],
        answer_keys=[item.answer_key for item in items],
        author_id=author_id,
        **place,
    )
