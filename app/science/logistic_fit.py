"""Fitting a logistic model whose weights must have given signs."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

RIDGE = 3.0
"""Strength of the pull to zero, on standardised columns, in answers."""


def fit_signed(
    columns: Numbers, outcomes: Numbers, signs: Sequence[int], importance: Numbers | None = None
) -> Numbers:
    """Return the weights of a logistic regression, one a column; the first column must be all ones.

    `signs` holds 1 (not negative), -1 (not positive) or 0 (free) a column. A column whose weight takes the
    wrong sign is left out, the strongest first, and the rest is fitted again: a greedy active set.
    `importance` weighs the answers.
    """
    if columns.shape[1] != len(signs):
        raise ValueError(f"{columns.shape[1]} columns and {len(signs)} signs; give one sign a column")
    importance = np.ones(len(outcomes)) if importance is None else importance
    centre, spread = columns.mean(axis=0), columns.std(axis=0)
    centre[0], spread[0] = 0.0, 1.0
    spread[spread < 1e-12] = 1.0
    scaled = (columns - centre) / spread
    kept = list(range(columns.shape[1]))
    while True:
        weights = _newton(scaled[:, kept], outcomes, importance)
        wrong = [k for k, column in enumerate(kept) if weights[k] * signs[column] < 0.0]
        if not wrong:
            break
        kept.pop(max(wrong, key=lambda k: abs(float(weights[k]))))
    fitted = np.zeros(columns.shape[1])
    fitted[kept] = weights / spread[kept]
    fitted[0] -= float(fitted[1:] @ centre[1:])
    return fitted


def _newton(columns: Numbers, outcomes: Numbers, importance: Numbers, steps: int = 12) -> Numbers:
    """Return ridge-penalised maximum-likelihood weights by iteratively reweighted least squares."""
    weights = np.zeros(columns.shape[1])
    ridge = np.full(columns.shape[1], RIDGE)
    ridge[0] = 0.0
    for _ in range(steps):
        chances = 1.0 / (1.0 + np.exp(-np.clip(columns @ weights, -30.0, 30.0)))
        slope = columns.T @ (importance * (outcomes - chances)) - ridge * weights
        curvature = (columns * (importance * chances * (1.0 - chances))[:, None]).T @ columns + np.diag(
            ridge + 1e-9
        )
        step = np.linalg.solve(curvature, slope)
        weights = weights + step
        if float(np.abs(step).max()) < 1e-7:
            break
    return weights
