"""Reasons of recommendations, in words."""

from collections.abc import Mapping

from app.science.recommendation import Reason, Recommendation

_SENTENCES = {
    Reason.LONG_DAY: "You have answered a lot today; a rest helps it to settle.",
    Reason.WEAK_PREREQUISITE: "{other} is hard because {skill} is not yet in place; practise {skill} first.",
    Reason.FADING: "You had mastered {skill}; it has faded since your last practice, so a review pays now.",
    Reason.NEARLY_MASTERED: "You are close to mastering {skill}: the chance on a typical item is {chance} %.",
    Reason.STILL_LEARNING: "You are learning {skill}: the chance on a typical item is {chance} % so far.",
    Reason.FEW_ANSWERS: "There are too few answers yet to tell how well you know {skill}.",
    Reason.ON_THE_WAY_TO_GOAL: "{skill} is on the way to your goal, and you are ready for it.",
    Reason.READY_TO_LEARN: "{skill} is new to you, and what it builds on is in place.",
    Reason.UNCERTAIN: "You seem to have mastered {skill}; a short assessment would make sure.",
}


def reason_sentence(advice: Recommendation, names: Mapping[str, str]) -> str:
    """Why, to the learner; `names` are those of the skills it rests on, by id."""
    skill = names.get(advice.skill_id or "", "this skill")
    other = names.get(advice.basis[-1], "the next skill") if advice.basis else ""
    chance = round(100 * advice.chance) if advice.chance is not None else 0
    return _SENTENCES[advice.reason].format(skill=skill, other=other, chance=chance)
