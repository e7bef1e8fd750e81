"""Classes: who makes them, who comes in, who sees whom."""

import asyncio
import uuid
from typing import Any

import pytest

from app.kit.ids import decode
from app.learners.service import learner_of_user
from tests.client import PASSWORD, TOKENS, Client, School


async def test_a_teacher_makes_a_class_and_a_learner_joins_it_by_code(school: School) -> None:
    classroom = await school.classroom("7A")
    ada = await school.learner(classroom, "Ada")

    seen = await school.admin.ask(
        "query($id: ID!) { classroom(id: $id) { name learners { totalCount nodes { id displayName } } } }",
        id=classroom["id"],
    )

    assert seen["classroom"] == {
        "name": "7A",
        "learners": {"totalCount": 1, "nodes": [{"id": ada.learner_id, "displayName": "Ada"}]},
    }


async def test_a_learner_sees_the_class_but_neither_the_code_nor_classmates(school: School) -> None:
    classroom = await school.classroom("7A")
    ada = await school.learner(classroom, "Ada")
    await school.learner(classroom, "Ben")

    answer = await ada.post(
        "query($id: ID!) { classroom(id: $id) { joinCode learners { totalCount nodes { displayName } } } }",
        id=classroom["id"],
    )

    assert answer["data"]["classroom"] == {
        "joinCode": None,
        "learners": {"totalCount": 1, "nodes": [{"displayName": "Ada"}]},
    }
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"
    assert answer["errors"][0]["path"] == ["classroom", "joinCode"]


async def test_the_same_key_gives_the_first_class_again_and_another_body_is_refused(school: School) -> None:
    given = {"name": "7B", "idempotencyKey": "make-7b"}
    first = await school.admin.do("createClassroom", given, "classroom { id }")
    again = await school.admin.do("createClassroom", given, "classroom { id }")
    other = await school.admin.attempt("createClassroom", {**given, "name": "7C"}, "classroom { id }")

    assert again == first
    assert other["classroom"] is None
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_CONFLICT"


async def test_enrolling_gives_each_entry_its_own_result(school: School) -> None:
    classroom = await school.classroom()
    payload = await school.admin.do(
        "enrollLearners",
        {
            "classroomId": classroom["id"],
            "learners": [
                {"displayName": "Cleo", "externalId": "c-1"},
                {"learnerId": "lrn_00000000000000000000000000000000"},
                {"displayName": "Cleo again", "externalId": "c-1"},
                {},
            ],
        },
        "results { index created learner { displayName } userErrors { code reason path } }",
    )

    assert payload["results"] == [
        {"index": 0, "created": True, "learner": {"displayName": "Cleo"}, "userErrors": []},
        {
            "index": 1,
            "created": False,
            "learner": None,
            "userErrors": [{"code": "NOT_FOUND", "reason": None, "path": ["learners", "1", "learnerId"]}],
        },
        {
            "index": 2,
            "created": False,
            "learner": None,
            "userErrors": [{"code": "CONFLICT", "reason": "ALREADY_ENROLLED", "path": ["learners", "2"]}],
        },
        {
            "index": 3,
            "created": False,
            "learner": None,
            "userErrors": [{"code": "BAD_INPUT", "reason": None, "path": ["learners", "3"]}],
        },
    ]


async def _names(person: Client, arguments: str = "") -> list[str]:
    data = await person.ask(
        f"{{ viewer {{ organization {{ classrooms{arguments} {{ totalCount nodes {{ name }} }} }} }} }}"
    )
    found = data["viewer"]["organization"]["classrooms"]
    names = [each["name"] for each in found["nodes"]]
    assert found["totalCount"] == len(names)
    return names


def _codes(payload: dict[str, Any]) -> list[tuple[str, str | None, list[str]]]:
    return [(each["code"], each["reason"], each["path"]) for each in payload["userErrors"]]


async def test_an_archived_class_lets_nobody_in_and_is_listed_only_when_asked(
    school: School, anonymous: Client
) -> None:
    kept, classroom = await school.classroom("7A"), await school.classroom("7B")
    ada = await school.learner(kept, "Ada")
    given = {"classroomId": classroom["id"]}
    first = await school.admin.do("archiveClassroom", given, "classroom { archivedAt }")
    again = await school.admin.do("archiveClassroom", given, "classroom { archivedAt }")

    assert first["classroom"]["archivedAt"] is not None
    assert again == first
    code = {"joinCode": classroom["joinCode"]}
    joined = await ada.attempt("joinClassroom", code, "classroom { id }")
    account = {"email": "late@archived.example", "password": PASSWORD, "displayName": "Late", **code}
    signed_up = await anonymous.attempt("signUp", account, TOKENS)
    assert _codes(joined) == _codes(signed_up) == [("BAD_INPUT", "JOIN_CODE_INVALID", ["joinCode"])]
    enrolled = await school.admin.attempt(
        "enrollLearners", {**given, "learners": [{"displayName": "Ben"}]}, "results { index }"
    )
    assert enrolled["results"] == []
    assert _codes(enrolled) == [("CONFLICT", None, ["classroomId"])]
    renewed = await school.admin.attempt("renewJoinCode", given, "classroom { id }")
    assert _codes(renewed) == [("CONFLICT", None, ["classroomId"])]
    assert await _names(school.admin) == ["7A"]
    assert await _names(school.admin, "(archived: true)") == ["7A", "7B"]


