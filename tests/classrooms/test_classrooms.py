"""Classes: who makes them, who comes in, who sees whom."""

from tests.client import School


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
