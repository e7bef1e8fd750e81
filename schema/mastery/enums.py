"""Levels of mastery and kinds of factors as the graph names them."""

from app.science.estimate import FactorKind
from app.science.mastery_level import MasteryLevel
from schema.enums import graph_enum

__all__ = ["FactorKind", "MasteryLevel"]

graph_enum(
    MasteryLevel,
    "What can be said of a learner's skill.",
    {
        MasteryLevel.NOT_ENOUGH_DATA: "Fewer than three attempts: nothing is said yet.",
        MasteryLevel.LEARNING: "Below 70 % chance of success on a typical item.",
        MasteryLevel.NEARLY: "From 70 %.",
        MasteryLevel.MASTERED: "From 85 %.",
        MasteryLevel.FADING: "Would be mastered had no time passed since the last practice.",
    },
)
graph_enum(
    FactorKind,
    "The group of evidence that a factor stands for.",
    {
        FactorKind.PRIOR: "Where everybody begins.",
        FactorKind.ABILITY: "Answers in all skills.",
        FactorKind.DIFFICULTY: "How hard the skill's items are.",
        FactorKind.RECENT_ANSWERS: "Recent answers in this skill.",
        FactorKind.PRACTICE_COUNT: "How much was practised.",
        FactorKind.TIME_SINCE_PRACTICE: "What was forgotten since the last practice.",
        FactorKind.HINTS: "Hints used lately.",
        FactorKind.PREREQUISITES: "What is known of the prerequisites.",
        FactorKind.OTHER: "What fits none of the others.",
    },
    name="ExplanationFactorKind",
)
