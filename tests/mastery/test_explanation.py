"""Explanations: what moved a learner's figure, in words."""

import math

import pytest

from app.mastery.explanation import LABELS, effect, explain
from app.science.estimate import Estimate, Factor, FactorKind
from app.science.mastery_level import MasteryLevel

FACTORS = (
    Factor(FactorKind.PRIOR, 0.2),
    Factor(FactorKind.RECENT_ANSWERS, 1.5),
    Factor(FactorKind.TIME_SINCE_PRACTICE, -0.7),
    Factor(FactorKind.HINTS, 0.0),
)
LOGIT = math.fsum(factor.contribution for factor in FACTORS)
ESTIMATE = Estimate(1.0 / (1.0 + math.exp(-LOGIT)), 0.05, LOGIT, FACTORS)


def test_the_factors_keep_their_numbers_and_still_add_up() -> None:
    explanation = explain(ESTIMATE, MasteryLevel.NEARLY, 12)
    assert math.fsum(factor.contribution for factor in explanation.factors) == LOGIT
    assert [factor.kind for factor in explanation.factors] == [factor.kind for factor in FACTORS]


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (FACTORS[1], "Raises the chance of success by 35 percentage points."),
        (FACTORS[2], "Lowers the chance of success by 11 percentage points."),
        (FACTORS[3], "Makes no noticeable difference."),
    ],
)
def test_a_factor_says_how_many_points_it_makes(factor: Factor, words: str) -> None:
    assert effect(factor, ESTIMATE) == words


def test_the_summary_tells_level_chance_margin_and_evidence() -> None:
    explanation = explain(ESTIMATE, MasteryLevel.NEARLY, 12, 3 * 86_400.0)
    assert explanation.summary == (
        "This skill is nearly mastered: success on a typical item has a chance of 73 %, give or take 10, "
        "from 12 answers, last practised 3 days ago."
    )


def test_with_too_few_answers_no_chance_is_named() -> None:
    explanation = explain(ESTIMATE, MasteryLevel.NOT_ENOUGH_DATA, 1)
    assert explanation.summary == (
        "There are not enough answers yet to say how well this skill is known (1 answer)."
    )


def test_every_kind_of_factor_has_a_label() -> None:
    assert set(LABELS) == set(FactorKind)
