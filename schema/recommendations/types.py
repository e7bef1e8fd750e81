"""Recommendations and learning paths in the graph."""

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import of_learner, with_object
from app.content.repository import items_by_id, skills_by_id
from app.recommendations.learning_path import PathKey
from app.recommendations.repository import recommendations_by_id
from app.science.recommendation import Priority, RecommendationKind
from schema.context import Info
from schema.directives import ListSize
from schema.engine.binding import decoded_id
from schema.engine.declarations import Argument, edge, graph_type, leaf, verb
from schema.enums import graph_enum
from schema.node import Node, node_kind, nodes_by_public_id

if TYPE_CHECKING:
    from schema.content.types import Item, Skill

graph_enum(
    RecommendationKind,
    "The activity that is recommended.",
    {
        RecommendationKind.LEARN: "Begin a skill.",
        RecommendationKind.PRACTICE: "Practise a skill that is being learnt.",
        RecommendationKind.REVIEW: "Review a skill that has faded.",
        RecommendationKind.REMEDIATE: "Go back to what another skill builds on.",
        RecommendationKind.ASSESS: "Make sure of a skill that seems mastered.",
        RecommendationKind.REST: "Stop for today.",
    },
)
graph_enum(
    Priority,
    "How pressing a recommendation is.",
    {Priority.HIGH: "Best done first.", Priority.NORMAL: "Worth doing.", Priority.LOW: "When there is time."},
)


@graph_type(policy=of_learner, id_prefix="rec", description="A next activity for a learner, and why.")
class Recommendation(Node):
    kind: RecommendationKind = leaf("The activity.")
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] | None = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill it is about."
    )
    item: Annotated["Item", strawberry.lazy("schema.content.types")] | None = edge(
        items_by_id,
        key="item_id",
        policy=with_object,
        description="An item to begin with, chosen as a session of the skill chooses; null if there is none.",
    )
    priority: Priority = leaf("How pressing it is.")
    expected_gain: float | None = leaf(
        "By how much it may raise the chance of success in the skill; a rough figure to rank by."
    )
    reason: str = leaf("Why, in a sentence.")

    @verb("What it rests on: mastery, or skills not yet tried.", gate=of_learner,
          list_size=ListSize(assumed_size=5))  # fmt: skip
    async def based_on(self: Any, info: Info) -> list[Node]:
        found: Any = await nodes_by_public_id(info.context, self.based_on)
        return [each for each in found if each is not None]


@graph_type(policy=with_object, description="A skill on the way to a goal.")
class LearningPathStep:
    number: int = leaf("Its place on the path, from 1.")
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] = leaf("The skill.")
    reason: str = leaf("Why it is on the path.")
    minutes: int | None = leaf("How long it may take at the learner's pace; a rough figure to plan by.")


@graph_type(policy=with_object, description="What to learn up to a goal, each skill after what it builds on.")
class LearningPath:
    goal: Annotated["Skill", strawberry.lazy("schema.content.types")] = leaf("The goal.")
    steps: list[LearningPathStep] = leaf(
        "What is not yet mastered, in order; the first thirty.", list_size=30
    )
    minutes: int | None = leaf("How long all of it may take.")


def path_of_learner(source: Any, arguments: dict[str, Any]) -> PathKey:
    """The key of a learner's path, from the field's arguments."""
    return PathKey(source.id, decoded_id(arguments["goalSkillId"], "skl", "goal_skill_id"))


GOAL = Argument("goal_skill_id", strawberry.ID, "The skill to reach.")

node_kind("rec", "Recommendation", recommendations_by_id, of_learner)
