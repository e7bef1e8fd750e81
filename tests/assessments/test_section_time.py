"""Sections with a time of their own: answered until their end by the server's clock, not at it."""

from datetime import datetime
from typing import Any

import pytest

from tests.assessments.exam_room import ExamRoom
from tests.client import School
from tests.conftest import MovableClock
from tests.live.exam_following import ENDING
from tests.socket import socket_of

SECTIONS = [
    {"title": "Warm up", "itemCount": 1, "durationSeconds": 60},
    {"title": "Sums", "itemCount": 2, "durationSeconds": 120},
    {"title": "At leisure", "itemCount": 1},
]
TIMES = """startedAt endsAt sectionEndsAt timeLeftWhenPausedSeconds
  timedSections { title firstItemNumber itemCount durationSeconds endsAt timeLeftWhenPausedSeconds }"""
CLOSED = ("CONFLICT", "SECTION_CLOSED", ["itemId"])
FOLLOWED = f"""
  subscription($id: ID!) {{ examSitting(sittingId: $id) {{ __typename
    ... on ExamSittingSnapshot {{ cursor sitting {{ {TIMES} }} }}
    ... on ExamSittingChanged {{ cursor sitting {{ {TIMES} }} }} {ENDING} }} }}
"""


async def sectioned(school: School, *names: str, seconds: int = 600, **more: Any) -> ExamRoom:
    return await ExamRoom.open(school, *names, seconds=seconds, sections=SECTIONS, **more)


def ends(sitting: dict[str, Any]) -> list[float | None]:
    """When each section ends, in seconds from the start."""
    start = datetime.fromisoformat(sitting["startedAt"])
    return [
        each["endsAt"] and (datetime.fromisoformat(each["endsAt"]) - start).total_seconds()
        for each in sitting["timedSections"]
    ]


async def test_a_section_takes_no_answers_after_its_end_and_keeps_what_it_has(
    school: School, clock: MovableClock
) -> None:
    room = await sectioned(school, "Ada")
    desk = room.desk()
    sitting = await desk.join(TIMES)
    assert ends(sitting) == [60.0, 180.0, 600.0]
    assert [(each["title"], each["firstItemNumber"], each["itemCount"], each["durationSeconds"])
            for each in sitting["timedSections"]] == [
        ("Warm up", 1, 1, 60), ("Sums", 2, 2, 120), ("At leisure", 4, 1, None),
    ]  # fmt: skip
    assert sitting["sectionEndsAt"] == sitting["timedSections"][0]["endsAt"]
    await desk.save(0, 4)
    saved = await desk.save(1, 5, TIMES)
    assert saved["sectionEndsAt"] == sitting["timedSections"][1]["endsAt"]
    clock.forward(seconds=61)
    assert await desk.refused(desk.answer(0, 5)) == CLOSED
    assert await desk.answers() == [(1, 0, 4.0), (2, 1, 5.0)]
    # The number was not used up, and what was acknowledged before is acknowledged again.
    again = await desk.learner.do("saveExamAnswer", desk.answer(0, 4, 1), "savedSequence")
    assert again["savedSequence"] == 2
    await desk.save(2, 5)
    clock.forward(seconds=120)
    assert await desk.refused(desk.answer(1, 4)) == CLOSED
    await desk.save(3, 5)
    await desk.submit()
    result = (await desk.look("result { score }", by=room.teacher))["result"]
    assert result == {"score": 3.0}