async def test_an_archived_class_and_its_learners_stay_to_be_read_by_its_teacher_until_they_are_taken_out(
    school: School,
) -> None:
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    classroom = await school.classroom("7A", grace)
    ada, ben = await school.learner(classroom, "Ada"), await school.learner(classroom, "Ben")
    given = {"classroomId": classroom["id"]}
    tims = {"input": {**given, "userId": tim.user_id}}
    changed = "mutation($input: ClassroomTeacherInput!) { %s(input: $input) { userErrors { code } } }"
    await grace.ask(changed % "addClassroomTeacher", **tims)
    await grace.do("archiveClassroom", given, "classroom { id }")

    async def seen(teacher: Client) -> list[str | None]:
        found = await teacher.post(
            """query($ids: [ID!]!) { nodes(ids: $ids) {
              ... on Learner { displayName } ... on Classroom { displayName: name } } }""",
            ids=[classroom["id"], ada.learner_id, ben.learner_id],
        )
        return [each and each["displayName"] for each in found["data"]["nodes"]]

    archived = await seen(grace)
    assert await seen(tim) == archived
    await grace.do("unenrollLearner", {**given, "learnerId": ada.learner_id}, "classroom { id }")
    without_ada = await seen(grace)
    await grace.ask(changed % "removeClassroomTeacher", **tims)

    assert archived == ["7A", "Ada", "Ben"]
    assert without_ada == ["7A", None, "Ben"]
    assert await seen(tim) == [None, None, None]


async def test_a_class_gets_another_name(school: School) -> None:
    classroom = await school.classroom("7A")
    given = {"classroomId": classroom["id"], "name": "  8A  upper "}
    payload = await school.admin.do("updateClassroom", given, "classroom { name }")
    assert payload["classroom"] == {"name": "8A upper"}


@pytest.mark.parametrize("name", ["", "  ", "A" * 121, "bell\x07"])
async def test_a_name_that_is_none_is_refused(school: School, name: str) -> None:
    classroom = await school.classroom("7A")
    made = await school.admin.attempt("createClassroom", {"name": name}, "classroom { id }")
    changed = await school.admin.attempt(
        "updateClassroom", {"classroomId": classroom["id"], "name": name}, "classroom { id }"
    )
    assert _codes(made) == _codes(changed) == [("BAD_INPUT", None, ["name"])]
    assert await _names(school.admin) == ["7A"]


async def test_a_co_teacher_teaches_until_the_class_is_taken_away(school: School) -> None:
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    classroom = await school.classroom("7A", grace)
    ada = await school.learner(classroom, "Ada")
    given = {"classroomId": classroom["id"], "userId": tim.user_id}
    selection = "classroom { teachers { totalCount nodes { displayName } } }"

    async def teach(mutation: str, by: Client) -> dict[str, Any]:
        query = (
            f"mutation($input: ClassroomTeacherInput!) {{ {mutation}(input: $input) "
            f"{{ {selection} userErrors {{ code reason path }} }} }}"
        )
        payload: dict[str, Any] = (await by.ask(query, input=given))[mutation]
        return payload

    added = await teach("addClassroomTeacher", grace)
    again = await teach("addClassroomTeacher", grace)
    assert added["classroom"]["teachers"] == {
        "totalCount": 2,
        "nodes": [{"displayName": "Grace"}, {"displayName": "Tim"}],
    }
    assert again == added
    seen = "query($id: ID!) { learner(id: $id) { displayName } }"
    assert (await tim.ask(seen, id=ada.learner_id))["learner"] == {"displayName": "Ada"}
    removed = await teach("removeClassroomTeacher", grace)
    assert removed["classroom"]["teachers"]["nodes"] == [{"displayName": "Grace"}]
    assert (await tim.refused(seen, id=ada.learner_id))["extensions"]["code"] == "NOT_FOUND"
    assert _codes(await teach("removeClassroomTeacher", grace)) == [("NOT_FOUND", None, ["userId"])]

    for nobody in (ada.user_id, "usr_00000000000000000000000000000000", classroom["id"]):
        given["userId"] = nobody
        assert _codes(await teach("addClassroomTeacher", grace)) == [("NOT_FOUND", None, ["userId"])]
    given["userId"] = grace.user_id
    assert _codes(await teach("removeClassroomTeacher", grace)) == [("CONFLICT", None, ["userId"])]
    assert _codes(await teach("removeClassroomTeacher", tim)) == [("NOT_FOUND", None, ["classroomId"])]


