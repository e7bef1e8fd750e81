"""Learners by id."""

import strawberry

from app.access.policies import learner_itself, signed_in
from app.learners.repository import learners_by_id
from schema.engine.binding import id_argument
from schema.engine.declarations import edge, id_of
from schema.learners.types import Learner


@strawberry.type
class LearnerQueries:
    learner: Learner | None = edge(
        learners_by_id,
        key=id_argument("lrn"),
        policy=learner_itself,
        gate=signed_in,
        arguments=[id_of("learner")],
        description="A learner by id.",
    )
