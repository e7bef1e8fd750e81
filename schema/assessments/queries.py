"""Assessments, exams and sittings by id."""

import strawberry

from app.access.policies import of_classroom, signed_in, staff
from app.assessments.policies import of_sitting
from app.assessments.repository import assessments_by_id, exams_by_id, sittings_by_id
from schema.assessments.types import Assessment, Exam, ExamSitting
from schema.engine.binding import id_argument
from schema.engine.declarations import edge, id_of


@strawberry.type
class AssessmentQueries:
    assessment: Assessment | None = edge(
        assessments_by_id,
        key=id_argument("asm"),
        policy=staff,
        gate=signed_in,
        arguments=[id_of("assessment")],
        description="An assessment by id; for staff.",
    )
    exam: Exam | None = edge(
        exams_by_id,
        key=id_argument("exm"),
        policy=of_classroom,
        gate=signed_in,
        arguments=[id_of("exam")],
        description="An exam by id.",
    )
    exam_sitting: ExamSitting | None = edge(
        sittings_by_id,
        key=id_argument("sit"),
        policy=of_sitting,
        gate=signed_in,
        arguments=[id_of("sitting")],
        description="A sitting by id.",
    )
