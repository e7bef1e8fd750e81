"""What the learners of the demo school answered in sixty days, from true states that no model sees.

An answer is right with the chance of a three-parameter logistic model with slips (Barton & Lord 1981),
guess + (1 - guess - slip) / (1 + exp(difficulty - state)). The state of a skill is what the learner brings
plus what practice has added, which grows towards a ceiling and fades exponentially, more slowly the more
was practised; weak prerequisites pull it down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from random import Random
from typing import NamedTuple

from app.content.kinds import ItemKind
from app.operations.demo.curriculum import CURRICULUM, DemoSkill
from app.operations.demo.drafts import Response
from app.operations.demo.people import ADMIN, CLASSES, TEACHER, Account, DemoClass, DemoLearner, draw_learners
from app.operations.demo.stems import DemoItem, item_bank, skill_difficulty
from app.operations.demo.timetable import DAYS, Sitting, draw_sittings

SKILLS_TAUGHT = 16
"""How many skills a class goes through in the time simulated."""
LIVE_LEARNERS = 7
CEILING = 2.6
"""The most, in logits, that practice adds to a skill."""
MEMORY_PER_ANSWER = 0.3
PREREQUISITE_WEIGHT = 0.6
SLIP = 0.04
GUESS = {ItemKind.MULTIPLE_CHOICE: 0.2}
GUESS_ELSEWHERE = 0.01
SECONDS = {
    ItemKind.MULTIPLE_CHOICE: 15.0,
    ItemKind.MULTIPLE_RESPONSE: 24.0,
    ItemKind.NUMERIC: 19.0,
    ItemKind.SHORT_TEXT: 22.0,
    ItemKind.ORDERING: 26.0,
    ItemKind.MATCHING: 28.0,
    ItemKind.CLOZE: 27.0,
}
"""Median time for an answer, by item kind."""


@dataclass(frozen=True, slots=True)
class School:
    """Prerequisites of skills are codes; items and learners name their skill and class by index."""

    name: str
    skills: tuple[DemoSkill, ...]
    items: tuple[DemoItem, ...]
    classes: tuple[DemoClass, ...]
    learners: tuple[DemoLearner, ...]
    teacher: Account
    admin: Account


class SimulatedSession(NamedTuple):
    """`completed_at` is None while the learner still practises at the end of the simulation."""

    learner_index: int
    started_at: datetime
    completed_at: datetime | None


class SimulatedAnswer(NamedTuple):
    """`session_index` points into the sessions. Responses are shared between answers: do not change them."""

    learner_index: int
    item_index: int
    response: Response
    duration_ms: int
    answered_at: datetime
    session_index: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """Sessions by their start and answers by their time; all times in UTC.

    `true_states` holds, by learner and skill index, the state in logits at the end for each skill practised,
    on the scale of `DemoItem.difficulty`.
    """

    sessions: tuple[SimulatedSession, ...]
    answers: tuple[SimulatedAnswer, ...]
    true_states: dict[tuple[int, int], float]


def draw_school(r: Random) -> School:
    skills = CURRICULUM
    return School("Demo School", skills, item_bank(r, skills), CLASSES, draw_learners(r), TEACHER, ADMIN)


def simulate(r: Random, school: School, now: datetime, zone: tzinfo) -> Simulation:
    """The `DAYS` days before `now` (an aware time), with school hours in `zone`."""
    present = [index for index, learner in enumerate(school.learners) if not learner.away_days]
    live = set(r.sample(present, LIVE_LEARNERS))
    practice = [
        _Practice(Random(r.getrandbits(64)), school, index, now, zone, live=index in live)
        for index in range(len(school.learners))
    ]
    sessions: list[SimulatedSession] = []
    answers: list[SimulatedAnswer] = []
    true_states: dict[tuple[int, int], float] = {}
    for one in practice:
        one.run(sessions, answers)
        true_states.update(one.true_states())
    return Simulation(*_in_time_order(sessions, answers), true_states)


def simulated_school(seed: int, now: datetime, zone: tzinfo) -> tuple[School, Simulation]:
    """The same school and the same answers for the same seed, time and zone."""
    r = Random(seed)
    school = draw_school(r)
    return school, simulate(r, school, now, zone)


def _in_time_order(
    sessions: list[SimulatedSession], answers: list[SimulatedAnswer]
) -> tuple[tuple[SimulatedSession, ...], tuple[SimulatedAnswer, ...]]:
    order = sorted(range(len(sessions)), key=lambda index: (sessions[index].started_at, index))
    place = {old: new for new, old in enumerate(order)}
    ordered = sorted(answers, key=lambda answer: (answer.answered_at, answer.learner_index))
    numbered = tuple(answer._replace(session_index=place[answer.session_index]) for answer in ordered)
    return tuple(sessions[index] for index in order), numbered


@dataclass(slots=True)
class _Strength:
    """What practice has added to one skill: `gain` logits at `at`, from `count` answers."""

    brought: float
    gain: float = 0.0
    count: int = 0
    at: datetime | None = None

    def faded(self, moment: datetime, memory_days: float) -> float:
        if self.at is None:
            return 0.0
        days = (moment - self.at).total_seconds() / 86_400
        return self.gain * math.exp(-days / (memory_days * (1 + MEMORY_PER_ANSWER * self.count)))

    def practise(self, moment: datetime, learner: DemoLearner) -> None:
        left = self.faded(moment, learner.memory_days)
        self.gain = left + learner.learning_rate * (1 - left / CEILING)
        self.count += 1
        self.at = moment


@dataclass(slots=True)
class _Practice:
    """One learner going through the sixty days."""

    r: Random
    school: School
    learner_index: int
    now: datetime
    zone: tzinfo
    live: bool
    learner: DemoLearner = field(init=False)
    taught: list[int] = field(init=False)
    items_of: dict[int, list[int]] = field(init=False)
    strengths: list[_Strength] = field(init=False)
    index_of: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.learner = self.school.learners[self.learner_index]
        grade = self.school.classes[self.learner.class_index].grade
        self.taught = taught_skills(self.school.skills, grade)
        self.index_of = {skill.code: index for index, skill in enumerate(self.school.skills)}
        self.items_of = {}
        for index, item in enumerate(self.school.items):
            self.items_of.setdefault(item.skill_index, []).append(index)
        self.strengths = [_Strength(self._brought(skill, grade)) for skill in self.school.skills]

    def _brought(self, skill: DemoSkill, grade: int) -> float:
        settled = 0.25 * max(-2, grade - skill.grade)
        return skill_difficulty(grade) + self.learner.ability + settled + self.r.gauss(0, 0.5)

    def run(self, sessions: list[SimulatedSession], answers: list[SimulatedAnswer]) -> None:
        sittings = draw_sittings(self.r, self.learner, self.now, self.zone, live=self.live)
        for sitting, following in pairwise([*sittings, None]):
            assert sitting is not None
            until = min(self.now, following.start if following else self.now)
            made = list(self._answers(sitting, until, len(sessions)))
            if made:
                ended = None if sitting.live else made[-1].answered_at
                sessions.append(SimulatedSession(self.learner_index, sitting.start, ended))
                answers.extend(made)

    def _answers(self, sitting: Sitting, until: datetime, session_index: int) -> list[SimulatedAnswer]:
        made: list[SimulatedAnswer] = []
        moment = sitting.start
        for item_index in self._chosen_items(sitting):
            response, seconds = self._respond(self.school.items[item_index], moment)
            moment += timedelta(milliseconds=int(1000 * (seconds + self.r.uniform(2, 9))))
            if moment >= until:
                break
            duration = int(1000 * seconds)
            made.append(
                SimulatedAnswer(self.learner_index, item_index, response, duration, moment, session_index)
            )
        return made

    def _chosen_items(self, sitting: Sitting) -> list[int]:
        """Mostly the skill of these days, then one from before or one it rests on; no item twice."""
        elapsed = 1 - (self.now - sitting.start) / timedelta(days=DAYS)
        current = min(len(self.taught) - 1, int(elapsed * len(self.taught)))
        skill = self.taught[current if self.r.random() < 0.75 else self.r.randint(0, current)]
        before = [self.index_of[code] for code in self.school.skills[skill].prerequisites]
        other = self.r.choice([*self.taught[: current + 1], *before])
        first = round(min(sitting.length, 12) * self.r.uniform(0.5, 0.9))
        main = self.r.sample(self.items_of[skill], min(first, len(self.items_of[skill])))
        rest = [item for item in self.items_of[other] if item not in main]
        chosen = main + self.r.sample(rest, min(sitting.length - len(main), len(rest)))
        if sitting.live:
            chosen += [item for index in self.taught[: current + 1] for item in self.items_of[index]]
        return list(dict.fromkeys(chosen))

    def _respond(self, item: DemoItem, moment: datetime) -> tuple[Response, float]:
        r = self.r
        if r.random() < self.learner.hurry:
            right = r.random() < GUESS.get(item.kind, GUESS_ELSEWHERE)
            seconds = r.uniform(1.2, 3.5)
        else:
            right = r.random() < self._chance(item, moment)
            median = SECONDS[item.kind] * self.learner.pace * (1.0 if right else 1.25)
            seconds = max(1.5, r.lognormvariate(math.log(median), 0.45))
        self.strengths[item.skill_index].practise(moment, self.learner)
        return item.solution if right else r.choice(item.mistakes), seconds

    def _chance(self, item: DemoItem, moment: datetime) -> float:
        guess = GUESS.get(item.kind, GUESS_ELSEWHERE)
        logit = self.state(item.skill_index, moment) - item.difficulty
        return guess + (1 - guess - SLIP) / (1 + math.exp(-logit))

    def state(self, skill_index: int, moment: datetime) -> float:
        """The skill at that moment in logits, pulled down by prerequisites that are below their own level."""
        own = self._alone(skill_index, moment)
        for code in self.school.skills[skill_index].prerequisites:
            before = self.index_of[code]
            missing = skill_difficulty(self.school.skills[before].grade) - self._alone(before, moment)
            own -= PREREQUISITE_WEIGHT * min(1.5, max(0.0, missing))
        return own

    def _alone(self, skill_index: int, moment: datetime) -> float:
        strength = self.strengths[skill_index]
        return strength.brought + strength.faded(moment, self.learner.memory_days)

    def true_states(self) -> dict[tuple[int, int], float]:
        practised = [index for index, strength in enumerate(self.strengths) if strength.count]
        return {(self.learner_index, index): self.state(index, self.now) for index in practised}


def taught_skills(skills: Sequence[DemoSkill], grade: int) -> list[int]:
    """Indices of what a class of that grade goes through: this year's last skills and those just before."""
    fitting = [index for index, skill in enumerate(skills) if grade - 1 <= skill.grade <= grade]
    return fitting[-SKILLS_TAUGHT:]
