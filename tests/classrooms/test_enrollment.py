"""Who is in a class: joining, enrolling, leaving, and what each means for who sees whom."""

from typing import Any

import pytest

from app.kit import ids
from app.kit.statements import sql
from app.runtime import Runtime
from tests.client import PASSWORD, TOKENS, Client, GraphErrors, School

RESULTS = "results { index created learner { id displayName } userErrors { code reason path message } }"
NODE = "query($id: ID!) { node(id: $id) { id } }"


async def _enroll(teacher: Client, classroom: dict[str, Any], *entries: dict[str, Any]) -> list[Any]:
    given = {"classroomId": classroom["id"], "learners": list(entries)}
    results: list[Any] = (await teacher.do("enrollLearners", given, RESULTS))["results"]
    return results


async def _count(school: School, classroom: dict[str, Any]) -> int:
    data = await school.admin.ask(
        "query($id: ID!) { classroom(id: $id) { learners { totalCount } } }", id=classroom["id"]
    )
    count: int = data["classroom"]["learners"]["totalCount"]
    return count


async def _email(person: Client) -> str:
    found: str = (await person.ask("{ viewer { user { email } } }"))["viewer"]["user"]["email"]
    return found


def _errors(result: dict[str, Any]) -> list[tuple[str, str | None, list[str]]]:
    return [(each["code"], each["reason"], each["path"]) for each in result["userErrors"]]


async def test_a_code_works_however_it_is_typed_but_once(school: School) -> None:
    ada = await school.learner(await school.classroom("7A"), "Ada")
    other = await school.classroom("7B")
    typed = f" {other['joinCode'].lower().replace('-', ' ')} "
    joined = await ada.do("joinClassroom", {"joinCode": typed}, "classroom { name }")
    again = await ada.attempt("joinClassroom", {"joinCode": other["joinCode"]}, "classroom { name }")
    assert joined["classroom"] == {"name": "7B"}
    assert again["classroom"] is None
    assert _errors(again) == [("CONFLICT", "ALREADY_ENROLLED", ["joinCode"])]


async def test_nobody_joins_by_the_code_of_another_organization(school: School, anonymous: Client) -> None:
    ada = await school.learner(await school.classroom(), "Ada")
    elsewhere = await (await School.found(anonymous, school.runtime)).classroom()
    payload = await ada.attempt("joinClassroom", {"joinCode": elsewhere["joinCode"]}, "classroom { id }")
    assert _errors(payload) == [("BAD_INPUT", "JOIN_CODE_INVALID", ["joinCode"])]


async def test_a_new_code_takes_the_place_of_the_one_before(school: School, anonymous: Client) -> None:
    classroom = await school.classroom()
    renewed = await school.admin.do(
        "renewJoinCode", {"classroomId": classroom["id"]}, "classroom { joinCode }"
    )
    code = renewed["classroom"]["joinCode"]
    given = {"email": "late@school.example", "password": PASSWORD, "displayName": "Late"}
    refused = await anonymous.attempt("signUp", {**given, "joinCode": classroom["joinCode"]}, TOKENS)
    assert code != classroom["joinCode"]
    assert _errors(refused) == [("BAD_INPUT", "JOIN_CODE_INVALID", ["joinCode"])]
    assert (await anonymous.do("signUp", {**given, "joinCode": code}, TOKENS))["viewer"]["learner"]


