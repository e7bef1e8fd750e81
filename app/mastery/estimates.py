"""Mastery as it is read: forgetting since the last practice is taken into account, nothing is said too
early."""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.kit.columnar import Column, Columnar, Table, column_of
from app.kit.database import Row
from app.mastery.explanation import ExplainedFactor, explain
from app.mastery.packed_states import unpacked, unpacked_rows
from app.science.estimate import Cases, Estimate, Readings
from app.science.mastery_level import FEWEST_ANSWERS, MASTERED_FROM, MasteryLevel, level, levels_of
from app.science.mastery_model import model_named, model_names

USUAL = model_names()[0]
"""The model that nearly all states are of."""
READ_NOW = f"""m.id, m.learner_id, m.skill_id, s.name AS skill_name, m.evidence_count, m.last_practiced_at,
    nullif(m.model, '{USUAL}') AS model, m.state, s.reference_difficulty,
    nullif(l.model, m.model) AS learner_model, array_send(l.state) AS learner_state"""
"""The columns of `masteries_now`, in order. States come as bytes: as
lists they cost more than the rest. A
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


class Figures:
    """What is told of skills: the columns of MasteryNow that a model is asked for, each when it is wanted."""

    def __init__(self, found: Readings, counts: NDArray[np.int64]) -> None:
        self._found = found
        self._counts = counts
        self._told = counts >= FEWEST_ANSWERS
        self._is_all_told = self._told.all()

    @property
    def probability(self) -> Sequence[float | None]:
        """The chances; None under three attempts."""
        return self._as_told(self._found.probability)

    @property
    def standard_error(self) -> Sequence[float | None]:
        """Their standard errors; None with them."""
        return self._as_told(self._found.standard_error)

    @property
    def level(self) -> Sequence[MasteryLevel]:
        """The levels."""
        return levels_of(self._found.probability, self._found.kept_from(MASTERED_FROM), self._counts)

    def _as_told(self, figures: NDArray[np.float64]) -> Sequence[float | None]:
        if self._is_all_told:
            return column_of(figures)
        return [
            each if told else None for each, told in zip(figures.tolist(), self._told.tolist(), strict=True)
        ]


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
    return model.estimate(learner, unpacked(row.state), row.reference_difficulty, at.timestamp())


def masteries_now(rows: Sequence[Row], at: datetime) -> Sequence[MasteryNow]:
    """Stored skills as they are at a moment; the rows have the columns of READ_NOW. They are kept as columns
    where all are of one model."""
    if not rows:
        return []
    models = set(map(_model, rows))
    if len(models) > 1:
        return _of_several_models(rows, at, models)
    ids, learner_ids, skill_ids, names, counts, last, *given = zip(*rows, strict=True)
    found = figures(_cases(*given), counts, at, models.pop() or USUAL)
    columns: dict[str, Column | Callable[[], Column]] = {
        "id": ids,
        "learner_id": learner_ids,
        "skill_id": skill_ids,
        "skill_name": names,
        **figure_columns(lambda: found),
        "evidence_count": counts,
        "last_practiced_at": last,
        "as_of": [at] * len(rows),
    }
    return mastery_rows(columns, len(rows))


def mastery_rows(columns: Mapping[str, Column | Callable[[], Column]], size: int) -> Columnar:
    """Masteries kept as columns, which are those of MasteryNow."""
    return Columnar(Table(_made, columns, size), range(size))


def figure_columns(found: "Callable[[], Figures]") -> dict[str, Callable[[], Column]]:
    """The columns that a model is asked for, once one of them is wanted."""
    return {
        "probability": lambda: found().probability,
        "standard_error": lambda: found().standard_error,
        "level": lambda: found().level,
    }


def figures(
    cases: Cases, counts: Sequence[int] | NDArray[np.int64], at: datetime, model: str = USUAL
) -> Figures:
    """What is told of skills of which so many answers were counted."""
    return Figures(model_named(model).readings(cases, at.timestamp()), np.asarray(counts))


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
    """What a model is asked."""
    known = dict.fromkeys(zip(learner_models, learner_states, strict=True))
    place = {each: index for index, each in enumerate(known)}
    of = [place[each] for each in zip(learner_models, learner_states, strict=True)]
    learners = states_of_learners(known, models[0] or USUAL)
    return Cases(learners, np.array(of), unpacked_rows(states, len(states)).astype(np.float64), references)


def states_of_learners(sent: Iterable[tuple[str | None, bytes]], model: str = USUAL) -> NDArray[np.float64]:
    """The states of learners, a row for each: of those with a name another model left theirs, so they begin
    anew."""
    names, states = zip(*sent, strict=True)
    found = np.empty((len(states), len(fresh := model_named(model).new_learner())))
    found[:] = fresh
    own = [place for place, other in enumerate(names) if other is None]
    if own:
        found[own] = _numbers([states[place] for place in own])
    return found


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