async def test_extra_time_of_the_learner_and_of_the_teacher_counts_for_sections_too(
    school: School, clock: MovableClock, address: str
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben", seconds=600, sections=SECTIONS)
    extra = {"learnerId": room.learners[0].learner_id, "extraTimePercent": 50}
    await room.teacher.do("setAccommodation", extra, "extraTimePercent")
    await room.open_exam()
    ada, ben = room.desk(0), room.desk(1)
    assert ends(await ada.join(TIMES)) == [90.0, 270.0, 900.0]
    assert ends(await ben.join(TIMES)) == [60.0, 180.0, 600.0]
    async with socket_of(address, ben.learner.token) as socket:
        stream = await socket.subscribe(FOLLOWED, id=ben.sitting_id)
        assert ends((await stream.event())["sitting"]) == [60.0, 180.0, 600.0]
        clock.forward(seconds=70)
        await room.act("extendExamTime", ada, ben, seconds=30)
        # What had ended for Ben stays ended; Ada's first section is longer by what was given.
        assert ends((await stream.event())["sitting"]) == [60.0, 210.0, 630.0]
    assert ends(await ada.look(TIMES)) == [120.0, 300.0, 930.0]
    assert await ben.refused(ben.answer(0, 5)) == CLOSED
    await ada.save(0, 5)


async def test_a_pause_stops_the_clock_of_a_section(school: School, clock: MovableClock) -> None:
    room = await sectioned(school, "Ada")
    desk = room.desk()
    await desk.join()
    clock.forward(seconds=20)
    await room.act("pauseExam")
    paused = await desk.look(TIMES)
    assert [each["endsAt"] for each in paused["timedSections"]] == [None] * 3
    left = [each["timeLeftWhenPausedSeconds"] for each in paused["timedSections"]]
    assert [whole - each for whole, each in zip((60, 180, 600), left, strict=True)] in ([20] * 3, [21] * 3)
    assert paused["sectionEndsAt"] is None
    clock.forward(minutes=5)
    await room.act("resumeExam")
    found = ends(await desk.look(TIMES))
    assert [round((end or 0) - 300) for end in found] == [60, 180, 600]
    await desk.save(0, 5)
    clock.forward(seconds=41)
    assert await desk.refused(desk.answer(0, 4)) == CLOSED


async def test_a_sitting_without_such_sections_has_none(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", sections=[{"title": "All", "itemCount": 4}])
    sitting = await room.desk().join(TIMES)
    assert (sitting["timedSections"], sitting["sectionEndsAt"]) == ([], None)


async def test_items_are_shuffled_within_sections_that_end_and_the_current_one_is_told(
    school: School, clock: MovableClock
) -> None:
    room = await sectioned(school, "Ada", shuffleItems=True)
    desk = room.desk()
    sitting = await desk.join(f"{TIMES} items {{ id }}")
    order = [each["id"] for each in sitting["items"]]
    assert order[0] == room.items[0]
    assert set(order[1:3]) == set(room.items[1:3])
    clock.forward(seconds=61)
    await desk.signal("ITEM_OPENED", 1, itemNumber=3)
    looked = await desk.look(TIMES)
    assert looked["sectionEndsAt"] == looked["timedSections"][1]["endsAt"]
    await desk.save(room.items.index(order[2]), 5)


def section(item_count: int, seconds: int | None) -> dict[str, Any]:
    return {"title": "Part", "itemCount": item_count, "durationSeconds": seconds}


@pytest.mark.parametrize(
    ("sections", "place"),
    [
        ([section(2, None), section(2, 60)], "1"),
        ([section(2, 9), section(2, None)], "0"),
        ([section(2, 400), section(2, 201)], "1"),
        ([section(2, -60), section(2, None)], "0"),
    ],
)
async def test_times_of_sections_that_do_not_hold_are_refused_with_their_place(
    school: School, sections: list[dict[str, Any]], place: str
) -> None:
    room = await ExamRoom.prepare(school)
    form = {"title": "Sums", "itemIds": room.items, "durationSeconds": 600, "sections": sections}
    payload = await room.teacher.attempt("createAssessment", form, "assessment { id }")
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("BAD_INPUT", ["sections", place, "durationSeconds"])


async def test_an_assessment_says_how_long_its_sections_last(school: School) -> None:
    room = await ExamRoom.prepare(school, sections=SECTIONS)
    query = "query($id: ID!) { assessment(id: $id) { sections { title durationSeconds } } }"
    found = (await room.teacher.ask(query, id=room.assessment_id))["assessment"]["sections"]
    assert [each["durationSeconds"] for each in found] == [60, 120, None]
