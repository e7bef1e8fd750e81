"""Readings of the on-line logistic model: many estimates of one moment, to the last bit those of `estimate`.

An estimate gives its reasons; a reading is what a dashboard of thousands shows, without them. What rests on
the learner alone, or on the reference difficulty alone, is worked out once, and so each skill costs a tenth
of an estimate. The formulas are those of `online_logistic` and `online_logistic_features`, for one skill and
an item whose difficulty is certain; a test holds the two together, bit by bit.
"""

from collections.abc import Sequence
from math import exp, fsum, log, log1p, sqrt

from app.science import online_logistic_weights as constants
from app.science.estimate import Reading, State
from app.science.online_logistic_features import FEATURES, TYPICAL_SUCCESS
from app.science.online_logistic_weights import DAY, STEADY_ITEM

Case = tuple[State, State, float]
"""A learner's state, the state of one of its skills, and the skill's reference difficulty in logits."""


class Readings:
    """Reads many cases with the same weights, in the order of `FEATURES`."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = dict(zip((feature.name for feature in FEATURES), weights, strict=True))

    def ability(self, learner: State) -> float:
        """What the learner's answers in all skills add to the logit."""
        ability, _, _, errors, successes, weight, losing, _ = learner
        weights = self._weights
        return fsum(
            (
                weights["ability"] * ability,
                weights["learner_residuals"] * (errors / (weight + 1.0)),
                weights["learner_successes"]
                * ((successes + TYPICAL_SUCCESS) / (weight + 1.0) - TYPICAL_SUCCESS),
                weights["learner_losing_streak"] * (0.2 * (losing if losing < 8.0 else 8.0)),
            )
        )

    def difficulty(self, reference: float) -> float:
        """What an item of that difficulty, in logits, adds to the logit."""
        credit = STEADY_ITEM * (1.0 / (1.0 + exp(-min(30.0, max(-30.0, -reference)))))
        novelty = 1.0 / (1.0 + STEADY_ITEM)
        failures = STEADY_ITEM - credit
        rate = log((credit + 2.0 * TYPICAL_SUCCESS) / (failures + 2.0 * (1.0 - TYPICAL_SUCCESS)))
        weights = self._weights
        return fsum(
            (
                weights["easiness"] * -reference,
                weights["item_success_rate"] * rate,
                weights["easiness_of_new_item"] * (-reference * novelty),
                weights["new_item"] * novelty,
            )
        )

    def read(self, cases: Sequence[Case], at: float) -> list[Reading]:
        """The reading of each case at a moment, in seconds since the epoch."""
        abilities = {learner: self.ability(learner) for learner in {case[0] for case in cases}}
        difficulties = {reference: self.difficulty(reference) for reference in {case[2] for case in cases}}
        weights = self._weights
        prior, unpractised = weights["prior"], weights["unpractised"]
        of_skill, of_residuals = weights["skill_ability"], weights["skill_residuals"]
        of_losing, of_curvature = weights["skill_losing_streak"], weights["curvature"]
        forgetting, hints = constants.FORGETTING_RATE, constants.HINT_WEIGHT
        growth, most_variance = constants.VARIANCE_GROWTH, constants.MOST_VARIANCE
        unseen, lasting = constants.UNSEEN_VARIANCE, constants.LASTING_VARIANCE
        readings = []
        for learner, skill, reference in cases:
            own, variance, count, _, last_at, errors, weight, losing, _, _, _, stability, hinted, fresh = (
                skill
            )
            if count:
                losing = 0.2 * (losing if losing < 10.0 else 10.0)
                residuals = errors / (weight + 0.5)
                recent = fsum((of_skill * own, of_residuals * residuals, of_losing * losing))
                margin = learner[0] + own - reference
                faded = log1p((at - fresh) / (DAY * stability)) if at > fresh else 0.0
                if at > last_at:
                    variance += growth * log1p((at - last_at) / (DAY * stability))
                unfamiliar = 0.0
            else:
                recent, margin, faded, unfamiliar = 0.0, learner[0] - reference, 0.0, unpractised
            margin = -4.0 if margin < -4.0 else 4.0 if margin > 4.0 else margin
            curvature = of_curvature * (margin * (margin if margin > 0.0 else -margin))
            parts = (prior, abilities[learner], recent, unfamiliar, difficulties[reference], curvature)
            known = fsum(parts)
            known = -30.0 if known < -30.0 else 30.0 if known > 30.0 else known
            loss = forgetting * faded * (1.0 / (1.0 + exp(-known)))
            logit = fsum((*parts, -loss, -(hints * hinted)))
            kept = logit + loss
            kept = -30.0 if kept < -30.0 else 30.0 if kept > 30.0 else kept
            logit = -30.0 if logit < -30.0 else 30.0 if logit > 30.0 else logit
            probability = 1.0 / (1.0 + exp(-logit))
            variance = most_variance if variance > most_variance else variance
            doubt = learner[1] + variance + (lasting + unseen / (1.0 + count))
            error = probability * (1.0 - probability) * sqrt(doubt)
            readings.append(Reading(probability, error, 1.0 / (1.0 + exp(-kept))))
        return readings
