"""Exams, live: the monitor of those who teach the class, and the stream of the learner who sits it."""

import uuid
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Annotated, Any

import strawberry

from app.access.policies import signed_in, with_object
from app.access.principal import Principal
from app.assessments.action import acknowledgement_from_json, action_from_json
from app.assessments.changes import (
    ACTION_ACKNOWLEDGED,
    ACTION_RECEIVED,
    ACTION_TAKEN,
    EXAM_CHANGED,
    INCIDENT_CHANGED,
    INCIDENT_RAISED,
    SITTING_CHANGED,
    exam_topic,
    sitting_topic,
)
from app.assessments.exam import exam_from_json
from app.assessments.incidents import incident_from_json
from app.assessments.policies import of_sitting, of_taught_classroom
from app.assessments.repository import exams_by_id, sittings_by_id
from app.assessments.sitting import sitting_from_json
from app.kit.database import Reader
from app.kit.errors import not_found
from app.live.exam_monitor import standing_of_exam
from app.realtime.stream import Change, Following, Snapshot, TakeSnapshot, Told
from schema.assessments.records import ExamAction, ExamActionAcknowledgement, ExamIncident
from schema.assessments.states import SittingState
from schema.assessments.types import Exam, ExamSitting
from schema.context import Context, Info, read_id
from schema.engine.declarations import graph_type, leaf, verb
from schema.live.events import AFTER, RESUMED, StreamEvent, StreamHeartbeat, StreamNotice, event
from schema.live.sources import Subject, TopicSource
from schema.presence import Presence
from schema.scalars import Cursor


@graph_type(policy=with_object, description="How many sittings are in one state and presence.")
class SittingCount:
    state: SittingState = leaf("The state.")
    presence: Presence = leaf("The presence.")
    count: int = leaf("How many.")


@graph_type(policy=with_object, description="An exam with every sitting.")
class ExamMonitorSnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    exam: Exam = leaf("The exam.")
    sittings: list[ExamSitting] = leaf(
        "All sittings: by `concern`, the highest first, then by `endsAt`, then by the learner's name.",
        list_size=500,
    )
    counts: list[SittingCount] = leaf(
        "How many are in each state and presence; those with none are left out.", list_size=32
    )


@graph_type(
    policy=with_object, description="The exam itself has opened, was paused, extended, closed.", shared=True
)
class ExamChanged(StreamEvent):
    exam: Exam = leaf("The exam as it was then.")


@graph_type(policy=with_object, description="A sitting is another.", shared=True)
class ExamSittingChanged(StreamEvent):
    sitting: ExamSitting = leaf("The sitting as it was then.")


@graph_type(policy=with_object, description="An incident was raised.", shared=True)
class ExamIncidentRaised(StreamEvent):
    incident: ExamIncident = leaf("The incident as it was then.")


@graph_type(policy=with_object, description="An incident is over, claimed, or was dismissed.", shared=True)
class ExamIncidentChanged(StreamEvent):
    incident: ExamIncident = leaf("The incident as it was then.")


@graph_type(policy=with_object, description="A teacher did something, or undid it.", shared=True)
class ExamActionTaken(StreamEvent):
    action: ExamAction = leaf("The act as it was then.")


@graph_type(policy=with_object, description="An act has come to a learner.", shared=True)
class ExamActionAcknowledged(StreamEvent):
    action: ExamAction = leaf("The act.")
    acknowledgement: ExamActionAcknowledgement = leaf("How far it has come to whom.")


@graph_type(policy=with_object, description="A sitting with what is saved.")
class ExamSittingSnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    sitting: ExamSitting = leaf("The sitting.")


@graph_type(
    policy=with_object, description="A teacher did something to this sitting, or undid it.", shared=True
)
class ExamActionReceived(StreamEvent):
    action: ExamAction = leaf("The act as it was then.")


ExamMonitorEvent = Annotated[
    ExamMonitorSnapshot
    | ExamChanged
    | ExamSittingChanged
    | ExamIncidentRaised
    | ExamIncidentChanged
    | ExamActionTaken
    | ExamActionAcknowledged
    | StreamHeartbeat
    | StreamNotice,
    strawberry.union("ExamMonitorEvent", description="What the monitor of an exam tells."),
]
ExamSittingEvent = Annotated[
    ExamSittingSnapshot
    | ExamSittingChanged
    | ExamActionReceived
    | ExamIncidentRaised
    | ExamIncidentChanged
    | StreamHeartbeat
    | StreamNotice,
    strawberry.union("ExamSittingEvent", description="What the stream of a sitting tells."),
]


