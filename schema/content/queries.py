"""Skills, items, courses and modules by id; the organization's subjects, courses and skills."""

import strawberry

from app.access.policies import signed_in, staff, with_object
from app.content.course_repository import (
    course_count_of_organization,
    courses_by_id,
    courses_of_organization,
    modules_by_id,
    subject_count_of_organization,
    subjects_of_organization,
)
from app.content.repository import (
    items_by_id,
    skill_count_of_organization,
    skills_by_id,
    skills_of_organization,
)
from app.content.skill_graph_exchange import skill_graphs
from schema.content.courses import Course, Module, Subject
from schema.content.skill_graph import SkillGraph
from schema.content.types import Item, Skill
from schema.engine.binding import id_argument
from schema.engine.declarations import Argument, connection, edge, id_of
from schema.orders import BY_NAME, BY_SUBJECT
from schema.pagination import Connection


@strawberry.type
class ContentQueries:
    skill: Skill | None = edge(
        skills_by_id,
        key=id_argument("skl"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("skill")],
        description="A skill by id.",
    )
    skills: Connection[Skill] = connection(
        skills_of_organization,
        key=lambda source, arguments: None,
        order=BY_NAME,
        count=skill_count_of_organization,
        policy=with_object,
        gate=signed_in,
        arguments=[
            Argument("search", str | None, "Names and codes that contain this, in any case."),
            Argument("subject", str | None, "Only skills of this subject."),
        ],
        first_shown=False,
        description="The organization's skills, by name; 50 unless `first` says otherwise.",
    )
    item: Item | None = edge(
        items_by_id,
        key=id_argument("itm"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("item")],
        description="An item by id, in its current version.",
    )
    subjects: Connection[Subject] = connection(
        subjects_of_organization,
        key=lambda source, arguments: None,
        order=BY_SUBJECT,
        count=subject_count_of_organization,
        policy=with_object,
        gate=signed_in,
        description="The subjects that skills and courses belong to, by name.",
    )
    course: Course | None = edge(
        courses_by_id,
        key=id_argument("crs"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("course")],
        description="A course by id.",
    )
    courses: Connection[Course] = connection(
        courses_of_organization,
        key=lambda source, arguments: None,
        order=BY_NAME,
        count=course_count_of_organization,
        policy=with_object,
        gate=signed_in,
        arguments=[Argument("subject", str | None, "Only courses of this subject.")],
        description="The organization's courses, by name.",
    )
    module: Module | None = edge(
        modules_by_id,
        key=id_argument("mod"),
        policy=with_object,
        gate=signed_in,
        arguments=[id_of("module")],
        description="A module of a course by id.",
    )
    skill_graph: SkillGraph = edge(
        skill_graphs,
        key=lambda source, arguments: "skills",
        policy=with_object,
        gate=staff,
        arguments=[Argument("subject", str | None, "Only skills of this subject, with all they require.")],
        description="The prerequisite graph, to be stored or imported elsewhere; seen by staff.",
    )
