"""Assessments, exams and sittings in the graph."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import classroom_itself, of_classroom, of_learner, staff, with_object
from app.assessments.analysis import analyses_by_exam
from app.assessments.incident_report import reports_by_exam
from app.assessments.policies import of_result, of_sitting, of_taught_classroom
from app.assessments.records import (
    action_count_by_exam,
    action_count_by_sitting,
    actions_by_exam,
    actions_by_sitting,
    answers_by_sitting,
    incident_count_by_exam,
    incident_count_by_sitting,
    incidents_by_exam,
    incidents_by_sitting,
)
from app.assessments.repository import (
    assessments_by_id,
    exam_count_by_assessment,
    exams_by_assessment,
    exams_by_id,
    items_by_assessment,
    items_by_sitting,
    sitting_count_by_exam,
    sittings_by_exam,
    sittings_by_id,
)
from app.assessments.results import results_by_sitting
from app.classrooms.repository import classrooms_by_id
from app.content.repository import items_met_by_id, skills_by_id
from app.learners.repository import learners_by_id
from schema.assessments.analysis import ExamAnalysis
from schema.assessments.states import ExamState, ReleasePolicy, SittingState
from schema.engine.declarations import Argument, connection, edge, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import NEWEST_FIRST
from schema.pagination import Connection
from schema.presence import Presence

if TYPE_CHECKING:
    from schema.assessments.records import ExamAction, ExamIncident
    from schema.classrooms.types import Classroom
    from schema.content.types import Item, Skill
    from schema.learners.types import Learner
    from schema.practice.types import RecordedResponse


@graph_type(policy=of_learner, description="The extra time that a learner has in exams.")
class Accommodation:
    extra_time_percent: int = leaf("Percent of an assessment's time.")
    set_at: datetime = leaf("When it was set; exams opened since then give it.")


@graph_type(policy=with_object, description="A part of an assessment under a title of its own.")
class AssessmentSection:
    title: str = leaf("Its title.")
    item_count: int = leaf("How many items it has, the next ones of the assessment.")
    duration_seconds: int | None = leaf(
        "The time after which it ends by itself; null where it ends with all."
    )


@graph_type(policy=with_object, id_prefix="asm", description="A fixed form: items in versions that stay.")
class Assessment(Node):
    title: str = leaf("Its title.")
    duration_seconds: int = leaf("The time that every learner has, in seconds.")
    item_count: int = leaf("How many items it has.")
    sections: list[AssessmentSection] = leaf("Its sections in order; none where it is one.", list_size=20)
    shuffle_items: bool = leaf("Whether each sitting has the items of a section in an order of its own.")
    shuffle_choices: bool = leaf("Whether each sitting has choices in an order of its own.")
    attempts_allowed: int = leaf("How often a learner may sit it within one exam.")
    release_policy: ReleasePolicy = leaf("When learners see their results.")
    created_at: datetime = leaf("When it was made.")
    retired_at: datetime | None = leaf("Since when no exam of it is opened any more.")
    items: list[Annotated["Item", strawberry.lazy("schema.content.types")]] = edge(
        items_by_assessment,
        key="id",
        many=True,
        policy=with_object,
        gate=staff,
        list_size=100,
        description="Its items in order, in the versions that are asked; seen by staff.",
    )
    exams: Connection["Exam"] = connection(
        exams_by_assessment,
        key="id",
        order=NEWEST_FIRST,
        count=exam_count_by_assessment,
        policy=of_classroom,
        first=20,
        description="The exams in which it is sat, those one may see, the newest first.",
    )


@graph_type(policy=with_object, description="What a school keeps of an exam: who was there, and incidents.")
class ExamIncidentReport:
    made_at: datetime = leaf("When this was put together.")
    joined_count: int = leaf("How many sittings were joined.")
    absent_count: int = leaf("How many were not.")
    incident_count: int = leaf("How many incidents there were.")
    json: str = leaf("Attendance and incidents as a JSON object, the first 5,000 incidents.")
    csv: str = leaf("The same incidents as CSV (RFC 4180), below a line with the columns' names.")


@graph_type(policy=of_classroom, id_prefix="exm", description="An assessment that a class sits.", shared=True)
class Exam(Node):
    assessment: Assessment = edge(
        assessments_by_id, key="assessment_id", policy=with_object, description="What is asked."
    )
    classroom: Annotated["Classroom", strawberry.lazy("schema.classrooms.types")] = edge(
        classrooms_by_id, key="classroom_id", policy=classroom_itself, description="Who sits it."
    )
    state: ExamState = leaf("Where it stands.")
    opens_at: datetime | None = leaf("When it opens, or opened.")
    closes_at: datetime | None = leaf(
        "Until when learners begin, and base time counts; null where a teacher closes it."
    )
    closed_at: datetime | None = leaf("When it was closed.")
    released_at: datetime | None = leaf("When the results were released.")
    lock_on_second_device: bool = leaf("Whether a sitting is locked when another device takes it up.")
    sittings: Connection["ExamSitting"] = connection(
        sittings_by_exam,
        key="id",
        order=NEWEST_FIRST,
        count=sitting_count_by_exam,
        policy=of_sitting,
        description="Its sittings, those one may see: a teacher all, a learner the own ones.",
    )
    incidents: Connection[Annotated["ExamIncident", strawberry.lazy("schema.assessments.records")]] = (
        connection(
            incidents_by_exam,
            key="id",
            order=NEWEST_FIRST,
            count=incident_count_by_exam,
            policy=of_sitting,
            description="Its incidents, those one may see, the newest first.",
        )
    )
    actions: Connection[Annotated["ExamAction", strawberry.lazy("schema.assessments.records")]] = connection(
        actions_by_exam,
        key="id",
        order=NEWEST_FIRST,
        count=action_count_by_exam,
        policy=of_taught_classroom,
        gate=of_taught_classroom,
        first=20,
        description="All that teachers did, the newest first; seen by teachers of the class.",
    )
    analysis: ExamAnalysis = edge(
        analyses_by_exam,
        key="id",
        policy=with_object,
        gate=of_taught_classroom,
        cost=10,
        description="How its items did, of what has been submitted so far; seen by teachers of the class.",
    )
    incident_report: ExamIncidentReport = edge(
        reports_by_exam,
        key="id",
        policy=with_object,
        gate=of_taught_classroom,
        description="Attendance and incidents to be kept; seen by teachers of the class.",
    )


@graph_type(policy=with_object, description="A section of a sitting, and when it takes no answers any more.")
class ExamSittingSection:
    title: str = leaf("Its title.")
    first_item_number: int = leaf("The number of its first item, from 1.")
    item_count: int = leaf("How many items it has.")
    duration_seconds: int | None = leaf("Its own time; null where it ends with the sitting.")
    ends_at: datetime | None = leaf("When it ends, extra time counted; null while the clock stands.")
    time_left_when_paused_seconds: int | None = leaf("What is left of it while the clock stands.")


@graph_type(policy=with_object, description="An item and the answer that counts.")
class ExamAnswer:
    item: Annotated["Item", strawberry.lazy("schema.content.types")] = leaf("The item.")
    response: Annotated["RecordedResponse", strawberry.lazy("schema.practice.types")] = leaf(
        "What was answered."
    )
    sequence: int = leaf("The number under which it was saved.")
    saved_at: datetime = leaf("When it was saved.")


@graph_type(policy=with_object, description="What one item earned.")
class ExamItemResult:
    item: Annotated["Item", strawberry.lazy("schema.content.types")] = edge(
        items_met_by_id, key="item_id", policy=with_object, description="The item, in its current version."
    )
    answered: bool = leaf("Whether there was an answer.")
    score: float = leaf("Its credit, from 0 to 1.")
    correct: bool = leaf("Whether it earned full credit.")
    feedback: str | None = leaf("What the learner is told.")


@graph_type(policy=with_object, description="What the items of one skill earned together.")
class ExamSkillResult:
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill."
    )
    score: float = leaf("The sum of the credits.")
    maximum: int = leaf("How many items ask for it: the most that could be earned.")


@graph_type(policy=of_result, description="What a sitting earned.")
class ExamResult:
    score: float = leaf("The sum of the items' credits.")
    maximum: int = leaf("How many items there are: the most that could be earned.")
    released: bool = leaf("Whether the learner may see it.")
    scored_at: datetime = leaf("When it was scored.")
    skills: list[ExamSkillResult] = leaf("By skill, in the order of names.", list_size=100)
    items: list[ExamItemResult] = leaf("By item, in the order of the assessment.", list_size=100)


@graph_type(policy=of_sitting, id_prefix="sit", description="A learner in an exam.", shared=True)
class ExamSitting(Node):
    exam: Exam = edge(exams_by_id, key="exam_id", policy=with_object, description="The exam.", shared=True)
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = edge(
        learners_by_id, key="learner_id", policy=with_object, description="Who sits it.", shared=True
    )
    attempt_number: int = leaf("Which of the learner's attempts this is, from 1.")
    state: SittingState = leaf("Where it stands.")
    presence: Presence = leaf(
        "Whether the learner is there: IDLE after two minutes without an act, MISSING after 20 s of silence."
    )
    current_item_number: int | None = leaf("The item looked at or answered last, from 1, in the own order.")
    answered_count: int = leaf("How many items have an answer.")
    item_count: int = leaf("How many items there are.")
    started_at: datetime | None = leaf("When the clock was started.")
    ends_at: datetime | None = leaf(
        "When the time is up, by the server's clock; null while the clock stands."
    )
    time_left_when_paused_seconds: int | None = leaf("What is left while the clock stands, in seconds.")
    section_ends_at: datetime | None = leaf(
        "When the section of the current item ends; null while the clock stands, or if none ends by itself."
    )
    timed_sections: list[ExamSittingSection] = leaf(
        "Its sections with their ends, where one of them ends by itself; else none.", list_size=20
    )
    base_time_seconds: int = leaf("The time that everybody has, in seconds.")
    accommodation_seconds: int = leaf("What the learner has beyond that as an accommodation, in seconds.")
    extended_seconds: int = leaf("All beyond the base: accommodation and extensions, in seconds.")
    submitted_at: datetime | None = leaf("When it ended.")
    last_seen_at: datetime | None = leaf("When the device was heard of last, as of the last change told.")
    open_incident_count: int = leaf("How many incidents wait to be looked at.")
    concern: int = leaf(
        "How much a teacher should look at it; a monitor shows the highest first: who waits to be unlocked, "
        "who has open incidents, who is gone, who is idle, who writes."
    )
    items: list[Annotated["Item", strawberry.lazy("schema.content.types")]] = edge(
        items_by_sitting,
        key="id",
        many=True,
        policy=with_object,
        first=100,
        arguments=[Argument("from_number", int | None, "Begin at the item with this number.", 1)],
        description="The items in the sitting's own order, all but by `first`; none before it has begun.",
    )
    answers: list[ExamAnswer] = edge(
        answers_by_sitting,
        key="id",
        many=True,
        policy=with_object,
        list_size=100,
        description="What the server holds: the answers that count, in the order they were saved.",
    )
    incidents: Connection[Annotated["ExamIncident", strawberry.lazy("schema.assessments.records")]] = (
        connection(
            incidents_by_sitting,
            key="id",
            order=NEWEST_FIRST,
            count=incident_count_by_sitting,
            policy=of_sitting,
            first=20,
            description="Its incidents, the newest first.",
        )
    )
    actions: Connection[Annotated["ExamAction", strawberry.lazy("schema.assessments.records")]] = connection(
        actions_by_sitting,
        key="id",
        order=NEWEST_FIRST,
        count=action_count_by_sitting,
        policy=with_object,
        first=20,
        description="What teachers did to it, the newest first.",
    )
    result: ExamResult | None = edge(
        results_by_sitting,
        key="id",
        policy=of_result,
        description="What it earned, once it has ended; the learner sees it when it is released.",
    )


node_kind("asm", "Assessment", assessments_by_id, staff)
node_kind("exm", "Exam", exams_by_id, of_classroom)
node_kind("sit", "ExamSitting", sittings_by_id, of_sitting)