@strawberry.type
class ExamSubscriptions:
    @verb("An exam as its teachers watch it: a snapshot, then every change of every sitting.", gate=signed_in,
          subscription=True)  # fmt: skip
    async def exam_monitor(
        self,
        info: Info,
        exam_id: Annotated[strawberry.ID, strawberry.argument(description="An exam of a class one teaches.")],
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[ExamMonitorEvent]:
        context = info.context
        key = read_id(exam_id, "exm", "exam", "examId")
        exam = await context.loaders.of(exams_by_id, None, None, of_taught_classroom).load(key)
        if exam is None:
            raise not_found("exam", "examId")
        subject = Subject(
            of_taught_classroom, SimpleNamespace(classroom_id=exam.classroom_id), "exam", "examId"
        )
        principal = context.principal
        following = _following(
            context, exam_topic(key), lambda reader: standing_of_exam(reader, key, principal)
        )
        source: Any = TopicSource(subject, following, after, _tell_teachers, _about)
        return source

    @verb("A sitting as its learner follows it: time, pauses, messages, a hand that is seen.",
          gate=signed_in, subscription=True)  # fmt: skip
    async def exam_sitting(
        self,
        info: Info,
        sitting_id: Annotated[strawberry.ID, strawberry.argument(description="One's own sitting.")],
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[ExamSittingEvent]:
        context = info.context
        key = read_id(sitting_id, "sit", "sitting", "sittingId")
        sitting = await context.loaders.of(sittings_by_id, None, None, of_sitting).load(key)
        if sitting is None:
            raise not_found("sitting", "sittingId")
        subject = Subject(of_sitting, sitting, "sitting", "sittingId")
        principal = context.principal
        following = _following(context, sitting_topic(key), lambda reader: _snapshot(principal, reader, key))
        source: Any = TopicSource(subject, following, after, _tell_learner)
        return source


def _following(context: Context, topic: str, snapshot: TakeSnapshot) -> Following:
    return Following(context.runtime.readers, context.principal.organization_id, topic, snapshot)


async def _snapshot(principal: Principal, reader: Reader, sitting_id: uuid.UUID) -> Any:
    (found,) = await sittings_by_id(reader, [sitting_id], None, None, principal)
    return found


def _tell_teachers(told: Told) -> Any:
    if isinstance(told, Snapshot):
        state = told.state
        return event(
            "ExamMonitorSnapshot", told, resumed=False, exam=state.exam, sittings=state.sittings,
            counts=state.counts,
        )  # fmt: skip
    assert isinstance(told, Change)
    return _tell_change(told)


def _about(told: Any) -> list[uuid.UUID]:
    """The learners: one who has left the class since is not told of any more."""
    values = vars(told)
    return [values[name].learner_id for name in ("sitting", "incident", "acknowledgement") if name in values]


def _tell_learner(told: Told) -> Any:
    if isinstance(told, Snapshot):
        return event("ExamSittingSnapshot", told, resumed=False, sitting=told.state)
    assert isinstance(told, Change)
    return _tell_change(told)


def _tell_change(told: Change) -> Any:
    payload = told.payload
    values: dict[str, Any] = {}
    if "sitting" in payload:
        values["sitting"] = sitting_from_json(payload["sitting"])
    if "exam" in payload:
        values["exam"] = exam_from_json(payload["exam"])
    if "incident" in payload:
        values["incident"] = incident_from_json(payload["incident"])
    if "action" in payload:
        values["action"] = action_from_json(payload["action"])
    if "acknowledgement" in payload:
        values["acknowledgement"] = acknowledgement_from_json(payload["acknowledgement"])
    return event(_TYPENAMES[told.kind], told, **values)


_TYPENAMES = {
    SITTING_CHANGED: "ExamSittingChanged",
    EXAM_CHANGED: "ExamChanged",
    INCIDENT_RAISED: "ExamIncidentRaised",
    INCIDENT_CHANGED: "ExamIncidentChanged",
    ACTION_TAKEN: "ExamActionTaken",
    ACTION_ACKNOWLEDGED: "ExamActionAcknowledged",
    ACTION_RECEIVED: "ExamActionReceived",
}