async def test_the_class_of_another_teacher_is_not_found_whatever_one_asks(
    school: School, anonymous: Client
) -> None:
    grace, tim = await school.teacher("Grace"), await school.teacher("Tim")
    classroom = await school.classroom("7A", grace)
    ada = await school.learner(classroom, "Ada")
    stranger = (await School.found(anonymous, school.runtime)).admin
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "archiveClassroom": ("ArchiveClassroomInput", {}),
        "updateClassroom": ("UpdateClassroomInput", {"name": "mine"}),
        "renewJoinCode": ("RenewJoinCodeInput", {}),
        "addClassroomTeacher": ("ClassroomTeacherInput", {"userId": tim.user_id}),
        "removeClassroomTeacher": ("ClassroomTeacherInput", {"userId": grace.user_id}),
        "enrollLearners": ("EnrollLearnersInput", {"learners": [{"displayName": "Ben"}]}),
        "unenrollLearner": ("UnenrollLearnerInput", {"learnerId": ada.learner_id}),
    }
    for name, (kind, given) in asked.items():
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ userErrors {{ code reason path }} }} }}"
        for person in (tim, ada, stranger):
            payload = (await person.ask(query, i={"classroomId": classroom["id"], **given}))[name]
            assert _codes(payload) == [("NOT_FOUND", None, ["classroomId"])], name
    data = await grace.ask(
        """query($id: ID!) { classroom(id: $id) {
          name joinCode archivedAt teachers { totalCount } learners { totalCount } } }""",
        id=classroom["id"],
    )
    assert data["classroom"] == {
        "name": "7A", "joinCode": classroom["joinCode"], "archivedAt": None,
        "teachers": {"totalCount": 1}, "learners": {"totalCount": 1},
    }  # fmt: skip


async def test_a_teacher_who_joins_a_class_sees_it_in_the_answer(school: School) -> None:
    classroom = await school.classroom("Evening course")
    teacher = await school.teacher("Tim")
    joined = await teacher.do("joinClassroom", {"joinCode": classroom["joinCode"]}, "classroom { name }")
    assert joined["classroom"] == {"name": "Evening course"}


async def test_a_learner_of_another_system_is_made_once_however_many_classes_enroll_it_at_once(
    school: School,
) -> None:
    classrooms = [await school.classroom(f"Group {number}") for number in range(4)]
    entries = [{"displayName": "Ada", "externalId": "sis-1"}, {"displayName": "Ben", "externalId": "sis-2"}]
    payloads = await asyncio.gather(
        *(
            school.admin.do(
                "enrollLearners",
                {"classroomId": each["id"], "learners": entries if place % 2 else entries[::-1]},
                "results { created learner { displayName } userErrors { code } }",
            )
            for place, each in enumerate(classrooms)
        )
    )
    results = [result for payload in payloads for result in payload["results"]]
    assert [result["userErrors"] for result in results] == [[]] * 8
    assert sorted(result["learner"]["displayName"] for result in results if result["created"]) == [
        "Ada",
        "Ben",
    ]


async def test_a_person_who_joins_two_classes_at_once_becomes_one_learner(school: School) -> None:
    teacher, organization = await school.teacher("Tim"), decode(school.organization_id)
    user = decode(teacher.user_id)
    assert organization is not None
    assert user is not None

    async def become_learner() -> uuid.UUID:
        async with school.runtime.database.unit_of_work(organization[1]) as work:
            return await learner_of_user(work, user[1])

    async with school.runtime.database.unit_of_work(organization[1]) as work:
        first = await learner_of_user(work, user[1])
        second = asyncio.create_task(become_learner())
        await asyncio.sleep(0.1)
    assert await second == first


async def test_each_of_two_changes_in_one_request_shows_the_class_as_it_left_it(school: School) -> None:
    classroom = await school.classroom("7A")
    data = await school.admin.ask(
        """mutation($id: ID!) {
             first: updateClassroom(input: {classroomId: $id, name: "7B"}) { classroom { name } }
             second: updateClassroom(input: {classroomId: $id, name: "7C"}) { classroom { name } } }""",
        id=classroom["id"],
    )
    assert data == {"first": {"classroom": {"name": "7B"}}, "second": {"classroom": {"name": "7C"}}}
