"""Practice sessions by id."""

import strawberry

from app.access.policies import of_learner, signed_in
from app.practice.repository import sessions_by_id
from schema.engine.binding import id_argument
from schema.engine.declarations import edge, id_of
from schema.practice.types import PracticeSession


@strawberry.type
class PracticeQueries:
    practice_session: PracticeSession | None = edge(
        sessions_by_id,
        key=id_argument("pss"),
        policy=of_learner,
        gate=signed_in,
        arguments=[id_of("session")],
        description="A practice session by id.",
    )
