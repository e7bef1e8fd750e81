"""Sessions, attempts and responses in the graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import classroom_itself, learner_itself, of_learner, with_object
from app.classrooms.repository import classrooms_by_id
from app.content.repository import items_by_id, items_met_by_id
from app.learners.repository import learners_by_id
from app.mastery.repository import changes_by_attempt
from app.practice.repository import (
    attempt_count_by_session,
    attempts_by_id,
    attempts_by_session,
    responses_by_attempt,
    sessions_by_id,
    skills_by_session,
)
from schema.engine.declarations import connection, edge, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import NEWEST_FIRST
from schema.pagination import Connection
from schema.practice.states import ScoringState, SessionKind, SessionState

if TYPE_CHECKING:
    from schema.classrooms.types import Classroom
    from schema.content.types import Item, ItemChoice, ItemGap, Skill
    from schema.learners.types import Learner
    from schema.mastery.types import MasteryChange


@graph_type(policy=with_object, description="A choice and the target it was matched with.")
class RecordedPair:
    choice: Annotated["ItemChoice", strawberry.lazy("schema.content.types")] = leaf("The choice.")
    target: Annotated["ItemChoice", strawberry.lazy("schema.content.types")] = leaf("The target.")


@graph_type(policy=with_object, description="A gap and what was filled in.")
class RecordedGap:
    gap: Annotated["ItemGap", strawberry.lazy("schema.content.types")] = leaf("The gap.")
    text: str = leaf("What was filled in.")


@graph_type(
    policy=with_object, description="A response in the texts of the version answered; one part is given."
)
class RecordedResponse:
    choices: list[Annotated["ItemChoice", strawberry.lazy("schema.content.types")]] | None = leaf(
        "What was chosen.", list_size=8
    )
    number: float | None = leaf("The number typed.")
    text: str | None = leaf("The text typed.")
    ordering: list[Annotated["ItemChoice", strawberry.lazy("schema.content.types")]] | None = leaf(
        "The order given.", list_size=8
    )
    pairs: list[RecordedPair] | None = leaf("What was matched.", list_size=8)
    gaps: list[RecordedGap] | None = leaf("What was filled in.", list_size=8)


@graph_type(policy=of_learner, id_prefix="pss", description="A learner's practice, from start to completion.")
class PracticeSession(Node):
    kind: SessionKind = leaf("How it chooses its items.", shared=True)
    state: SessionState = leaf("Where it stands.", shared=True)
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="Who practises."
    )
    classroom: Annotated["Classroom", strawberry.lazy("schema.classrooms.types")] | None = edge(
        classrooms_by_id, key="classroom_id", policy=classroom_itself, description="The class it is for."
    )
    skills: list[Annotated["Skill", strawberry.lazy("schema.content.types")]] = edge(
        skills_by_session,
        key="id",
        many=True,
        policy=with_object,
        list_size=20,
        description="What it practises, in the order given or chosen.",
    )
    started_at: datetime = leaf("When it was started.")
    completed_at: datetime | None = leaf("When it ended.")
    attempt_count: int = leaf("How many attempts it has.")
    next_item: Annotated["Item", strawberry.lazy("schema.content.types")] | None = edge(
        items_by_id,
        key="next_item_id",
        policy=with_object,
        description="The item to answer next, chosen at the last change; null when nothing is left, or when "
        "it was taken for an exam since: `resumePracticeSession` chooses anew.",
    )
    attempts: Connection["Attempt"] = connection(
        attempts_by_session,
        key="id",
        order=NEWEST_FIRST,
        count=attempt_count_by_session,
        policy=with_object,
        description="Its attempts, the newest first.",
    )


@graph_type(policy=of_learner, id_prefix="att", description="One response of a learner to one item.")
class Attempt(Node):
    item: Annotated["Item", strawberry.lazy("schema.content.types")] = edge(
        items_met_by_id, key="item_id", policy=with_object, description="The item, in its current version."
    )
    item_version: int = leaf("The number of the version that was answered.")
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="Who answered."
    )
    session: PracticeSession | None = edge(
        sessions_by_id, key="session_id", policy=of_learner, description="The session it belongs to."
    )
    response: RecordedResponse | None = edge(
        responses_by_attempt,
        key="id",
        policy=with_object,
        description="What was answered; null where an import did not bring it.",
    )

    scoring: ScoringState = leaf("Whether it has been scored.")
    correct: bool | None = leaf("Whether it earned full credit.")
    score: float | None = leaf("Its credit, from 0 to 1.")
    points: int = leaf("What it counts on leaderboards.")
    feedback: str | None = leaf("What the learner was told.")
    hints_used: int = leaf("How many hints were used.")
    duration_ms: int | None = leaf("How long the answer took, in milliseconds.")
    answered_at: datetime = leaf("When it was answered.")
    recorded_at: datetime = leaf("When it was recorded.")
    mastery_changes: list[Annotated["MasteryChange", strawberry.lazy("schema.mastery.types")]] = edge(
        changes_by_attempt,
        key="id",
        many=True,
        policy=of_learner,
        list_size=4,
        description="How it moved the skills it needed.",
    )


node_kind("pss", "PracticeSession", sessions_by_id, of_learner)
node_kind("att", "Attempt", attempts_by_id, of_learner)
