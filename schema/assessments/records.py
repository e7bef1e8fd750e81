"""Incidents of exams and acts of teachers in the graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import with_object
from app.assessments.policies import of_action, of_sitting, of_taught_classroom
from app.assessments.records import (
    acknowledgement_by_action,
    acknowledgements_by_action,
    actions_by_id,
    incidents_by_id,
)
from app.assessments.repository import sittings_by_id
from app.identity.repository import users_by_id
from schema.assessments.states import ExamActionKind, ExamIncidentKind
from schema.assessments.types import ExamSitting
from schema.engine.declarations import Argument, edge, graph_type, leaf
from schema.node import Node, node_kind

if TYPE_CHECKING:
    from schema.identity.types import User


@graph_type(
    policy=of_sitting,
    id_prefix="inc",
    description="Something about a sitting that one may want to look at.",
    shared=True,
)
class ExamIncident(Node):
    sitting: ExamSitting = edge(
        sittings_by_id, key="sitting_id", policy=of_sitting, description="The sitting.", shared=True
    )
    kind: ExamIncidentKind = leaf("What it is.")
    detail: str = leaf("What was seen, in neutral words.")
    started_at: datetime = leaf("When it began, by the server's clock.")
    ended_at: datetime | None = leaf("When it was over; null while it goes on.")
    open: bool = leaf("Whether it waits to be looked at.")
    claimed_by: Annotated["User", strawberry.lazy("schema.identity.types")] | None = edge(
        users_by_id,
        key="claimed_by",
        policy=with_object,
        description="The teacher who goes to the learner.",
        shared=True,
    )
    claimed_at: datetime | None = leaf("Since when somebody goes to the learner.")
    dismissed_by: Annotated["User", strawberry.lazy("schema.identity.types")] | None = edge(
        users_by_id,
        key="dismissed_by",
        policy=with_object,
        description="The teacher who looked at it.",
        shared=True,
    )
    dismissed_at: datetime | None = leaf("When it was looked at.")
    note: str | None = leaf("What the teacher noted; seen by teachers.", gate=of_taught_classroom)


@graph_type(policy=with_object, description="How far an act has come to one learner.", shared=True)
class ExamActionAcknowledgement:
    sitting: ExamSitting = edge(
        sittings_by_id, key="sitting_id", policy=of_sitting, description="The learner's sitting.", shared=True
    )
    delivered_at: datetime | None = leaf("When the device had it.")
    seen_at: datetime | None = leaf("When the learner had seen it.")


@graph_type(
    policy=of_action,
    id_prefix="act",
    description="What a teacher did to sittings, kept for good.",
    shared=True,
)
class ExamAction(Node):
    kind: ExamActionKind = leaf("What was done.")
    actor: Annotated["User", strawberry.lazy("schema.identity.types")] = edge(
        users_by_id, key="actor_id", policy=with_object, description="Who did it.", shared=True
    )
    at: datetime = leaf("When it was done.")
    everyone: bool = leaf("Whether it was for everyone of the exam.")
    seconds: int | None = leaf("The time given, in seconds, of an extension.")
    text: str | None = leaf("What was written, of a message.")
    reason: str | None = leaf("Why, for the record; seen by teachers.", gate=of_taught_classroom)
    undoable_until: datetime | None = leaf("Until when it can be undone; null once it was.")
    undone_at: datetime | None = leaf("When it was undone.")
    acknowledgements: list[ExamActionAcknowledgement] = edge(
        acknowledgements_by_action,
        key="id",
        many=True,
        policy=with_object,
        list_size=500,
        description="How far it has come to each learner; a learner sees the own one.",
    )
    acknowledgement: ExamActionAcknowledgement | None = edge(
        acknowledgement_by_action,
        key="id",
        policy=with_object,
        arguments=[Argument("sitting_id", strawberry.ID, "The sitting.", prefix="sit")],
        description="How far it has come to one learner; null where it was not for that sitting.",
    )


node_kind("inc", "ExamIncident", incidents_by_id, of_sitting)
node_kind("act", "ExamAction", actions_by_id, of_action)
