"""A learner's mastery as the graph tells it: the figure, why, how it came about, and who may see it."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

from app.practice.attempt_writer import record_bulk
from app.practice.folding import NewAttempt
from app.science.mastery_level import NEARLY_FROM
from app.science.mastery_model import model_named
from tests.client import Client, School
from tests.mastery.curriculum import new_item, new_skill, tenant_of, uuid_of
from tests.practice.learner_at_work import LearnerAtWork

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
MASTERY = """query($id: ID!, $skills: [ID!]) { learner(id: $id) { mastery(skillIds: $skills) {
  totalCount nodes { id probability standardError level evidenceCount lastPracticedAt asOf skill { name }
  learner { id } explanation { summary model logit factors { kind label contribution detail }
                evidence(first: 2) { totalCount nodes { correct } pageInfo { hasNextPage } } } } } } }"""


async def test_under_three_attempts_nothing_is_said_and_nothing_explained(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    await ada.record(0, 5)
    await ada.record(2, 5)
    (mastery,) = await _mastery(ada.learner, ada.learner.learner_id)

    assert (mastery["probability"], mastery["standardError"], mastery["explanation"]) == (None, None, None)
    assert (mastery["level"], mastery["evidenceCount"]) == ("NOT_ENOUGH_DATA", 2)
    assert (mastery["skill"], mastery["learner"]) == ({"name": "add"}, {"id": ada.learner.learner_id})


async def test_the_factors_add_up_to_the_logit_of_the_probability_exactly(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    for item, number in ((0, 5), (2, 4), (4, 5), (0, 5)):
        await ada.record(item, number)
    (mastery,) = await _mastery(ada.learner, ada.learner.learner_id)
    explanation = mastery["explanation"]

    assert math.fsum(factor["contribution"] for factor in explanation["factors"]) == explanation["logit"]
    assert 1 / (1 + math.exp(-explanation["logit"])) == mastery["probability"]
    assert explanation["model"] == "online-logistic/1"
    assert 0 < mastery["standardError"] < 0.5
    assert explanation["evidence"] == {
        "totalCount": 4,
        "nodes": [{"correct": True}, {"correct": True}],
        "pageInfo": {"hasNextPage": True},
    }


async def test_what_is_read_is_what_the_model_makes_of_the_same_answers(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    scores = [(number, float(number == 5)) for number in (5, 4, 5)]
    model = model_named("online-logistic/1")
    learner, skill, item = model.new_learner(), model.new_skill(), model.new_item()
    for number, score in scores:
        answered_at = (datetime.now(UTC) - timedelta(days=20 - number)).isoformat()
        attempt = await ada.record(0, number, answeredAt=answered_at)
        at = datetime.fromisoformat(attempt["answeredAt"]).timestamp()
        update = model.update(learner, [skill], item, score, at)
        learner, (skill,), item = update.learner, update.skills, update.item
    (mastery,) = await _mastery(ada.learner, ada.learner.learner_id)
    expected = model.estimate(learner, skill, 0.0, datetime.fromisoformat(mastery["asOf"]).timestamp())

    assert mastery["probability"] == expected.probability
    assert mastery["standardError"] == expected.standard_error
    assert [factor["contribution"] for factor in mastery["explanation"]["factors"]] == [
        factor.contribution for factor in expected.factors
    ]


async def test_what_is_not_practised_is_forgotten_when_read(school: School) -> None:
    learner_id = await _learner_with_days(school, [0] * 30)
    data = await school.admin.ask(
        """query($id: ID!) { learner(id: $id) { mastery { nodes {
           probability level lastPracticedAt history { probability } } } } }""",
        id=learner_id,
    )
    (mastery,) = data["learner"]["mastery"]["nodes"]

    then = mastery["history"][0]["probability"]
    assert then > NEARLY_FROM > mastery["probability"]
    assert (mastery["level"], mastery["lastPracticedAt"]) == ("LEARNING", "2026-03-02T08:29:00Z")


async def test_mastery_is_narrowed_to_skills_and_paged_by_their_names(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    await ada.record(0, 5)
    await ada.record(1, 5)
    subtract = [f"skl_{ada.skills[1].hex}"]
    paged = await ada.learner.ask(
        """query($id: ID!) { learner(id: $id) {
           mastery(first: 1) { totalCount nodes { skill { name } } pageInfo { endCursor } } } }""",
        id=ada.learner.learner_id,
    )
    first = paged["learner"]["mastery"]
    second = await ada.learner.ask(
        """query($id: ID!, $after: Cursor) { learner(id: $id) {
           mastery(first: 1, after: $after) { nodes { skill { name } } pageInfo { hasNextPage } } } }""",
        id=ada.learner.learner_id,
        after=first["pageInfo"]["endCursor"],
    )

    narrowed = await _mastery(ada.learner, ada.learner.learner_id, subtract)
    assert [each["skill"]["name"] for each in narrowed] == ["subtract"]
    assert (first["totalCount"], first["nodes"]) == (2, [{"skill": {"name": "add"}}])
    assert second["learner"]["mastery"] == {
        "nodes": [{"skill": {"name": "subtract"}}],
        "pageInfo": {"hasNextPage": False},
    }


async def test_history_has_a_point_for_each_day_week_or_month_with_attempts(school: School) -> None:
    learner_id = await _learner_with_days(school, [0, 0, 0, 1, 8, 40])
    history = """query($id: ID!) { learner(id: $id) { mastery(first: 5) { nodes {
        day: history { at probability evidenceCount } week: history(bucket: WEEK) { at evidenceCount }
        month: history(bucket: MONTH) { at evidenceCount }
        some: history(from: "2026-03-03T00:00:00Z", to: "2026-03-11T00:00:00Z") { evidenceCount }
        early: at(time: "2026-03-01T00:00:00Z") { probability evidenceCount }
        young: at(time: "2026-03-02T08:00:30Z") { probability evidenceCount }
        then: at(time: "2026-03-05T00:00:00Z") { at probability evidenceCount } } } } }"""
    (mastery,) = (await school.admin.ask(history, id=learner_id))["learner"]["mastery"]["nodes"]

    assert [(each["at"], each["evidenceCount"]) for each in mastery["day"]] == [
        ("2026-03-02T08:02:00Z", 3),
        ("2026-03-03T08:03:00Z", 4),
        ("2026-03-10T08:04:00Z", 5),
        ("2026-04-11T08:05:00Z", 6),
    ]
    assert [each["evidenceCount"] for each in mastery["week"]] == [4, 5, 6]
    assert [each["evidenceCount"] for each in mastery["month"]] == [5, 6]
    assert [each["evidenceCount"] for each in mastery["some"]] == [4, 5]
    assert mastery["early"] == {"probability": None, "evidenceCount": 0}
    assert mastery["young"] == {"probability": None, "evidenceCount": 1}
    assert mastery["then"] == {
        "at": "2026-03-05T00:00:00Z",
        "probability": mastery["day"][1]["probability"],
        "evidenceCount": 4,
    }


async def test_a_window_that_ends_before_it_begins_is_an_error(school: School) -> None:
    learner_id = await _learner_with_days(school, [0])
    error = await school.admin.refused(
        """query($id: ID!) { learner(id: $id) { mastery { nodes {
           history(from: "2026-03-03T00:00:00Z", to: "2026-03-03T00:00:00Z") { at } } } } }""",
        id=learner_id,
    )
    assert (error["extensions"]["code"], error["extensions"]["inputPath"]) == ("BAD_INPUT", ["from"])


async def test_mastery_is_seen_by_the_learner_its_teachers_and_admins_alone(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    await ada.record(0, 5)
    (mastery,) = await _mastery(ada.learner, ada.learner.learner_id)
    ben = await school.learner(ada.classroom, "Ben")
    grace = await school.teacher()
    node = "query($id: ID!) { node(id: $id) { ... on Mastery { evidenceCount } } }"

    for person in (ada.learner, school.admin):
        assert (await person.ask(node, id=mastery["id"]))["node"] == {"evidenceCount": 1}
    for stranger in (ben, grace):
        assert (await stranger.post(node, id=mastery["id"]))["data"] == {"node": None}


async def _mastery(client: Client, learner_id: str, skills: list[str] | None = None) -> list[dict[str, Any]]:
    data = await client.ask(MASTERY, id=learner_id, skills=skills)
    found: list[dict[str, Any]] = data["learner"]["mastery"]["nodes"]
    return found


async def _learner_with_days(school: School, days: list[int]) -> str:
    """A learner who answered on these days after the start, a minute later each time."""
    ada = await school.learner(await school.classroom())
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        skill = await new_skill(work, "add")
        items = [await new_item(work, [skill]) for _ in days]
        moments = [START + timedelta(days=day, minutes=place) for place, day in enumerate(days)]
        await record_bulk(
            work,
            [
                NewAttempt(uuid_of(ada.learner_id), item, 1, 1.0, True, at)
                for item, at in zip(items, moments, strict=True)
            ],
        )
    return ada.learner_id
