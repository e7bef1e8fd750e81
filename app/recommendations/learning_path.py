"""The path to a goal: what to learn before it, in order, and how long that may take."""

import math
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns, by_key
from app.kit.pagination import Page
from app.kit.statements import sql
from app.mastery.estimates import estimate
from app.recommendations.catalogue import mastery_of, new_standing
from app.science.mastery_level import MASTERED_FROM, MasteryLevel, level
from app.science.prerequisites import learning_path
from app.science.recommendation import SHARE_GAINED

ATTEMPTS_A_SET = 5
NEAR_ENOUGH = 0.05
"""Distance from mastery at which a skill counts as reached: each set closes only a share of what is left."""
SECONDS_AN_ATTEMPT = 60.0
"""Taken for learners whose own pace is not known yet."""
FEWEST_TIMED = 10
MOST_STEPS = 30
"""Steps shown at once; those further on come up as the first ones are mastered."""

_AHEAD = sql("""
    WITH RECURSIVE ahead AS (
      SELECT DISTINCT goal, goal AS skill_id FROM unnest(:goals::uuid[]) AS k(goal)
      UNION
      SELECT a.goal, p.prerequisite_id FROM ahead a JOIN skill_prerequisite p ON p.skill_id = a.skill_id)
    SELECT a.goal, s.id, s.organization_id, s.code, s.name, s.subject, s.reference_difficulty,
           coalesce((SELECT array_agg(b.code) FROM skill_prerequisite p
                     JOIN skill b ON b.organization_id = p.organization_id AND b.id = p.prerequisite_id
                     WHERE p.skill_id = s.id), '{}') AS requires
    FROM ahead a JOIN skill s ON s.id = a.skill_id
""")
_PACE = sql("""
    SELECT learner_id AS id, sum(attempt_count) AS attempts, sum(practice_ms)::float8 AS milliseconds
    FROM learner_activity WHERE learner_id = ANY(:learners) AND practice_ms > 0 GROUP BY 1
""")


class PathKey(NamedTuple):
    """A learner and its goal."""

    learner_id: uuid.UUID
    goal_id: uuid.UUID


@dataclass(frozen=True, slots=True)
class LearningPathStep:
    """A skill to be learnt, numbered from 1, and the minutes it may take."""

    number: int
    skill: Row
    reason: str
    minutes: int


@dataclass(frozen=True, slots=True)
class LearningPath:
    """The first steps to a goal, each after what it requires; none when it is mastered.

    `minutes` are those of the whole path, which may be longer than the steps shown.
    """

    goal: Row
    steps: list[LearningPathStep]
    minutes: int


async def learning_paths_by_goal(
    reader: Reader, keys: Sequence[PathKey], page: Page | None, columns: Columns, principal: Principal
) -> list[LearningPath | None]:
    """The path of each learner to its goal; None for a goal that is not there. Three statements."""
    ahead: defaultdict[uuid.UUID, dict[str, Row]] = defaultdict(dict)
    for row in await reader.fetch(_AHEAD, goals=[key.goal_id for key in keys]):
        ahead[row.goal][row.code] = row
    learners = [key.learner_id for key in keys]
    practised = await mastery_of(reader, learners)
    pace = by_key(await reader.fetch(_PACE, learners=learners))
    return [
        _path(
            reader,
            ahead[key.goal_id],
            key,
            practised.get(key.learner_id, {}),
            _seconds(pace.get(key.learner_id)),
        )
        for key in keys
    ]


def _path(
    reader: Reader,
    skills: Mapping[str, Row],
    key: PathKey,
    practised: Mapping[uuid.UUID, Row],
    seconds: float,
) -> LearningPath | None:
    goal = next((skill for skill in skills.values() if skill.id == key.goal_id), None)
    if goal is None:
        return None
    edges = [(before, code) for code, skill in skills.items() for before in skill.requires]
    chances, mastered = {}, set()
    for code, skill in skills.items():
        row = practised.get(skill.id)
        if row is None:
            someone = next(iter(practised.values()), None)
            chances[code] = new_standing(skill, someone, reader.now).probability
            continue
        found = estimate(row, reader.now)
        chances[code] = found.probability
        if level(found, row.evidence_count) is MasteryLevel.MASTERED:
            mastered.add(code)
    codes = learning_path(goal.code, edges, mastered)
    steps = [
        LearningPathStep(
            number,
            skills[code],
            _reason(skills[code], goal, practised),
            math.ceil(attempts_needed(chances[code]) * seconds / 60),
        )
        for number, code in enumerate(codes, start=1)
    ]
    return LearningPath(goal, steps[:MOST_STEPS], sum(step.minutes for step in steps))


def attempts_needed(chance: float) -> int:
    """Attempts until a skill is as good as mastered, when each set of five closes a quarter of the way.

    The share is assumed, not measured; a rough figure to plan by.
    """
    left = MASTERED_FROM - chance
    if left <= NEAR_ENOUGH:
        return ATTEMPTS_A_SET
    return ATTEMPTS_A_SET * math.ceil(math.log(NEAR_ENOUGH / left) / math.log(1 - SHARE_GAINED))


def _reason(skill: Row, goal: Row, practised: Mapping[uuid.UUID, Row]) -> str:
    begun = "begun, not yet mastered" if skill.id in practised else "not yet begun"
    if skill.id == goal.id:
        return f"This is the goal; {begun}."
    return f"{goal.name} builds on it; {begun}."


def _seconds(pace: Row | None) -> float:
    """Seconds an attempt takes this learner, as far as its answers were timed."""
    if pace is None or pace.attempts < FEWEST_TIMED:
        return SECONDS_AN_ATTEMPT
    seconds: float = pace.milliseconds / 1000 / float(pace.attempts)
    return seconds
