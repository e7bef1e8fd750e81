"""How the items of an exam did, in the graph."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from app.access.policies import with_object
from app.content.repository import items_met_by_id
from schema.engine.declarations import edge, graph_type, leaf

if TYPE_CHECKING:
    from schema.content.types import Item, ItemChoice


@graph_type(policy=with_object, description="What a choice of an item drew.")
class ExamChoiceAnalysis:
    choice: Annotated["ItemChoice", strawberry.lazy("schema.content.types")] = leaf("The choice.")
    correct: bool = leaf("Whether it is right.")
    count: int = leaf("How many took it.")
    share: float = leaf("Their share of all, from 0 to 1.")
    discrimination: float | None = leaf(
        "The correlation of taking it with the score on the other items, from -1 to 1: a distractor at work "
        "is below 0. Null for fewer than five learners, and where all or none took it."
    )


@graph_type(policy=with_object, description="How an item of an exam did.")
class ExamItemAnalysis:
    item: Annotated["Item", strawberry.lazy("schema.content.types")] = edge(
        items_met_by_id, key="item_id", policy=with_object, description="The item, in its current version."
    )
    number: int = leaf("Its place in the assessment, from 1.")
    answered_count: int = leaf("How many answered it.")
    facility: float | None = leaf(
        "The mean score, from 0 to 1: higher is easier. Null while nobody has submitted."
    )
    discrimination: float | None = leaf(
        "The correlation with the score on the other items, from -1 to 1: below 0.2 an item tells little, "
        "below 0 its key may be wrong. Null for fewer than five learners, and where all scored alike."
    )
    choices: list[ExamChoiceAnalysis] = leaf(
        "What each choice drew; empty for kinds that are not chosen from.", list_size=8
    )


@graph_type(policy=with_object, description="What the results of an exam say of its form, so far.")
class ExamAnalysis:
    sitting_count: int = leaf("How many learners have submitted; of several attempts the first one counts.")
    mean_score: float | None = leaf("The mean of their scores, in points.")
    score_standard_deviation: float | None = leaf("The standard deviation of their scores, in points.")
    reliability: float | None = leaf(
        "Cronbach's alpha (KR-20 where items are right or wrong), 1 at most. Null for fewer than five "
        "learners, for one item, and where all have the same score."
    )
    standard_error_of_measurement: float | None = leaf(
        "By how much a score would differ from one such exam to the next, in points."
    )
    items: list[ExamItemAnalysis] = leaf("By item, in the order of the assessment.", list_size=100)
