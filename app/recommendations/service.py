"""What learners do with recommendations."""

import uuid
from enum import StrEnum

from app.access.principal import Principal
from app.kit.database import UnitOfWork
from app.kit.errors import not_found
from app.kit.statements import sql


class RecommendationAnswer(StrEnum):
    """What a learner did with a recommendation."""

    ACCEPTED = "ACCEPTED"
    DISMISSED = "DISMISSED"
    DONE = "DONE"


_ANSWER = sql("""
    UPDATE recommendation SET answer = :answer, answered_at = :now,
      superseded_at = CASE WHEN :ended THEN coalesce(superseded_at, :now) ELSE superseded_at END
    WHERE id = :id AND learner_id = :learner_id
""")


async def answer_recommendation(
    work: UnitOfWork, principal: Principal, recommendation_id: uuid.UUID, answer: RecommendationAnswer
) -> uuid.UUID:
    """Keep the learner's own answer; an accepted one stays on the list, a dismissed or done one leaves it."""
    touched = await work.execute(
        _ANSWER, id=recommendation_id, learner_id=principal.learner_id, answer=answer, now=work.now,
        ended=answer is not RecommendationAnswer.ACCEPTED,
    )  # fmt: skip
    if principal.learner_id is None or not touched:
        raise not_found("recommendation", "recommendationId")
    return recommendation_id
