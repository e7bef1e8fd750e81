"""What the on-line logistic model sees of a learner, the skills and the item before an answer.

All features come from states alone, so from answers already given. For an item of several skills the
skill features are means over the skills (Performance Factors Analysis sums them; a mean keeps the scale).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from app.science.estimate import FactorKind, State
from app.science.online_logistic_weights import ITEM_DIFFICULTY, ITEM_VARIANCE

TYPICAL_SUCCESS = 0.65
"""Share of answers that are right before anything is known: smooths the rates."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One input: its name, the reason it belongs to, and the sign its weight must have (0: either).

    The signs keep a right answer from lowering a skill's mastery.
    """

    name: str
    kind: FactorKind
    sign: int


FEATURES = (
    Feature("prior", FactorKind.PRIOR, 0),
    Feature("ability", FactorKind.ABILITY, 1),
    Feature("learner_residuals", FactorKind.ABILITY, 1),
    Feature("learner_successes", FactorKind.ABILITY, 1),
    Feature("learner_losing_streak", FactorKind.ABILITY, -1),
    Feature("skill_ability", FactorKind.RECENT_ANSWERS, 1),
    Feature("skill_residuals", FactorKind.RECENT_ANSWERS, 1),
    Feature("skill_losing_streak", FactorKind.RECENT_ANSWERS, -1),
    Feature("item_after_success", FactorKind.RECENT_ANSWERS, 1),
    Feature("unpractised", FactorKind.PRACTICE_COUNT, -1),
    Feature("easiness", FactorKind.DIFFICULTY, 1),
    Feature("item_success_rate", FactorKind.DIFFICULTY, 1),
    Feature("easiness_of_new_item", FactorKind.DIFFICULTY, 0),
    Feature("new_item", FactorKind.DIFFICULTY, 0),
    Feature("easiness_expected", FactorKind.DIFFICULTY, 0),
    Feature("discrimination", FactorKind.DIFFICULTY, 1),
    Feature("curvature", FactorKind.OTHER, 1),
    Feature("answers_since_skill", FactorKind.OTHER, -1),
    Feature("same_skill_again", FactorKind.OTHER, 1),
)
"""The inputs in the order of the weights."""


def features(learner: State, skills: Sequence[State], item: State) -> tuple[float, ...]:
    """Return the values of `FEATURES` for one learner, the learner's skills and an anchored item."""
    ability, _, answered, errors, successes, weight, losing, _ = learner
    difficulty, variance, seen, credit, discrimination, after_success, anchor = item
    skill_ability = residuals = skill_losing = unpractised = since = again = last = 0.0
    for own, _, count, answered_then, _, own_errors, own_weight, own_losing, own_last, *_ in skills:
        if not count:
            unpractised += 1.0
            continue
        skill_ability += own
        residuals += own_errors / (own_weight + 0.5)
        skill_losing += own_losing if own_losing < 10.0 else 10.0
        last += own_last
        if answered > answered_then:
            since += math.log1p(answered - answered_then)
        else:
            again += 1.0
    share = 1.0 / (len(skills) or 1)
    skill_ability *= share
    last *= share
    together = ability + skill_ability
    margin = min(4.0, max(-4.0, together - difficulty))
    novelty = 1.0 / (1.0 + seen)
    failures = seen - credit
    return (
        1.0,
        ability,
        errors / (weight + 1.0),
        (successes + TYPICAL_SUCCESS) / (weight + 1.0) - TYPICAL_SUCCESS,
        0.2 * (losing if losing < 8.0 else 8.0),
        skill_ability,
        residuals * share,
        0.2 * skill_losing * share,
        after_success * last,
        unpractised * share,
        -difficulty,
        math.log((credit + 2.0 * TYPICAL_SUCCESS) / (failures + 2.0 * (1.0 - TYPICAL_SUCCESS))),
        -difficulty * novelty,
        novelty,
        -anchor * variance / ITEM_VARIANCE,
        discrimination * together,
        margin * abs(margin),
        since * share,
        again * share,
    )


def anchored(learner: State, skills: Sequence[State], item: State) -> State:
    """Return the item with its prior moved towards the items this learner meets in these skills.

    An item without answers is taken to be as hard as those: so a skill's level reaches its new items without
    any state of the skill itself. Each further learner moves the prior's mean; the belief follows by the
    share that the prior still has in it (the posterior of a Gaussian mean is linear in its prior mean).
    """
    difficulty, variance, seen, credit, discrimination, after_success, anchor = item
    usual = (learner[7] + ITEM_DIFFICULTY) / (learner[5] + 1.0)
    if skills:
        usual = math.fsum([(skill[9] + usual) / (skill[10] + 1.0) for skill in skills]) / len(skills)
    moved = anchor + (usual - anchor) / (1.0 + seen)
    prior_share = variance / ITEM_VARIANCE if variance < ITEM_VARIANCE else 1.0
    difficulty += (moved - anchor) * prior_share
    return (difficulty, variance, seen, credit, discrimination, after_success, moved)
