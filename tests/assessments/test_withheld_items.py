"""What an exam asks is met nowhere but in its sittings until the results are released."""

from typing import Any

from tests.assessments.exam_room import ExamRoom
from tests.client import Client, School
from tests.mastery.curriculum import new_item, tenant_of, uuid_of

BY_ID = """query($id: ID!, $skill: ID!) {
  item(id: $id) { stem }
  node(id: $id) { ... on Item { stem choices { text } } }
  nodes(ids: [$id]) { id }
  skill(id: $skill) { items { totalCount nodes { id } } } }"""
START = "session { id nextItem { id } }"
RETIRED = ("CONFLICT", "ITEM_RETIRED", ["itemId"])


async def seen(room: ExamRoom, person: Client, item: int = 0) -> list[str]:
    """The ways by which a person comes to an item."""
    item_id = room.items[item]
    answer = await person.post(BY_ID, id=item_id, skill=room.skills[item % 2])
    data, errors = answer["data"], answer.get("errors", [])
    assert [each["extensions"]["code"] for each in errors] == ["NOT_FOUND"] * len(errors)
    items = data["skill"]["items"]
    assert items["totalCount"] == len(items["nodes"])
    ways = {
        "item": data["item"] is not None,
        "node": data["node"] is not None,
        "nodes": data["nodes"] != [None],
        "skill": item_id in [each["id"] for each in items["nodes"]],
    }
    return [way for way, found in ways.items() if found]


EVERYWHERE = ["item", "node", "nodes", "skill"]
NOWHERE: list[str] = []


async def practising(person: Client, *skills: str) -> tuple[str, str | None]:
    """A new session on these skills, and its next item."""
    payload = await person.do("startPracticeSession", {"skillIds": list(skills)}, START)
    next_item = payload["session"]["nextItem"]
    return payload["session"]["id"], next_item["id"] if next_item else None


async def refused(person: Client, session_id: str, item_id: str) -> tuple[str, str | None, list[str]]:
    """An attempt that must be refused, alone and in a batch."""
    given = {"sessionId": session_id, "itemId": item_id, "response": {"number": 5}}
    alone = await person.attempt("recordAttempt", given, "attempt { correct feedback }")
    entries = "results { attempt { correct } userErrors { code reason path } }"
    batch = await person.attempt("recordAttempts", {"attempts": [given]}, entries)
    (error,), (entry,) = alone["userErrors"], batch["results"]
    assert alone["attempt"] is None
    assert entry["attempt"] is None
    assert entry["userErrors"][0]["reason"] == error["reason"]
    return error["code"], error["reason"], error["path"]


async def close_and_release(room: ExamRoom) -> None:
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")


