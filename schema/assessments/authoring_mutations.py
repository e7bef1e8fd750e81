"""Making assessments, opening, closing and releasing exams, setting accommodations."""

import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import learner_itself, of_classroom, signed_in, staff, with_object
from app.access.principal import Principal
from app.assessments import authoring, exams, regrading
from app.assessments.form import Section
from app.assessments.repository import assessments_by_id, exams_by_id
from app.kit.database import UnitOfWork
from app.learners.repository import learners_by_id
from schema.assessments.states import ExamWarningKind, ReleasePolicy
from schema.assessments.types import Assessment, Exam
from schema.context import Info, read_id
from schema.engine.declarations import edge, graph_type, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload

if TYPE_CHECKING:
    from schema.learners.types import Learner

KEY = "Makes a repeated request give the first result."


@strawberry.input(description="A part of an assessment.")
class AssessmentSectionInput:
    title: str = strawberry.field(description="Its title, 1 to 120 characters.")
    item_count: int = strawberry.field(description="How many items it has, the next ones of `itemIds`.")
    duration_seconds: int | None = strawberry.field(
        default=None,
        description="A time after which it takes no more answers, 10 seconds at least. Such sections come "
        "first, one after the other, within the assessment's time; left out, it ends with the sitting.",
    )


@strawberry.input(description="A new assessment.")
class CreateAssessmentInput:
    title: str = strawberry.field(description="Its title, 1 to 120 characters.")
    item_ids: list[strawberry.ID] = strawberry.field(
        description="At most 100 items in order, each once, in their present versions."
    )
    duration_seconds: int = strawberry.field(description="The time for it, 60 seconds to 24 hours.")
    shuffle_items: bool = strawberry.field(
        default=False, description="Whether each sitting has the items of a section in an order of its own."
    )
    shuffle_choices: bool = strawberry.field(
        default=False, description="Whether each sitting has choices in an order of its own."
    )
    sections: list[AssessmentSectionInput] | None = strawberry.field(
        default=None, description="At most 20, together as long as `itemIds`; left out, it is one."
    )
    attempts_allowed: int = strawberry.field(
        default=1, description="How often a learner may sit it within one exam, 1 to 10."
    )
    release_policy: ReleasePolicy = strawberry.field(
        default=ReleasePolicy.MANUAL, description="When learners see their results."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An exam to open.")
class OpenExamInput:
    assessment_id: strawberry.ID = strawberry.field(description="What is asked.")
    classroom_id: strawberry.ID = strawberry.field(description="Who sits it: a class of at most 500.")
    opens_at: datetime | None = strawberry.field(default=None, description="When; at once if left out.")
    closes_at: datetime | None = strawberry.field(
        default=None, description="Until when learners begin, and base time counts; open-ended if left out."
    )
    lock_on_second_device: bool = strawberry.field(
        default=False, description="Whether a sitting is locked when another device takes it up."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Which exam to close.")
class CloseExamInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam.")


@strawberry.input(description="Which exam's results to release.")
class ReleaseExamInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam, closed.")


@strawberry.input(description="What to score anew.")
class RegradeExamInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam.")
    item_ids: list[strawberry.ID] = strawberry.field(
        description="Items of it whose keys were set right; their present keys count from now on."
    )


@strawberry.input(description="Which assessment to retire.")
class RetireAssessmentInput:
    assessment_id: strawberry.ID = strawberry.field(description="The assessment; no exam of it goes on.")


@strawberry.input(description="The extra time of a learner.")
class SetAccommodationInput:
    learner_id: strawberry.ID = strawberry.field(description="The learner.")
    extra_time_percent: int = strawberry.field(
        description="Percent of an assessment's time, 0 to 300; for exams opened from now on."
    )


@graph_type(policy=with_object, description="Something that a teacher should know of an exam's time.")
class ExamWarning:
    kind: ExamWarningKind = leaf("What it is.")
    message: str = leaf("What happens, and what can be done.")
    sitting_count: int | None = leaf("How many sittings it is about, where it is about some.")
    latest_end: datetime = leaf("When the last of them ends.")


@payload_type("The assessment as made, or why it could not be.")
class CreateAssessmentPayload:
    assessment: Assessment | None = edge(
        assessments_by_id, key="assessment_id", policy=staff, description="The assessment."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("The exam as it is now, or why it could not be changed.")
class OpenExamPayload:
    exam: Exam | None = edge(exams_by_id, key="exam_id", policy=of_classroom, description="The exam.")
    warnings: list[ExamWarning] = leaf("What to know; nothing was refused for it.", list_size=2)
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("The learner, or why the extra time could not be set.")
class SetAccommodationPayload:
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] | None = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="The learner."
    )
    extra_time_percent: int | None = leaf("What is set now.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class AuthoringMutations:
    @mutation("Make an assessment of items in their present versions; exams alone ask them from then on.",
              gate=signed_in)  # fmt: skip
    async def create_assessment(self, info: Info, input: CreateAssessmentInput) -> CreateAssessmentPayload:
        made = await info.context.write_once("createAssessment", input, _create, _new_assessment(input))
        return payload(assessment_id=uuid.UUID(made["assessment_id"]))

    @mutation("Open no more exams of an assessment. Its items are free again when all results are released.",
              gate=signed_in)  # fmt: skip
    async def retire_assessment(self, info: Info, input: RetireAssessmentInput) -> CreateAssessmentPayload:
        assessment_id = read_id(input.assessment_id, "asm", "assessment", "assessmentId")
        return payload(assessment_id=await info.context.write(authoring.retire_assessment, assessment_id))

    @mutation("Open an exam for a class: every learner of it gets a sitting.", gate=signed_in,
              empty=("warnings",))  # fmt: skip
    async def open_exam(self, info: Info, input: OpenExamInput) -> OpenExamPayload:
        given = exams.NewExam(
            read_id(input.assessment_id, "asm", "assessment", "assessmentId"),
            read_id(input.classroom_id, "cls", "classroom", "classroomId"),
            input.opens_at,
            input.closes_at,
            input.lock_on_second_device,
        )
        made = await info.context.write_once("openExam", input, _open, given)
        end = datetime.fromisoformat(made["end"])
        return payload(exam_id=uuid.UUID(made["exam_id"]), warnings=_window_warnings(input.closes_at, end))

    @mutation("Close an exam: who still writes is submitted, nobody begins any more.", gate=signed_in,
              empty=("warnings",))  # fmt: skip
    async def close_exam(self, info: Info, input: CloseExamInput) -> OpenExamPayload:
        exam_id = read_id(input.exam_id, "exm", "exam", "examId")
        return payload(exam_id=await info.context.write(exams.close_exam, exam_id), warnings=[])

    @mutation("Let the learners of a closed exam see their results.", gate=signed_in,
              empty=("warnings",))  # fmt: skip
    async def release_exam(self, info: Info, input: ReleaseExamInput) -> OpenExamPayload:
        exam_id = read_id(input.exam_id, "exm", "exam", "examId")
        return payload(exam_id=await info.context.write(exams.release_exam, exam_id), warnings=[])

    @mutation("Score an exam anew by the keys that some of its items have now.", gate=signed_in,
              empty=("warnings",))  # fmt: skip
    async def regrade_exam(self, info: Info, input: RegradeExamInput) -> OpenExamPayload:
        exam_id = read_id(input.exam_id, "exm", "exam", "examId")
        item_ids = [
            read_id(each, "itm", "item of this exam", "itemIds", str(place))
            for place, each in enumerate(input.item_ids)
        ]
        regraded = await info.context.write(regrading.regrade_exam, exam_id, item_ids)
        return payload(exam_id=regraded, warnings=[])

    @mutation("Set the extra time that a learner has in exams opened from now on.", gate=signed_in)
    async def set_accommodation(self, info: Info, input: SetAccommodationInput) -> SetAccommodationPayload:
        learner_id = read_id(input.learner_id, "lrn", "learner", "learnerId")
        percent = input.extra_time_percent
        await info.context.write(authoring.set_accommodation, learner_id, percent)
        return payload(learner_id=learner_id, extra_time_percent=percent)


def _new_assessment(given: CreateAssessmentInput) -> authoring.NewAssessment:
    item_ids = [
        read_id(each, "itm", "item", "itemIds", str(place)) for place, each in enumerate(given.item_ids)
    ]
    return authoring.NewAssessment(
        given.title,
        item_ids,
        given.duration_seconds,
        [Section(each.title, each.item_count, each.duration_seconds) for each in given.sections or ()],
        given.shuffle_items,
        given.shuffle_choices,
        given.attempts_allowed,
        given.release_policy,
    )


async def _create(work: UnitOfWork, principal: Principal, given: authoring.NewAssessment) -> dict[str, Any]:
    return {"assessment_id": (await authoring.create_assessment(work, principal, given)).hex}


async def _open(work: UnitOfWork, principal: Principal, given: exams.NewExam) -> dict[str, Any]:
    exam_id, end = await exams.open_exam(work, principal, given)
    return {"exam_id": exam_id.hex, "end": end.isoformat()}


def _window_warnings(closes_at: datetime | None, end: datetime) -> list[Any]:
    if closes_at is None or end <= closes_at:
        return []
    return [
        SimpleNamespace(
            kind=ExamWarningKind.WINDOW_TOO_SHORT,
            message="Who begins when the exam opens needs until after it closes. Close it later, or "
            "expect that base time is cut and extra time goes on behind the end.",
            sitting_count=None,
            latest_end=end,
        )
    ]
