"""What a learner model says: numbers kept between answers, and an estimate with its reasons."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from math import log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

State = tuple[float, ...]
"""Numbers a model keeps between answers: opaque to the rest of the program, finite; stored as float8[], those
of skills as bytes."""

NEAR = 1e-6
"""Logits that differ by less are told apart by their chances; rounding is far below that."""


class FactorKind(StrEnum):
    """The group of evidence a contribution belongs to."""

    PRIOR = "PRIOR"
    ABILITY = "ABILITY"
    DIFFICULTY = "DIFFICULTY"
    RECENT_ANSWERS = "RECENT_ANSWERS"
    PRACTICE_COUNT = "PRACTICE_COUNT"
    TIME_SINCE_PRACTICE = "TIME_SINCE_PRACTICE"
    HINTS = "HINTS"
    PREREQUISITES = "PREREQUISITES"
    OTHER = "OTHER"


class Factor(NamedTuple):
    """One group's part of an estimate, in logits; positive raises the chance of success."""

    kind: FactorKind
    contribution: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """Chance of success with its uncertainty and its reasons.

    `probability` lies in (0, 1), `standard_error` is in units of probability, and
    `math.fsum(factor.contribution for factor in factors) == logit` holds exactly.
    """

    probability: float
    standard_error: float
    logit: float
    factors: tuple[Factor, ...]


class Cases(NamedTuple):
    """Skills of learners.

    `learners` has a state a row, `learner_of` the row of each skill's learner, `skills` a state a row,
    `references` reference difficulties in logits, `reference_of` the place of each skill's among them.
    """

    learners: NDArray[np.float64]
    learner_of: NDArray[np.intp]
    skills: NDArray[np.float64]
    references: Sequence[float]
    reference_of: NDArray[np.intp] | slice = slice(None)


class Readings:
    """Estimates without their reasons; what is not asked for is not worked out."""

    def __init__(
        self,
        probability: NDArray[np.float64],
        error: Callable[[], NDArray[np.float64]],
        kept: Callable[[NDArray[np.intp] | slice], NDArray[np.float64]],
        kept_logit: Callable[[], NDArray[np.float64]],
    ) -> None:
        self.probability = probability
        self._error = error
        self._kept = kept
        self._kept_logit = kept_logit

    @cached_property
    def standard_error(self) -> NDArray[np.float64]:
        """The standard errors of the chances, in units of probability."""
        return self._error()

    @cached_property
    def kept(self) -> NDArray[np.float64]:
        """The chances had no time passed since the last practice."""
        return self._kept(slice(None))

    def kept_from(self, chance: float) -> NDArray[np.bool_]:
        """Where `kept` is at least this, strictly between 0 and 1: most are told by their logits alone."""
        beyond = self._kept_logit() - log(chance / (1.0 - chance))
        found = beyond > 0.0
        near = np.flatnonzero(np.abs(beyond) < NEAR)
        found[near] = self._kept(near) >= chance
        return found


@dataclass(frozen=True, slots=True)
class Update:
    """The states after an answer (`skills` in the order given), and the chance predicted before it."""

    learner: State
    skills: tuple[State, ...]
    item: State
    predicted: float
