"""What teachers do to sittings, and how they attend to incidents."""

import uuid
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import strawberry

from app.access.policies import signed_in
from app.access.principal import Principal
from app.assessments import actions, attending
from app.assessments.actions import MOST_NAMED, NewAction, Target
from app.assessments.policies import of_action, of_sitting
from app.assessments.records import actions_by_id, incidents_by_id
from app.kit.database import UnitOfWork
from app.kit.errors import BadInput
from schema.assessments.authoring_mutations import KEY, ExamWarning
from schema.assessments.records import ExamAction, ExamIncident
from schema.assessments.states import ExamActionKind, ExamWarningKind
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.mutations import mutation, payload


@strawberry.input(one_of=True, description="Whom an act is for; nothing omitted means everyone.")
class ExamTarget:
    everyone: bool | None = strawberry.field(
        default=strawberry.UNSET, description="True: everyone of the exam to whom it applies."
    )
    sitting_ids: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET, description="These sittings, at most 500; it has to apply to each."
    )


@strawberry.input(description="An act on sittings.")
class ExamActionInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam.")
    target: ExamTarget = strawberry.field(description="Whom it is for.")
    reason: str | None = strawberry.field(default=None, description="Why, for the record; teachers see it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="Time to give.")
class ExtendExamTimeInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam.")
    target: ExamTarget = strawberry.field(description="Whom it is for; everyone includes who joins later.")
    seconds: int = strawberry.field(description="How much, 1 second to 24 hours.")
    reason: str | None = strawberry.field(default=None, description="Why, for the record; teachers see it.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="A message to write; to everyone it is an announcement.")
class MessageExamLearnersInput:
    exam_id: strawberry.ID = strawberry.field(description="The exam.")
    target: ExamTarget = strawberry.field(description="Whom it is for.")
    text: str = strawberry.field(description="What to say, 1 to 1,000 characters.")
    idempotency_key: str | None = strawberry.field(default=None, description=KEY)


@strawberry.input(description="An act to undo.")
class UndoExamActionInput:
    action_id: strawberry.ID = strawberry.field(description="The act, at most ten seconds old.")


@strawberry.input(description="An incident that was looked at.")
class DismissExamIncidentInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident.")
    note: str | None = strawberry.field(default=None, description="What to note, 1 to 1,000 characters.")


@strawberry.input(description="A raised hand that one goes to.")
class ClaimRaisedHandInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident, of kind HAND_RAISED.")


@payload_type("What was done, or why it could not be.")
class ExamActionPayload:
    action: ExamAction | None = edge(
        actions_by_id, key="action_id", policy=of_action, description="The act as it is now."
    )
    warnings: list[ExamWarning] = leaf("What to know; nothing was refused for it.", list_size=2)
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@payload_type("The incident as it is now, or why it could not be changed.")
class DismissExamIncidentPayload:
    incident: ExamIncident | None = edge(
        incidents_by_id, key="incident_id", policy=of_sitting, description="The incident."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class ActionMutations:
    @mutation("Give time to one, some or all.", gate=signed_in, empty=("warnings",), most_entries=MOST_NAMED)
    async def extend_exam_time(self, info: Info, input: ExtendExamTimeInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.EXTENSION, seconds=input.seconds, reason=input.reason)
        return await _taken(info, "extendExamTime", input, given)

    @mutation("Write to one, some or all.", gate=signed_in, empty=("warnings",), most_entries=MOST_NAMED)
    async def message_exam_learners(self, info: Info, input: MessageExamLearnersInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.MESSAGE, text=input.text)
        return await _taken(info, "messageExamLearners", input, given)

    @mutation("Stop the clock of one, some or all; answers wait.", gate=signed_in, empty=("warnings",),
              most_entries=MOST_NAMED)  # fmt: skip
    async def pause_exam(self, info: Info, input: ExamActionInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.PAUSE, reason=input.reason)
        return await _taken(info, "pauseExam", input, given)

    @mutation("Let the clock of one, some or all run on with what was left.", gate=signed_in,
              empty=("warnings",), most_entries=MOST_NAMED)  # fmt: skip
    async def resume_exam(self, info: Info, input: ExamActionInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.RESUME, reason=input.reason)
        return await _taken(info, "resumeExam", input, given)

    @mutation("Let locked sittings answer again.", gate=signed_in, empty=("warnings",),
              most_entries=MOST_NAMED)  # fmt: skip
    async def unlock_exam(self, info: Info, input: ExamActionInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.UNLOCK, reason=input.reason)
        return await _taken(info, "unlockExam", input, given)

    @mutation("End sittings now; what was saved counts.", gate=signed_in, empty=("warnings",),
              most_entries=MOST_NAMED)  # fmt: skip
    async def force_submit_exam(self, info: Info, input: ExamActionInput) -> ExamActionPayload:
        given = _action(input, ExamActionKind.FORCE_SUBMISSION, reason=input.reason)
        return await _taken(info, "forceSubmitExam", input, given)

    @mutation("Undo an act of the last ten seconds.", gate=signed_in, empty=("warnings",))
    async def undo_exam_action(self, info: Info, input: UndoExamActionInput) -> ExamActionPayload:
        action_id = read_id(input.action_id, "act", "act", "actionId")
        return payload(action_id=await info.context.write(actions.undo_action, action_id), warnings=[])

    @mutation("Say that an incident was looked at.", gate=signed_in)
    async def dismiss_exam_incident(
        self, info: Info, input: DismissExamIncidentInput
    ) -> DismissExamIncidentPayload:
        incident_id = read_id(input.incident_id, "inc", "incident", "incidentId")
        await info.context.write(attending.dismiss_incident, incident_id, input.note)
        return payload(incident_id=incident_id)

    @mutation("Say that one goes to a learner who has raised a hand.", gate=signed_in)
    async def claim_raised_hand(self, info: Info, input: ClaimRaisedHandInput) -> DismissExamIncidentPayload:
        incident_id = read_id(input.incident_id, "inc", "incident", "incidentId")
        return payload(incident_id=await info.context.write(attending.claim_raised_hand, incident_id))


def _action(given: Any, kind: ExamActionKind, **values: Any) -> NewAction:
    exam_id = read_id(given.exam_id, "exm", "exam", "examId")
    return NewAction(exam_id, kind, _target(given.target), **values)


def _target(given: ExamTarget) -> Target:
    if given.everyone is True:
        return Target(everyone=True)
    if not isinstance(given.sitting_ids, list):
        raise BadInput("Say 'everyone: true', or name the sittings.", path=("target",))
    return Target(
        False,
        [
            read_id(each, "sit", "sitting", "target", "sittingIds", str(place))
            for place, each in enumerate(given.sitting_ids)
        ],
    )


async def _taken(info: Info, name: str, input: Any, given: NewAction) -> Any:
    taken = await info.context.write_once(name, input, _take, given)
    warnings = [_past_window(taken)] if taken["sittings"] else []
    return payload(action_id=uuid.UUID(taken["action_id"]), warnings=warnings)


async def _take(work: UnitOfWork, principal: Principal, given: NewAction) -> dict[str, Any]:
    taken = await actions.take_action(work, principal, given)
    past = taken.past_window
    return {
        "action_id": taken.action_id.hex,
        "sittings": past.sittings if past else 0,
        "latest_end": past.latest_end.isoformat() if past else None,
    }


def _past_window(taken: dict[str, Any]) -> Any:
    return SimpleNamespace(
        kind=ExamWarningKind.EXTENSION_PASSES_WINDOW,
        message="Sittings go on after the exam's end. They keep their time; undo if that is not meant.",
        sitting_count=taken["sittings"],
        latest_end=datetime.fromisoformat(taken["latest_end"]),
    )
