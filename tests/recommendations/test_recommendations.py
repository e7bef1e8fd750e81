"""Recommendations: what a learner had best do next and why, and the way to a goal."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.realtime import event_log
from app.recommendations.learning_path import attempts_needed
from app.recommendations.projection import Recommendations
from tests.analytics.practising import Practice, key
from tests.client import Client, School
from tests.mastery.curriculum import new_item

LIST = """
  query($id: ID!, $first: Int) {
    learner(id: $id) {
      recommendations(first: $first) {
        id kind priority expectedGain reason skill { name } basedOn { id __typename }
      }
    }
  }
"""
PATH = """
  query($id: ID!, $goal: ID!) {
    learner(id: $id) {
      learningPath(goalSkillId: $goal) {
        goal { name } minutes steps { number minutes reason skill { name } }
      }
    }
  }
"""


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


def now() -> datetime:
    return datetime.now(UTC)


async def listed(learner: Client, first: int = 5) -> list[dict[str, Any]]:
    data = await learner.ask(LIST, id=learner.learner_id, first=first)
    found: list[dict[str, Any]] = data["learner"]["recommendations"]
    return found


async def begins(practice: Practice, learner: Client) -> None:
    """The learner's session changes, before any attempt."""
    learner_id = key(learner.learner_id)
    payload = {"learner": learner_id.hex, "session": learner_id.hex, "classroom": None, "state": "ACTIVE"}
    async with practice.school.runtime.database.unit_of_work(practice.tenant) as work:
        event = event_log.NewEvent(
            event_log.learner_topic(learner_id), "session.changed", payload, practice.tenant
        )
        await event_log.append(work, [event])
    await practice.projected(Recommendations())


