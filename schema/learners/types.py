"""Learners in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import learner_itself, of_classroom, of_learner, with_object
from app.analytics.progress import progress_by_learner
from app.assessments.policies import of_sitting
from app.assessments.repository import (
    accommodations_by_learner,
    exam_count_by_learner,
    exams_by_learner,
    sitting_count_by_learner,
    sittings_by_learner,
)
from app.classrooms.repository import classroom_count_by_learner, classrooms_by_learner
from app.learners.repository import learners_by_id
from app.mastery.repository import mastery_by_learner, mastery_count_by_learner
from app.practice.repository import (
    attempt_count_by_learner,
    attempts_by_learner,
    session_count_by_learner,
    sessions_by_learner,
)
from app.recommendations.learning_path import learning_paths_by_goal
from app.recommendations.repository import recommendations_by_learner
from schema.analytics.progress import PROGRESS, LearnerProgress, progress_of_learner
from schema.assessments.states import ExamState
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import BY_NAME, BY_SKILL_NAME, NEWEST_FIRST
from schema.pagination import Connection
from schema.practice.states import SessionState
from schema.recommendations.types import GOAL, LearningPath, Recommendation, path_of_learner

if TYPE_CHECKING:
    from schema.assessments.types import Accommodation, Exam, ExamSitting
    from schema.classrooms.types import Classroom
    from schema.mastery.types import Mastery
    from schema.practice.types import Attempt, PracticeSession


@graph_type(policy=learner_itself, id_prefix="lrn", description="A person who learns.")
class Learner(Node):
    display_name: str = leaf("The learner's name.", shared=True)
    alias: str = leaf("What leaderboards show instead of the name.", shared=True)
    leaderboard_hidden: bool = leaf("Whether leaderboards leave the learner out because it wants so.")
    birth_year: int | None = leaf("The year of birth, where somebody gave it; more of the age is not kept.")
    classrooms: Connection[Annotated["Classroom", strawberry.lazy("schema.classrooms.types")]] = connection(
        classrooms_by_learner,
        key="id",
        order=BY_NAME,
        count=classroom_count_by_learner,
        policy=with_object,
        first=20,
        description="The classes attended, those one may see, by name.",
    )
    mastery: Connection[Annotated["Mastery", strawberry.lazy("schema.mastery.types")]] = connection(
        mastery_by_learner,
        key="id",
        order=BY_SKILL_NAME,
        count=mastery_count_by_learner,
        policy=with_object,
        arguments=[Argument("skill_ids", list[strawberry.ID] | None, "Only these skills.", prefix="skl")],
        description="What is believed of the skills that were practised, by the skill's name.",
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
    accommodation: Annotated["Accommodation", strawberry.lazy("schema.assessments.types")] | None = edge(
        accommodations_by_learner,
        key="id",
        policy=of_learner,
        description="The extra time in exams; null where none was ever set.",
    )
    exams: Connection[Annotated["Exam", strawberry.lazy("schema.assessments.types")]] = connection(
        exams_by_learner,
        key="id",
        order=NEWEST_FIRST,
        count=exam_count_by_learner,
        policy=of_classroom,
        first=20,
        arguments=[Argument("state", ExamState | None, "Only those in this state.")],
        description="The exams of the classes attended, those one may see, the newest first.",
    )
    exam_sittings: Connection[Annotated["ExamSitting", strawberry.lazy("schema.assessments.types")]] = (
        connection(
            sittings_by_learner,
            key="id",
            order=NEWEST_FIRST,
            count=sitting_count_by_learner,
            policy=of_sitting,
            first=20,
            description="The learner in exams, those one may see, the newest first.",
        )
    )
    recommendations: list[Recommendation] = edge(
        recommendations_by_learner,
        key="id",
        many=True,
        first=5,
        policy=of_learner,
        cost=10,
        description="What had best be done next, the best first; none before the first practice.",
    )
    learning_path: LearningPath | None = edge(
        learning_paths_by_goal,
        key=path_of_learner,
        policy=with_object,
        arguments=[GOAL],
        cost=10,
        description="What to learn up to a goal.",
    )
    progress: LearnerProgress = edge(
        progress_by_learner,
        key=progress_of_learner,
        policy=with_object,
        arguments=PROGRESS,
        description="What was done over a stretch of time: of late, where none is given.",
    )


node_kind("lrn", "Learner", learners_by_id, learner_itself)
