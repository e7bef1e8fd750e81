"""Learners in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import learner_itself, with_object
from app.classrooms.repository import classroom_count_by_learner, classrooms_by_learner
from app.learners.repository import learners_by_id
from app.practice.repository import (
    attempt_count_by_learner,
    attempts_by_learner,
    session_count_by_learner,
    sessions_by_learner,
)
from schema.engine.declarations import Argument, connection, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import BY_NAME, NEWEST_FIRST
from schema.pagination import Connection
from schema.practice.states import SessionState

if TYPE_CHECKING:
    from schema.classrooms.types import Classroom
    from schema.practice.types import Attempt, PracticeSession


@graph_type(policy=learner_itself, id_prefix="lrn", description="A person who learns.")
class Learner(Node):
    display_name: str = leaf("The learner's name.")
    classrooms: Connection[Annotated["Classroom", strawberry.lazy("schema.classrooms.types")]] = connection(
        classrooms_by_learner,
        key="id",
        order=BY_NAME,
        count=classroom_count_by_learner,
        policy=with_object,
        first=20,
        description="The classes attended, those one may see, by name.",
    )
    practice_sessions: Connection[Annotated["PracticeSession", strawberry.lazy("schema.practice.types")]] = (
        connection(
            sessions_by_learner,
            key="id",
            order=NEWEST_FIRST,
            count=session_count_by_learner,
            policy=with_object,
            first=20,
            arguments=[Argument("state", SessionState | None, "Only those in this state.")],
            description="The practice sessions, the newest first.",
        )
    )
    attempts: Connection[Annotated["Attempt", strawberry.lazy("schema.practice.types")]] = connection(
        attempts_by_learner,
        key="id",
        order=NEWEST_FIRST,
        count=attempt_count_by_learner,
        policy=with_object,
        arguments=[
            Argument("skill_id", strawberry.ID | None, "Only those at items of this skill.", prefix="skl")
        ],
        description="The attempts, the newest first.",
    )


node_kind("lrn", "Learner", learners_by_id, learner_itself)
