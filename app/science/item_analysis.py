"""Classical item analysis: how hard items are, how well they tell learners apart, how reliable a score is.

Rows are learners, columns items; a score is from 0 to 1, and an item without an answer scored 0.

- Facility is the mean score of an item (Crocker, Algina 1986, Introduction to Classical and Modern Test
  Theory, chapter 14).
- Discrimination is the correlation of an item with the sum of the other items, so that an item does not
  correlate with itself (the corrected item-total correlation; Henrysson 1963, Psychometrika 28).
- Reliability is coefficient alpha (Cronbach 1951, Psychometrika 16), which for items scored 0 or 1 is KR-20.
  The standard error of measurement is the scores' standard deviation times sqrt(1 - alpha).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt

FEWEST = 5
"""Learners under which nothing is said of discrimination and reliability: chance would decide them."""

Column = Sequence[float]


@dataclass(frozen=True, slots=True)
class FormStatistics:
    """What the scores of a form say; standard deviations are of the sample, in points.

    `discriminations` has one for each item, None where everybody scored alike.
    """

    learners: int
    mean: float | None
    standard_deviation: float | None
    reliability: float | None
    standard_error: float | None
    facilities: tuple[float, ...]
    discriminations: tuple[float | None, ...]


def analyse(scores: Sequence[Sequence[float]], items: int) -> FormStatistics:
    """The statistics of a form of so many items, from the scores of each learner."""
    columns = [[row[place] for row in scores] for place in range(items)]
    totals = [fsum(row) for row in scores]
    alpha = reliability(columns) if len(scores) >= FEWEST else None
    deviation = sqrt(variance(totals)) if len(scores) > 1 else None
    error = None
    if alpha is not None and deviation is not None:
        error = deviation * sqrt(max(0.0, 1.0 - alpha))
    return FormStatistics(
        len(scores),
        fsum(totals) / len(totals) if totals else None,
        deviation,
        alpha,
        error,
        tuple(fsum(column) / len(column) if column else 0.0 for column in columns),
        tuple(discrimination(column, totals) for column in columns),
    )


def discrimination(column: Column, totals: Column) -> float | None:
    """The correlation of an item with the rest of the form; None for too few learners, or without spread."""
    return with_rest(column, [total - score for score, total in zip(column, totals, strict=True)])


def with_rest(column: Column, rest: Column) -> float | None:
    """The correlation of a column, an item's or of who took a choice of it, with the score on other items."""
    return correlation(column, rest) if len(column) >= FEWEST else None


def reliability(columns: Sequence[Column]) -> float | None:
    """Coefficient alpha; None for a form of one item, or where all have the same total."""
    count = len(columns)
    if count < 2 or len(columns[0]) < 2:
        return None
    of_totals = variance([fsum(row) for row in zip(*columns, strict=True)])
    if of_totals <= 0.0:
        return None
    return count / (count - 1) * (1.0 - fsum(map(variance, columns)) / of_totals)


def correlation(one: Column, other: Column) -> float | None:
    """Pearson's r; None where one of them does not vary."""
    mean_one, mean_other = fsum(one) / len(one), fsum(other) / len(other)
    together = fsum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = fsum((a - mean_one) ** 2 for a in one) * fsum((b - mean_other) ** 2 for b in other)
    return None if spread <= 1e-18 else max(-1.0, min(1.0, together / sqrt(spread)))


def variance(values: Column) -> float:
    """The variance of a sample of two or more."""
    mean = fsum(values) / len(values)
    return fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