async def test_a_learner_without_attempts_is_sent_to_what_needs_nothing_before(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    counting = await practice.skill("Counting")
    await practice.skill("Adding", counting)
    nothing_yet = await listed(ada)
    await begins(practice, ada)

    found = await listed(ada)

    assert nothing_yet == []
    assert [(each["kind"], each["skill"]["name"], each["priority"]) for each in found] == [
        ("LEARN", "Counting", "NORMAL")
    ]
    assert found[0]["reason"] == "Counting is new to you, and what it builds on is in place."
    assert found[0]["basedOn"] == [{"id": f"skl_{counting.hex}", "__typename": "Skill"}]
    assert found[0]["expectedGain"] > 0


async def test_who_struggles_is_sent_back_to_the_weak_prerequisite(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    counting = await practice.skill("Counting")
    adding = await practice.skill("Adding", counting)
    await practice.answers(ada.learner_id, adding, [0.0] * 6, now())
    await practice.projected(Recommendations())

    best = (await listed(ada))[0]

    assert (best["kind"], best["priority"], best["skill"]["name"]) == ("REMEDIATE", "HIGH", "Counting")
    assert best["reason"] == "Adding is hard because Counting is not yet in place; practise Counting first."
    assert [each["__typename"] for each in best["basedOn"]] == ["Skill", "Mastery"]


async def test_what_stays_right_keeps_its_id_and_what_no_longer_holds_goes(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    counting, _ = await practice.skill("Counting"), await practice.skill("Drawing")
    await begins(practice, ada)
    before = {each["skill"]["name"]: each["id"] for each in await listed(ada)}
    await practice.answers(ada.learner_id, counting, [1.0], now())
    await practice.projected(Recommendations())

    after = {each["skill"]["name"]: (each["kind"], each["id"]) for each in await listed(ada)}

    assert after["Drawing"] == ("LEARN", before["Drawing"])
    assert after["Counting"][0] == "PRACTICE"
    assert after["Counting"][1] != before["Counting"]


async def test_a_recommendation_names_an_item_until_it_is_answered(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    counting = await practice.skill("Counting")
    async with school.runtime.database.unit_of_work(practice.tenant) as work:
        items = {await new_item(work, [counting]) for _ in range(2)}
    await practice.answers(ada.learner_id, counting, [1.0], now())
    await practice.projected(Recommendations())
    first = await item_of(ada)
    await practice.answers(ada.learner_id, counting, [0.0], now())
    await practice.projected(Recommendations())
    still = await item_of(ada)
    practice.items[counting] = first
    await practice.answers(ada.learner_id, counting, [0.0], now())
    await practice.projected(Recommendations())

    assert first in items
    assert still == first
    assert await item_of(ada) == (items - {first}).pop()


async def item_of(learner: Client) -> uuid.UUID:
    """The item of the learner's only recommendation."""
    query = "query($id: ID!) { learner(id: $id) { recommendations { kind item { id } } } }"
    (only,) = (await learner.ask(query, id=learner.learner_id))["learner"]["recommendations"]
    assert only["kind"] == "PRACTICE"
    return key(only["item"]["id"])


async def test_a_long_path_shows_its_first_thirty_steps_and_the_minutes_of_all(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    goal = await practice.skill("Step 01")
    for number in range(2, 33):
        goal = await practice.skill(f"Step {number:02}", goal)

    path = (await ada.ask(PATH, id=ada.learner_id, goal=f"skl_{goal.hex}"))["learner"]["learningPath"]

    assert [step["skill"]["name"] for step in path["steps"]] == [f"Step {n:02}" for n in range(1, 31)]
    assert path["goal"] == {"name": "Step 32"}
    assert path["minutes"] == 32 * path["steps"][0]["minutes"]


async def test_a_long_day_asks_for_a_rest_first(school: School, practice: Practice) -> None:
    ada = await school.learner(await school.classroom())
    await practice.answers(ada.learner_id, await practice.skill("Counting"), [0.0] * 120, now())
    await practice.projected(Recommendations())

    best = (await listed(ada))[0]

    assert (best["kind"], best["skill"], best["basedOn"]) == ("REST", None, [])


async def test_a_dismissed_recommendation_leaves_the_list_for_a_week(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    await practice.skill("Counting")
    await begins(practice, ada)
    (only,) = await listed(ada)
    answered = await ada.do(
        "answerRecommendation", {"recommendationId": only["id"], "answer": "DISMISSED"},
        "recommendation { id kind }",
    )  # fmt: skip
    await begins(practice, ada)

    assert answered["recommendation"] == {"id": only["id"], "kind": "LEARN"}
    assert await listed(ada) == []


async def test_only_the_learner_itself_answers(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    await practice.skill("Counting")
    await begins(practice, ada)
    (only,) = await listed(ada)
    given = {"recommendationId": only["id"], "answer": "DONE"}

    for person in (ben, school.admin):
        refused = await person.attempt("answerRecommendation", given, "recommendation { id }")
        assert refused["recommendation"] is None
        assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [
            ("NOT_FOUND", ["recommendationId"])
        ]
    assert [each["id"] for each in await listed(ada)] == [only["id"]]
    accepted = await ada.do("answerRecommendation", {**given, "answer": "ACCEPTED"}, "recommendation { id }")
    assert accepted["recommendation"]["id"] == only["id"]
    assert [each["id"] for each in await listed(ada)] == [only["id"]]


async def test_the_path_to_a_goal_leaves_out_what_is_mastered_and_reckons_by_ones_own_pace(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    counting = await practice.skill("Counting", difficulty=-3.0)
    adding = await practice.skill("Adding", counting)
    taking = await practice.skill("Taking away", counting)
    goal = await practice.skill("Balancing", adding, taking)
    await practice.skill("Aside")
    await practice.answers(ada.learner_id, counting, [1.0] * 40, now(), duration_ms=30_000)
    await practice.projected()

    path = (await ada.ask(PATH, id=ada.learner_id, goal=f"skl_{goal.hex}"))["learner"]["learningPath"]

    assert path["goal"] == {"name": "Balancing"}
    assert [(step["number"], step["skill"]["name"]) for step in path["steps"]] == [
        (1, "Adding"), (2, "Taking away"), (3, "Balancing"),
    ]  # fmt: skip
    assert path["steps"][0]["reason"] == "Balancing builds on it; not yet begun."
    assert path["minutes"] == sum(step["minutes"] for step in path["steps"])
    assert all(step["minutes"] % 5 in (0, 3) for step in path["steps"])


async def test_a_goal_of_another_school_is_not_found(school: School, practice: Practice) -> None:
    ada = await school.learner(await school.classroom())
    other = Practice(await School.found(school.admin.with_token(None), school.runtime))
    foreign = await other.skill("Counting")

    error = await ada.refused(PATH, id=ada.learner_id, goal=f"skl_{foreign.hex}")

    assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(("chance", "attempts"), [(0.9, 5), (0.8, 5), (0.5, 35), (0.35, 45)])
def test_the_further_from_mastery_the_more_attempts_are_reckoned(chance: float, attempts: int) -> None:
    assert attempts_needed(chance) == attempts


async def test_what_fades_is_to_be_reviewed(school: School, practice: Practice) -> None:
    ada = await school.learner(await school.classroom())
    skill = await practice.skill("Counting", difficulty=-2.0)
    await practice.answers(ada.learner_id, skill, [1.0] * 20, now() - timedelta(days=900))
    await practice.projected(Recommendations())

    best = (await listed(ada))[0]

    assert (best["kind"], best["skill"]["name"]) == ("REVIEW", "Counting")
