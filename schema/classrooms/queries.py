"""Classes by id."""

import strawberry

from app.access.policies import classroom_itself, signed_in
from app.classrooms.repository import classrooms_by_id
from schema.classrooms.types import Classroom
from schema.engine.binding import id_argument
from schema.engine.declarations import edge, id_of


@strawberry.type
class ClassroomQueries:
    classroom: Classroom | None = edge(
        classrooms_by_id,
        key=id_argument("cls"),
        policy=classroom_itself,
        gate=signed_in,
        arguments=[id_of("class")],
        description="A class by id.",
    )
