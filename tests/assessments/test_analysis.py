"""How the items of an exam did, as its teachers read it."""

from typing import Any

import pytest

from tests.assessments.exam_room import Desk, ExamRoom
from tests.client import School

ANALYSIS = """analysis { sittingCount meanScore scoreStandardDeviation reliability
  standardErrorOfMeasurement items { item { id } number answeredCount facility discrimination
    choices { choice { id } correct count share discrimination } } }"""
QUESTION: dict[str, Any] = {
    "kind": "MULTIPLE_CHOICE",
    "content": {"stem": "2 + 2?", "choices": [{"id": each, "text": each} for each in ("4", "5", "22")]},
    "answerKey": {"correctChoiceIds": ["4"]},
}


async def analysis(room: ExamRoom) -> dict[str, Any]:
    found: dict[str, Any] = (await room.exam(ANALYSIS))["analysis"]
    return found


async def with_choices(school: School, *names: str) -> ExamRoom:
    """An exam of a question to choose from and three numeric items."""
    room = await ExamRoom.prepare(school, *names, items=3)
    given = {**QUESTION, "skillIds": [room.skills[0]]}
    item = (await room.teacher.do("createItem", given, "item { id }"))["item"]["id"]
    room.items.insert(0, item)
    form = {"title": "Sums", "itemIds": room.items, "durationSeconds": 600, "attemptsAllowed": 2}
    made = await room.teacher.do("createAssessment", form, "assessment { id }")
    room.assessment_id = made["assessment"]["id"]
    await room.open_exam()
    return room


async def sit(desk: Desk, choice: str | None, right: int) -> None:
    """Take a choice of the first item, solve so many of the others, and submit."""
    await desk.join()
    if choice is not None:
        answer = {**desk.answer(0), "response": {"choiceIds": [choice]}}
        await desk.learner.do("saveExamAnswer", answer, "savedSequence")
        desk.sequence += 1
    for item in range(1, right + 1):
        await desk.save(item, 5)
    await desk.submit()


async def test_a_teacher_reads_which_items_were_hard_told_learners_apart_and_what_choices_drew(
    school: School,
) -> None:
    room = await with_choices(school, *[f"Learner {number}" for number in range(5)])
    taken = [("4", 3), ("4", 2), ("5", 2), ("5", 1), (None, 0)]
    for place, (choice, right) in enumerate(taken):
        await sit(room.desk(place), choice, right)
    # A second attempt counts for nobody's analysis.
    await sit(room.desk(4), "4", 3)

    found = await analysis(room)

    # The scores are 4, 3, 2, 1, 0: item variances .3, .2, .3, .2 of a total variance of 2.5.
    assert (found["sittingCount"], found["meanScore"]) == (5, 2.0)
    assert found["scoreStandardDeviation"] == pytest.approx(2.5**0.5)
    assert found["reliability"] == pytest.approx(4 / 3 * (1 - 1.0 / 2.5))
    assert found["standardErrorOfMeasurement"] == pytest.approx((2.5 * 0.2) ** 0.5)
    items = found["items"]
    assert [each["item"]["id"] for each in items] == room.items
    assert [(each["number"], each["answeredCount"], each["facility"]) for each in items] == [
        (1, 4, 0.4), (2, 4, 0.8), (3, 3, 0.6), (4, 1, 0.2),
    ]  # fmt: skip
    # Of the first item the rest is 3, 2, 2, 1, 0.
    rest = [3, 2, 2, 1, 0]
    solved = [1, 1, 0, 0, 0]
    assert items[0]["discrimination"] == pytest.approx(_r(solved, rest))
    choices = items[0]["choices"]
    assert [(each["choice"]["id"], each["correct"], each["count"], each["share"]) for each in choices] == [
        ("4", True, 2, 0.4), ("5", False, 2, 0.4), ("22", False, 0, 0.0),
    ]  # fmt: skip
    assert choices[0]["discrimination"] == pytest.approx(_r(solved, rest))
    assert choices[1]["discrimination"] == pytest.approx(_r([0, 0, 1, 1, 0], rest))
    assert choices[2]["discrimination"] is None
    assert [each["choices"] for each in items[1:]] == [[], [], []]


async def test_while_few_have_submitted_only_how_hard_it_was_is_told(school: School) -> None:
    room = await with_choices(school, "Ada", "Ben")
    empty = await analysis(room)
    assert (empty["sittingCount"], empty["meanScore"], empty["items"][0]["facility"]) == (0, None, None)
    await sit(room.desk(0), "5", 1)
    found = await analysis(room)
    assert (found["sittingCount"], found["meanScore"], found["reliability"]) == (1, 1.0, None)
    assert [each["facility"] for each in found["items"]] == [0.0, 1.0, 0.0, 0.0]
    assert found["items"][0]["choices"][1]["discrimination"] is None


async def test_the_analysis_is_for_teachers_of_the_class(school: School) -> None:
    room = await with_choices(school, "Ada")
    await sit(room.desk(0), "4", 3)
    query = f"query($id: ID!) {{ exam(id: $id) {{ {ANALYSIS} }} }}"
    for person in (room.learners[0], await school.teacher()):
        assert (await person.refused(query, id=room.exam_id))["extensions"]["code"] == "NOT_FOUND"


def _r(one: list[int], other: list[int]) -> float:
    """Pearson's r by its definition."""
    a, b = sum(one) / len(one), sum(other) / len(other)
    together = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    return float(together / (sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other)) ** 0.5)
