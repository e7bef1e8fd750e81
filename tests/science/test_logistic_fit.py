"""Fitting with signs: known weights are found, wrong signs are not."""

import numpy as np
import pytest

from app.science.logistic_fit import fit_signed


def test_known_weights_are_found_again() -> None:
    generator = np.random.default_rng(3)
    columns = np.column_stack(
        [np.ones(40_000), generator.normal(2.0, 1.0, 40_000), generator.normal(size=40_000)]
    )
    chances = 1.0 / (1.0 + np.exp(-(columns @ np.array([-1.0, 0.8, -0.5]))))
    outcomes = (generator.random(40_000) < chances).astype(float)
    assert fit_signed(columns, outcomes, [0, 1, -1]) == pytest.approx([-1.0, 0.8, -0.5], abs=0.05)


def test_a_weight_that_would_take_the_wrong_sign_is_zero() -> None:
    generator = np.random.default_rng(4)
    columns = np.column_stack([np.ones(5_000), generator.normal(size=5_000)])
    outcomes = (generator.random(5_000) < 1.0 / (1.0 + np.exp(columns[:, 1]))).astype(float)
    assert fit_signed(columns, outcomes, [0, 1])[1] == 0.0
    assert fit_signed(columns, outcomes, [0, 0])[1] == pytest.approx(-1.0, abs=0.1)


def test_each_column_needs_a_sign() -> None:
    with pytest.raises(ValueError, match="2 columns and 1 signs"):
        fit_signed(np.ones((3, 2)), np.ones(3), [0])
