"""Item analysis against formulas worked by hand and by NumPy."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.science.item_analysis import analyse

SCORES = st.integers(5, 12).flatmap(
    lambda learners: st.lists(
        st.lists(st.sampled_from((0.0, 0.25, 0.5, 1.0)), min_size=3, max_size=3),
        min_size=learners,
        max_size=learners,
    )
)
GUTTMAN = [[1.0] * right + [0.0] * (4 - right) for right in range(5)]
"""Five learners whose right answers nest: the hardest item is solved by the best alone."""


def test_a_perfect_ladder_of_items_has_the_figures_worked_by_hand() -> None:
    found = analyse(GUTTMAN, 4)
    assert (found.learners, found.mean, found.standard_deviation) == (5, 2.0, math.sqrt(2.5))
    assert found.facilities == (0.8, 0.6, 0.4, 0.2)
    # Item variances .2, .3, .3, .2 of the sample; alpha = 4/3 (1 - 1.0 / 2.5) = 0.8.
    assert found.reliability == pytest.approx(0.8, abs=1e-12)
    assert found.standard_error == pytest.approx(math.sqrt(2.5 * 0.2), abs=1e-12)
    # The first item against the rest 0, 0, 1, 2, 3: covariance .3, variances .2 and 1.7.
    assert found.discriminations[0] == pytest.approx(0.3 / math.sqrt(0.2 * 1.7), abs=1e-12)


@given(SCORES)
def test_the_figures_are_those_of_numpy(scores: list[list[float]]) -> None:
    found, table = analyse(scores, 3), np.array(scores)
    totals = table.sum(axis=1)
    assert found.facilities == pytest.approx(tuple(table.mean(axis=0)))
    assert found.standard_deviation == pytest.approx(float(totals.std(ddof=1)))
    for place in range(3):
        rest = totals - table[:, place]
        if table[:, place].std() < 1e-9 or rest.std() < 1e-9:
            assert found.discriminations[place] is None
        else:
            wanted = float(np.corrcoef(table[:, place], rest)[0, 1])
            assert found.discriminations[place] == pytest.approx(wanted, abs=1e-9)
    if totals.var() > 1e-12:
        alpha = 3 / 2 * (1 - table.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
        assert found.reliability == pytest.approx(float(alpha), abs=1e-9)
    else:
        assert found.reliability is None


@pytest.mark.parametrize("scores", [[], [[1.0, 0.0]], [[1.0, 0.0]] * 4])
def test_of_fewer_than_five_learners_nothing_is_said_but_how_hard_it_was(scores: list[list[float]]) -> None:
    found = analyse(scores, 2)
    assert (found.reliability, found.standard_error) == (None, None)
    assert found.discriminations == (None, None)
    assert found.facilities == ((1.0, 0.0) if scores else (0.0, 0.0))


def test_an_item_that_all_solve_and_a_form_of_one_item_tell_nothing_apart() -> None:
    assert analyse([[1.0, float(number % 2)] for number in range(6)], 2).discriminations[0] is None
    assert analyse([[float(number % 2)] for number in range(6)], 1).reliability is None
