"""Fixed forms: what a teacher makes, what stays when items change, and how each sitting has it."""

from typing import Any

import pytest

from tests.assessments.exam_room import ExamRoom
from tests.client import School
from tests.mastery.curriculum import new_version, retire, tenant_of, uuid_of

FORM = """id title durationSeconds itemCount shuffleItems attemptsAllowed releasePolicy
  sections { title itemCount } items { id version stem }"""


async def make(room: ExamRoom, **given: Any) -> dict[str, Any]:
    values = {"title": "Sums", "itemIds": room.items, "durationSeconds": 600, **given}
    return await room.teacher.attempt("createAssessment", values, f"assessment {{ {FORM} }}")


async def test_a_teacher_makes_a_form_of_sections(school: School) -> None:
    room = await ExamRoom.prepare(school)
    sections = [{"title": "Easy", "itemCount": 1}, {"title": "Hard", "itemCount": 3}]
    payload = await make(room, sections=sections, attemptsAllowed=2, releasePolicy="AT_CLOSE")
    assert payload["userErrors"] == []
    assessment = payload["assessment"]
    assert [item["id"] for item in assessment.pop("items")] == room.items
    assert assessment.pop("id").startswith("asm_")
    assert assessment == {
        "title": "Sums", "durationSeconds": 600, "itemCount": 4, "shuffleItems": False,
        "attemptsAllowed": 2, "releasePolicy": "AT_CLOSE", "sections": sections,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"title": " "}, "BAD_INPUT", ["title"]),
        ({"durationSeconds": 59}, "BAD_INPUT", ["durationSeconds"]),
        ({"durationSeconds": 86401}, "BAD_INPUT", ["durationSeconds"]),
        ({"itemIds": []}, "BAD_INPUT", ["itemIds"]),
        ({"itemIds": ["itm_" + "0" * 32]}, "NOT_FOUND", ["itemIds", "0"]),
        ({"attemptsAllowed": 0}, "BAD_INPUT", ["attemptsAllowed"]),
        ({"sections": [{"title": "Easy", "itemCount": 3}]}, "BAD_INPUT", ["sections"]),
        ({"sections": [{"title": "Easy", "itemCount": 0}]}, "BAD_INPUT", ["sections", "0", "itemCount"]),
    ],
)
async def test_a_form_that_does_not_hold_is_refused_with_the_place(
    school: School, given: dict[str, Any], code: str, path: list[str]
) -> None:
    room = await ExamRoom.prepare(school)
    payload = await make(room, **given)
    assert payload["assessment"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [(code, path)]


async def test_an_item_stands_once_and_is_still_asked(school: School) -> None:
    room = await ExamRoom.prepare(school)
    twice = await make(room, itemIds=[room.items[0], room.items[1], room.items[0]])
    assert twice["userErrors"][0]["path"] == ["itemIds", "2"]
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        await retire(work, uuid_of(room.items[1]))
    retired = await make(room)
    assert (retired["userErrors"][0]["reason"], retired["userErrors"][0]["path"]) == (
        "ITEM_RETIRED", ["itemIds", "1"],
    )  # fmt: skip


async def test_the_same_key_makes_one_assessment_and_another_body_is_a_conflict(school: School) -> None:
    room = await ExamRoom.prepare(school)
    first = await make(room, idempotencyKey="k1")
    again = await make(room, idempotencyKey="k1")
    other = await make(room, idempotencyKey="k1", title="Others")
    assert first["assessment"]["id"] == again["assessment"]["id"]
    assert other["userErrors"][0]["code"] == "IDEMPOTENCY_CONFLICT"


async def test_a_learner_neither_makes_nor_sees_an_assessment(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = room.learners
    given = {"title": "Sums", "itemIds": room.items, "durationSeconds": 600}
    refused = await ada.attempt("createAssessment", given, "assessment { id }")
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"
    query = "query($id: ID!) { assessment(id: $id) { title } }"
    hidden = await ada.refused(query, id=room.assessment_id)
    assert hidden["extensions"]["code"] == "NOT_FOUND"
    # Of an exam of the own class the title is seen, the items are not.
    exam = await room.exam("assessment { title durationSeconds }", by=ada)
    assert exam == {"assessment": {"title": "Sums", "durationSeconds": 3600}}
    query = "query($id: ID!) { exam(id: $id) { assessment { items { stem } } } }"
    hidden = await ada.refused(query, id=room.exam_id)
    assert hidden["extensions"]["code"] == "NOT_FOUND"


async def test_a_later_version_of_an_item_does_not_change_the_exam(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", releasePolicy="AT_SUBMISSION")
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        await new_version(work, uuid_of(room.items[0]), 6.0)
    desk = room.desk()
    sitting = await desk.join("items { id version stem }")
    assert sitting["items"][0] == {"id": room.items[0], "version": 1, "stem": "How many?"}
    await desk.save(0, 5)
    await desk.submit()
    result = (await desk.look("result { score maximum }"))["result"]
    assert result == {"score": 1.0, "maximum": 4}


async def test_each_sitting_has_items_shuffled_within_sections_and_the_same_every_time(
    school: School,
) -> None:
    sections = [{"title": "First", "itemCount": 5}, {"title": "Then", "itemCount": 5}]
    room = await ExamRoom.open(school, "Ada", "Ben", items=10, shuffleItems=True, sections=sections)
    orders = []
    for desk in await room.desks():
        first, again = await desk.look("items { id }"), await desk.look("items { id }")
        assert first == again
        order = [each["id"] for each in first["items"]]
        assert sorted(order[:5]) == sorted(room.items[:5])
        assert sorted(order[5:]) == sorted(room.items[5:])
        orders.append(order)
        # The item's number is its place in the own order.
        saved = await desk.save(7)
        assert saved["currentItemNumber"] == order.index(room.items[7]) + 1
    assert orders[0] != orders[1]


async def test_choices_are_shuffled_for_each_sitting_and_answers_name_them_by_id(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben")
    choices = [{"id": str(number), "text": f"choice {number}"} for number in range(8)]
    item = {"kind": "MULTIPLE_CHOICE", "content": {"stem": "Which?", "choices": choices},
            "answerKey": {"correctChoiceIds": ["3"]}, "skillIds": room.skills[:1]}  # fmt: skip
    made = (await room.teacher.do("createItem", item, "item { id }"))["item"]["id"]
    form = {"title": "Choose", "itemIds": [made], "durationSeconds": 600, "shuffleChoices": True,
            "releasePolicy": "AT_SUBMISSION"}  # fmt: skip
    room.assessment_id = (await room.teacher.do("createAssessment", form, "assessment { id }"))["assessment"][
        "id"
    ]
    await room.open_exam()
    orders = []
    for desk in await room.desks():
        (shown,) = (await desk.look("items { choices { id } }"))["items"]
        orders.append([each["id"] for each in shown["choices"]])
        given = {**desk.answer(), "itemId": made, "response": {"choiceIds": ["3"]}}
        await desk.learner.do("saveExamAnswer", given, "savedSequence")
        await desk.submit()
        assert (await desk.look("result { score }"))["result"] == {"score": 1.0}
    assert sorted(orders[0]) == sorted(orders[1]) == [each["id"] for each in choices]
    assert orders[0] != orders[1]
