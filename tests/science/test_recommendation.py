"""Recommendations: what a learner had best do next, and why."""

import pytest

from app.science.mastery_level import MasteryLevel
from app.science.recommendation import (
    Priority,
    Reason,
    Recommendation,
    RecommendationKind,
    SkillStanding,
    recommendations,
)


def standing(
    skill: str,
    level: MasteryLevel,
    chance: float,
    *,
    before: float | None = None,
    error: float = 0.05,
    count: int = 9,
) -> SkillStanding:
    return SkillStanding(skill, level, chance, chance if before is None else before, error, count)


def unseen(skill: str) -> SkillStanding:
    return standing(skill, MasteryLevel.NOT_ENOUGH_DATA, 0.6, count=0)


FADING = standing("fading", MasteryLevel.FADING, 0.65, before=0.90)
NEARLY = standing("nearly", MasteryLevel.NEARLY, 0.80)
LEARNING = standing("learning", MasteryLevel.LEARNING, 0.60)
MASTERED = standing("mastered", MasteryLevel.MASTERED, 0.92)


def test_a_fading_skill_is_reviewed_and_the_gain_is_what_was_lost() -> None:
    (advice,) = recommendations([FADING], [])
    assert (advice.kind, advice.priority, advice.reason) == (
        RecommendationKind.REVIEW,
        Priority.HIGH,
        Reason.FADING,
    )
    assert advice.expected_gain == pytest.approx(0.25, abs=1e-12)
    assert advice.basis == ("fading",)


def test_reviews_come_before_practice_and_larger_gains_first() -> None:
    found = recommendations([MASTERED, NEARLY, LEARNING, FADING], [])
    assert [advice.skill_id for advice in found] == ["fading", "learning", "nearly"]


def test_a_weak_skill_sends_the_learner_back_to_its_weak_prerequisite() -> None:
    weak = standing("fractions", MasteryLevel.LEARNING, 0.3)
    cause = standing("division", MasteryLevel.LEARNING, 0.5)
    (advice,) = recommendations([weak, cause], [("division", "fractions")])
    assert advice == Recommendation(
        RecommendationKind.REMEDIATE,
        Priority.HIGH,
        Reason.WEAK_PREREQUISITE,
        "division",
        0.25 * (0.85 - 0.5),
        0.5,
        ("division", "fractions"),
    )


def test_a_skill_waits_until_its_prerequisites_are_in_place() -> None:
    found = recommendations([unseen("divide"), LEARNING], [("learning", "divide")])
    assert [advice.skill_id for advice in found] == ["learning"]
    found = recommendations([unseen("divide"), MASTERED], [("mastered", "divide")])
    assert [(advice.kind, advice.reason) for advice in found] == [
        (RecommendationKind.LEARN, Reason.READY_TO_LEARN)
    ]


def test_what_leads_to_the_goal_comes_first() -> None:
    found = recommendations([unseen("a"), unseen("b")], [], goal_path=["b"])
    assert [(advice.skill_id, advice.priority) for advice in found] == [
        ("b", Priority.HIGH),
        ("a", Priority.NORMAL),
    ]


def test_an_uncertain_mastery_is_worth_an_assessment() -> None:
    (advice,) = recommendations([standing("sure?", MasteryLevel.MASTERED, 0.9, error=0.2)], [])
    assert (advice.kind, advice.priority) == (RecommendationKind.ASSESS, Priority.LOW)


def test_few_answers_call_for_more_practice() -> None:
    (advice,) = recommendations([standing("new", MasteryLevel.NOT_ENOUGH_DATA, 0.7, count=2)], [])
    assert (advice.kind, advice.reason) == (RecommendationKind.PRACTICE, Reason.FEW_ANSWERS)


def test_after_a_long_day_a_rest_comes_first() -> None:
    found = recommendations([FADING], [], answers_today=120)
    assert [advice.kind for advice in found] == [RecommendationKind.REST, RecommendationKind.REVIEW]
    assert recommendations([FADING], [], answers_today=119)[0].kind is RecommendationKind.REVIEW


def test_the_order_of_the_standings_does_not_matter() -> None:
    standings = [MASTERED, NEARLY, LEARNING, FADING, unseen("x"), unseen("y")]
    edges = [("learning", "x"), ("mastered", "y")]
    assert recommendations(standings, edges) == recommendations(standings[::-1], edges[::-1])
