"""Mastery as it is read: forgetting since the last practice is taken into account, nothing is said too
early."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from app.kit.database import Row
from app.mastery.explanation import ExplainedFactor, explain
from app.science.estimate import Estimate
from app.science.mastery_level import FEWEST_ANSWERS, MasteryLevel, level
from app.science.mastery_model import model_named


@dataclass(frozen=True, slots=True)
class MasteryNow:
    """What is believed of a learner's skill at `as_of`.

    `probability` is the chance of success on an item of the skill's reference difficulty, with its standard
    error; both are None under three attempts.
    """

    id: uuid.UUID
    learner_id: uuid.UUID
    skill_id: uuid.UUID
    skill_name: str
    probability: float | None
    standard_error: float | None
    level: MasteryLevel
    evidence_count: int
    last_practiced_at: datetime
    as_of: datetime


@dataclass(frozen=True, slots=True)
class MasteryExplained:
    """Why an estimate is what it is: `factors` add up to `logit` exactly, whose logistic is the
    probability."""

    mastery_id: uuid.UUID
    learner_id: uuid.UUID
    summary: str
    model: str
    logit: float
    factors: tuple[ExplainedFactor, ...]


@dataclass(frozen=True, slots=True)
class MasteryAt:
    """Mastery at a past moment; `probability` is None under three attempts."""

    at: datetime
    probability: float | None
    evidence_count: int


def estimate(row: Row, at: datetime) -> Estimate:
    """The estimate of a stored skill at a moment; the row holds the states of skill and learner."""
    model = model_named(row.model)
    learner = tuple(row.learner_state) if row.learner_model == row.model else model.new_learner()
    return model.estimate(learner, tuple(row.state), row.reference_difficulty, at.timestamp())


def mastery_now(row: Row, at: datetime) -> MasteryNow:
    """A stored skill as it is at a moment."""
    found = estimate(row, at)
    said = row.evidence_count >= FEWEST_ANSWERS
    return MasteryNow(
        id=row.id,
        learner_id=row.learner_id,
        skill_id=row.skill_id,
        skill_name=row.skill_name,
        probability=found.probability if said else None,
        standard_error=found.standard_error if said else None,
        level=level(found, row.evidence_count),
        evidence_count=row.evidence_count,
        last_practiced_at=row.last_practiced_at,
        as_of=at,
    )


def mastery_explained(row: Row, at: datetime) -> MasteryExplained | None:
    """Why, or None while there is not enough data."""
    if row.evidence_count < FEWEST_ANSWERS:
        return None
    found = estimate(row, at)
    since = (at - row.last_practiced_at).total_seconds()
    words = explain(found, level(found, row.evidence_count), row.evidence_count, since)
    return MasteryExplained(row.id, row.learner_id, words.summary, row.model, found.logit, words.factors)


def mastery_at(at: datetime, after: float, evidence_count: int) -> MasteryAt:
    """A past figure, held back while there was not enough data."""
    return MasteryAt(at, after if evidence_count >= FEWEST_ANSWERS else None, evidence_count)
