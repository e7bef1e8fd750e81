"""What a learner is called, and who may change it."""

from typing import Any

import pytest

from tests.client import Client, School

LEARNER = "learner { displayName alias leaderboardHidden }"


def _errors(payload: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(each["code"], each["path"]) for each in payload["userErrors"]]


async def _update(person: Client, learner: Client, **changes: Any) -> dict[str, Any]:
    return await person.attempt("updateLearner", {"learnerId": learner.learner_id, **changes}, LEARNER)


async def test_a_learner_chooses_an_alias_and_hides_from_leaderboards(school: School) -> None:
    ada = await school.learner(await school.classroom(), "Ada")
    first = await _update(ada, ada, alias="  Sly   fox ")
    second = await _update(ada, ada, leaderboardHidden=True)
    nothing = await _update(ada, ada)
    assert first["learner"] == {"displayName": "Ada", "alias": "Sly fox", "leaderboardHidden": False}
    hidden = {"displayName": "Ada", "alias": "Sly fox", "leaderboardHidden": True}
    assert second["learner"] == nothing["learner"] == hidden


async def test_a_teacher_corrects_the_name_and_an_alias_that_will_not_do(school: School) -> None:
    grace = await school.teacher("Grace")
    ada = await school.learner(await school.classroom("7A", grace), "Ada")
    payload = await _update(grace, ada, displayName="Ada Lovelace", alias="Bright fox")
    assert payload["learner"] == {
        "displayName": "Ada Lovelace", "alias": "Bright fox", "leaderboardHidden": False,
    }  # fmt: skip
    renamed = await _update(school.admin, ada, displayName="Ada L.")
    assert renamed["learner"]["displayName"] == "Ada L."


async def test_a_learner_does_not_change_the_own_name(school: School) -> None:
    ada = await school.learner(await school.classroom(), "Ada")
    payload = await _update(ada, ada, displayName="Somebody else", alias="Sly fox")
    assert _errors(payload) == [("FORBIDDEN", ["displayName"])]
    kept = await _update(ada, ada)
    assert kept["learner"]["displayName"] == "Ada"
    assert kept["learner"]["alias"] != "Sly fox"


async def test_nobody_else_changes_a_learner(school: School, anonymous: Client) -> None:
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    classroom = await school.classroom("7A", grace)
    ada, ben = await school.learner(classroom, "Ada"), await school.learner(classroom, "Ben")
    stranger = (await School.found(anonymous, school.runtime)).admin
    for person in (ben, tim, stranger):
        assert _errors(await _update(person, ada, alias="Rude")) == [("NOT_FOUND", ["learnerId"])]


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"alias": ""}, ["alias"]),
        ({"alias": "A" * 41}, ["alias"]),
        ({"displayName": " "}, ["displayName"]),
        ({"displayName": "A" * 121}, ["displayName"]),
    ],
)
async def test_a_name_that_is_none_is_refused(school: School, given: dict[str, str], path: list[str]) -> None:
    ada = await school.learner(await school.classroom(), "Ada")
    payload = await _update(school.admin, ada, **given)
    assert payload["learner"] is None
    assert _errors(payload) == [("BAD_INPUT", path)]
