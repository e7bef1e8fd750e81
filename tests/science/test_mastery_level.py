"""Levels of mastery: what a teacher reads."""

import math

import pytest

from app.science.estimate import Estimate, Factor, FactorKind
from app.science.mastery_level import MasteryLevel, level, probability_without_forgetting


def estimate(chance: float, before_forgetting: float | None = None) -> Estimate:
    start = before_forgetting if before_forgetting is not None else chance
    known = math.log(start / (1.0 - start))
    faded = math.log(chance / (1.0 - chance)) - known
    factors = (Factor(FactorKind.ABILITY, known), Factor(FactorKind.TIME_SINCE_PRACTICE, faded))
    return Estimate(chance, 0.05, math.fsum((known, faded)), factors)


@pytest.mark.parametrize(
    ("chance", "expected"),
    [
        (0.86, MasteryLevel.MASTERED),
        (0.84, MasteryLevel.NEARLY),
        (0.71, MasteryLevel.NEARLY),
        (0.69, MasteryLevel.LEARNING),
    ],
)
def test_a_level_follows_from_the_chance_of_success(chance: float, expected: MasteryLevel) -> None:
    assert level(estimate(chance), 10) is expected


def test_under_three_answers_nothing_is_said() -> None:
    assert level(estimate(0.99), 2) is MasteryLevel.NOT_ENOUGH_DATA
    assert level(estimate(0.99), 3) is MasteryLevel.MASTERED


def test_a_skill_that_only_time_took_below_mastery_is_fading() -> None:
    assert level(estimate(0.60, before_forgetting=0.90), 10) is MasteryLevel.FADING
    assert level(estimate(0.60, before_forgetting=0.80), 10) is MasteryLevel.LEARNING


def test_an_organization_may_set_its_own_threshold() -> None:
    assert level(estimate(0.86), 10, mastered_from=0.9) is MasteryLevel.NEARLY


def test_the_chance_without_forgetting_is_the_one_at_the_last_practice() -> None:
    assert probability_without_forgetting(estimate(0.60, before_forgetting=0.90)) == pytest.approx(
        0.9, abs=1e-12
    )
