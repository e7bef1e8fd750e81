"""Making and changing courses and their modules."""

import uuid
from collections.abc import Sequence
from typing import Any

import strawberry

from app.access.policies import staff, with_object
from app.access.principal import Principal
from app.content import courses
from app.content.course_repository import courses_by_id, modules_by_id
from app.kit.database import UnitOfWork
from schema.content.courses import Course, Module
from schema.content.mutations import read_ids
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload

_KEY = "Makes a repeated request give the first result."


@strawberry.input(description="A new course.")
class CreateCourseInput:
    name: str = strawberry.field(description="Its name, 1 to 120 characters.")
    subject: str | None = strawberry.field(default=None, description="The subject it belongs to.")
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="What to change of a course; what is left out stays.")
class UpdateCourseInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    name: str | None = strawberry.field(default=None, description="Its new name.")
    subject: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its new subject; null takes the subject away."
    )


@strawberry.input(description="A new module of a course.")
class CreateModuleInput:
    course_id: strawberry.ID = strawberry.field(description="The course, of at most 100 modules.")
    name: str = strawberry.field(description="Its name, 1 to 120 characters.")
    position: int | None = strawberry.field(
        default=None, description="Its place in the course, from 1; the last one if left out."
    )
    skill_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="The skills it teaches, in order, at most 30."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)


@strawberry.input(description="What to change of a module; what is left out stays.")
class UpdateModuleInput:
    module_id: strawberry.ID = strawberry.field(description="The module.")
    name: str | None = strawberry.field(default=None, description="Its new name.")
    position: int | None = strawberry.field(
        default=None, description="Its new place in the course, from 1; the modules between make room."
    )
    skill_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="All the skills it teaches, in order, at most 30; none takes them away."
    )


@payload_type("A course, or why it could not be changed.")
class CoursePayload:
    course: Course | None = edge(
        courses_by_id, key="course_id", policy=with_object, description="The course as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("A module, or why it could not be changed.")
class ModulePayload:
    module: Module | None = edge(
        modules_by_id, key="module_id", policy=with_object, description="The module as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class CourseMutations:
    @mutation("Make a course.", gate=staff)
    async def create_course(self, info: Info, input: CreateCourseInput) -> CoursePayload:
        made = await info.context.write_once("createCourse", input, _create_course, input.name, input.subject)
        return payload(course_id=uuid.UUID(made["course_id"]))

    @mutation("Change a course's name or subject.", gate=staff)
    async def update_course(self, info: Info, input: UpdateCourseInput) -> CoursePayload:
        course_id = read_id(input.course_id, "crs", "course", "courseId")
        subject = None if input.subject is strawberry.UNSET else input.subject
        change = courses.CourseChange(input.name, subject, clear_subject=input.subject is None)
        return payload(course_id=await info.context.write(courses.update_course, course_id, change))

    @mutation("Make a module of a course.", gate=staff)
    async def create_module(self, info: Info, input: CreateModuleInput) -> ModulePayload:
        course_id = read_id(input.course_id, "crs", "course", "courseId")
        skill_ids = read_ids(input.skill_ids or [], "skl", "skill", "skillIds")
        made = await info.context.write_once(
            "createModule", input, _create_module, course_id, input.name, input.position, skill_ids
        )
        return payload(module_id=uuid.UUID(made["module_id"]))

    @mutation("Change a module's name, its place in the course, or its skills.", gate=staff)
    async def update_module(self, info: Info, input: UpdateModuleInput) -> ModulePayload:
        module_id = read_id(input.module_id, "mod", "module", "moduleId")
        change = courses.ModuleChange(input.name, input.position, _skill_ids(input.skill_ids))
        return payload(module_id=await info.context.write(courses.update_module, module_id, change))


def _skill_ids(texts: Sequence[str] | None) -> list[uuid.UUID] | None:
    return None if texts is None else read_ids(texts, "skl", "skill", "skillIds")


async def _create_course(
    work: UnitOfWork, principal: Principal, name: str, subject: str | None
) -> dict[str, Any]:
    return {"course_id": (await courses.create_course(work, principal, name, subject)).hex}


async def _create_module(
    work: UnitOfWork,
    principal: Principal,
    course_id: uuid.UUID,
    name: str,
    position: int | None,
    skill_ids: list[uuid.UUID],
) -> dict[str, Any]:
    made = await courses.create_module(work, principal, course_id, name, position, skill_ids)
    return {"module_id": made.hex}
