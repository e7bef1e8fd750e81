"""Mastery in the graph: the figure, why it is so, how it came about."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import learner_itself, of_learner, with_object
from app.content.repository import skills_by_id
from app.learners.repository import learners_by_id
from app.mastery.history import history_by_mastery, mastery_at_time
from app.mastery.repository import explanation_by_mastery, mastery_by_id
from app.practice.evidence import attempt_count_by_mastery, attempts_by_mastery
from schema.buckets import Bucket
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.mastery.enums import FactorKind, MasteryLevel
from schema.node import Node, node_kind
from schema.orders import NEWEST_FIRST
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.content.types import Skill
    from schema.learners.types import Learner
    from schema.practice.types import Attempt


def _said(source: Any, arguments: dict[str, Any]) -> tuple[uuid.UUID, datetime] | None:
    """The mastery and its moment; nothing to explain while there is not enough data."""
    return (source.id, source.as_of) if source.probability is not None else None


@graph_type(policy=with_object, description="Mastery at a moment.")
class MasteryPoint:
    at: datetime = leaf("The moment.")
    probability: float | None = leaf(
        "The chance of success that the last attempt until then left; null under three attempts."
    )
    evidence_count: int = leaf("How many attempts it rested on.")


@graph_type(policy=with_object, description="A group of evidence, and what it adds to the estimate.")
class ExplanationFactor:
    kind: FactorKind = leaf("The group.")
    label: str = leaf("Its name in words.")
    contribution: float = leaf("What it adds to the logit; positive raises the chance.")
    detail: str = leaf("What that means for the chance, in a sentence.")


@graph_type(policy=of_learner, description="Why a mastery is what it is.")
class Explanation:
    summary: str = leaf("In a sentence.")
    model: str = leaf("The learner model and its version.")
    logit: float = leaf(
        "The sum of all contributions: ln(p / (1 - p)) of the probability p, computed as math.fsum does."
    )
    factors: list[ExplanationFactor] = leaf("All factors; they add up to the logit.", list_size=8)
    evidence: Connection[Annotated["Attempt", strawberry.lazy("schema.practice.types")]] = connection(
        attempts_by_mastery,
        key="mastery_id",
        order=NEWEST_FIRST,
        count=attempt_count_by_mastery,
        policy=with_object,
        first=5,
        description="The attempts it rests on, the newest first.",
    )


@graph_type(
    policy=of_learner,
    id_prefix="mst",
    description="What is believed of a learner's skill, now.",
    shared=True,
)
class Mastery(Node):
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="Whose it is.", shared=True
    )
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill.", shared=True
    )
    probability: float | None = leaf(
        "The chance of success on an item of median difficulty, from 0 to 1; null under three attempts."
    )
    standard_error: float | None = leaf("The standard error of the probability.")
    level: MasteryLevel = leaf("What can be said.")
    evidence_count: int = leaf("How many attempts it rests on.")
    last_practiced_at: datetime | None = leaf("When the skill was last practised.")
    as_of: datetime = leaf("The moment it holds for; what was forgotten until then is taken into account.")
    explanation: Explanation | None = edge(
        explanation_by_mastery,
        key=_said,
        policy=of_learner,
        cost=2,
        description="Why; null while the probability is.",
    )
    history: list[MasteryPoint] = edge(
        history_by_mastery,
        key="id",
        many=True,
        policy=with_object,
        list_size=92,
        arguments=[
            Argument("bucket", Bucket, "How long a step is, in the organization's time zone.", Bucket.DAY),
            Argument("since", datetime | None, "Answers from then on.", graphql_name="from"),
            Argument("until", datetime | None, "Answers before then.", graphql_name="to"),
        ],
        description="A point for each step with attempts, the oldest first; the last 92 of them.",
    )
    at: MasteryPoint = edge(
        mastery_at_time,
        key="id",
        policy=with_object,
        arguments=[Argument("time", datetime, "The moment.")],
        description="Mastery as it was at a past moment.",
    )


@graph_type(policy=of_learner, description="How an attempt moved a skill.")
class MasteryChange:
    mastery: Mastery = edge(
        mastery_by_id, key="mastery_id", policy=of_learner, description="The mastery, as it is now."
    )
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill."
    )
    before: float | None = leaf(
        "The probability when it was answered, without this attempt; null under three attempts."
    )
    after: float | None = leaf("The same with this attempt.")
    evidence_count: int = leaf("How many attempts it rested on, this one included.")


node_kind("mst", "Mastery", mastery_by_id, of_learner)
