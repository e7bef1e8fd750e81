"""What a learner had best do next, from skill estimates and prerequisites, by plain rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.science.mastery_level import MASTERED_FROM, NEARLY_FROM, MasteryLevel

WEAK_BELOW = 0.50
"""Chance of success under which a skill that was tried is weak, and its prerequisites are looked at."""
SHARE_GAINED = 0.25
"""Share of the distance to mastery that one practice set is taken to close: assumed, not measured."""
UNCERTAIN_FROM = 0.08
"""Standard error of a mastered skill from which a short assessment is worth its time."""
REST_AFTER = 120
"""Answers in one day after which a rest comes first."""


class RecommendationKind(StrEnum):
    """The activity recommended."""

    LEARN = "LEARN"
    PRACTICE = "PRACTICE"
    REVIEW = "REVIEW"
    REMEDIATE = "REMEDIATE"
    ASSESS = "ASSESS"
    REST = "REST"


class Priority(StrEnum):
    """How pressing it is."""

    HIGH = "HIGH"
    NORMAL = "NORMAL"
    LOW = "LOW"


class Reason(StrEnum):
    """Why it is recommended."""

    LONG_DAY = "LONG_DAY"
    WEAK_PREREQUISITE = "WEAK_PREREQUISITE"
    FADING = "FADING"
    NEARLY_MASTERED = "NEARLY_MASTERED"
    STILL_LEARNING = "STILL_LEARNING"
    FEW_ANSWERS = "FEW_ANSWERS"
    ON_THE_WAY_TO_GOAL = "ON_THE_WAY_TO_GOAL"
    READY_TO_LEARN = "READY_TO_LEARN"
    UNCERTAIN = "UNCERTAIN"


@dataclass(frozen=True, slots=True)
class SkillStanding:
    """Where a learner stands in a skill now; `before_forgetting` is the chance at the last practice's end."""

    skill_id: str
    level: MasteryLevel
    probability: float
    before_forgetting: float
    standard_error: float
    evidence_count: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One activity. `basis` names the skills it rests on; `chance` is the learner's chance in its skill."""

    kind: RecommendationKind
    priority: Priority
    reason: Reason
    skill_id: str | None
    expected_gain: float | None
    chance: float | None
    basis: tuple[str, ...]


_PRIORITIES = tuple(Priority)
_ORDER = (
    RecommendationKind.REST,
    RecommendationKind.REMEDIATE,
    RecommendationKind.REVIEW,
    RecommendationKind.PRACTICE,
    RecommendationKind.LEARN,
    RecommendationKind.ASSESS,
)


def recommendations(
    standings: Sequence[SkillStanding],
    edges: Iterable[tuple[str, str]],
    *,
    goal_path: Iterable[str] = (),
    answers_today: int = 0,
    rest_after: int = REST_AFTER,
) -> list[Recommendation]:
    """Return the activities worth doing, the best first; at most one a skill, and a rest before them.

    `edges` are (prerequisite, skill); `goal_path` the skills on the way to the learner's goal. Equal ones are
    ordered by expected gain, then by skill id. A skill whose prerequisites are not yet near mastery waits.
    """
    standing_of = {standing.skill_id: standing for standing in standings}
    requires: dict[str, list[str]] = {}
    for before, after in edges:
        if before in standing_of:
            requires.setdefault(after, []).append(before)
    goal = frozenset(goal_path)
    found: dict[str, Recommendation] = {}
    for standing in standings:
        weak = _weak_prerequisites(standing, requires, standing_of)
        for advice in _remediations(standing, weak) if weak else _advice(standing, goal):
            key = advice.skill_id or ""
            if key not in found or _rank(advice) < _rank(found[key]):
                found[key] = advice
    ranked = sorted(found.values(), key=_rank)
    return [_rest(answers_today, rest_after), *ranked] if answers_today >= rest_after else ranked


def _weak_prerequisites(
    standing: SkillStanding, requires: Mapping[str, list[str]], standing_of: Mapping[str, SkillStanding]
) -> list[SkillStanding]:
    before = [standing_of[skill_id] for skill_id in sorted(requires.get(standing.skill_id, ()))]
    return [one for one in before if one.evidence_count == 0 or one.probability < NEARLY_FROM]


def _remediations(standing: SkillStanding, weak: Sequence[SkillStanding]) -> list[Recommendation]:
    """Send a learner who struggles back to what is missing; a skill not yet tried only waits."""
    if standing.level is MasteryLevel.NOT_ENOUGH_DATA or standing.probability >= WEAK_BELOW:
        return [] if standing.evidence_count == 0 else _advice(standing, frozenset())
    return [
        Recommendation(
            RecommendationKind.REMEDIATE,
            Priority.HIGH,
            Reason.WEAK_PREREQUISITE,
            before.skill_id,
            _practice_gain(before),
            before.probability,
            (before.skill_id, standing.skill_id),
        )
        for before in weak
    ]


def _advice(standing: SkillStanding, goal: frozenset[str]) -> list[Recommendation]:
    """Return what to do with a skill whose prerequisites are in place: one activity or none."""
    wanted = Priority.HIGH if standing.skill_id in goal else Priority.NORMAL
    gain = _practice_gain(standing)
    if standing.evidence_count == 0:
        reason = Reason.ON_THE_WAY_TO_GOAL if standing.skill_id in goal else Reason.READY_TO_LEARN
        return [_about(standing, RecommendationKind.LEARN, wanted, reason, gain)]
    match standing.level:
        case MasteryLevel.FADING:
            lost = max(0.0, standing.before_forgetting - standing.probability)
            priority = Priority.HIGH if standing.probability < NEARLY_FROM else Priority.NORMAL
            return [_about(standing, RecommendationKind.REVIEW, priority, Reason.FADING, lost)]
        case MasteryLevel.NEARLY:
            return [_about(standing, RecommendationKind.PRACTICE, wanted, Reason.NEARLY_MASTERED, gain)]
        case MasteryLevel.LEARNING:
            return [_about(standing, RecommendationKind.PRACTICE, wanted, Reason.STILL_LEARNING, gain)]
        case MasteryLevel.NOT_ENOUGH_DATA:
            return [_about(standing, RecommendationKind.PRACTICE, wanted, Reason.FEW_ANSWERS, gain)]
        case MasteryLevel.MASTERED if standing.standard_error >= UNCERTAIN_FROM:
            return [_about(standing, RecommendationKind.ASSESS, Priority.LOW, Reason.UNCERTAIN, 0.0)]
        case _:
            return []


def _about(
    standing: SkillStanding, kind: RecommendationKind, priority: Priority, reason: Reason, gain: float
) -> Recommendation:
    skill_id = standing.skill_id
    return Recommendation(kind, priority, reason, skill_id, gain, standing.probability, (skill_id,))


def _rest(answers_today: int, rest_after: int) -> Recommendation:
    priority = Priority.HIGH if answers_today >= 2 * rest_after else Priority.NORMAL
    return Recommendation(RecommendationKind.REST, priority, Reason.LONG_DAY, None, None, None, ())


def _practice_gain(standing: SkillStanding) -> float:
    return SHARE_GAINED * max(0.0, MASTERED_FROM - standing.probability)


def _rank(advice: Recommendation) -> tuple[int, int, float, str]:
    return (
        _PRIORITIES.index(advice.priority),
        _ORDER.index(advice.kind),
        -(advice.expected_gain or 0.0),
        advice.skill_id or "",
    )
