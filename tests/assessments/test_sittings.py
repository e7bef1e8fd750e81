"""Sitting an exam: joining, saving, time, devices, submission; what is refused leaves the answers alone."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from app.assessments.sweeping import sweep_exams
from app.runtime import Runtime
from tests.assessments.exam_room import ANSWERS, ExamRoom
from tests.client import School
from tests.conftest import MovableClock
from tests.mastery.curriculum import new_item, tenant_of, uuid_of

CONFLICT = "CONFLICT"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def swept(runtime: Runtime) -> None:
    """Let the exam clock look, as the worker does every second."""
    await sweep_exams(runtime.maintenance, runtime.database)


async def test_an_exam_from_joining_to_the_result(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", releasePolicy="AT_SUBMISSION")
    assert room.opened["exam"]["state"] == "OPEN"
    desk = room.desk()
    sitting = await desk.join(f"startedAt endsAt state currentItemNumber items {{ id }} {ANSWERS}")
    assert (sitting["state"], sitting["currentItemNumber"], sitting["answers"]) == ("ACTIVE", 1, [])
    assert [each["id"] for each in sitting["items"]] == room.items
    assert moment(sitting["endsAt"]) - moment(sitting["startedAt"]) == timedelta(hours=1)
    await desk.save(0, 5)
    await desk.save(1, 4)
    saved = await desk.save(1, 5)
    assert (saved["answeredCount"], saved["currentItemNumber"]) == (2, 2)
    assert await desk.answers() == [(1, 0, 5), (3, 1, 5)]
    submitted = await desk.submit()
    assert (submitted["state"], submitted["presence"]) == ("SUBMITTED", "OFFLINE")
    result = (
        await desk.look(
            "result { score maximum skills { skill { code } score maximum } "
            "items { item { id } answered score correct feedback } }"
        )
    )["result"]
    assert (result["score"], result["maximum"]) == (2.0, 4)
    assert result["skills"] == [
        {"skill": {"code": "add"}, "score": 1.0, "maximum": 2},
        {"skill": {"code": "subtract"}, "score": 1.0, "maximum": 2},
    ]
    assert result["items"][1] == {
        "item": {"id": room.items[1]}, "answered": True, "score": 1.0, "correct": True, "feedback": "Right.",
    }  # fmt: skip
    assert result["items"][2] == {
        "item": {"id": room.items[2]}, "answered": False, "score": 0.0, "correct": False, "feedback": None,
    }  # fmt: skip


async def test_who_joins_before_the_exam_opens_waits_and_begins_at_its_moment(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben")
    opens_at = clock() + timedelta(minutes=5)
    await room.open_exam(opensAt=opens_at.isoformat())
    desk = room.desk()
    sitting = await desk.join("state endsAt items { id } exam { state }")
    assert sitting["state"] == "WAITING"
    assert (sitting["endsAt"], sitting["items"], sitting["exam"]["state"]) == (None, [], "SCHEDULED")
    assert await desk.refused(desk.answer()) == (CONFLICT, "EXAM_NOT_OPEN", ["sittingId"])
    clock.forward(minutes=5, seconds=3)
    await swept(runtime)
    sitting = await desk.look("state endsAt startedAt items { id } exam { state }")
    assert (sitting["state"], sitting["exam"]["state"], len(sitting["items"])) == ("ACTIVE", "OPEN", 4)
    assert moment(sitting["startedAt"]) == opens_at
    assert moment(sitting["endsAt"]) == opens_at + timedelta(hours=1)


async def test_a_join_opens_an_exam_whose_moment_has_come_without_anybody_looking(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben")
    await room.open_exam(opensAt=(clock() + timedelta(minutes=5)).isoformat())
    early, late = room.desk(0), room.desk(1)
    await early.join()
    clock.forward(minutes=6)
    assert (await late.join("state"))["state"] == "ACTIVE"
    assert (await early.look("state"))["state"] == "ACTIVE"
    assert (await room.exam())["state"] == "OPEN"


async def test_an_answer_is_stored_once_however_often_it_is_sent(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    given = desk.answer(0, 5)
    payloads = await asyncio.gather(
        *(desk.learner.attempt("saveExamAnswer", given, "savedSequence") for _ in range(5))
    )
    assert payloads == [{"savedSequence": 1, "userErrors": []}] * 5
    assert await desk.answers() == [(1, 0, 5)]
    assert (await desk.look("answeredCount"))["answeredCount"] == 1


async def test_a_number_that_came_with_another_answer_is_refused_and_the_first_stays(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    await desk.save(0, 5)
    reused = (CONFLICT, "SEQUENCE_REUSED", ["sequence"])
    assert await desk.refused(desk.answer(0, 6, sequence=1)) == reused
    assert await desk.refused(desk.answer(1, 5, sequence=1)) == reused
    assert await desk.answers() == [(1, 0, 5)]


async def test_an_answer_before_its_turn_is_refused_until_the_earlier_ones_are_in(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    assert await desk.refused(desk.answer(0, 5, sequence=2)) == (CONFLICT, "OUT_OF_SEQUENCE", ["sequence"])
    assert (await desk.refused(desk.answer(0, 5, sequence=0)))[0] == "BAD_INPUT"
    assert await desk.answers() == []
    await desk.save(0, 5)
    await desk.save(1, 5)
    assert await desk.answers() == [(1, 0, 5), (2, 1, 5)]


async def test_answers_are_taken_until_the_end_by_the_servers_clock_and_not_at_it(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada", seconds=300, releasePolicy="AT_SUBMISSION")
    desk = room.desk()
    end = moment((await desk.join())["endsAt"])
    clock.forward(seconds=290)
    await desk.save(0, 5)
    clock.offset += end - clock()
    up = (CONFLICT, "TIME_IS_UP", ["sittingId"])
    assert await desk.refused(desk.answer(1, 5)) == up
    assert await desk.refused_to_join() == (CONFLICT, "TIME_IS_UP", ["examId"])
    # Nobody is connected: the exam clock ends it, at the moment at which it ended.
    await swept(runtime)
    sitting = await desk.look("state submittedAt answeredCount result { score }")
    assert sitting["state"] == "FORCE_SUBMITTED"
    assert moment(sitting["submittedAt"]) == end
    assert sitting["result"] == {"score": 1.0}
    assert await desk.refused(desk.answer(1, 5)) == up
    # What was acknowledged before is acknowledged again.
    payload = await desk.learner.do("saveExamAnswer", desk.answer(0, 5, sequence=1), "savedSequence")
    assert payload["savedSequence"] == 1
    assert await desk.answers() == [(1, 0, 5)]


async def test_submitting_after_the_end_finds_it_submitted_at_the_end(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada", seconds=300)
    desk = room.desk()
    await desk.join()
    await desk.save(0, 5)
    clock.forward(seconds=301)
    assert (await desk.submit())["state"] == "FORCE_SUBMITTED"
    assert (await desk.submit())["state"] == "FORCE_SUBMITTED"


async def test_a_submitted_sitting_takes_no_more(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    await desk.save(0, 5)
    await desk.submit()
    assert (await desk.submit())["state"] == "SUBMITTED"
    assert await desk.refused(desk.answer(1, 5)) == (CONFLICT, "SITTING_SUBMITTED", ["sittingId"])
    assert await desk.refused_to_join() == (CONFLICT, "NO_ATTEMPTS_LEFT", ["examId"])
    assert await desk.answers() == [(1, 0, 5)]


async def test_a_second_attempt_is_a_sitting_of_its_own(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", attemptsAllowed=2, releasePolicy="AT_SUBMISSION")
    desk = room.desk()
    await desk.join()
    await desk.save(0, 5)
    await desk.submit()
    first = desk.sitting_id
    again = await desk.join(f"attemptNumber state {ANSWERS}")
    assert (again["attemptNumber"], again["state"], again["answers"]) == (2, "ACTIVE", [])
    assert desk.sitting_id != first
    assert desk.sequence == 1
    await desk.submit()
    assert await desk.refused_to_join() == (CONFLICT, "NO_ATTEMPTS_LEFT", ["examId"])


async def test_anothers_sitting_is_not_found_and_keeps_its_answers(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    await ada.save(0, 5)
    intruding = {**ada.answer(1, 7), "sittingId": ada.sitting_id}
    assert await ben.refused(intruding) == ("NOT_FOUND", None, ["sittingId"])
    payload = await ben.learner.attempt("submitExam", {"sittingId": ada.sitting_id}, "sitting { id }")
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    given = {"sittingId": ada.sitting_id, "signals": [{"kind": "HAND_RAISED", "sequence": 1}]}
    payload = await ben.learner.attempt("reportExamSignals", given, "serverTime")
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"
    query = "query($id: ID!) { examSitting(id: $id) { state } }"
    assert (await ben.learner.refused(query, id=ada.sitting_id))["extensions"]["code"] == "NOT_FOUND"
    assert await ada.answers() == [(1, 0, 5)]
    # A teacher sees the sitting, and answers nothing in it.
    payload = await room.teacher.attempt("saveExamAnswer", intruding, "savedSequence")
    assert payload["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_learner_sees_the_own_sitting_among_those_of_an_exam(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    exam = await room.exam("sittings { totalCount nodes { id } }", by=ben.learner)
    assert exam["sittings"] == {"totalCount": 1, "nodes": [{"id": ben.sitting_id}]}
    exam = await room.exam("sittings { totalCount nodes { id } }")
    assert exam["sittings"]["totalCount"] == 2
    assert {each["id"] for each in exam["sittings"]["nodes"]} == {ada.sitting_id, ben.sitting_id}


async def test_items_are_read_some_at_a_time(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", items=7, shuffleItems=True)
    desk = room.desk()
    order = [each["id"] for each in (await desk.join("items { id }"))["items"]]
    parts = """a: items(first: 3) { id } b: items(first: 3, fromNumber: 4) { id }
      c: items(fromNumber: 7) { id } d: items(fromNumber: 8) { id }"""
    found = await desk.look(parts)
    assert [[each["id"] for each in found[part]] for part in "abcd"] == [order[:3], order[3:6], order[6:], []]
    query = "query($id: ID!) {{ examSitting(id: $id) {{ items({}) {{ id }} }} }}"
    for arguments in ("fromNumber: 0", "first: 0", "first: 101"):
        refused = await desk.learner.refused(query.format(arguments), id=desk.sitting_id)
        assert refused["extensions"]["code"] == "BAD_INPUT"
    # A class's sittings with the first items of each are a question that may be asked.
    watched = (
        "query($id: ID!) { exam(id: $id) { sittings(first: 100) { nodes { items(first: 5) { id } } } } }"
    )
    nodes = (await room.teacher.ask(watched, id=room.exam_id))["exam"]["sittings"]["nodes"]
    assert [[each["id"] for each in node["items"]] for node in nodes] == [order[:5]]


async def test_what_is_refused_leaves_the_stored_answers_as_they_are(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", items=6)
    ada, ben = await room.desks()
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        other = f"itm_{(await new_item(work, [uuid_of(room.skills[0])])).hex}"
    await ada.save(0, 5)
    await ben.save(1, 4)
    stored = [(1, 0, 5.0)]
    stranger = {**ada.answer(1), "sittingId": ben.sitting_id}
    late = {**ada.answer(1), "sequence": 4}
    given: list[tuple[dict[str, Any], tuple[str, str | None, list[str]]]] = [
        (stranger, ("NOT_FOUND", None, ["sittingId"])),
        (late, (CONFLICT, "OUT_OF_SEQUENCE", ["sequence"])),
        ({**ada.answer(0, 4), "sequence": 1}, (CONFLICT, "SEQUENCE_REUSED", ["sequence"])),
        ({**ada.answer(1), "sequence": 0}, ("BAD_INPUT", None, ["sequence"])),
        ({**ada.answer(1), "sequence": -1}, ("BAD_INPUT", None, ["sequence"])),
        ({**ada.answer(1), "itemId": other}, ("NOT_FOUND", None, ["itemId"])),
        ({**ada.answer(1), "deviceId": "phone"}, (CONFLICT, "SITTING_TAKEN_OVER", ["deviceId"])),
        ({**ada.answer(1), "response": {"text": "5"}}, ("BAD_INPUT", "RESPONSE_KIND_MISMATCH", ["response"])),
        ({**ada.answer(1), "sittingId": room.exam_id}, ("NOT_FOUND", None, ["sittingId"])),
    ]
    for answer, refusal in given:
        assert await ada.refused(answer) == refusal
        assert await ada.answers() == stored
    forged = await ada.signal("HEARTBEAT", 1, clientTime="2099-01-01T00:00:00Z")
    assert forged["userErrors"][0]["path"] == ["signals", "0", "clientTime"]
    assert (await ada.answers(), await ben.answers()) == (stored, [(1, 1, 4.0)])
    clock.forward(minutes=9)
    await room.act("extendExamTime", seconds=1)
    for state, reason, act in (("PAUSED", "SITTING_PAUSED", "pauseExam"), ("ACTIVE", None, "resumeExam")):
        await room.act(act, ada)
        assert (await ada.look("state"))["state"] == state
        if reason:
            assert await ada.refused(ada.answer(1)) == (CONFLICT, reason, ["sittingId"])
            assert await ada.answers() == stored
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    assert await ada.refused(ada.answer(1)) == (CONFLICT, "SITTING_SUBMITTED", ["sittingId"])
    assert await room.refused("extendExamTime", ada, seconds=60) == (CONFLICT, "EXAM_CLOSED", ["examId"])
    assert await ada.answers() == stored


async def test_a_message_names_the_parts_of_a_response_as_clients_write_them(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    given = {**ada.answer(0), "response": {"choiceIds": ["a"]}}
    payload = await ada.learner.attempt("saveExamAnswer", given, "savedSequence")
    assert payload["userErrors"][0]["message"] == "This item is answered with number, not with choiceIds."


async def test_a_response_that_does_not_fit_is_refused_with_its_place(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    desk = room.desk()
    await desk.join()
    text = {**desk.answer(), "response": {"text": "five"}}
    assert await desk.refused(text) == ("BAD_INPUT", "RESPONSE_KIND_MISMATCH", ["response"])
    async with school.runtime.database.unit_of_work(_tenant(school)) as work:
        stranger = await _stray_item(work)
    other = {**desk.answer(), "itemId": stranger}
    assert await desk.refused(other) == ("NOT_FOUND", None, ["itemId"])
    assert await desk.answers() == []


async def test_another_device_takes_over_with_all_that_is_saved_and_the_first_is_told(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    laptop, phone = room.desk(device="laptop"), room.desk(device="phone")
    end = (await laptop.join())["endsAt"]
    await laptop.save(0, 5)
    taken = await phone.join(f"state endsAt openIncidentCount {ANSWERS}")
    assert (taken["state"], taken["endsAt"], taken["openIncidentCount"]) == ("ACTIVE", end, 1)
    assert (phone.sequence, [each["sequence"] for each in taken["answers"]]) == (2, [1])
    assert await laptop.refused(laptop.answer(1, 5)) == (CONFLICT, "SITTING_TAKEN_OVER", ["deviceId"])
    await phone.save(1, 5)
    # After a crash the same device goes on where it was, and nothing is told of it.
    again = await phone.join("openIncidentCount")
    assert (again["openIncidentCount"], phone.sequence) == (1, 3)
    incidents = await phone.look("incidents { nodes { kind detail } }", by=room.teacher)
    assert [each["kind"] for each in incidents["incidents"]["nodes"]] == ["SECOND_SESSION"]


async def test_a_locked_sitting_waits_for_its_teacher_while_the_clock_runs(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    await room.open_exam(lockOnSecondDevice=True)
    laptop, phone = room.desk(device="laptop"), room.desk(device="phone")
    end = (await laptop.join())["endsAt"]
    locked = await phone.join("state endsAt")
    assert locked == {"state": "LOCKED", "endsAt": end, "id": phone.sitting_id}
    assert await phone.refused(phone.answer()) == (CONFLICT, "SITTING_LOCKED", ["sittingId"])
    await room.act("unlockExam", phone)
    assert (await phone.save(0, 5))["state"] == "ACTIVE"


async def test_extra_time_is_shown_beside_the_base_time_and_counts(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben", seconds=1000)
    ada = room.learners[0].learner_id
    set_ = {"learnerId": ada, "extraTimePercent": 25}
    payload = await room.teacher.do("setAccommodation", set_, "extraTimePercent learner { id }")
    assert payload["extraTimePercent"] == 25
    query = "query($id: ID!) { learner(id: $id) { accommodation { extraTimePercent } } }"
    for person in (room.teacher, room.learners[0]):
        seen = (await person.ask(query, id=ada))["learner"]
        assert seen == {"accommodation": {"extraTimePercent": 25}}
    closes_at = clock() + timedelta(seconds=1100)
    opened = await room.open_exam(closesAt=closes_at.isoformat())
    (warning,) = opened["warnings"]
    assert warning["kind"] == "WINDOW_TOO_SHORT"
    assert moment(warning["latestEnd"]) == moment(opened["exam"]["opensAt"]) + timedelta(seconds=1250)
    desk, other = await room.desks()
    sitting = await desk.look("baseTimeSeconds accommodationSeconds extendedSeconds startedAt endsAt")
    times = [sitting[name] for name in ("baseTimeSeconds", "accommodationSeconds", "extendedSeconds")]
    assert times == [1000, 250, 250]
    assert moment(sitting["endsAt"]) - moment(sitting["startedAt"]) == timedelta(seconds=1250)
    assert (await other.look("extendedSeconds"))["extendedSeconds"] == 0


async def test_extra_time_is_set_by_who_teaches_the_learner(school: School) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    given = {"learnerId": room.learners[0].learner_id, "extraTimePercent": 25}
    stranger = await school.teacher()
    for person in (room.learners[0], stranger):
        refused = await person.attempt("setAccommodation", given, "extraTimePercent")
        assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    refused = await room.teacher.attempt("setAccommodation", {**given, "extraTimePercent": 301})
    assert refused["userErrors"][0]["path"] == ["extraTimePercent"]


async def test_who_begins_late_has_until_the_end_of_the_window(school: School, clock: MovableClock) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben", seconds=400)
    closes_at = clock() + timedelta(minutes=8)
    await room.open_exam(closesAt=closes_at.isoformat())
    clock.forward(minutes=5)
    sitting = await room.desk(0).join("endsAt")
    assert moment(sitting["endsAt"]) == closes_at
    clock.forward(minutes=3)
    assert await room.desk(1).refused_to_join() == (CONFLICT, "EXAM_CLOSED", ["examId"])


async def test_an_exam_closes_by_the_clock_when_nobody_writes_any_more(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben", seconds=100)
    await room.open_exam(closesAt=(clock() + timedelta(seconds=150)).isoformat())
    desk = room.desk()
    await desk.join()
    await room.act("extendExamTime", desk, seconds=100)
    clock.forward(seconds=151)
    await swept(runtime)
    assert (await room.exam())["state"] == "OPEN"
    clock.forward(seconds=50)
    await swept(runtime)
    exam = await room.exam("state closedAt sittings { nodes { state } }")
    assert exam["state"] == "CLOSED"
    assert sorted(each["state"] for each in exam["sittings"]["nodes"]) == ["CLOSED", "FORCE_SUBMITTED"]


async def test_a_teacher_closes_an_exam_and_who_writes_is_submitted(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    desk = room.desk()
    await desk.join()
    await desk.save(0, 5)
    refused = await desk.learner.attempt("closeExam", {"examId": room.exam_id}, "exam { id }")
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    for _ in range(2):
        payload = await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
        assert payload["exam"] == {"state": "CLOSED"}
    assert (await desk.look("state"))["state"] == "FORCE_SUBMITTED"
    assert await desk.refused(desk.answer(1, 5)) == (CONFLICT, "SITTING_SUBMITTED", ["sittingId"])
    assert await room.desk(1).refused_to_join() == (CONFLICT, "EXAM_CLOSED", ["examId"])


async def test_results_are_seen_by_the_teacher_at_once_and_by_the_learner_when_released(
    school: School,
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    await ada.save(0, 5)
    await ada.submit()
    earned = "result { score maximum released }"
    assert (await ada.look(earned))["result"] is None
    assert (await ada.look(earned, by=room.teacher))["result"] == {
        "score": 1.0, "maximum": 4, "released": False,
    }  # fmt: skip
    early = await room.teacher.attempt("releaseExam", {"examId": room.exam_id}, "exam { state }")
    assert (early["userErrors"][0]["code"], early["exam"]) == (CONFLICT, None)
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    assert (await ada.look(earned))["result"] is None
    released = await room.teacher.do("releaseExam", {"examId": room.exam_id}, "exam { state }")
    assert released["exam"] == {"state": "RELEASED"}
    assert (await ada.look(earned))["result"] == {"score": 1.0, "maximum": 4, "released": True}
    assert (await ben.look(earned))["result"] == {"score": 0.0, "maximum": 4, "released": True}


async def test_results_released_at_the_close_are_hidden_until_then(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", releasePolicy="AT_CLOSE")
    desk = room.desk()
    await desk.join()
    await desk.submit()
    assert (await desk.look("result { score }"))["result"] is None
    payload = await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { state }")
    assert payload["exam"] == {"state": "RELEASED"}
    assert (await desk.look("result { score }"))["result"] == {"score": 0.0}


async def test_only_learners_of_the_class_join_and_who_comes_later_may(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    await room.act("extendExamTime", seconds=300)
    other = await school.classroom("7B")
    room.learners += [await school.learner(other, "Cleo"), await school.learner(room.classroom, "Dora")]
    assert await room.desk(1).refused_to_join() == ("NOT_FOUND", None, ["examId"])
    sitting = await room.desk(2).join("state extendedSeconds")
    assert (sitting["state"], sitting["extendedSeconds"]) == ("ACTIVE", 300)


async def test_exams_are_listed_for_a_class_and_for_a_learner(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    first = room.exam_id
    await room.teacher.do("closeExam", {"examId": first}, "exam { id }")
    await room.open_exam()
    (ada,) = room.learners
    query = """query($c: ID!, $l: ID!) {
      classroom(id: $c) { exams { totalCount nodes { id state } } open: exams(state: OPEN) { nodes { id } } }
      learner(id: $l) {
        exams(state: CLOSED) { nodes { id } } examSittings { totalCount nodes { state } } } }"""
    for person in (ada, room.teacher):
        data = await person.ask(query, c=room.classroom["id"], l=ada.learner_id)
        assert data["classroom"]["exams"] == {
            "totalCount": 2,
            "nodes": [{"id": room.exam_id, "state": "OPEN"}, {"id": first, "state": "CLOSED"}],
        }
        assert data["classroom"]["open"]["nodes"] == [{"id": room.exam_id}]
        assert data["learner"]["exams"]["nodes"] == [{"id": first}]
        assert data["learner"]["examSittings"] == {
            "totalCount": 2, "nodes": [{"state": "NOT_STARTED"}, {"state": "CLOSED"}],
        }  # fmt: skip


async def test_an_exam_is_opened_by_who_teaches_the_class_for_a_window_that_holds(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.prepare(school, "Ada")
    given = {"assessmentId": room.assessment_id, "classroomId": room.classroom["id"]}
    stranger = await school.teacher()
    refused = await stranger.attempt("openExam", given, "exam { id }")
    assert (refused["userErrors"][0]["code"], refused["userErrors"][0]["path"]) == (
        "NOT_FOUND",
        ["classroomId"],
    )
    refused = await room.learners[0].attempt("openExam", given, "exam { id }")
    assert refused["userErrors"][0]["code"] == "FORBIDDEN"
    outside = [
        ("closesAt", (clock() - timedelta(seconds=1)).isoformat()), ("closesAt", "9999-12-31T23:59:59Z"),
        ("opensAt", "9999-12-31T23:59:59Z"), ("opensAt", "0001-01-02T00:00:00Z"),
    ]  # fmt: skip
    for name, at in outside:
        refused = await room.teacher.attempt("openExam", {**given, name: at}, "exam { id }")
        (error,) = refused["userErrors"]
        assert (error["code"], error["path"]) == ("BAD_INPUT", [name])


def _tenant(school: School) -> Any:
    from tests.mastery.curriculum import tenant_of

    return tenant_of(school)


async def _stray_item(work: Any) -> str:
    from tests.mastery.curriculum import new_item, new_skill

    item = await new_item(work, [await new_skill(work, "stray")])
    return f"itm_{item.hex}"


async def test_who_waited_while_the_server_was_away_until_after_the_end_is_submitted_and_scored(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.prepare(school, "Ada", seconds=100, releasePolicy="AT_CLOSE")
    opens_at = clock() + timedelta(seconds=60)
    await room.open_exam(
        opensAt=opens_at.isoformat(), closesAt=(opens_at + timedelta(seconds=120)).isoformat()
    )
    desk = room.desk()
    await desk.join()
    clock.forward(seconds=300)
    await swept(runtime)
    sitting = await desk.look("state submittedAt exam { state } result { score maximum }")
    assert moment(sitting.pop("submittedAt")) == opens_at + timedelta(seconds=100)
    assert sitting == {
        "state": "FORCE_SUBMITTED", "exam": {"state": "RELEASED"}, "result": {"score": 0.0, "maximum": 4},
    }  # fmt: skip
