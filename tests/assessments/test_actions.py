"""What teachers do in an exam: each act with its effect, once, acknowledged, undone for seconds."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.assessments.exam_room import ACTION, Desk, ExamRoom
from tests.client import Client, School
from tests.conftest import MovableClock

CONFLICT = "CONFLICT"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def test_time_is_given_to_one_to_some_and_to_all(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", "Cleo")
    ada, ben, cleo = await room.desks()
    ends = [moment((await desk.look("endsAt"))["endsAt"]) for desk in (ada, ben, cleo)]
    one = await room.act("extendExamTime", ada, seconds=60, reason="A late start.")
    some = await room.act("extendExamTime", ada, ben, seconds=600)
    everyone = await room.act("extendExamTime", seconds=30)
    assert [len(each["action"]["acknowledgements"]) for each in (one, some, everyone)] == [1, 2, 3]
    assert (one["action"]["kind"], one["action"]["seconds"], one["action"]["everyone"]) == (
        "EXTENSION",
        60,
        False,
    )
    assert everyone["action"]["everyone"] is True
    for desk, end, seconds in zip((ada, ben, cleo), ends, (690, 630, 30), strict=True):
        sitting = await desk.look("endsAt baseTimeSeconds extendedSeconds")
        assert moment(sitting["endsAt"]) - end == timedelta(seconds=seconds)
        assert (sitting["baseTimeSeconds"], sitting["extendedSeconds"]) == (3600, seconds)


async def test_an_extension_past_the_window_is_given_with_a_warning(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.prepare(school, "Ada", "Ben", seconds=300)
    closes_at = clock() + timedelta(seconds=400)
    await room.open_exam(closesAt=closes_at.isoformat())
    ada, ben = await room.desks()
    inside = await room.act("extendExamTime", ada, seconds=60)
    assert inside["warnings"] == []
    past = await room.act("extendExamTime", seconds=50)
    end = (await ada.look("endsAt"))["endsAt"]
    assert past["warnings"] == [{"kind": "EXTENSION_PASSES_WINDOW", "sittingCount": 1, "latestEnd": end}]
    assert moment(end) > closes_at
    clock.offset += closes_at - clock()
    await ada.save(0, 5)
    assert await ben.refused(ben.answer()) == (CONFLICT, "TIME_IS_UP", ["sittingId"])


async def test_a_pause_stops_the_clock_and_a_resumption_gives_back_what_was_left(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", seconds=300)
    ada, ben = await room.desks()
    end = moment((await ada.look("endsAt"))["endsAt"])
    clock.forward(seconds=100)
    paused = await room.act("pauseExam", ada)
    left = end - moment(paused["action"]["at"])
    sitting = await ada.look("state endsAt timeLeftWhenPausedSeconds")
    assert sitting == {
        "state": "PAUSED",
        "endsAt": None,
        "timeLeftWhenPausedSeconds": int(left.total_seconds()),
    }
    assert await ada.refused(ada.answer()) == (CONFLICT, "SITTING_PAUSED", ["sittingId"])
    assert (await room.exam())["state"] == "OPEN"
    await ben.save(0, 5)
    clock.forward(seconds=250)
    resumed = await room.act("resumeExam", ada)
    sitting = await ada.look("state endsAt timeLeftWhenPausedSeconds")
    assert (sitting["state"], sitting["timeLeftWhenPausedSeconds"]) == ("ACTIVE", None)
    assert moment(sitting["endsAt"]) == moment(resumed["action"]["at"]) + left
    await ada.save(0, 5)


async def test_a_pause_for_everyone_pauses_the_exam_and_who_joins_then_has_the_full_time(
    school: School,
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada = room.desk(0)
    await ada.join()
    await room.act("pauseExam")
    assert (await room.exam())["state"] == "PAUSED"
    sitting = await room.desk(1).join("state endsAt timeLeftWhenPausedSeconds")
    assert (sitting["state"], sitting["endsAt"], sitting["timeLeftWhenPausedSeconds"]) == (
        "PAUSED",
        None,
        3600,
    )
    resumed = await room.act("resumeExam")
    assert len(resumed["action"]["acknowledgements"]) == 2
    assert (await room.exam())["state"] == "OPEN"


async def test_a_forced_submission_ends_sittings_with_what_is_saved(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", releasePolicy="AT_SUBMISSION")
    ada, ben = await room.desks()
    await ada.save(0, 5)
    await room.act("forceSubmitExam", ada)
    sitting = await ada.look("state result { score }")
    assert sitting == {"state": "FORCE_SUBMITTED", "result": {"score": 1.0}}
    assert await ada.refused(ada.answer(1, 5)) == (CONFLICT, "SITTING_SUBMITTED", ["sittingId"])
    assert await ada.answers() == [(1, 0, 5)]
    assert (await ben.look("state"))["state"] == "ACTIVE"


@pytest.mark.parametrize(
    ("mutation", "more"),
    [
        ("pauseExam", {}),
        ("resumeExam", {}),
        ("unlockExam", {}),
        ("forceSubmitExam", {}),
        ("extendExamTime", {"seconds": 60}),
        ("messageExamLearners", {"text": "Hello."}),
    ],
)
async def test_an_act_on_a_closed_exam_is_refused_and_changes_nothing(
    school: School, mutation: str, more: dict[str, object]
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.save(0, 5)
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { id }")
    before = await ada.look()
    assert await room.refused(mutation, **more) == (CONFLICT, "EXAM_CLOSED", ["examId"])
    assert await room.refused(mutation, ada, **more) == (CONFLICT, "EXAM_CLOSED", ["examId"])
    assert (await ada.look(), await ada.answers()) == (before, [(1, 0, 5)])
    assert (await room.exam("actions { totalCount }"))["actions"] == {"totalCount": 0}


async def test_an_act_has_to_apply_to_each_that_is_named_and_does_nothing_otherwise(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    await ben.submit()
    path = ["target", "sittingIds", "1"]
    assert await room.refused("pauseExam", ada, ben) == (CONFLICT, None, path)
    assert await room.refused("unlockExam", ada) == (CONFLICT, None, ["target", "sittingIds", "0"])
    assert (await ada.look("state"))["state"] == "ACTIVE"
    assert await room.refused("extendExamTime", ada, seconds=0) == ("BAD_INPUT", None, ["seconds"])
    assert await room.refused("messageExamLearners", ada, text=" ") == ("BAD_INPUT", None, ["text"])


async def test_nothing_omitted_means_everyone(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    await room.desks()
    targets: list[dict[str, Any]] = [{"everyone": False}, {"sittingIds": []}]
    for target in targets:
        given = {"examId": room.exam_id, "target": target, "text": "Hello."}
        payload = await room.teacher.attempt("messageExamLearners", given, "action { id }")
        assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("BAD_INPUT", ["target"])]


async def test_a_sitting_of_another_exam_is_not_found(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (before,) = await room.desks()
    await room.open_exam()
    path = ["target", "sittingIds", "0"]
    assert await room.refused("extendExamTime", before, seconds=60) == ("NOT_FOUND", None, path)
    assert (await before.look("extendedSeconds"))["extendedSeconds"] == 0


async def test_learners_and_teachers_of_other_classes_take_no_acts(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    given = room.target(ada, text="Hello.")
    for person in (ada.learner, await school.teacher()):
        payload = await person.attempt("messageExamLearners", given, "action { id }")
        assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [("NOT_FOUND", ["examId"])]


async def test_the_same_key_takes_an_act_once_and_another_body_is_a_conflict(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    first = await room.act("extendExamTime", ada, seconds=60, idempotencyKey="k1")
    again = await room.act("extendExamTime", ada, seconds=60, idempotencyKey="k1")
    assert first["action"] == again["action"]
    assert (await ada.look("extendedSeconds"))["extendedSeconds"] == 60
    other = await room.refused("extendExamTime", ada, seconds=90, idempotencyKey="k1")
    assert other == ("IDEMPOTENCY_CONFLICT", None, ["idempotencyKey"])


async def test_learners_acknowledge_what_came_to_them_and_see_their_own_alone(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    action = (await room.act("messageExamLearners", text="Five minutes left."))["action"]
    given = {"sittingId": ada.sitting_id, "actionId": action["id"]}
    delivered = await ada.learner.do(
        "acknowledgeExamAction", {**given, "stage": "DELIVERED"}, f"action {{ {ACTION} }}"
    )
    (own,) = delivered["action"]["acknowledgements"]
    assert (own["sitting"]["id"], own["seenAt"]) == (ada.sitting_id, None)
    clock.forward(seconds=5)
    seen = await ada.learner.do("acknowledgeExamAction", given, f"action {{ {ACTION} }}")
    (after,) = seen["action"]["acknowledgements"]
    assert after["deliveredAt"] == own["deliveredAt"]
    assert moment(after["seenAt"]) > moment(own["deliveredAt"])
    # Twice says nothing new.
    clock.forward(seconds=5)
    again = await ada.learner.do("acknowledgeExamAction", given, f"action {{ {ACTION} }}")
    assert again["action"]["acknowledgements"] == [after]
    intruding = await ben.learner.attempt("acknowledgeExamAction", given, "action { id }")
    assert (intruding["userErrors"][0]["code"], intruding["action"]) == ("NOT_FOUND", None)
    query = f"query($id: ID!) {{ node(id: $id) {{ ... on ExamAction {{ {ACTION} }} }} }}"
    found = (await room.teacher.ask(query, id=action["id"]))["node"]["acknowledgements"]
    assert {each["sitting"]["id"]: each["seenAt"] for each in found} == {
        ada.sitting_id: after["seenAt"], ben.sitting_id: None,
    }  # fmt: skip


async def test_how_far_an_act_came_to_one_learner_is_asked_without_all_the_others(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", "Cleo")
    ada, ben, cleo = await room.desks()
    action = (await room.act("messageExamLearners", ada, ben, text="Show your working."))["action"]["id"]
    seen = {"sittingId": ada.sitting_id, "actionId": action}
    acknowledge = """mutation($input: AcknowledgeExamActionInput!) {
      acknowledgeExamAction(input: $input) { userErrors { code } } }"""
    await ada.learner.ask(acknowledge, input=seen)
    query = """query($id: ID!, $sitting: ID!) { node(id: $id) { ... on ExamAction {
      acknowledgement(sittingId: $sitting) { sitting { id } deliveredAt seenAt } } } }"""

    async def far(desk: Desk, by: Client) -> Any:
        found = (await by.ask(query, id=action, sitting=desk.sitting_id))["node"]["acknowledgement"]
        return found and (found["sitting"]["id"] == desk.sitting_id, found["seenAt"] is not None)

    teacher = room.teacher
    assert [await far(desk, teacher) for desk in (ada, ben, cleo)] == [(True, True), (True, False), None]
    assert [await far(desk, ada.learner) for desk in (ada, ben)] == [(True, True), None]
    absent = await teacher.refused(query, id=action, sitting=room.exam_id)
    assert absent["extensions"]["code"] == "NOT_FOUND"


async def test_messages_wait_for_who_comes_back(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    (ada,) = [room.desk(0)]
    await room.act("messageExamLearners", text="Welcome.")
    sitting = await ada.join("actions { nodes { kind text } }")
    assert sitting["actions"]["nodes"] == [{"kind": "MESSAGE", "text": "Welcome."}]


async def test_the_reason_of_an_act_is_for_teachers(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    action = (await room.act("extendExamTime", ada, seconds=60, reason="A nosebleed."))["action"]
    query = "query($id: ID!) { node(id: $id) { ... on ExamAction { reason actor { id } } } }"
    seen = (await room.teacher.ask(query, id=action["id"]))["node"]
    assert seen == {"reason": "A nosebleed.", "actor": {"id": room.teacher.user_id}}
    answer = await ada.learner.post(query, id=action["id"])
    assert answer["data"]["node"] == {"reason": None, "actor": {"id": room.teacher.user_id}}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def undone(room: ExamRoom, action: str) -> dict[str, object]:
    payload = await room.teacher.do("undoExamAction", {"actionId": action}, f"action {{ {ACTION} }}")
    found: dict[str, object] = payload["action"]
    return found


async def test_an_extension_is_undone_within_ten_seconds_and_not_later(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    before = await ada.look("endsAt extendedSeconds")
    first = (await room.act("extendExamTime", seconds=600))["action"]
    assert moment(first["undoableUntil"]) - moment(first["at"]) == timedelta(seconds=10)
    clock.forward(seconds=5)
    found = await undone(room, first["id"])
    assert (found["undoableUntil"], found["undoneAt"] is not None) == (None, True)
    assert await ada.look("endsAt extendedSeconds") == before
    assert await undone(room, first["id"]) == found
    later = (await room.act("extendExamTime", seconds=60))["action"]
    clock.forward(seconds=11)
    payload = await room.teacher.attempt("undoExamAction", {"actionId": later["id"]}, "action { id }")
    (error,) = payload["userErrors"]
    assert (error["code"], error["reason"], error["path"]) == (CONFLICT, "UNDO_TOO_LATE", ["actionId"])
    assert (await ada.look("extendedSeconds"))["extendedSeconds"] == 60


async def test_a_forced_submission_undone_goes_on_with_the_time_that_was(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", releasePolicy="AT_SUBMISSION")
    ada, _ = await room.desks()
    await ada.save(0, 5)
    end = (await ada.look("endsAt"))["endsAt"]
    action = (await room.act("forceSubmitExam"))["action"]
    assert (await ada.look("result { score }"))["result"] == {"score": 1.0}
    await undone(room, action["id"])
    assert await ada.look("state endsAt submittedAt result { score }") == {
        "state": "ACTIVE", "endsAt": end, "submittedAt": None, "result": None,
    }  # fmt: skip
    await ada.save(1, 5)


async def test_a_pause_and_a_resumption_are_undone_for_the_exam_too(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    pause = (await room.act("pauseExam"))["action"]
    await undone(room, pause["id"])
    assert ((await room.exam())["state"], (await ada.look("state"))["state"]) == ("OPEN", "ACTIVE")
    await room.act("pauseExam")
    resumption = (await room.act("resumeExam"))["action"]
    await undone(room, resumption["id"])
    assert ((await room.exam())["state"], (await ada.look("state"))["state"]) == ("PAUSED", "PAUSED")