async def test_an_item_is_found_again_when_the_results_are_released_and_not_before(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben")
    stranger = await school.learner(await school.classroom("7B"), "Cleo")
    ada, teacher = room.learners[0], await school.teacher()
    learners = (ada, room.learners[1], stranger)

    async def who_sees() -> list[list[str]]:
        return [await seen(room, each) for each in learners]

    assert await who_sees() == [NOWHERE] * 3
    await room.open_exam()
    assert await who_sees() == [NOWHERE] * 3
    desk = room.desk()
    assert len((await desk.join("items { id stem }"))["items"]) == 4
    assert await who_sees() == [NOWHERE] * 3
    await desk.submit()
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    assert await who_sees() == [NOWHERE] * 3
    assert await seen(room, teacher) == EVERYWHERE
    withheld = "query($id: ID!) { item(id: $id) { withheldAt } }"
    assert (await teacher.ask(withheld, id=room.items[0]))["item"]["withheldAt"] is not None
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")
    assert await who_sees() == [EVERYWHERE] * 3
    assert (await teacher.ask(withheld, id=room.items[0]))["item"] == {"withheldAt": None}


async def test_items_of_an_exam_do_not_come_up_in_practice(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = room.learners
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        free = f"itm_{(await new_item(work, [uuid_of(room.skills[0])])).hex}"
    session_id, offered = await practising(ada, room.skills[0])
    assert offered == free
    assert (await practising(ada, room.skills[1]))[1] is None
    chosen = await ada.do("startPracticeSession", {}, "session { skills { id } nextItem { id } }")
    assert chosen["session"] == {"skills": [{"id": room.skills[0]}], "nextItem": {"id": free}}
    assert await refused(ada, session_id, room.items[0]) == RETIRED
    after = await ada.do(
        "recordAttempt", {"sessionId": session_id, "itemId": free, "response": {"number": 5}}, START
    )
    assert after["session"]["nextItem"] is None
    await close_and_release(room)
    assert (await practising(ada, room.skills[1]))[1] in room.items


async def test_what_an_exam_takes_between_two_answers_is_not_asked_next(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    (ada,) = room.learners
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        free = {f"itm_{(await new_item(work, [uuid_of(room.skills[0])])).hex}" for _ in range(2)}
    session_id, asked = await practising(ada, room.skills[0])
    (other,) = free - {asked}
    # This process has read a moment ago what may be asked, the other item among it.
    given = {"title": "Quiz", "itemIds": [other], "durationSeconds": 600}
    await room.teacher.do("createAssessment", given, "assessment { id }")
    answer = {"sessionId": session_id, "itemId": asked, "response": {"number": 5}}
    after = await ada.do("recordAttempt", answer, START)
    assert after["session"]["nextItem"] is None


async def test_a_session_whose_next_item_an_exam_takes_asks_another_one_or_none(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben")
    await close_and_release(await opened(room))
    ada, ben = room.learners
    session_id, offered = await practising(ada, room.skills[0])
    other_id, other = await practising(ben, room.skills[1])
    assert {offered, other} <= set(room.items)
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        free = f"itm_{(await new_item(work, [uuid_of(room.skills[0])])).hex}"
    await room.open_exam()
    looked = "query($id: ID!) { practiceSession(id: $id) { nextItem { id } } }"
    assert (await ada.ask(looked, id=session_id))["practiceSession"] == {"nextItem": {"id": free}}
    assert (await ben.ask(looked, id=other_id))["practiceSession"] == {"nextItem": None}
    assert await refused(ada, session_id, offered or "") == RETIRED
    assert await refused(ben, other_id, other or "") == RETIRED
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        late = f"itm_{(await new_item(work, [uuid_of(room.skills[1])])).hex}"
    resume = f"""mutation($input: PracticeSessionInput!) {{
      resumePracticeSession(input: $input) {{ {START} userErrors {{ code }} }} }}"""
    resumed = (await ben.ask(resume, input={"sessionId": other_id}))["resumePracticeSession"]
    assert resumed["session"]["nextItem"] == {"id": late}


async def test_what_was_answered_before_stays_in_the_learners_attempts(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    await close_and_release(await opened(room))
    (ada,) = room.learners
    session_id, offered = await practising(ada, room.skills[0])
    given = {"sessionId": session_id, "itemId": offered, "response": {"number": 5}}
    await ada.do("recordAttempt", given, "attempt { id }")
    await school.settled(ada)
    await room.open_exam()
    query = "{ viewer { learner { attempts { nodes { item { id } } } recommendations { item { id } } } } }"
    data = await ada.ask(query)
    learner = data["viewer"]["learner"]
    assert learner["attempts"]["nodes"] == [{"item": {"id": offered}}]
    assert [each["item"] for each in learner["recommendations"]] == [None] * len(learner["recommendations"])
    assert learner["recommendations"] != []


async def test_a_version_that_an_exam_asks_is_not_read_through_an_attempt_at_an_earlier_one(
    school: School,
) -> None:
    room = await ExamRoom.prepare(school, "Ada", releasePolicy="AT_SUBMISSION")
    await close_and_release(await opened(room))
    (ada,) = room.learners
    session_id, offered = await practising(ada, room.skills[0])
    given = {"sessionId": session_id, "itemId": offered, "response": {"number": 5}}
    await ada.do("recordAttempt", given, "attempt { id }")
    query = "{ viewer { learner { attempts { nodes { item { id stem version } } } } } }"

    async def stems() -> list[tuple[str, int]]:
        nodes = (await ada.ask(query))["viewer"]["learner"]["attempts"]["nodes"]
        return [(each["item"]["stem"], each["item"]["version"]) for each in nodes]

    before = await stems()
    change = {"itemId": offered, "expectedVersion": 1, "content": {"stem": "What the exam asks"},
              "answerKey": {"value": 5}}  # fmt: skip
    await room.teacher.do("updateItem", change, "item { version }")
    assert await stems() == [("What the exam asks", 2)]
    form = {"title": "New", "itemIds": [offered], "durationSeconds": 600, "releasePolicy": "AT_SUBMISSION"}
    made = await room.teacher.do("createAssessment", form, "assessment { id }")
    room.assessment_id, room.items = made["assessment"]["id"], [offered or ""]
    await room.open_exam()
    assert await stems() == before
    desk = room.desk()
    await desk.join()
    assert await stems() == [("What the exam asks", 2)]
    await desk.submit()
    result = (await desk.look("result { items { item { stem } } }"))["result"]
    assert result["items"] == [{"item": {"stem": "What the exam asks"}}]


async def test_two_assessments_keep_an_item_until_both_are_released(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    form = {"title": "Again", "itemIds": room.items[:1], "durationSeconds": 600}
    again = (await room.teacher.do("createAssessment", form, "assessment { id }"))["assessment"]["id"]
    await close_and_release(room)
    (ada,) = room.learners
    assert (await seen(room, ada, 0), await seen(room, ada, 1)) == (NOWHERE, EVERYWHERE)
    retired = await room.teacher.do(
        "retireAssessment", {"assessmentId": again}, "assessment { id retiredAt }"
    )
    assert retired["assessment"]["retiredAt"] is not None
    assert await seen(room, ada, 0) == EVERYWHERE
    opened_again = await room.teacher.attempt(
        "openExam", {"assessmentId": again, "classroomId": room.classroom["id"]}, "exam { id }"
    )
    assert [each["code"] for each in opened_again["userErrors"]] == ["CONFLICT"]
    assert await seen(room, ada, 0) == EVERYWHERE


async def test_an_assessment_is_retired_by_staff_when_no_exam_of_it_goes_on(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    given = {"assessmentId": room.assessment_id}

    async def refusal(person: Client) -> Any:
        payload = await person.attempt("retireAssessment", given, "assessment { id }")
        return [(each["code"], each["path"]) for each in payload["userErrors"]]

    assert await refusal(room.learners[0]) == [("NOT_FOUND", ["assessmentId"])]
    assert await refusal(room.teacher) == [("CONFLICT", ["assessmentId"])]
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    await room.teacher.do("retireAssessment", given, "assessment { id }")
    # Its results are not released yet.
    assert await seen(room, room.learners[0]) == NOWHERE
    await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")
    assert await seen(room, room.learners[0]) == EVERYWHERE


async def test_who_never_began_an_exam_reads_nothing_of_it(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    await room.open_exam()
    query = "query($id: ID!) { exam(id: $id) { sittings(first: 1) { nodes { id state items { id } } } } }"

    async def sittings() -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = (await room.learners[0].ask(query, id=room.exam_id))["exam"][
            "sittings"
        ]["nodes"]
        return [{"state": each["state"], "items": each["items"]} for each in nodes]

    assert await sittings() == [{"state": "NOT_STARTED", "items": []}]
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    assert await sittings() == [{"state": "CLOSED", "items": []}]


async def opened(room: ExamRoom) -> ExamRoom:
    """The room with its exam opened."""
    await room.open_exam()
    return room
