"""Making, archiving, joining classes; enrolling learners."""

import uuid
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import classroom_itself, learner_itself, signed_in
from app.access.principal import Principal
from app.classrooms import enrollment, service
from app.classrooms.repository import classrooms_by_id
from app.kit.database import UnitOfWork
from app.kit.errors import DomainError, error_from_json
from app.learners.repository import learners_by_id
from schema.classrooms.types import Classroom
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError, user_error
from schema.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.learners.types import Learner


@strawberry.input(description="A new class.")
class CreateClassroomInput:
    name: str = strawberry.field(description="Its name, 1 to 120 characters.")
    leaderboard_for_minors: bool = strawberry.field(
        default=False, description="Whether its leaderboards show minors."
    )
    idempotency_key: str | None = strawberry.field(
        default=None, description="Makes a repeated request give the first result."
    )


@strawberry.input(description="Which class to archive.")
class ArchiveClassroomInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")


@strawberry.input(description="What to change of a class; what is left out stays.")
class UpdateClassroomInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")
    name: str | None = strawberry.field(default=None, description="Its new name, 1 to 120 characters.")
    leaderboard_for_minors: bool | None = strawberry.field(
        default=None, description="Whether its leaderboards show minors."
    )


@strawberry.input(description="Which class gets another join code.")
class RenewJoinCodeInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")


@strawberry.input(description="How to join a class.")
class JoinClassroomInput:
    join_code: str = strawberry.field(description="The code that the teacher gave.")


@strawberry.input(description="A teacher of a class.")
class ClassroomTeacherInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")
    user_id: strawberry.ID = strawberry.field(description="The teacher's user.")


@strawberry.input(description="A learner to enroll: by id, by a member's address, or a new one by name.")
class EnrollLearnerInput:
    learner_id: strawberry.ID | None = strawberry.field(default=None, description="A learner that is known.")
    email: str | None = strawberry.field(default=None, description="The address of a member.")
    display_name: str | None = strawberry.field(default=None, description="The name of a new learner.")
    external_id: str | None = strawberry.field(
        default=None, description="How another system names the new learner; the same one is made once."
    )
    birth_year: int | None = strawberry.field(
        default=None, description="The year of birth of a new learner, four digits."
    )


@strawberry.input(description="Learners to enroll, each by itself.")
class EnrollLearnersInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")
    learners: list[EnrollLearnerInput] = strawberry.field(description="At most 250.")
    idempotency_key: str | None = strawberry.field(
        default=None, description="Makes a repeated request give the first result."
    )


@strawberry.input(description="Who leaves a class.")
class UnenrollLearnerInput:
    classroom_id: strawberry.ID = strawberry.field(description="The class.")
    learner_id: strawberry.ID = strawberry.field(description="The learner.")


@payload_type("A class, or why it could not be changed.")
class ClassroomPayload:
    classroom: Classroom | None = edge(
        classrooms_by_id, key="classroom_id", policy=classroom_itself, description="The class as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("What became of one entry.")
class EnrollLearnerResult:
    index: int = leaf("The entry's place in the input, from 0.")
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] | None = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="The learner, when enrolled."
    )
    created: bool = leaf("Whether the learner is new.")
    user_errors: list[UserError] = leaf("What to correct in this entry.", list_size=5)


@payload_type("What became of each entry.")
class EnrollLearnersPayload:
    results: list[EnrollLearnerResult] = leaf("One for each entry, in the order of the input.", list_size=250)
    classroom: Classroom | None = edge(
        classrooms_by_id, key="classroom_id", policy=classroom_itself, description="The class as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct in the request as a whole.", list_size=10)


