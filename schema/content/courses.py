"""Subjects, courses and their modules in the graph."""

from app.access.policies import signed_in, with_object
from app.content.course_repository import (
    courses_by_id,
    module_count_by_course,
    modules_by_course,
    modules_by_id,
    skills_by_module,
    subjects_by_id,
)
from schema.content.types import Skill
from schema.engine.declarations import connection, edge, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import BY_POSITION
from schema.pagination import Connection


@graph_type(policy=with_object, id_prefix="sbj", description="A subject, as skills and courses name it.")
class Subject(Node):
    name: str = leaf("Its name.")
    skill_count: int = leaf("How many skills belong to it.")
    course_count: int = leaf("How many courses belong to it.")


@graph_type(
    policy=with_object, id_prefix="crs", description="A course of study: modules in the order of teaching."
)
class Course(Node):
    name: str = leaf("Its name.")
    subject: str | None = leaf("The subject it belongs to.")
    modules: Connection["Module"] = connection(
        modules_by_course,
        key="id",
        order=BY_POSITION,
        count=module_count_by_course,
        policy=with_object,
        description="Its modules, in the order of teaching.",
    )


@graph_type(policy=with_object, id_prefix="mod", description="A part of a course, and the skills it teaches.")
class Module(Node):
    name: str = leaf("Its name.")
    position: int = leaf("Its place in the course, from 1.")
    course: Course = edge(
        courses_by_id, key="course_id", policy=with_object, description="The course it is a part of."
    )
    skills: list[Skill] = edge(
        skills_by_module,
        key="id",
        many=True,
        policy=with_object,
        list_size=30,
        description="The skills it teaches, in the order given.",
    )


node_kind("sbj", "Subject", subjects_by_id, signed_in)
node_kind("crs", "Course", courses_by_id, signed_in)
node_kind("mod", "Module", modules_by_id, signed_in)
