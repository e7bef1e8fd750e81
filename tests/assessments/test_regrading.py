"""Scoring an exam anew: a wrong key is set right, what was asked and answered stays."""

from typing import Any

from app.leaderboards.news import BoardNews
from app.realtime.consumers import drain
from tests.assessments.exam_room import ExamRoom
from tests.client import Client, School
from tests.live.following import LEADERBOARD, board_after
from tests.socket import socket_of

RESULT = "result { score maximum items { score correct } }"


async def set_key(room: ExamRoom, item: int, value: float) -> None:
    """A new version of an item, with another key."""
    given = {"itemId": room.items[item], "expectedVersion": await version(room, item),
             "answerKey": {"value": value}}  # fmt: skip
    await room.teacher.do("updateItem", given, "item { version }")


async def version(room: ExamRoom, item: int) -> int:
    found = await room.teacher.ask("query($id: ID!) { item(id: $id) { version } }", id=room.items[item])
    number: int = found["item"]["version"]
    return number


async def regrade(room: ExamRoom, *items: int, by: Client | None = None) -> Any:
    given = {"examId": room.exam_id, "itemIds": [room.items[item] for item in items]}
    payload = await (by or room.teacher).attempt("regradeExam", given, "exam { id }")
    return [(error["code"], error["path"]) for error in payload["userErrors"]] or payload["exam"]["id"]


async def test_a_key_that_is_set_right_scores_what_has_ended_and_what_ends_later(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", releasePolicy="AT_SUBMISSION")
    ada, ben = await room.desks()
    await ada.save(0, 5)
    await ada.save(1, 6)
    await ada.submit()
    await drain(school.runtime.maintenance, [BoardNews()])
    async with socket_of(address, ben.learner.token) as socket:
        board = await socket.subscribe(LEADERBOARD, id=room.exam_id)
        held = board_after({}, await board.event())
        assert [each["score"] for each in held.values()] == [1.0]
        await set_key(room, 1, 6)
        assert (await ada.look(RESULT))["result"]["score"] == 1.0
        assert await regrade(room, 1) == room.exam_id
        await drain(school.runtime.maintenance, [BoardNews()])
        held = board_after(held, await board.event())
        assert [each["score"] for each in held.values()] == [2.0]
    result = (await ada.look(RESULT))["result"]
    assert (result["score"], [each["correct"] for each in result["items"]]) == (
        2.0,
        [True, True, False, False],
    )
    assert await ada.answers() == [(1, 0, 5.0), (2, 1, 6.0)]
    await ben.save(1, 6)
    await ben.save(2, 6)
    await ben.submit()
    assert (await ben.look(RESULT))["result"]["score"] == 1.0
    # A second regrade of the same changes nothing; another key counts when it is asked for.
    assert await regrade(room, 1) == room.exam_id
    await set_key(room, 1, 7)
    assert await regrade(room, 0) == room.exam_id
    assert (await ada.look(RESULT))["result"]["score"] == 2.0


async def test_a_regrade_is_of_items_that_the_exam_asked_with_keys_that_fit(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.save(0, 5)
    await ada.submit()
    stranger = await school.teacher()
    question = {
        "kind": "MULTIPLE_CHOICE", "skillIds": [room.skills[0]], "answerKey": {"correctChoiceIds": ["a"]},
        "content": {"stem": "2 + 2?", "choices": [{"id": "a", "text": "4"}, {"id": "b", "text": "5"}]},
    }  # fmt: skip
    asked = (await room.teacher.do("createItem", question, "item { id }"))["item"]["id"]
    room.items.append(asked)
    assert await regrade(room, 4) == [("NOT_FOUND", ["itemIds", "0"])]
    assert await regrade(room, 0, by=ada.learner) == [("NOT_FOUND", ["examId"])]
    assert await regrade(room, 0, by=stranger) == [("NOT_FOUND", ["examId"])]
    assert await regrade(room) == [("BAD_INPUT", ["itemIds"])]
    form = {"title": "Choose", "itemIds": [asked], "durationSeconds": 600}
    made = await room.teacher.do("createAssessment", form, "assessment { id }")
    room.assessment_id = made["assessment"]["id"]
    await room.open_exam()
    changed = {
        "itemId": asked, "expectedVersion": 1, "answerKey": {"correctChoiceIds": ["c"]},
        "content": {"stem": "2 + 2?", "choices": [{"id": "c", "text": "4"}, {"id": "b", "text": "5"}]},
    }  # fmt: skip
    await room.teacher.do("updateItem", changed, "item { version }")
    assert await regrade(room, 4) == [("CONFLICT", ["itemIds", "0"])]
