"""Learners in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import learner_itself, with_object
from app.classrooms.repository import classroom_count_by_learner, classrooms_by_learner
from app.learners.repository import learners_by_id
from schema.engine.declarations import connection, graph_type, leaf
from schema.node import Node, node_kind
from schema.orders import BY_NAME
from schema.pagination import Connection

if TYPE_CHECKING:
    from schema.classrooms.types import Classroom


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


node_kind("lrn", "Learner", learners_by_id, learner_itself)
