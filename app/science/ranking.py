"""Leaderboards: what an attempt is worth, and ranks with ties."""

import math
from collections.abc import Sequence
from enum import StrEnum

BASE_POINTS = 10
"""Points of a right answer to an item of difficulty 0."""
LEAST_FACTOR = 0.5
MOST_FACTOR = 2.0
"""Bounds of the growth with difficulty: easy items cannot be farmed, one hard item does not decide."""


class TieRule(StrEnum):
    """How equal scores are ranked: COMPETITION 1, 1, 3; DENSE 1, 1, 2."""

    COMPETITION = "COMPETITION"
    DENSE = "DENSE"


def ranks(scores: Sequence[float], rule: TieRule = TieRule.COMPETITION) -> list[int]:
    """Return the rank of each score, the highest being 1; equal scores share a rank."""
    told_apart = sorted(set(scores) if rule is TieRule.DENSE else scores)
    # The last of equal scores, in rising order, is the one with the best place.
    rank_of = dict(zip(told_apart, range(len(told_apart), 0, -1), strict=True))
    return [rank_of[score] for score in scores]


def attempt_points(score: float, difficulty: float) -> int:
    """Return the points of an attempt with a score in [0, 1] on an item of that difficulty (logits)."""
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"the score is {score}; give a number from 0 to 1")
    factor = min(MOST_FACTOR, max(LEAST_FACTOR, 1.0 + 0.25 * difficulty))
    return math.floor(BASE_POINTS * factor * score + 0.5)


def accuracy(scores: Sequence[float], fewest: int = 5) -> float | None:
    """Return the mean score, or None under `fewest` attempts: one lucky answer must not lead a board."""
    return math.fsum(scores) / len(scores) if len(scores) >= max(1, fewest) else None


def improvement(earlier: Sequence[float], later: Sequence[float], fewest: int = 5) -> float | None:
    """Return how much the mean score rose between two windows, or None while either has too few attempts."""
    before, after = accuracy(earlier, fewest), accuracy(later, fewest)
    return None if before is None or after is None else after - before
