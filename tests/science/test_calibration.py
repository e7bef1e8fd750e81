"""AUC, log loss and calibration error against values worked by hand."""

import math

import numpy as np
import pytest

from app.science.calibration import area_under_curve, expected_calibration_error, log_loss


def test_the_area_counts_pairs_in_the_right_order_and_ties_half() -> None:
    outcomes = np.array([1.0, 0.0, 1.0, 0.0])
    assert area_under_curve(outcomes, np.array([0.9, 0.1, 0.8, 0.2])) == 1.0
    assert area_under_curve(outcomes, np.array([0.9, 0.1, 0.2, 0.2])) == 0.875
    assert area_under_curve(outcomes, np.array([0.5, 0.5, 0.5, 0.5])) == 0.5


def test_the_area_equals_a_count_over_all_pairs() -> None:
    generator = np.random.default_rng(1)
    chances = np.round(generator.random(200), 1)
    outcomes = (generator.random(200) < chances).astype(float)
    won, lost = chances[outcomes == 1.0], chances[outcomes == 0.0]
    pairs = np.mean((won[:, None] > lost) + 0.5 * (won[:, None] == lost))
    assert area_under_curve(outcomes, chances) == pytest.approx(float(pairs), abs=1e-12)


def test_answers_all_right_have_no_area() -> None:
    with pytest.raises(ValueError, match="needs successes and failures"):
        area_under_curve(np.ones(3), np.array([0.1, 0.2, 0.3]))


def test_a_coin_has_a_log_loss_of_ln_two() -> None:
    assert log_loss(np.array([1.0, 0.0]), np.array([0.5, 0.5])) == pytest.approx(math.log(2.0), abs=1e-15)


def test_a_certain_mistake_has_a_finite_log_loss() -> None:
    assert log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(-math.log(1e-9), abs=1e-6)


def test_the_calibration_error_is_the_mean_distance_over_bins() -> None:
    outcomes, chances = np.array([1.0, 1.0, 0.0, 0.0]), np.array([0.95, 0.95, 0.15, 0.15])
    assert expected_calibration_error(outcomes, chances) == pytest.approx(0.1, abs=1e-12)
    assert expected_calibration_error(np.array([1.0]), np.array([1.0])) == 0.0


def test_lists_of_different_length_are_refused() -> None:
    with pytest.raises(ValueError, match="2 outcomes and 1 chances"):
        log_loss(np.ones(2), np.ones(1))
