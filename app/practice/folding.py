"""Folding attempts into states, one after another in the order of arrival, in memory.

This runs once for each attempt of an import, so a row is a named tuple and nothing more.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from app.kit.ids import new_id
from app.practice.judging import judge
from app.practice.states import SkillBelief, States
from app.science.estimate import State
from app.science.mastery_level import MasteryLevel


class NewAttempt(NamedTuple):
    """A scored response that is not recorded yet.

    `score` is credit in [0, 1]; `answered_at` bears a zone; `response` is the item kind's JSON object, None
    for attempts of other systems that did not keep it.
    """

    learner_id: uuid.UUID
    item_id: uuid.UUID
    item_version: int
    score: float
    correct: bool
    answered_at: datetime
    session_id: uuid.UUID | None = None
    response: dict[str, Any] | None = None
    feedback: str | None = None
    duration_ms: int | None = None
    hints_used: int = 0
    external_id: str | None = None


class JudgedChange(NamedTuple):
    """How an attempt moved one skill; `mastered` is true when this attempt mastered it for the first time."""

    id: uuid.UUID
    mastery_id: uuid.UUID
    skill_id: uuid.UUID
    before: float | None
    after: float
    reference_difficulty: float
    evidence_count: int
    level: MasteryLevel
    mastered: bool


class JudgedAttempt(NamedTuple):
    """An attempt with what it was judged with: states as they were before it, numbered from 0."""

    id: uuid.UUID
    attempt: NewAttempt
    predicted: float
    points: int
    item_state: State
    item_evidence: int
    learner_evidence: int
    changes: list[JudgedChange]


def fold(states: States, attempts: Iterable[NewAttempt]) -> list[JudgedAttempt]:
    """Judge attempts in this order, and move the states in place; KeyError when one was not loaded."""
    return [_fold_one(states, attempt) for attempt in attempts]


def _fold_one(states: States, attempt: NewAttempt) -> JudgedAttempt:
    learner_id, item_id = attempt.learner_id, attempt.item_id
    learner, learner_evidence = states.learners[learner_id]
    item, item_evidence = states.items[item_id]
    skill_ids = states.item_skills.get(item_id, ())
    beliefs = [_belief(states, learner_id, skill_id) for skill_id in skill_ids]
    references = [states.references[skill_id] for skill_id in skill_ids]
    update, said, points = judge(
        states.model, learner, [belief.state for belief in beliefs], item, references,
        attempt.score, attempt.hints_used, attempt.answered_at.timestamp(),
    )  # fmt: skip
    attempt_id = new_id()
    changes = []
    for skill_id, belief, state, reference, judged in zip(
        skill_ids, beliefs, update.skills, references, said, strict=True
    ):
        mastered = belief.mastered_at is None and judged.level is MasteryLevel.MASTERED
        states.skills[learner_id, skill_id] = SkillBelief(
            belief.mastery_id, state, judged.after, attempt.answered_at if mastered else belief.mastered_at
        )
        changes.append(
            JudgedChange(new_id(), belief.mastery_id, skill_id, judged.before, judged.after, reference,
                         judged.evidence_count, judged.level, mastered)
        )  # fmt: skip
    states.learners[learner_id] = update.learner, learner_evidence + 1
    states.items[item_id] = update.item, item_evidence + 1
    return JudgedAttempt(
        attempt_id, attempt, update.predicted, points, item, item_evidence, learner_evidence, changes
    )


def _belief(states: States, learner_id: uuid.UUID, skill_id: uuid.UUID) -> SkillBelief:
    found = states.skills.get((learner_id, skill_id))
    return found if found is not None else SkillBelief(new_id(), states.model.new_skill(), None, None)
