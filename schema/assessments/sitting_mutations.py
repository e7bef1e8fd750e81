"""What a learner's device sends in an exam: join, answers, signals, acknowledgements, submission."""

from datetime import datetime

import strawberry

from app.access.policies import signed_in
from app.assessments import answers, signals, sittings
from app.assessments.acknowledging import acknowledge_action
from app.assessments.answer import GivenAnswer
from app.assessments.policies import of_sitting
from app.assessments.repository import sittings_by_id
from app.kit.errors import DomainError, Unauthenticated, Unavailable
from schema.assessments.action_mutations import ExamActionPayload
from schema.assessments.states import ActionStage, ExamSignal
from schema.assessments.types import ExamSitting
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError, user_error
from schema.mutations import mutation, payload
from schema.practice.attempt_inputs import ItemResponse, read_response


@strawberry.input(description="An exam to begin or to take up again.")
class JoinExamInput:
    exam_id: strawberry.ID = strawberry.field(description="An exam of a class that oneself attends.")
    device_id: str | None = strawberry.field(
        default=None,
        description="The name of the device, at most 100 characters: another one takes the sitting over.",
    )


@strawberry.input(description="An answer to save.")
class SaveExamAnswerInput:
    sitting_id: strawberry.ID = strawberry.field(description="One's own sitting.")
    device_id: str | None = strawberry.field(default=None, description="The device that joined.")
    item_id: strawberry.ID = strawberry.field(description="An item of the exam.")
    response: ItemResponse = strawberry.field(description="What is answered; the last one of an item counts.")
    sequence: int = strawberry.field(
        description="The answer's number in this sitting, from 1 without gaps: `nextSequence`, then one more."
    )


@strawberry.input(description="One thing that a device tells of itself.")
class ExamSignalInput:
    kind: ExamSignal = strawberry.field(description="What it tells.")
    item_number: int | None = strawberry.field(default=None, description="At which item, from 1.")
    client_time: datetime | None = strawberry.field(
        default=None, description="The device's clock: compared with the server's, never believed."
    )
    sequence: int = strawberry.field(
        description="Rises from one signal to the next; what does not rise is passed over as repeated."
    )


@strawberry.input(description="What a device tells of itself.")
class ReportExamSignalsInput:
    sitting_id: strawberry.ID = strawberry.field(description="One's own sitting.")
    signals: list[ExamSignalInput] = strawberry.field(description="At most 100, in order.")


@strawberry.input(description="An act that has come to a learner.")
class AcknowledgeExamActionInput:
    sitting_id: strawberry.ID = strawberry.field(description="One's own sitting.")
    action_id: strawberry.ID = strawberry.field(description="The act.")
    stage: ActionStage = strawberry.field(
        default=ActionStage.SEEN, description="Whether the device has it, or the learner has seen it."
    )


@strawberry.input(description="A sitting to submit.")
class SubmitExamInput:
    sitting_id: strawberry.ID = strawberry.field(description="One's own sitting.")


@payload_type("The sitting, or why it cannot be joined.")
class JoinExamPayload:
    sitting: ExamSitting | None = edge(
        sittings_by_id, key="sitting_id", policy=of_sitting, description="One's sitting, with what is saved."
    )
    next_sequence: int | None = leaf("The number of the next answer.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("What is saved, or why it could not be.")
class SaveExamAnswerPayload:
    saved_sequence: int | None = leaf("The number of the last answer that is saved.")
    sitting: ExamSitting | None = edge(
        sittings_by_id, key="sitting_id", policy=of_sitting, description="The sitting as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("The server's clock, and what to correct.")
class ReportExamSignalsPayload:
    server_time: datetime = leaf("The server's clock.")
    ends_at: datetime | None = leaf("When the time is up; null while the clock stands.")
    user_errors: list[UserError] = leaf("What to correct.", list_size=100)


@payload_type("The sitting as submitted, or why it could not be.")
class SubmitExamPayload:
    sitting: ExamSitting | None = edge(
        sittings_by_id, key="sitting_id", policy=of_sitting, description="The sitting as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class SittingMutations:
    @mutation("Begin an exam, or take it up again, perhaps on another device.", gate=signed_in)
    async def join_exam(self, info: Info, input: JoinExamInput) -> JoinExamPayload:
        exam_id = read_id(input.exam_id, "exm", "exam", "examId")
        context = info.context
        joined = await context.write(sittings.join_exam, exam_id, input.device_id, context.address)
        return payload(sitting_id=joined.sitting_id, next_sequence=joined.next_sequence)

    @mutation("Save an answer: stored once for each number, before it is acknowledged.", gate=signed_in)
    async def save_exam_answer(self, info: Info, input: SaveExamAnswerInput) -> SaveExamAnswerPayload:
        given = GivenAnswer(
            read_id(input.sitting_id, "sit", "sitting", "sittingId"),
            read_id(input.item_id, "itm", "item of this exam", "itemId"),
            read_response(input.response),
            input.sequence,
            input.device_id,
        )
        context = info.context
        lock = sittings.sitting_lock(context.principal, given.sitting_id)
        saved = await context.write_first(lock, answers.save_answer, given, context.address)
        return payload(saved_sequence=saved, sitting_id=given.sitting_id)

    @mutation("Tell the server how the device is: heartbeats, the item looked at, a raised hand.",
              gate=signed_in)  # fmt: skip
    async def report_exam_signals(
        self, info: Info, input: ReportExamSignalsInput
    ) -> ReportExamSignalsPayload:
        context = info.context
        try:
            sitting_id = read_id(input.sitting_id, "sit", "sitting", "sittingId")
            given = [
                signals.Signal(each.kind, each.sequence, each.item_number, each.client_time)
                for each in input.signals
            ]
            found = await context.write(signals.report_signals, sitting_id, given, context.address)
        except (Unauthenticated, Unavailable):
            raise
        except DomainError as error:
            return payload(server_time=context.runtime.clock(), user_errors=[user_error(error)])
        errors = [user_error(each) for each in found.errors]
        return payload(server_time=found.server_time, ends_at=found.ends_at, user_errors=errors)

    @mutation("Say that what a teacher did has come to the device, or was seen.", gate=signed_in,
              empty=("warnings",))  # fmt: skip
    async def acknowledge_exam_action(
        self, info: Info, input: AcknowledgeExamActionInput
    ) -> ExamActionPayload:
        sitting_id = read_id(input.sitting_id, "sit", "sitting", "sittingId")
        action_id = read_id(input.action_id, "act", "act", "actionId")
        await info.context.write(acknowledge_action, sitting_id, action_id, input.stage)
        return payload(action_id=action_id, warnings=[])

    @mutation("Submit one's sitting, for good.", gate=signed_in)
    async def submit_exam(self, info: Info, input: SubmitExamInput) -> SubmitExamPayload:
        sitting_id = read_id(input.sitting_id, "sit", "sitting", "sittingId")
        return payload(sitting_id=await info.context.write(sittings.submit_exam, sitting_id))
