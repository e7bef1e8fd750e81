"""Mastery as it is read: forgetting since the last practice is taken into account, nothing is said too
early."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import repeat
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.kit.database import Row
from app.mastery.explanation import ExplainedFactor, explain
from app.science.estimate import Cases, Estimate
from app.science.mastery_level import FEWEST_ANSWERS, MasteryLevel, level, level_of
from app.science.mastery_model import model_named, model_names

_USUAL = model_names()[0]
READ_NOW = f"""m.id, m.learner_id, m.skill_id, s.name AS skill_name, m.evidence_count, m.last_practiced_at,
    nullif(m.model, '{_USUAL}') AS model, array_send(m.state) AS state, s.reference_difficulty,
    nullif(l.model, m.model) AS learner_model, array_send(l.state) AS learner_state"""
"""The columns of `masteries_now`, in order. States come as bytes: as lists they cost more than the rest. A
model is told where it is not the usual one, that of a learner where it is not the skill's."""
_model = itemgetter(6)


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
    if not rows:
        return []
    models = set(map(_model, rows))
    if len(models) > 1:
        return _of_several_models(rows, at, models)
    ids, learner_ids, skill_ids, names, counts, last, *given = zip(*rows, strict=True)
    found = model_named(models.pop() or _USUAL).readings(_cases(*given), at.timestamp())
    said = [count >= FEWEST_ANSWERS for count in counts]
    probabilities = [each if told else None for each, told in zip(found.probability, said, strict=True)]
    errors = [each if told else None for each, told in zip(found.standard_error, said, strict=True)]
    levels = map(level_of, found.probability, found.kept, counts)
    columns = (ids, learner_ids, skill_ids, names, probabilities, errors, levels, counts, last, repeat(at))
    return list(map(_made, zip(*columns, strict=False)))


_made = partial(tuple.__new__, MasteryNow)
"""What MasteryNow makes of its values in order, at a third of the time."""


def _of_several_models(rows: Sequence[Row], at: datetime, models: Iterable[str | None]) -> list[MasteryNow]:
    """Each model's rows apart, and then in the order they came."""
    apart = (masteries_now([row for row in rows if row.model == name], at) for name in models)
    found = {each.id: each for of_model in apart for each in of_model}
    return [found[row.id] for row in rows]


def _cases(
    models: Sequence[str | None],
    states: Sequence[bytes],
    references: Sequence[float],
    learner_models: Sequence[str | None],
    learner_states: Sequence[bytes],
) -> Cases:
    """What a model is asked; a learner whose state another model left begins anew."""
    model = model_named(models[0] or _USUAL)
    known = dict.fromkeys(zip(learner_models, learner_states, strict=True))
    place = {each: index for index, each in enumerate(known)}
    of = [place[each] for each in zip(learner_models, learner_states, strict=True)]
    learners = np.array(
        [_numbers([state])[0] if other is None else model.new_learner() for other, state in known]
    )
    return Cases(learners, np.array(of), _numbers(states), references)


def _numbers(sent: Sequence[bytes]) -> NDArray[np.float64]:
    """The numbers of arrays of one length, as PostgreSQL sends `float8[]`, a row for each.

    Twenty bytes tell the dimensions; then each number stands behind the four bytes of its length.
    """
    size = len(sent[0])
    shape, strides = (len(sent), (size - 20) // 12), (size, 12)
    return np.ndarray(shape, ">f8", b"".join(sent), 24, strides).astype(np.float64)


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
