"""Changing what a learner is called."""

import strawberry

from app.access.policies import learner_itself, signed_in
from app.learners.repository import learners_by_id
from app.learners.service import LearnerChanges, update_learner
from schema.context import Info, read_id
from schema.engine.declarations import edge, leaf, payload_type
from schema.errors import UserError
from schema.learners.types import Learner
from schema.mutations import mutation, payload


@strawberry.input(description="What to change of a learner; what is left out stays.")
class UpdateLearnerInput:
    learner_id: strawberry.ID = strawberry.field(description="The learner.")
    display_name: str | None = strawberry.field(
        default=None, description="The name, 1 to 120 characters; changed by teachers and admins."
    )
    alias: str | None = strawberry.field(
        default=None, description="What leaderboards show instead of the name, 1 to 40 characters."
    )
    leaderboard_hidden: bool | None = strawberry.field(
        default=None, description="Whether leaderboards leave the learner out."
    )
    birth_year: int | None = strawberry.field(
        default=None, description="The year of birth, four digits; changed by teachers and admins."
    )


@payload_type("A learner, or why it could not be changed.")
class LearnerPayload:
    learner: Learner | None = edge(
        learners_by_id, key="learner_id", policy=learner_itself, description="The learner as it is now."
    )
    user_errors: list[UserError] = leaf("What to correct.", list_size=10)


@strawberry.type
class LearnerMutations:
    @mutation("Change what a learner is called and whether leaderboards show it.", gate=signed_in)
    async def update_learner(self, info: Info, input: UpdateLearnerInput) -> LearnerPayload:
        learner_id = read_id(input.learner_id, "lrn", "learner", "learnerId")
        changes = LearnerChanges(input.display_name, input.alias, input.leaderboard_hidden, input.birth_year)
        return payload(learner_id=await info.context.write(update_learner, learner_id, changes))