async def test_more_entries_than_one_request_may_have_enroll_nobody(school: School) -> None:
    classroom = await school.classroom()
    entries = [{"displayName": f"Learner {number}"} for number in range(251)]
    given = {"classroomId": classroom["id"], "learners": entries}
    with pytest.raises(GraphErrors) as refused:
        await school.admin.attempt("enrollLearners", given, RESULTS)
    extensions = refused.value.args[0][0]["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("BAD_INPUT", "TOO_MANY_ENTRIES")
    assert extensions["limit"] == {"name": "list_entries", "used": 251, "most": 250}
    assert await _count(school, classroom) == 0


async def test_as_many_as_a_request_may_have_are_all_enrolled(school: School) -> None:
    classroom = await school.classroom()
    results = await _enroll(
        school.admin, classroom, *({"displayName": f"Learner {number}"} for number in range(250))
    )
    assert [each["created"] for each in results] == [True] * 250
    assert await _count(school, classroom) == 250


async def test_a_member_is_enrolled_by_address_in_any_case(school: School) -> None:
    ada = await school.learner(await school.classroom("7A"), "Ada")
    other = await school.classroom("7B")
    (result,) = await _enroll(school.admin, other, {"email": f" {(await _email(ada)).upper()} "})
    assert result["learner"] == {"id": ada.learner_id, "displayName": "Ada"}
    assert (result["created"], result["userErrors"]) == (False, [])


async def test_an_address_tells_nothing_of_other_organizations_nor_of_removed_members(
    school: School, anonymous: Client
) -> None:
    grace = await school.teacher("Grace")
    classroom = await school.classroom("7A", grace)
    elsewhere = await School.found(anonymous, school.runtime)
    foreign = await elsewhere.learner(await elsewhere.classroom(), "Cleo")
    removed = await school.learner(classroom, "Ben")
    addresses = ["nobody@school.example", await _email(foreign), await _email(removed)]
    await school.admin.do("removeMember", {"userId": removed.user_id}, "userId")

    results = await _enroll(grace, classroom, *({"email": address} for address in addresses))

    assert [_errors(each)[0][:2] for each in results] == [("NOT_FOUND", None)] * 3
    assert len({each["userErrors"][0]["message"] for each in results}) == 1
    (by_id,) = await _enroll(grace, classroom, {"learnerId": foreign.learner_id})
    assert _errors(by_id) == [("NOT_FOUND", None, ["learners", "0", "learnerId"])]


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({"displayName": "A" * 121}, "displayName"),
        ({"displayName": " "}, "displayName"),
        ({"displayName": "A", "externalId": "x" * 201}, "externalId"),
        ({"displayName": "A", "externalId": ""}, "externalId"),
        ({"email": "no address"}, "email"),
        ({"email": "nul\x00@school.example"}, "email"),
    ],
)
async def test_an_entry_that_cannot_be_is_refused_by_itself(
    school: School, entry: dict[str, Any], field: str
) -> None:
    classroom = await school.classroom()
    refused, taken = await _enroll(school.admin, classroom, entry, {"displayName": "B" * 120})
    assert _errors(refused) == [("BAD_INPUT", None, ["learners", "0", field])]
    assert taken["learner"]["displayName"] == "B" * 120
    assert await _count(school, classroom) == 1


async def test_who_brings_known_learners_into_sight_is_written_down(school: School, runtime: Runtime) -> None:
    """See docs/decisions/0007-staff-enroll-any-learner.md."""
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    ada = await school.learner(await school.classroom("7A", grace), "Ada")
    of_tim = await school.classroom("7B", tim)
    before = await tim.refused(NODE, id=ada.learner_id)

    await _enroll(tim, of_tim, {"learnerId": ada.learner_id}, {"displayName": "New"})

    assert before["extensions"]["code"] == "NOT_FOUND"
    assert (await tim.ask(NODE, id=ada.learner_id))["node"] == {"id": ada.learner_id}
    organization = ids.decode(school.organization_id)
    assert organization is not None
    async with runtime.database.reader(organization[1]) as reader:
        rows = await reader.fetch(sql("SELECT kind, user_id, detail FROM security_event"))
    classroom, learner = of_tim["id"].removeprefix("cls_"), ada.learner_id.removeprefix("lrn_")
    assert [(row.kind, ids.encode("usr", row.user_id), row.detail) for row in rows] == [
        ("learners_enrolled", tim.user_id, {"classroom": classroom, "learners": [learner]})
    ]


async def test_a_learner_who_left_is_seen_no_more_and_may_come_back(school: School) -> None:
    grace = await school.teacher("Grace")
    classroom = await school.classroom("7A", grace)
    ada = await school.learner(classroom, "Ada")
    given = {"classroomId": classroom["id"], "learnerId": ada.learner_id}
    left = "classroom { learners { totalCount } }"

    assert (await grace.do("unenrollLearner", given, left))["classroom"]["learners"]["totalCount"] == 0
    assert (await grace.do("unenrollLearner", given, left))["classroom"]["learners"]["totalCount"] == 0
    assert (await grace.refused(NODE, id=ada.learner_id))["extensions"]["code"] == "NOT_FOUND"
    assert (await ada.refused(NODE, id=classroom["id"]))["extensions"]["code"] == "NOT_FOUND"
    await ada.do("joinClassroom", {"joinCode": classroom["joinCode"]}, "classroom { id }")
    assert (await grace.ask(NODE, id=ada.learner_id))["node"] == {"id": ada.learner_id}
    assert (await ada.ask(NODE, id=classroom["id"]))["node"] == {"id": classroom["id"]}


async def test_who_was_never_in_the_class_cannot_leave_it(school: School) -> None:
    classroom, other = await school.classroom("7A"), await school.classroom("7B")
    ben = await school.learner(other, "Ben")
    given = {"classroomId": classroom["id"], "learnerId": ben.learner_id}
    payload = await school.admin.attempt("unenrollLearner", given, "classroom { id }")
    assert _errors(payload) == [("NOT_FOUND", None, ["learnerId"])]
