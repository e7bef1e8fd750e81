"""Readings of the on-line logistic model: many estimates of one moment, to the last bit those of `estimate`.

An estimate gives its reasons; a reading is what a dashboard of thousands shows, without them. The formulas
are those of `online_logistic` and `online_logistic_features`, for one skill and an item whose difficulty is
certain, over whole columns: numpy for what IEEE 754 rounds in one way only, `math` for the rest. A test
holds the two together, bit by bit.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import exp, fsum, log, log1p

import numpy as np
from numpy.typing import NDArray

from app.science import online_logistic_weights as constants
from app.science.estimate import Cases, Readings
from app.science.online_logistic_features import FEATURES, TYPICAL_SUCCESS
from app.science.online_logistic_weights import DAY, STEADY_ITEM

Column = NDArray[np.float64]
FEW = 200
"""Fewer sums than that are made one by one at less cost."""


class OnlineLogisticReader:
    """Reads many cases with the same weights, in the order of `FEATURES`."""

    def __init__(self, weights: Sequence[float]) -> None:
        self._weights = dict(zip((feature.name for feature in FEATURES), weights, strict=True))
        self._difficulty = lru_cache(maxsize=4_096)(self._unremembered_difficulty)

    def read(self, cases: Cases, at: float) -> Readings:
        """The readings at a moment, in seconds since the epoch."""
        weights, learners, of = self._weights, cases.learners, cases.learner_of
        own, variance, count, _, last_at, errors, weight, losing, *_, stability, hinted, fresh = (
            cases.skills.T
        )
        practised = count != 0.0
        if not practised.all():
            own, errors, losing = (np.where(practised, each, 0.0) for each in (own, errors, losing))
        recent = _sums(
            weights["skill_ability"] * own,
            weights["skill_residuals"] * (errors / (weight + 0.5)),
            weights["skill_losing_streak"] * (0.2 * np.minimum(losing, 10.0)),
        )
        margin = np.clip(learners[of, 0] + own - np.array(cases.references)[cases.reference_of], -4.0, 4.0)
        parts = [
            np.full(len(own), weights["prior"]),
            self._abilities(learners)[of],
            recent,
            np.where(practised, 0.0, weights["unpractised"]),
            np.array([self._difficulty(reference) for reference in cases.references])[cases.reference_of],
            weights["curvature"] * (margin * np.abs(margin)),
        ]
        unit = DAY * stability
        faded = _over(log1p, np.where(practised & (at > fresh), (at - fresh) / unit, 0.0))
        known = _Sum(*parts)
        loss = constants.FORGETTING_RATE * faded * _chances(known.rounded())
        logit = known.plus(-loss, -(constants.HINT_WEIGHT * hinted)).rounded()
        chance = _chances(logit)

        def error() -> Column:
            gap = np.where(practised & (at > last_at), (at - last_at) / unit, 0.0)
            growth = constants.VARIANCE_GROWTH * _over(log1p, gap)
            grown = np.minimum(constants.MOST_VARIANCE, variance + growth)
            reading = constants.LASTING_VARIANCE + constants.UNSEEN_VARIANCE / (1.0 + count)
            found: Column = chance * (1.0 - chance) * np.sqrt(learners[of, 1] + grown + reading)
            return found

        return Readings(chance, error, lambda places: _chances((logit + loss)[places]), lambda: logit + loss)

    def _abilities(self, learners: Column) -> Column:
        """What each learner's answers in all skills add to the logit."""
        ability, _, _, errors, successes, weight, losing, _ = learners.T
        weights = self._weights
        successes = (successes + TYPICAL_SUCCESS) / (weight + 1.0) - TYPICAL_SUCCESS
        return _sums(
            weights["ability"] * ability,
            weights["learner_residuals"] * (errors / (weight + 1.0)),
            weights["learner_successes"] * successes,
            weights["learner_losing_streak"] * (0.2 * np.minimum(losing, 8.0)),
        )

    def _unremembered_difficulty(self, reference: float) -> float:
        """What an item of that difficulty, in logits, adds to the logit."""
        credit = STEADY_ITEM * (1.0 / (1.0 + exp(-min(30.0, max(-30.0, -reference)))))
        novelty = 1.0 / (1.0 + STEADY_ITEM)
        failures = STEADY_ITEM - credit
        rate = log((credit + 2.0 * TYPICAL_SUCCESS) / (failures + 2.0 * (1.0 - TYPICAL_SUCCESS)))
        weights = self._weights
        return fsum(
            (
                weights["easiness"] * -reference,
                weights["item_success_rate"] * rate,
                weights["easiness_of_new_item"] * (-reference * novelty),
                weights["new_item"] * novelty,
            )
        )


def _sums(*columns: Column) -> Column:
    """The sums across columns, each rounded once, as `math.fsum` does."""
    return _Sum(*columns).rounded()


class _Sum:
    """A sum across columns: pairs are added, and what rounding took off is kept (Knuth's TwoSum)."""

    def __init__(self, *columns: Column) -> None:
        self._columns = list(columns)
        self._lost: list[Column] = []
        if len(columns[0]) < FEW:
            return
        terms = np.stack(columns)
        left: list[Column] = []
        while len(terms) > 1:
            half = len(terms) // 2
            if len(terms) % 2:
                left.append(terms[-1])
            terms, loss = _sum_and_loss(terms[:half], terms[half : 2 * half])
            self._lost.extend(loss)
        self._total = terms[0]
        for each in left:
            self._add(each)

    def _add(self, column: Column) -> None:
        self._total, loss = _sum_and_loss(self._total, column)
        self._lost.append(loss)

    def plus(self, *columns: Column) -> "_Sum":
        """This sum and more; of this one no more can be asked."""
        self._columns += columns
        if len(columns[0]) >= FEW:
            for each in columns:
                self._add(each)
        return self

    def rounded(self) -> Column:
        """The sums, each rounded once.

        The sum of losses is rounded too. Where that might matter, next to the middle between two numbers and
        with more than one loss, `fsum` decides.
        """
        if len(self._columns[0]) < FEW:
            return _one_by_one(self._columns)
        losses = np.stack(self._lost)
        total, rest = _sum_and_loss(self._total, losses.sum(axis=0))
        # More than the losses' sum may be wrong by, and more than `rest` is rounded to.
        doubt = len(self._columns) * 2.0**-51 * np.abs(losses).sum(axis=0)
        unsure = np.flatnonzero((total + (rest - doubt) != total) | (total + (rest + doubt) != total))
        unsure = unsure[np.count_nonzero(losses[:, unsure], axis=0) > 1]
        if len(unsure):
            total[unsure] = _one_by_one([column[unsure] for column in self._columns])
        return total


def _one_by_one(columns: Sequence[Column]) -> Column:
    return np.array(list(map(fsum, zip(*(column.tolist() for column in columns), strict=True))))


def _sum_and_loss(one: Column, other: Column) -> tuple[Column, Column]:
    """The rounded sum, and what rounding took off: together exactly the sum."""
    total = one + other
    part = total - one
    return total, (one - (total - part)) + (other - part)


def _over(function: Callable[[float], float], column: Column) -> Column:
    return np.fromiter(map(function, column.tolist()), np.float64, len(column))


def _chances(logits: Column) -> Column:
    """1 / (1 + e^-logit), inside (0, 1)."""
    return 1.0 / (1.0 + _over(exp, -np.clip(logits, -30.0, 30.0)))
