"""Dashboards: a learner's progress, a class's grid, sums and trouble spots, for those who may see them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.analytics.practising import Practice
from tests.client import Client, School
from tests.mastery.curriculum import new_item

PROGRESS = """
  query($id: ID!, $from: DateTime, $to: DateTime, $bucket: Bucket! = DAY, $zone: String) {
    learner(id: $id) {
      progress(from: $from, to: $to, bucket: $bucket, timeZone: $zone) {
        timeZone streakDays
        buckets { start attemptCount correctCount practiceSeconds skillsMastered }
      }
    }
  }
"""
GRID = """
  query($id: ID!, $skills: [ID!], $first: Int, $after: Cursor) {
    classroom(id: $id) {
      masteryGrid(skillIds: $skills, first: $first, after: $after) {
        skills { name } pageInfo { hasNextPage hasPreviousPage endCursor }
        rows { learner { displayName } cells { probability level evidenceCount } }
      }
    }
  }
"""
SUMS = """
  query($id: ID!, $from: DateTime, $to: DateTime) {
    classroom(id: $id) {
      analytics(from: $from, to: $to) {
        activeLearners attemptCount meanScore
        troubleSpots { skill { name } item { id } successRate learnerCount }
      }
    }
  }
"""


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


def now() -> datetime:
    return datetime.now(UTC)


async def test_progress_falls_into_the_days_of_the_zone_that_is_asked_for(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    skill = await practice.skill("Fractions")
    late = datetime(2026, 9, 14, 22, 30, tzinfo=UTC)
    await practice.answers(ada.learner_id, skill, [1.0, 0.0], late, duration_ms=1500)
    await practice.projected()
    stretch = {"from": "2026-09-14T12:00:00Z", "to": "2026-09-16T12:00:00Z"}

    utc = (await ada.ask(PROGRESS, id=ada.learner_id, **stretch))["learner"]["progress"]
    zurich = (await ada.ask(PROGRESS, id=ada.learner_id, zone="Europe/Zurich", **stretch))["learner"][
        "progress"
    ]

    assert utc["timeZone"] == "UTC"
    assert [(b["start"], b["attemptCount"]) for b in utc["buckets"]] == [
        ("2026-09-14T00:00:00Z", 2), ("2026-09-15T00:00:00Z", 0), ("2026-09-16T00:00:00Z", 0),
    ]  # fmt: skip
    assert utc["buckets"][0] == {
        "start": "2026-09-14T00:00:00Z", "attemptCount": 2, "correctCount": 1, "practiceSeconds": 3,
        "skillsMastered": 0,
    }  # fmt: skip
    assert [(b["start"], b["attemptCount"]) for b in zurich["buckets"]] == [
        ("2026-09-13T22:00:00Z", 0), ("2026-09-14T22:00:00Z", 2), ("2026-09-15T22:00:00Z", 0),
    ]  # fmt: skip


async def test_a_skill_counts_as_mastered_once(school: School, practice: Practice) -> None:
    ada = await school.learner(await school.classroom())
    skill = await practice.skill("Fractions", difficulty=-3.0)
    await practice.answers(ada.learner_id, skill, [1.0] * 20, now())
    await practice.projected()

    progress = (await ada.ask(PROGRESS, id=ada.learner_id))["learner"]["progress"]

    assert sum(bucket["skillsMastered"] for bucket in progress["buckets"]) == 1
    assert progress["streakDays"] == 1


async def test_progress_by_week_and_month_begins_with_the_bucket_of_the_first_moment(
    school: School, practice: Practice
) -> None:
    ada = await school.learner(await school.classroom())
    stretch = {"from": "2026-09-16T12:00:00Z", "to": "2026-10-01T00:00:00Z"}

    weeks = (await ada.ask(PROGRESS, id=ada.learner_id, bucket="WEEK", **stretch))["learner"]["progress"]
    months = (await ada.ask(PROGRESS, id=ada.learner_id, bucket="MONTH", **stretch))["learner"]["progress"]

    assert [b["start"][:10] for b in weeks["buckets"]] == ["2026-09-14", "2026-09-21", "2026-09-28"]
    assert [b["start"][:10] for b in months["buckets"]] == ["2026-09-01"]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"zone": "Mars/Olympus"}, "timeZone"),
        ({"zone": "../etc/passwd"}, "timeZone"),
        ({"from": "2026-01-01T00:00:00Z", "to": "2026-04-04T00:00:00Z"}, "from"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "from"),
        ({"from": "0001-01-01T00:00:00Z", "to": "0001-01-02T00:00:00Z"}, "from"),
    ],
)
async def test_a_zone_or_stretch_that_cannot_be_is_refused(
    school: School, given: dict[str, str], path: str
) -> None:
    ada = await school.learner(await school.classroom())

    error = await ada.refused(PROGRESS, id=ada.learner_id, **given)

    assert error["extensions"]["code"] == "BAD_INPUT"


async def test_ninety_two_days_are_allowed(school: School) -> None:
    ada = await school.learner(await school.classroom())
    stretch = {"from": "2026-01-01T00:00:00Z", "to": "2026-04-03T00:00:00Z"}

    progress = (await ada.ask(PROGRESS, id=ada.learner_id, **stretch))["learner"]["progress"]

    assert len(progress["buckets"]) == 92


async def test_the_grid_has_learners_by_name_and_nothing_where_nothing_was_practised(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    _, ada, ben = [await school.learner(classroom, name) for name in ("Cleo", "Ada", "Ben")]
    often, seldom = await practice.skill("Often"), await practice.skill("Seldom")
    await practice.answers(ada.learner_id, often, [1.0] * 4, now())
    await practice.answers(ben.learner_id, often, [1.0], now())
    await practice.answers(ben.learner_id, seldom, [0.0], now())
    await practice.projected()

    async def grid(**given: Any) -> dict[str, Any]:
        found = await school.admin.ask(GRID, id=classroom["id"], **given)
        answer: dict[str, Any] = found["classroom"]["masteryGrid"]
        return answer

    first = await grid(first=2)
    rest = await grid(first=2, after=first["pageInfo"]["endCursor"])
    one_skill = await grid(skills=[f"skl_{seldom.hex}"])

    assert [skill["name"] for skill in first["skills"]] == ["Often", "Seldom"]
    assert [row["learner"]["displayName"] for row in first["rows"]] == ["Ada", "Ben"]
    assert first["pageInfo"]["hasNextPage"] is True
    often_of_ada, seldom_of_ada = first["rows"][0]["cells"]
    assert (often_of_ada["evidenceCount"], seldom_of_ada) == (4, None)
    assert 0.5 < often_of_ada["probability"] < 1.0
    assert first["rows"][1]["cells"][0] == {
        "probability": None, "level": "NOT_ENOUGH_DATA", "evidenceCount": 1,
    }  # fmt: skip
    assert [row["learner"]["displayName"] for row in rest["rows"]] == ["Cleo"]
    assert rest["rows"][0]["cells"] == [None, None]
    assert rest["pageInfo"]["hasNextPage"] is False
    assert rest["pageInfo"]["hasPreviousPage"] is True
    assert [len(row["cells"]) for row in one_skill["rows"]] == [1, 1, 1]


async def test_a_class_is_summed_and_its_trouble_spots_come_worst_first(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    learners = [await school.learner(classroom, name) for name in ("Ada", "Ben", "Cleo")]
    hard, easy, private = [await practice.skill(name) for name in ("Hard", "Easy", "Private")]
    for learner in learners:
        await practice.answers(learner.learner_id, hard, [0.0, 0.5], now())
        await practice.answers(learner.learner_id, easy, [1.0, 1.0], now())
    await practice.answers(learners[0].learner_id, private, [0.0] * 8, now())
    await practice.answers(learners[0].learner_id, hard, [1.0], now() - timedelta(days=40))
    await practice.projected()

    found = (await school.admin.ask(SUMS, id=classroom["id"]))["classroom"]["analytics"]
    before = (await school.admin.ask(
        SUMS, id=classroom["id"], to=(now() - timedelta(days=60)).isoformat()
    ))["classroom"]["analytics"]  # fmt: skip

    assert (found["activeLearners"], found["attemptCount"], found["meanScore"]) == (3, 20, 7.5 / 20)
    assert found["troubleSpots"] == [
        {"skill": {"name": "Hard"}, "item": {"id": f"itm_{practice.items[hard].hex}"}, "successRate": 0.0,
         "learnerCount": 3},
        {"skill": {"name": "Easy"}, "item": None, "successRate": 1.0, "learnerCount": 3},
    ]  # fmt: skip
    assert before == {"activeLearners": 0, "attemptCount": 0, "meanScore": None, "troubleSpots": []}


async def test_a_trouble_spot_names_the_item_that_most_got_wrong_at_first(
    school: School, practice: Practice
) -> None:
    classroom = await school.classroom()
    ada, ben, cleo = [await school.learner(classroom, name) for name in ("Ada", "Ben", "Cleo")]
    stranger = await school.learner(await school.classroom("7B"))
    skill = await practice.skill("Fractions")
    first = practice.items[skill]
    async with school.runtime.database.unit_of_work(practice.tenant) as work:
        second, third = [await new_item(work, [skill]) for _ in range(2)]
    given: list[tuple[Client, uuid.UUID, list[float]]] = [
        (ada, first, [1.0, 0.0, 0.0, 0.0]), (ada, second, [0.0, 1.0]), (ben, second, [0.5]),
        (ben, first, [0.0]), (cleo, first, [1.0]), (stranger, third, [0.0]), (stranger, first, [0.0]),
    ]  # fmt: skip
    for learner, item, scores in given:
        practice.items[skill] = item
        await practice.answers(learner.learner_id, skill, scores, now())
    await practice.answers(cleo.learner_id, skill, [1.0], now())
    practice.items[skill] = third
    for learner in (ada, ben, cleo):
        await practice.answers(learner.learner_id, skill, [0.0], now() - timedelta(days=40))
    await practice.projected()

    (spot,) = (await school.admin.ask(SUMS, id=classroom["id"]))["classroom"]["analytics"]["troubleSpots"]

    assert spot["item"] == {"id": f"itm_{second.hex}"}


async def test_dashboards_of_a_class_are_for_its_teachers(school: School, practice: Practice) -> None:
    classroom = await school.classroom()
    ada, ben = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    stranger = await school.teacher()

    assert (await ada.refused(GRID, id=classroom["id"]))["extensions"]["code"] == "NOT_FOUND"
    assert (await ada.refused(SUMS, id=classroom["id"]))["extensions"]["code"] == "NOT_FOUND"
    assert (await stranger.refused(SUMS, id=classroom["id"]))["extensions"]["code"] == "NOT_FOUND"
    assert (await ben.refused(PROGRESS, id=ada.learner_id))["extensions"]["code"] == "NOT_FOUND"
