"""The level of mastery a reader can act on, from an estimate and what supports it."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from app.science.estimate import Estimate, FactorKind
from app.science.online_logistic import sigmoid

FEWEST_ANSWERS = 3
"""Under this many answers on the skill nothing is said."""
NEARLY_FROM = 0.70
"""Chance of success on an item of median difficulty from which a skill is nearly mastered."""
MASTERED_FROM = 0.85
"""Chance of success on an item of median difficulty from which a skill is mastered."""


class MasteryLevel(StrEnum):
    """What can be said of a learner's skill."""

    NOT_ENOUGH_DATA = "NOT_ENOUGH_DATA"
    LEARNING = "LEARNING"
    NEARLY = "NEARLY"
    MASTERED = "MASTERED"
    FADING = "FADING"


def level(
    estimate: Estimate,
    evidence_count: int,
    *,
    nearly_from: float = NEARLY_FROM,
    mastered_from: float = MASTERED_FROM,
) -> MasteryLevel:
    """Return the level of a skill after `evidence_count` answers.

    A skill is FADING when it would still be mastered had no time passed since its last practice.
    """
    kept = probability_without_forgetting(estimate)
    return level_of(
        estimate.probability, kept, evidence_count, nearly_from=nearly_from, mastered_from=mastered_from
    )


def level_of(
    probability: float,
    kept: float,
    evidence_count: int,
    *,
    nearly_from: float = NEARLY_FROM,
    mastered_from: float = MASTERED_FROM,
) -> MasteryLevel:
    """Return the level by the chance of success now, and by the one had no time passed (`kept`)."""
    if evidence_count < FEWEST_ANSWERS:
        return MasteryLevel.NOT_ENOUGH_DATA
    if probability >= mastered_from:
        return MasteryLevel.MASTERED
    if kept >= mastered_from:
        return MasteryLevel.FADING
    return MasteryLevel.NEARLY if probability >= nearly_from else MasteryLevel.LEARNING


def levels_of(
    probabilities: NDArray[np.float64], was_mastered: NDArray[np.bool_], counts: NDArray[np.int64]
) -> list[MasteryLevel]:
    """Return what `level_of` says of each of many skills; `was_mastered` says where `kept` suffices."""
    place = (probabilities >= NEARLY_FROM) + np.where(was_mastered, 2, 0)
    place = np.where(probabilities >= MASTERED_FROM, 4, place)
    found: list[MasteryLevel] = _LEVELS[np.where(counts < FEWEST_ANSWERS, 5, place)].tolist()
    return found


_LEVELS = np.array(
    [
        MasteryLevel.LEARNING, MasteryLevel.NEARLY, MasteryLevel.FADING, MasteryLevel.FADING,
        MasteryLevel.MASTERED, MasteryLevel.NOT_ENOUGH_DATA,
    ],
    object,
)  # fmt: skip


def probability_without_forgetting(estimate: Estimate) -> float:
    """Return the chance of success had no time passed since the last practice."""
    faded = sum(
        factor.contribution for factor in estimate.factors if factor.kind is FactorKind.TIME_SINCE_PRACTICE
    )
    return sigmoid(estimate.logit - faded)
