"""Judging an attempt: how it moves learner, skills and item, and what is said of each skill before and after.

Pure: live, batch, import and recomputation all come through `judge`, so that recomputed equals stored.
"""

from collections.abc import Sequence
from typing import NamedTuple

from app.science.estimate import State, Update
from app.science.mastery_level import MasteryLevel, level_of
from app.science.mastery_model import MasteryModel
from app.science.ranking import attempt_points


class SkillJudgement(NamedTuple):
    """Mastery of one skill before and after an attempt, both at the moment of the answer.

    `before` and `after` are chances of success, in (0, 1), on an item of the skill's reference difficulty;
    `before` is None when there was no answer yet. `evidence_count` includes this attempt.
    """

    before: float | None
    after: float
    evidence_count: int
    level: MasteryLevel


class Judgement(NamedTuple):
    """The states after an attempt, what is said of each of its skills, and the points earned."""

    update: Update
    skills: list[SkillJudgement]
    points: int


def judge(
    model: MasteryModel,
    learner: State,
    skills: Sequence[State],
    item: State,
    reference_difficulties: Sequence[float],
    score: float,
    hints: int,
    at: float,
) -> Judgement:
    """Judge an answer with a score in [0, 1], given at `at` (seconds since the epoch).

    `skills` and `reference_difficulties` (logits) go together, in the order of the skills' ids: sums depend
    on it.
    """
    update = model.update(learner, skills, item, score, at, hints=hints)
    said = []
    for old, new, reference in zip(skills, update.skills, reference_difficulties, strict=True):
        before = model.chances(learner, old, reference, at)[0] if model.evidence(old)[0] else None
        count = model.evidence(new)[0]
        after, kept = model.chances(update.learner, new, reference, at)
        said.append(SkillJudgement(before, after, count, level_of(after, kept, count)))
    return Judgement(update, said, attempt_points(score, model.item_difficulty(item)[0]))
