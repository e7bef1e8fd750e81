"""An estimate in words: what each factor is called, and what it does to the chance of success."""

from dataclasses import dataclass

from app.science.estimate import Estimate, Factor, FactorKind
from app.science.mastery_level import MasteryLevel
from app.science.online_logistic import sigmoid

LABELS = {
    FactorKind.PRIOR: "Starting point",
    FactorKind.ABILITY: "Answers in all skills",
    FactorKind.DIFFICULTY: "Difficulty of the skill's items",
    FactorKind.RECENT_ANSWERS: "Recent answers in this skill",
    FactorKind.PRACTICE_COUNT: "Amount of practice",
    FactorKind.TIME_SINCE_PRACTICE: "Time since the last practice",
    FactorKind.HINTS: "Hints used lately",
    FactorKind.PREREQUISITES: "Prerequisites",
    FactorKind.OTHER: "Strength of the margin",
}

_LEVELS = {
    MasteryLevel.NOT_ENOUGH_DATA: "There are not enough answers yet to say how well this skill is known",
    MasteryLevel.LEARNING: "This skill is being learnt",
    MasteryLevel.NEARLY: "This skill is nearly mastered",
    MasteryLevel.MASTERED: "This skill is mastered",
    MasteryLevel.FADING: "This skill was mastered and is fading",
}

NOTICEABLE_POINTS = 0.5
"""Percentage points under which a factor is said to make no noticeable difference."""


@dataclass(frozen=True, slots=True)
class ExplainedFactor:
    """A factor with its words; the contribution is in logits."""

    kind: FactorKind
    label: str
    contribution: float
    detail: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A summary sentence, and all factors of the estimate in their order: they add up to its logit."""

    summary: str
    factors: tuple[ExplainedFactor, ...]


def explain(
    estimate: Estimate, level: MasteryLevel, evidence_count: int, seconds_since_practice: float | None = None
) -> Explanation:
    """Put an estimate into words."""
    factors = tuple(
        ExplainedFactor(factor.kind, LABELS[factor.kind], factor.contribution, effect(factor, estimate))
        for factor in estimate.factors
    )
    return Explanation(_summary(estimate, level, evidence_count, seconds_since_practice), factors)


def effect(factor: Factor, estimate: Estimate) -> str:
    """Say by how many percentage points the chance would differ without this factor."""
    points = 100.0 * (estimate.probability - sigmoid(estimate.logit - factor.contribution))
    if abs(points) < NOTICEABLE_POINTS:
        return "Makes no noticeable difference."
    verb = "Raises" if points > 0.0 else "Lowers"
    return f"{verb} the chance of success by {_counted(round(abs(points)) or 1, 'percentage point')}."


def _summary(estimate: Estimate, level: MasteryLevel, count: int, since: float | None) -> str:
    if level is MasteryLevel.NOT_ENOUGH_DATA:
        return f"{_LEVELS[level]} ({_counted(count, 'answer')})."
    chance = round(100.0 * estimate.probability)
    margin = round(196.0 * estimate.standard_error)
    practised = f", last practised {_ago(since)}" if since is not None else ""
    return (
        f"{_LEVELS[level]}: success on a typical item has a chance of {chance} %, give or take {margin}, "
        f"from {_counted(count, 'answer')}{practised}."
    )


def _ago(seconds: float) -> str:
    days = int(max(0.0, seconds) // 86_400.0)
    return f"{_counted(days, 'day')} ago" if days else "within the last day"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
