"""What authors do with courses: make them, and put their modules in the order of teaching."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.access.principal import Principal
from app.content.skills import check_skills, checked_subject
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput, ErrorReason, not_found
from app.kit.ids import new_id
from app.kit.statements import sql
from app.kit.text import checked_name

MOST_MODULES = 100
MOST_SKILLS = 30

_CREATE_COURSE = sql("""
    INSERT INTO course (organization_id, id, name, subject, created_at)
    VALUES (:organization_id, :id, :name, :subject, :now)
""")
_COURSE = sql("SELECT name, subject FROM course WHERE id = :id FOR NO KEY UPDATE")
_UPDATE_COURSE = sql("UPDATE course SET name = :name, subject = :subject WHERE id = :id")

# Whoever changes the order of a course holds its row, so two at once leave no gap and no place taken twice.
_LOCK_COURSE = sql("SELECT id FROM course WHERE id = :id FOR NO KEY UPDATE")
_COURSE_OF_MODULE = sql("SELECT course_id FROM module WHERE id = :id")
_MODULES = sql("SELECT id FROM module WHERE course_id = :course_id ORDER BY position")
_CREATE_MODULE = sql("""
    INSERT INTO module (organization_id, id, course_id, name, position, created_at)
    VALUES (:organization_id, :id, :course_id, :name, :position, :now)
""")
_NAME_MODULE = sql("UPDATE module SET name = :name WHERE id = :id")
_ARRANGE = sql("""
    UPDATE module m SET position = o.position
    FROM unnest(:ids::uuid[]) WITH ORDINALITY AS o(id, position)
    WHERE m.id = o.id AND m.position <> o.position
""")
_REMOVE_SKILLS = sql("DELETE FROM module_skill WHERE module_id = :module_id")
_ADD_SKILLS = sql("""
    INSERT INTO module_skill (organization_id, module_id, skill_id, position)
    SELECT :organization_id, :module_id, s.id, s.position
    FROM unnest(:skill_ids::uuid[]) WITH ORDINALITY AS s(id, position)
""")


@dataclass(frozen=True, slots=True)
class CourseChange:
    """What to change of a course: None keeps; `clear_subject` takes the subject away."""

    name: str | None = None
    subject: str | None = None
    clear_subject: bool = False


@dataclass(frozen=True, slots=True)
class ModuleChange:
    """What to change of a module: None keeps. `position` counts from 1; `skill_ids` are all its skills."""

    name: str | None = None
    position: int | None = None
    skill_ids: Sequence[uuid.UUID] | None = None


async def create_course(work: UnitOfWork, principal: Principal, name: str, subject: str | None) -> uuid.UUID:
    """Make a course without modules."""
    course_id = new_id()
    await work.execute(
        _CREATE_COURSE, organization_id=work.tenant, id=course_id, now=work.now,
        name=checked_name(name, "A course's name", "name"), subject=checked_subject(subject),
    )  # fmt: skip
    return course_id


async def update_course(
    work: UnitOfWork, principal: Principal, course_id: uuid.UUID, change: CourseChange
) -> uuid.UUID:
    """Change a course's name or subject."""
    row = await work.fetch_one(_COURSE, id=course_id)
    if row is None:
        raise not_found("course", "courseId")
    name = row.name if change.name is None else checked_name(change.name, "A course's name", "name")
    kept = None if change.clear_subject else row.subject
    subject = kept if change.subject is None else checked_subject(change.subject)
    await work.execute(_UPDATE_COURSE, id=course_id, name=name, subject=subject)
    return course_id


async def create_module(
    work: UnitOfWork,
    principal: Principal,
    course_id: uuid.UUID,
    name: str,
    position: int | None,
    skill_ids: Sequence[uuid.UUID],
) -> uuid.UUID:
    """Make a module at a place of the course, the last one unless said; those behind it move on."""
    name = checked_name(name, "A module's name", "name")
    skills = await check_skills(work, skill_ids, MOST_SKILLS)
    order = await _locked_order(work, course_id)
    if len(order) >= MOST_MODULES:
        message = f"A course has at most {MOST_MODULES} modules; begin another course."
        raise BadInput(message, reason=ErrorReason.TOO_MANY_ENTRIES, path=("courseId",))
    place = _checked_position(position, len(order) + 1)
    module_id = new_id()
    await work.execute(
        _CREATE_MODULE, organization_id=work.tenant, id=module_id, course_id=course_id, name=name,
        position=len(order) + 1, now=work.now,
    )  # fmt: skip
    await _move(work, order, module_id, place)
    await work.execute(_ADD_SKILLS, organization_id=work.tenant, module_id=module_id, skill_ids=skills)
    return module_id


async def update_module(
    work: UnitOfWork, principal: Principal, module_id: uuid.UUID, change: ModuleChange
) -> uuid.UUID:
    """Change a module's name, place or skills; the modules between its two places move by one."""
    course_id = await work.fetch_value(_COURSE_OF_MODULE, id=module_id)
    if course_id is None:
        raise not_found("module", "moduleId")
    order = await _locked_order(work, course_id)
    if change.name is not None:
        name = checked_name(change.name, "A module's name", "name")
        await work.execute(_NAME_MODULE, id=module_id, name=name)
    if change.position is not None:
        await _move(work, order, module_id, _checked_position(change.position, len(order)))
    if change.skill_ids is not None:
        skills = await check_skills(work, change.skill_ids, MOST_SKILLS)
        await work.execute(_REMOVE_SKILLS, module_id=module_id)
        await work.execute(_ADD_SKILLS, organization_id=work.tenant, module_id=module_id, skill_ids=skills)
    return module_id


async def _locked_order(work: UnitOfWork, course_id: uuid.UUID) -> list[uuid.UUID]:
    if await work.fetch_one(_LOCK_COURSE, id=course_id) is None:
        raise not_found("course", "courseId")
    return [row.id for row in await work.fetch(_MODULES, course_id=course_id)]


def _checked_position(position: int | None, last: int) -> int:
    if position is not None and not 1 <= position <= last:
        raise BadInput(f"Places in this course go from 1 to {last}, not {position}.", path=("position",))
    return last if position is None else position


async def _move(work: UnitOfWork, order: Sequence[uuid.UUID], module_id: uuid.UUID, position: int) -> None:
    others = [each for each in order if each != module_id]
    await work.execute(_ARRANGE, ids=[*others[: position - 1], module_id, *others[position - 1 :]])
