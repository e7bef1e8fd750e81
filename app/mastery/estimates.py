"""Mastery as it is read: forgetting since the last practice is taken into account, nothing is said too
early."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from app.kit.database import Row
from app.mastery.explanation import ExplainedFactor, explain
from app.science.estimate import Estimate, Reading, State
from app.science.mastery_level import FEWEST_ANSWERS, MasteryLevel, level, level_of
from app.science.mastery_model import model_named

READ_NOW = """m.id, m.learner_id, m.skill_id, s.name AS skill_name, m.evidence_count, m.last_practiced_at,
    m.model, array_send(m.state) AS state, s.reference_difficulty, l.model AS learner_model,
    array_send(l.state) AS learner_state"""
"""The columns of `masteries_now`, in order. States come as bytes: as lists they cost more than the rest."""
_COUNT, _MODEL = 4, 6


class MasteryNow(NamedTuple):
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


def masteries_now(rows: Sequence[Row], at: datetime) -> list[MasteryNow]:
    """Stored skills as they are at a moment; the rows have the columns of READ_NOW."""
    readings = _readings([row for row in rows if row[_COUNT] >= FEWEST_ANSWERS], at)
    found = []
    for row in rows:
        mastery_id, learner_id, skill_id, skill_name, count, last, *_ = row
        if count < FEWEST_ANSWERS:
            probability = error = None
            standing = MasteryLevel.NOT_ENOUGH_DATA
        else:
            probability, error, kept = readings[mastery_id]
            standing = level_of(probability, kept, count)
        found.append(
            MasteryNow(
                mastery_id, learner_id, skill_id, skill_name, probability, error, standing, count, last, at
            )
        )
    return found


def _readings(rows: Sequence[Row], at: datetime) -> dict[uuid.UUID, Reading]:
    """What each model says of its rows, by the mastery's id."""
    of_model: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_model[row[_MODEL]].append(row)
    readings: dict[uuid.UUID, Reading] = {}
    for name, of_name in of_model.items():
        model = model_named(name)
        learners: dict[bytes | None, State] = {None: model.new_learner()}
        cases = []
        for *_, state, difficulty, learner_model, learner_state in of_name:
            known = learner_state if learner_model == name else None
            learner = learners.get(known)
            if learner is None:
                learner = learners[known] = _numbers(learner_state)
            cases.append((learner, _numbers(state), difficulty))
        found = model.readings(cases, at.timestamp())
        readings.update(zip([row[0] for row in of_name], found, strict=True))
    return readings


def _numbers(sent: bytes) -> State:
    """The numbers of a `float8[]` as PostgreSQL sends it."""
    return _layout(len(sent)).unpack(sent)


@lru_cache(maxsize=64)
def _layout(size: int) -> Struct:
    """Twenty bytes of dimensions, then each number behind its length; of an empty array twelve bytes."""
    return Struct(">20x" + "4xd" * ((size - 20) // 12)) if size > 12 else Struct("12x")


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
