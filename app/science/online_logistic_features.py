"""What the on-line logistic model sees of a learner, the skills and the item before an answer.

All features come from states alone, so from answers already given. For an item of several skills the
skill features are means over the skills (Performance Factors Analysis sums them; a mean keeps the scale).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.science.estimate import FactorKind, State

TYPICAL_SUCCESS = 0.65
"""Share of answers that are right before anything is known: smooths the rates."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One input: its name, the reason it belongs to, and the sign its weight must have (0: either).

    The signs make sure that a right answer never lowers a skill's mastery, nor a wrong one raises it.
    """

    name: str
    kind: FactorKind
    sign: int


FEATURES = (
    Feature("prior", FactorKind.PRIOR, 0),
    Feature("ability", FactorKind.ABILITY, 1),
    Feature("learner_residuals_short", FactorKind.ABILITY, 1),
    Feature("learner_residuals_long", FactorKind.ABILITY, 1),
    Feature("learner_successes", FactorKind.ABILITY, 1),
    Feature("learner_losing_streak", FactorKind.ABILITY, -1),
    Feature("skill_ability", FactorKind.RECENT_ANSWERS, 1),
    Feature("skill_residuals_short", FactorKind.RECENT_ANSWERS, 1),
    Feature("skill_residuals_long", FactorKind.RECENT_ANSWERS, 1),
    Feature("skill_losing_streak", FactorKind.RECENT_ANSWERS, -1),
    Feature("item_after_success", FactorKind.RECENT_ANSWERS, 1),
    Feature("unpractised", FactorKind.PRACTICE_COUNT, -1),
    Feature("easiness", FactorKind.DIFFICULTY, 1),
    Feature("item_success_rate", FactorKind.DIFFICULTY, 1),
    Feature("very_easy", FactorKind.DIFFICULTY, 1),
    Feature("easiness_of_new_item", FactorKind.DIFFICULTY, 0),
    Feature("new_item", FactorKind.DIFFICULTY, 0),
    Feature("usual_difficulty_for_new_item", FactorKind.DIFFICULTY, 0),
    Feature("discrimination", FactorKind.DIFFICULTY, 1),
    Feature("curvature", FactorKind.OTHER, 1),
    Feature("answers_since_skill", FactorKind.OTHER, -1),
    Feature("same_skill_again", FactorKind.OTHER, 1),
)
"""The inputs in the order of the weights."""


def features(learner: State, skills: Sequence[State], item: State) -> tuple[float, ...]:
    """Return the values of `FEATURES` for one learner, the learner's skills and an item."""
    ability, _, answered, errors_short, successes, weight_short, losing, errors_long, weight_long = learner
    difficulty, _, seen, credit, discrimination, after_success = item
    skill_ability = residuals_short = residuals_long = skill_losing = 0.0
    unpractised = since = again = last = usual = 0.0
    for skill in skills:
        (
            own, _, count, answered_then, _, own_short, own_weight_short, own_long, own_weight_long,
            own_losing, own_last, difficulties, difficulty_weight, _, _,
        ) = skill  # fmt: skip
        if not count:
            unpractised += 1.0
            continue
        skill_ability += own
        residuals_short += own_short / (own_weight_short + 0.5)
        residuals_long += own_long / (own_weight_long + 0.5)
        skill_losing += own_losing if own_losing < 10.0 else 10.0
        last += own_last
        usual += difficulties / (difficulty_weight + 2.0)
        between = answered - answered_then
        if between > 0.0:
            since += math.log1p(between)
        else:
            again += 1.0
    if len(skills) > 1:
        share = 1.0 / len(skills)
        skill_ability *= share
        residuals_short *= share
        residuals_long *= share
        skill_losing *= share
        last *= share
        usual *= share
        unpractised *= share
        since *= share
        again *= share
    together = ability + skill_ability
    margin = min(4.0, max(-4.0, together - difficulty))
    novelty = 1.0 / (1.0 + seen)
    return (
        1.0,
        ability,
        errors_short / (weight_short + 1.0),
        errors_long / (weight_long + 1.0),
        (successes + TYPICAL_SUCCESS) / (weight_short + 1.0) - TYPICAL_SUCCESS,
        0.2 * (losing if losing < 8.0 else 8.0),
        skill_ability,
        residuals_short,
        residuals_long,
        0.2 * skill_losing,
        after_success * last,
        unpractised,
        -difficulty,
        math.log((credit + 2.0 * TYPICAL_SUCCESS) / (seen - credit + 2.0 * (1.0 - TYPICAL_SUCCESS))),
        max(0.0, -difficulty - 0.7),
        -difficulty * novelty,
        novelty,
        usual * novelty,
        discrimination * together,
        margin * abs(margin),
        since,
        again,
    )
