"""Learners, classes and enrollments made many at a time, for imports and the demo school."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.classrooms.join_code import new_join_code
from app.kit.database import Reader, UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name
from app.learners.alias import alias_of

_CREATE_LEARNERS = sql("""
    INSERT INTO learner (organization_id, id, user_id, display_name, alias, created_at)
    SELECT :tenant, g.*, :now FROM unnest(:ids::uuid[], :users::uuid[], :names::text[], :aliases::text[]) AS g
""")
_KNOWN_LEARNERS = sql("""
    SELECT external_id, learner_id FROM learner_external_id
    WHERE source = :source AND external_id = ANY(:external_ids)
""")
_NAME_OUTSIDE = sql("""
    INSERT INTO learner_external_id (organization_id, source, external_id, learner_id)
    SELECT :tenant, :source, g.* FROM unnest(:external_ids::text[], :ids::uuid[]) AS g
""")
_FIND_CLASSROOM = sql("""
    SELECT id FROM classroom WHERE name = :name AND archived_at IS NULL ORDER BY id LIMIT 1
""")
_CREATE_CLASSROOM = sql("""
    INSERT INTO classroom (organization_id, id, name, join_code, created_at)
    VALUES (:tenant, :id, :name, :join_code, :created_at)
""")
_ADMINS_TEACH = sql("""
    INSERT INTO classroom_teacher (organization_id, classroom_id, user_id, added_at)
    SELECT :tenant, :classroom_id, user_id, :at FROM membership
    WHERE disabled_at IS NULL AND 'ORGANIZATION_ADMIN' = ANY(roles)
""")
_ENROLL = sql("""
    INSERT INTO enrollment (organization_id, classroom_id, learner_id, enrolled_at)
    SELECT :tenant, :classroom_id, id, :at FROM unnest(:ids::uuid[]) AS g(id) ON CONFLICT DO NOTHING
""")


async def known_learners(reader: Reader, source: str, external_ids: Sequence[str]) -> dict[str, uuid.UUID]:
    """The learners whom another system names so, as far as they are known."""
    rows = await reader.fetch(_KNOWN_LEARNERS, source=source, external_ids=external_ids)
    return {row.external_id: row.learner_id for row in rows}


async def create_named_learners(work: UnitOfWork, source: str, named: Mapping[str, uuid.UUID]) -> None:
    """Make learners whom another system names so ("Learner 17")."""
    await create_learners(work, {learner_id: f"Learner {name}" for name, learner_id in named.items()})
    await work.execute(
        _NAME_OUTSIDE,
        tenant=work.tenant,
        source=source,
        external_ids=list(named),
        ids=list(named.values()),
    )


async def create_learners(
    work: UnitOfWork, names: Mapping[uuid.UUID, str], users: Mapping[uuid.UUID, uuid.UUID] | None = None
) -> None:
    """Make learners by id and name; `users` gives the account of those who have one."""
    users = users or {}
    await work.execute(
        _CREATE_LEARNERS,
        tenant=work.tenant,
        ids=list(names),
        users=[users.get(learner_id) for learner_id in names],
        names=list(names.values()),
        aliases=[alias_of(learner_id) for learner_id in names],
        now=work.now,
    )


async def classroom_named(work: UnitOfWork, name: str) -> uuid.UUID:
    """The class of this name; when there is none, one that the organization's admins teach is made."""
    checked = checked_name(name, "A class's name", "classroom")
    found: uuid.UUID | None = await work.fetch_value(_FIND_CLASSROOM, name=checked)
    if found is not None:
        return found
    classroom_id = await create_classroom(work, checked, work.now)
    await work.execute(_ADMINS_TEACH, tenant=work.tenant, classroom_id=classroom_id, at=work.now)
    return classroom_id


async def create_classroom(work: UnitOfWork, name: str, created_at: datetime) -> uuid.UUID:
    """Make a class without a teacher."""
    classroom_id = new_id()
    await work.execute(
        _CREATE_CLASSROOM,
        tenant=work.tenant,
        id=classroom_id,
        name=name,
        join_code=new_join_code(),
        created_at=created_at,
    )
    return classroom_id


async def enroll(
    work: UnitOfWork, classroom_id: uuid.UUID, learner_ids: Sequence[uuid.UUID], at: datetime
) -> None:
    """Enroll learners in a class; those who are or were in it stay as they are."""
    await work.execute(_ENROLL, tenant=work.tenant, classroom_id=classroom_id, ids=learner_ids, at=at)
