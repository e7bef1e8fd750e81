"""Query, Mutation and Subscription, composed of the domains' parts, and the schema they make."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from app.access.policies import Policy
from schema.assessments.action_mutations import ActionMutations
from schema.assessments.authoring_mutations import AuthoringMutations
from schema.assessments.queries import AssessmentQueries
from schema.assessments.sitting_mutations import SittingMutations
from schema.classrooms.mutations import ClassroomMutations
from schema.classrooms.queries import ClassroomQueries
from schema.content.course_mutations import CourseMutations
from schema.content.mutations import ContentMutations
from schema.content.queries import ContentQueries
from schema.content.skill_graph_mutations import SkillGraphMutations
from schema.engine.binding import bind
from schema.identity.mutations import IdentityMutations
from schema.identity.queries import IdentityQueries
from schema.jobs.mutations import JobMutations
from schema.jobs.subscriptions import JobSubscriptions
from schema.leaderboards.queries import LeaderboardQueries
from schema.learners.mutations import LearnerMutations
from schema.learners.queries import LearnerQueries
from schema.live.subscriptions import LiveSubscriptions
from schema.node_queries import NodeQueries
from schema.practice.attempt_mutations import AttemptMutations
from schema.practice.queries import PracticeQueries
from schema.practice.session_mutations import SessionMutations
from schema.recommendations.mutations import RecommendationMutations
from schema.scalars import SCALARS


@strawberry.type(description="What can be asked.")
class Query(
    IdentityQueries,
    NodeQueries,
    LearnerQueries,
    ClassroomQueries,
    ContentQueries,
    PracticeQueries,
    AssessmentQueries,
    LeaderboardQueries,
):
    pass


@strawberry.type(description="What can be changed.")
class Mutation(
    IdentityMutations,
    ClassroomMutations,
    LearnerMutations,
    ContentMutations,
    CourseMutations,
    SkillGraphMutations,
    SessionMutations,
    AttemptMutations,
    RecommendationMutations,
    AuthoringMutations,
    SittingMutations,
    ActionMutations,
    JobMutations,
):
    pass


@strawberry.type(description="What can be followed.")
class Subscription(LiveSubscriptions, JobSubscriptions):
    pass


@dataclass(frozen=True, slots=True)
class Graph:
    """The built schema: its text, its executable form, and the policy of each coordinate."""

    strawberry_schema: strawberry.Schema
    schema: GraphQLSchema
    policies: dict[str, Policy]

    @property
    def sdl(self) -> str:
        """The schema in the schema definition language, without the built-in `@oneOf`."""
        return self.strawberry_schema.as_str().replace("directive @oneOf on INPUT_OBJECT\n\n", "") + "\n"


@lru_cache(maxsize=1)
def build() -> Graph:
    """Build the schema once; PolicyMissing when a coordinate has no policy."""
    config = StrawberryConfig(scalar_map=SCALARS)
    made = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription, config=config)
    core: Any = made._schema
    return Graph(made, core, dict(bind(core)))
