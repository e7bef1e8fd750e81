"""Minors on leaderboards: left out, unless a teacher of the class has turned that on."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.analytics.practising import Practice
from tests.client import Client, School

BOARD = """
  query($id: ID!) { leaderboard(scopeId: $id) { entries { rank alias score } viewerEntry { rank alias } } }
"""
YEAR = datetime.now(UTC).year


@pytest.fixture
def practice(school: School) -> Practice:
    return Practice(school)


async def class_of(school: School, practice: Practice, **answers: int) -> tuple[dict[str, Any], list[Client]]:
    """A class in which each learner has given so many right answers."""
    classroom = await school.classroom()
    skill = await practice.skill("Fractions")
    learners = [await school.learner(classroom, name) for name in answers]
    for learner, count in zip(learners, answers.values(), strict=True):
        await practice.answers(learner.learner_id, skill, [1.0] * count, datetime.now(UTC))
    await practice.projected()
    return classroom, learners


async def born(teacher: Client, learner: Client, year: int) -> None:
    given = {"learnerId": learner.learner_id, "birthYear": year}
    payload = await teacher.do("updateLearner", given, "learner { birthYear }")
    assert payload["learner"] == {"birthYear": year}


async def board(person: Client, classroom: dict[str, Any]) -> tuple[list[int], int | None]:
    """The ranks shown, and one's own."""
    found = (await person.ask(BOARD, id=classroom["id"]))["leaderboard"]
    own = found["viewerEntry"]
    return [entry["rank"] for entry in found["entries"]], own["rank"] if own else None


async def turn(teacher: Client, classroom: dict[str, Any], on: bool) -> None:
    given = {"classroomId": classroom["id"], "leaderboardForMinors": on}
    payload = await teacher.do("updateClassroom", given, "classroom { name leaderboardForMinors }")
    assert payload["classroom"] == {"name": "7A", "leaderboardForMinors": on}


async def test_a_minor_takes_no_rank_until_the_teacher_turns_it_on_and_always_sees_its_own(
    school: School, practice: Practice
) -> None:
    classroom, (ada, ben) = await class_of(school, practice, Ada=3, Ben=1)
    await born(school.admin, ada, YEAR - 15)

    assert await board(ben, classroom) == ([1], 1)
    assert await board(ada, classroom) == ([1], 1)
    assert await board(school.admin, classroom) == ([1], None)
    await turn(school.admin, classroom, True)
    assert await board(ben, classroom) == ([1, 2], 2)
    assert await board(ada, classroom) == ([1, 2], 1)
    await turn(school.admin, classroom, False)
    assert await board(ben, classroom) == ([1], 1)


@pytest.mark.parametrize(("years", "shown"), [(17, False), (18, False), (19, True)])
async def test_who_turns_eighteen_within_a_year_is_a_minor_until_it_ends(
    school: School, practice: Practice, years: int, shown: bool
) -> None:
    classroom, (ada,) = await class_of(school, practice, Ada=1)
    await born(school.admin, ada, YEAR - years)
    assert await board(school.admin, classroom) == ([1] if shown else [], None)


async def test_where_the_organization_says_so_an_unknown_age_is_that_of_a_minor(
    school: School, practice: Practice
) -> None:
    classroom, (ada, ben) = await class_of(school, practice, Ada=3, Ben=1)
    assert await board(ben, classroom) == ([1, 2], 2)
    payload = await school.admin.do(
        "updateOrganization", {"learnersAreMinors": True}, "organization { learnersAreMinors }"
    )
    assert payload["organization"] == {"learnersAreMinors": True}
    await born(school.admin, ada, YEAR - 30)
    assert await board(ben, classroom) == ([1], 2)
    memberships = "{ viewer { memberships { organization { learnersAreMinors } } } }"
    assert (await ben.ask(memberships))["viewer"]["memberships"] == [
        {"organization": {"learnersAreMinors": True}}
    ]


async def test_the_organization_is_changed_by_its_admins(school: School) -> None:
    teacher = await school.teacher()
    change = "mutation { updateOrganization(input: {learnersAreMinors: true}) { organization { id } } }"
    assert (await teacher.refused(change))["extensions"]["code"] == "FORBIDDEN"
    empty = await school.admin.attempt("updateOrganization", {"name": " "}, "organization { id }")
    assert [(error["code"], error["path"]) for error in empty["userErrors"]] == [("BAD_INPUT", ["name"])]


async def test_who_hides_stays_hidden_where_minors_are_shown(school: School, practice: Practice) -> None:
    classroom, (ada, ben) = await class_of(school, practice, Ada=3, Ben=1)
    await born(school.admin, ada, YEAR - 15)
    await turn(school.admin, classroom, True)
    await ada.do("updateLearner", {"learnerId": ada.learner_id, "leaderboardHidden": True}, "learner { id }")
    assert await board(ben, classroom) == ([1], 1)


async def test_a_class_that_shows_minors_does_so_for_itself_alone(school: School, practice: Practice) -> None:
    classroom, (ada, _) = await class_of(school, practice, Ada=3, Ben=1)
    await born(school.admin, ada, YEAR - 15)
    given = {"name": "Chess", "leaderboardForMinors": True}
    chess = (await school.admin.do("createClassroom", given, "classroom { id leaderboardForMinors }"))[
        "classroom"
    ]
    enroll = {"classroomId": chess["id"], "learners": [{"learnerId": ada.learner_id}]}
    await school.admin.do("enrollLearners", enroll, "results { learner { id } }")
    await practice.answers(ada.learner_id, await practice.skill("Chess"), [1.0], datetime.now(UTC))
    await practice.projected()
    assert chess["leaderboardForMinors"] is True
    assert await board(school.admin, chess) == ([1], None)
    assert await board(school.admin, classroom) == ([1], None)
    assert await board(ada, classroom) == ([1], 1)


async def test_a_year_of_birth_is_given_once_and_changed_by_teachers(school: School) -> None:
    classroom = await school.classroom()
    given = {"email": "minor@school.example", "password": "correct horse battery", "displayName": "Ada",
             "joinCode": classroom["joinCode"], "birthYear": YEAR - 12}  # fmt: skip
    signed = await school.admin.with_token(None).do(
        "signUp", given, "accessToken viewer { learner { id birthYear } }"
    )
    ada, learner = school.admin.with_token(signed["accessToken"]), signed["viewer"]["learner"]
    assert learner["birthYear"] == YEAR - 12
    own = await ada.attempt(
        "updateLearner", {"learnerId": learner["id"], "birthYear": YEAR - 30}, "learner { id }"
    )
    assert [(error["code"], error["path"]) for error in own["userErrors"]] == [("FORBIDDEN", ["birthYear"])]
    entries = {
        "classroomId": classroom["id"],
        "learners": [
            {"displayName": "Ben", "birthYear": YEAR - 11},
            {"displayName": "Cleo", "birthYear": 12},
        ],
    }
    enrolled = await school.admin.do(
        "enrollLearners", entries, "results { learner { birthYear } userErrors { code path } }"
    )
    assert enrolled["results"] == [
        {"learner": {"birthYear": YEAR - 11}, "userErrors": []},
        {"learner": None, "userErrors": [{"code": "BAD_INPUT", "path": ["learners", "1", "birthYear"]}]},
    ]
