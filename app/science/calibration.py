"""How good predicted chances are: ranking (AUC), log loss and calibration."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

SMALLEST = 1e-9
"""Chances are kept this far from 0 and 1 in a log loss, so that one certain mistake stays finite."""


def area_under_curve(outcomes: Numbers, chances: Numbers) -> float:
    """Return the chance that a success was predicted above a failure, ties counting half (Mann-Whitney).

    `outcomes` holds 0 and 1. ValueError when only one of them occurs: the area is then not defined.
    """
    _same_length(outcomes, chances)
    won = outcomes > 0.5
    successes = int(won.sum())
    failures = len(won) - successes
    if not successes or not failures:
        raise ValueError("the area under the curve needs successes and failures; only one of them occurs")
    _, inverse, counts = np.unique(chances, return_inverse=True, return_counts=True)
    last_rank = np.cumsum(counts)
    ranks = (last_rank - (counts - 1) / 2.0)[inverse]
    return float((ranks[won].sum() - successes * (successes + 1) / 2.0) / (successes * failures))


def log_loss(outcomes: Numbers, chances: Numbers) -> float:
    """Return the mean negative log-likelihood in nats; outcomes may be fractions in [0, 1]."""
    _same_length(outcomes, chances)
    kept = np.clip(chances, SMALLEST, 1.0 - SMALLEST)
    return float(-np.mean(outcomes * np.log(kept) + (1.0 - outcomes) * np.log1p(-kept)))


def expected_calibration_error(outcomes: Numbers, chances: Numbers, bins: int = 10) -> float:
    """Return the mean distance of predicted from observed success over equal-width bins, weighted by size.

    Naeini, Cooper and Hauskrecht 2015.
    """
    _same_length(outcomes, chances)
    which = np.minimum((chances * bins).astype(np.int64), bins - 1)
    difference = np.bincount(which, weights=outcomes - chances, minlength=bins)
    return float(np.abs(difference).sum() / len(outcomes))


def _same_length(outcomes: Numbers, chances: Numbers) -> None:
    if len(outcomes) != len(chances) or not len(outcomes):
        raise ValueError(
            f"{len(outcomes)} outcomes and {len(chances)} chances; give as many of each, at least one"
        )
