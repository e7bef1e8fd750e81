"""A class's dashboards in the graph: mastery grid, sums, trouble spots."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import with_object
from app.analytics.classroom_summary import SummaryKey, trouble_spots_by_stretch
from app.content.repository import items_by_id, skills_by_id
from schema.engine.declarations import Argument, edge, graph_type, leaf
from schema.mastery.enums import MasteryLevel
from schema.pagination import PageInfo
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.content.types import Item, Skill
    from schema.learners.types import Learner


@graph_type(policy=with_object, description="What is known of a learner's skill now.")
class MasteryGridCell:
    probability: float | None = leaf(
        "The chance of success on a typical item, from 0 to 1; null while there is not enough data."
    )
    level: MasteryLevel = leaf("What can be said of it.")
    evidence_count: int = leaf("How many answers it rests on.")


@graph_type(policy=with_object, description="A learner and what is known of each skill of the grid.")
class MasteryGridRow:
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = leaf("The learner.")
    cells: list[MasteryGridCell | None] = leaf(
        "One for each skill of the grid, in its order; null where it was never practised.", list_size=50
    )


@graph_type(policy=with_object, description="Learners of a class by name, and what is known of their skills.")
class MasteryGrid:
    as_of: datetime = leaf("The moment up to which forgetting is counted.")
    skills: list[Annotated["Skill", strawberry.lazy("schema.content.types")]] = leaf(
        "The skills asked for, or those the class practised most.", list_size=50
    )
    rows: list[MasteryGridRow] = leaf("The learners, by name.", list_size=50)
    page_info: PageInfo = leaf("Where the rows stand among the class's learners.")


@graph_type(policy=with_object, description="A skill in which a class succeeds least.")
class TroubleSpot:
    skill: Annotated["Skill", strawberry.lazy("schema.content.types")] = edge(
        skills_by_id, key="skill_id", policy=with_object, description="The skill."
    )
    item: Annotated["Item", strawberry.lazy("schema.content.types")] | None = edge(
        items_by_id,
        key="item_id",
        policy=with_object,
        description="The item to which most first answers were wrong; null where none was.",
    )
    success_rate: float = leaf("The share of right answers, from 0 to 1.")
    learner_count: int = leaf("How many learners tried.")


@graph_type(policy=with_object, description="What a class did over a stretch of time.")
class ClassroomAnalytics:
    as_of: datetime = leaf("When it was read; attempts of the last moments may be missing.")
    active_learners: int = leaf("How many learners practised.")
    attempt_count: int = leaf("How many attempts.")
    mean_score: float | None = leaf("The mean score, from 0 to 1; null without attempts.")
    trouble_spots: list[TroubleSpot] = edge(
        trouble_spots_by_stretch,
        key="stretch",
        many=True,
        first=10,
        policy=with_object,
        description="Skills of lowest success, from five attempts by three learners on.",
    )


def stretch_of_class(source: Any, arguments: dict[str, Any]) -> SummaryKey:
    """The key of a class's sums, from the field's arguments."""
    return SummaryKey(source.id, arguments.get("from"), arguments.get("to"))


STRETCH = [
    Argument(
        "from_", datetime | None, "The beginning; thirty days before the end by default.", None, None, "from"
    ),
    Argument("to", datetime | None, "The end, exclusive; now when left out.", None),
]
GRID = [
    Argument("skill_ids", list[strawberry.ID] | None, "At most 50 skills.", None, prefix="skl"),
    Argument("first", int | None, "At most this many learners, 1 to 100.", 50),
    Argument("after", Cursor | None, "Begin after this cursor.", None),
]
