"""What learners answer to recommendations."""

import strawberry

from app.access.policies import of_learner, signed_in
from app.recommendations.repository import recommendations_by_id
from app.recommendations.service import RecommendationAnswer, answer_recommendation
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.enums import graph_enum
from schema.errors import UserError
from schema.mutations import mutation, payload
from schema.recommendations.types import Recommendation

graph_enum(
    RecommendationAnswer,
    "What a learner did with a recommendation.",
    {
        RecommendationAnswer.ACCEPTED: "Means to do it; it stays on the list.",
        RecommendationAnswer.DISMISSED: "Does not want it; it is not recommended again for a week.",
        RecommendationAnswer.DONE: "Did it.",
    },
)


@strawberry.input(description="An answer to a recommendation.")
class AnswerRecommendationInput:
    recommendation_id: strawberry.ID = strawberry.field(description="The recommendation, one's own.")
    answer: RecommendationAnswer = strawberry.field(description="What was done with it.")


@payload_type("The recommendation, or why it could not be answered.")
class RecommendationPayload:
    recommendation: Recommendation | None = edge(
        recommendations_by_id,
        key="recommendation_id",
        policy=of_learner,
        description="The recommendation that was answered.",
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class RecommendationMutations:
    @mutation("Say what became of a recommendation; the learner itself says it.", gate=signed_in)
    async def answer_recommendation(
        self, info: Info, input: AnswerRecommendationInput
    ) -> RecommendationPayload:
        recommendation_id = read_id(input.recommendation_id, "rec", "recommendation", "recommendationId")
        answered = await info.context.write(answer_recommendation, recommendation_id, input.answer)
        return payload(recommendation_id=answered)
