"""Classes in the graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import classroom_itself, of_classroom, taught_classroom, with_object
from app.analytics.classroom_summary import summaries_by_classroom
from app.analytics.mastery_grid import mastery_grids_by_classroom
from app.assessments.repository import exam_count_by_classroom, exams_by_classroom
from app.classrooms.repository import classrooms_by_id, teacher_count_by_classroom, teachers_by_classroom
from app.leaderboards.exam_repository import leaderboards_by_scope
from app.leaderboards.policies import of_board
from app.learners.repository import learner_count_by_classroom, learners_by_classroom
from schema.analytics.classroom import GRID, STRETCH, ClassroomAnalytics, MasteryGrid, stretch_of_class
from schema.assessments.states import ExamState
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.leaderboards.types import FIRST, METRIC, WINDOW, Leaderboard, board_of_class
from schema.node import Node, node_kind
from schema.orders import BY_DISPLAY_NAME, NEWEST_FIRST
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.assessments.types import Exam
    from schema.identity.types import User
    from schema.learners.types import Learner


@graph_type(policy=classroom_itself, id_prefix="cls", description="A class.")
class Classroom(Node):
    name: str = leaf("Its name.")
    archived_at: datetime | None = leaf("When it was archived.")
    leaderboard_for_minors: bool = leaf("Whether its leaderboards show minors; off unless a teacher says so.")
    join_code: str | None = leaf(
        "The code that lets learners in; seen by its teachers.", gate=taught_classroom
    )
    teachers: Connection[Annotated["User", strawberry.lazy("schema.identity.types")]] = connection(
        teachers_by_classroom,
        key="id",
        order=BY_DISPLAY_NAME,
        count=teacher_count_by_classroom,
        policy=with_object,
        first=20,
        description="Who teaches it, by name.",
    )
    learners: Connection[Annotated["Learner", strawberry.lazy("schema.learners.types")]] = connection(
        learners_by_classroom,
        key="id",
        order=BY_DISPLAY_NAME,
        count=learner_count_by_classroom,
        policy=with_object,
        arguments=[Argument("search", str | None, "Names that contain this, in any case.", None)],
        description="Its learners, those one may see, by name.",
    )
    exams: Connection[Annotated["Exam", strawberry.lazy("schema.assessments.types")]] = connection(
        exams_by_classroom,
        key="id",
        order=NEWEST_FIRST,
        count=exam_count_by_classroom,
        policy=of_classroom,
        first=20,
        arguments=[Argument("state", ExamState | None, "Only those in this state.")],
        description="The exams that it sits, the newest first.",
    )
    leaderboard: Leaderboard = edge(
        leaderboards_by_scope,
        key=board_of_class,
        policy=of_board,
        projected=True,
        arguments=[WINDOW, METRIC, FIRST],
        sizes=["entries"],
        description="The leaderboard of a current window.",
    )
    mastery_grid: MasteryGrid = edge(
        mastery_grids_by_classroom,
        key="id",
        policy=with_object,
        gate=taught_classroom,
        arguments=GRID,
        sizes=["rows"],
        description="What each learner knows of each skill; seen by its teachers.",
    )
    analytics: ClassroomAnalytics = edge(
        summaries_by_classroom,
        key=stretch_of_class,
        policy=with_object,
        gate=taught_classroom,
        arguments=STRETCH,
        rate_class="analytics",
        description="What was done over a stretch of time; seen by its teachers.",
    )


node_kind("cls", "Classroom", classrooms_by_id, classroom_itself)