@strawberry.type
class ClassroomMutations:
    @mutation("Make a class and teach it.", gate=signed_in)
    async def create_classroom(self, info: Info, input: CreateClassroomInput) -> ClassroomPayload:
        made = await info.context.write_once("createClassroom", input, _create, input)
        return payload(classroom_id=uuid.UUID(made["classroom_id"]))

    @mutation("Archive a class: nobody joins any more, its figures stay.", gate=signed_in)
    async def archive_classroom(self, info: Info, input: ArchiveClassroomInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        return payload(classroom_id=await info.context.write(service.archive_classroom, classroom_id))

    @mutation("Change the name of a class, or whether its leaderboards show minors.", gate=signed_in)
    async def update_classroom(self, info: Info, input: UpdateClassroomInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        return payload(
            classroom_id=await info.context.write(
                service.update_classroom, classroom_id, input.name, input.leaderboard_for_minors
            )
        )

    @mutation("Give a class another join code; the one before lets nobody in any more.", gate=signed_in)
    async def renew_join_code(self, info: Info, input: RenewJoinCodeInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        return payload(classroom_id=await info.context.write(service.renew_join_code, classroom_id))

    @mutation("Let another teacher teach a class too.", gate=signed_in)
    async def add_classroom_teacher(self, info: Info, input: ClassroomTeacherInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        user_id = read_id(input.user_id, "usr", "teacher", "userId")
        return payload(classroom_id=await info.context.write(service.add_teacher, classroom_id, user_id))

    @mutation("Take a class from a teacher.", gate=signed_in)
    async def remove_classroom_teacher(self, info: Info, input: ClassroomTeacherInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        user_id = read_id(input.user_id, "usr", "teacher", "userId")
        return payload(classroom_id=await info.context.write(service.remove_teacher, classroom_id, user_id))

    @mutation("Join a class by its code.", gate=signed_in)
    async def join_classroom(self, info: Info, input: JoinClassroomInput) -> ClassroomPayload:
        context = info.context
        classroom_id, learner_id = await context.write(enrollment.join_classroom, input.join_code)
        context.forget_principal()
        # Who was no learner before sees the class as one.
        context.become(replace(context.principal, learner_id=learner_id))
        return payload(classroom_id=classroom_id)

    @mutation("Enroll learners, each by itself.", gate=signed_in, empty=("results",))
    async def enroll_learners(self, info: Info, input: EnrollLearnersInput) -> EnrollLearnersPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        results = await info.context.write_once(
            "enrollLearners", input, _enroll, classroom_id, [_entry(each) for each in input.learners]
        )
        return payload(classroom_id=classroom_id, results=[_result(each) for each in results["results"]])

    @mutation("Take a learner out of a class; the figures stay.", gate=signed_in)
    async def unenroll_learner(self, info: Info, input: UnenrollLearnerInput) -> ClassroomPayload:
        classroom_id = read_id(input.classroom_id, "cls", "classroom", "classroomId")
        learner_id = read_id(input.learner_id, "lrn", "learner", "learnerId")
        return payload(
            classroom_id=await info.context.write(enrollment.unenroll_learner, classroom_id, learner_id)
        )


async def _create(work: UnitOfWork, principal: Principal, given: CreateClassroomInput) -> dict[str, Any]:
    made = await service.create_classroom(work, principal, given.name, given.leaderboard_for_minors)
    return {"classroom_id": made.hex}


async def _enroll(
    work: UnitOfWork, principal: Principal, classroom_id: uuid.UUID, entries: list[enrollment.NewEnrollment]
) -> dict[str, Any]:
    results = await enrollment.enroll_learners(work, principal, classroom_id, entries)
    return {"results": [each.as_json() for each in results]}


def _entry(given: EnrollLearnerInput) -> enrollment.NewEnrollment:
    try:
        learner_id = read_id(given.learner_id, "lrn", "learner", "learnerId") if given.learner_id else None
    except DomainError as error:
        return enrollment.NewEnrollment(refused=error)
    return enrollment.NewEnrollment(
        learner_id, given.email, given.display_name, given.external_id, given.birth_year
    )


def _result(found: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        index=found["index"],
        learner_id=uuid.UUID(found["learner_id"]) if found["learner_id"] else None,
        created=found["created"],
        user_errors=[user_error(error_from_json(found["error"]))] if found["error"] else [],
    )
