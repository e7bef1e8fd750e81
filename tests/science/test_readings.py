"""Columns of many figures are what single ones are, to the last bit."""

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.random import default_rng

from app.science.estimate import NEAR, Cases, Readings
from app.science.mastery_level import (
    MASTERED_FROM,
    NEARLY_FROM,
    level_of,
    levels_of,
    probability_without_forgetting,
)
from app.science.mastery_model import model_named
from app.science.online_logistic import sigmoid
from app.science.online_logistic_readings import FEW, _sums

MODEL = model_named("online-logistic/1")
MANY = 3 * FEW


@pytest.mark.parametrize("terms", [2, 3, 6, 8])
@pytest.mark.parametrize(
    "kind", ["plain", "far apart", "eighths", "cancelling", "between two numbers", "smallest and largest"]
)
def test_sums_of_columns_are_rounded_once(terms: int, kind: str) -> None:
    r = default_rng(terms)
    ulp = 2.0**-52
    columns: dict[str, Callable[[], Any]] = {
        "plain": lambda: r.normal(size=MANY),
        "far apart": lambda: r.normal(size=MANY) * 10.0 ** r.integers(-20, 20, size=MANY),
        "eighths": lambda: np.round(r.normal(size=MANY) * 8) / 8,
        "cancelling": lambda: r.normal(size=MANY),
        "between two numbers": lambda: r.choice(
            [1.0, -1.0, 3.0, ulp / 2, -ulp / 2, ulp / 4, 2.0**-106], size=MANY
        ),
        "smallest and largest": lambda: r.choice([0.0, -0.0, 5e-324, -5e-324, 1e300, -1e300], size=MANY),
    }
    given = [columns[kind]() for _ in range(terms)]
    if kind == "cancelling":
        given[-1] = -np.sum(given[:-1], axis=0)
    expected = [math.fsum(each) for each in zip(*(column.tolist() for column in given), strict=True)]
    assert _sums(*given).tolist() == expected


def test_a_class_is_read_to_the_last_bit_as_its_skills_are_one_by_one() -> None:
    r, at = default_rng(1), 1.8e9
    learners, skills = [], []
    for _ in range(10):
        learner, item = MODEL.new_learner(), MODEL.new_item()
        for _ in range(MANY // 10):
            skill = MODEL.new_skill()
            for moment in sorted(at - r.uniform(0, 3e7, size=r.integers(0, 7))):
                moved = MODEL.update(
                    learner, [skill], item, float(r.random() < 0.7), max(moment, learner[-1])
                )
                learner, (skill,), item = moved.learner, moved.skills, moved.item
            skills.append(skill)
        learners.append(learner)
    references = r.normal(size=7).tolist()
    learner_of, reference_of = np.arange(MANY) // (MANY // 10), r.integers(0, 7, size=MANY)
    found = MODEL.readings(
        Cases(np.array(learners), learner_of, np.array(skills), references, reference_of), at
    )
    alone = [
        MODEL.estimate(learners[learner_of[place]], skill, references[reference_of[place]], at)
        for place, skill in enumerate(skills)
    ]
    assert found.probability.tolist() == [each.probability for each in alone]
    assert found.standard_error.tolist() == [each.standard_error for each in alone]
    assert found.kept.tolist() == [probability_without_forgetting(each) for each in alone]


def test_levels_of_columns_are_those_of_each() -> None:
    edges = [edge + step for edge in (NEARLY_FROM, MASTERED_FROM) for step in (-1e-16, 0.0, 1e-15)]
    cases = list(product([0.1, *edges, 0.99], [0.1, *edges, 0.99], [0, 2, 3, 9]))
    chances, kept, counts = map(np.array, zip(*cases, strict=True))
    assert levels_of(chances, kept >= MASTERED_FROM, counts) == [level_of(*case) for case in cases]


def test_what_was_kept_is_compared_as_chances_are() -> None:
    edge = math.log(MASTERED_FROM / (1.0 - MASTERED_FROM))
    close = [edge + step for step in (0.0, 1e-16, -1e-16, 3e-16, -3e-16, 1e-9, -1e-9)]
    logits = np.array([*close, *(edge + np.linspace(-2e-6, 2e-6, 99)), -40.0, 40.0, 0.0])
    chances = np.array([sigmoid(each) for each in logits.tolist()])
    asked = []

    def kept(places: Any) -> Any:
        asked.append(len(chances[places]))
        return chances[places]

    found = Readings(chances, lambda: chances, kept, lambda: logits)
    assert found.kept_from(MASTERED_FROM).tolist() == (chances >= MASTERED_FROM).tolist()
    assert asked == [np.count_nonzero(np.abs(logits - edge) < NEAR)]
