"""Watching an exam: a snapshot, every change, nothing missing over any number of breaks."""

import asyncio
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.assessments.sweeping import sweep_exams
from app.kit.database import Reader, Row
from app.kit.metrics import STATEMENTS
from app.kit.statements import Statement
from app.learners.repository import BY_ID
from app.realtime.consumers import drain
from app.realtime.retention import drop_old_events
from app.runtime import Runtime
from app.worker import consumers
from tests.assessments.exam_room import Desk, ExamRoom, exam_by_the_graph
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.live.exam_following import MONITOR, OWN, monitor_after
from tests.live.following import TEACHING
from tests.socket import Stream, socket_of


async def kinds(stream: Stream, count: int) -> list[str]:
    """The types of the next events."""
    return [(await stream.event())["__typename"] for _ in range(count)]


async def test_a_teacher_sees_each_learner_from_not_started_to_submitted(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    async with socket_of(address, room.teacher.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id)
        snapshot = await stream.event()
        assert (snapshot["resumed"], snapshot["exam"]["state"]) == (False, "OPEN")
        assert [(each["learner"]["displayName"], each["state"]) for each in snapshot["sittings"]] == [
            ("Ada", "NOT_STARTED"), ("Ben", "NOT_STARTED"),
        ]  # fmt: skip
        assert snapshot["counts"] == [{"state": "NOT_STARTED", "presence": "OFFLINE", "count": 2}]

        ben = room.desk(1)
        joined = await ben.join("endsAt")
        change = (await stream.event())["sitting"]
        assert change["learner"] == {"displayName": "Ben"}
        assert (change["state"], change["presence"], change["currentItemNumber"]) == ("ACTIVE", "ONLINE", 1)
        assert change["endsAt"] == joined["endsAt"]

        await ben.save(2, 5)
        change = (await stream.event())["sitting"]
        assert (change["answeredCount"], change["currentItemNumber"]) == (1, 3)

        await ben.signal("FOCUS_LOST", 1, itemNumber=3)
        change = (await stream.event())["sitting"]
        assert (change["openIncidentCount"], change["concern"]) == (1, 1100)
        raised = await stream.event()
        assert raised["incident"] == {
            "kind": "FOCUS_LOST", "open": True, "sitting": {"id": ben.sitting_id},
            "detail": "The window of the exam lost the focus. At item 3.",
        }  # fmt: skip

        await ben.submit()
        change = (await stream.event())["sitting"]
        assert (change["state"], change["presence"]) == ("SUBMITTED", "OFFLINE")

        later = await (await socket.subscribe(MONITOR, id=room.exam_id)).event()
        # Who needs a look stands first.
        assert [each["learner"]["displayName"] for each in later["sittings"]] == ["Ben", "Ada"]
        assert later["counts"] == [
            {"state": "NOT_STARTED", "presence": "OFFLINE", "count": 1},
            {"state": "SUBMITTED", "presence": "OFFLINE", "count": 1},
        ]


async def test_a_silent_heartbeat_is_told_to_nobody_and_a_learner_who_is_gone_is(
    school: School, address: str, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, room.teacher.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id)
        await stream.event()
        clock.forward(seconds=10)
        await ada.signal("HEARTBEAT", 1)
        clock.forward(seconds=20)
        await sweep_exams(runtime.maintenance, runtime.database)
        change = (await stream.event())["sitting"]
        assert (change["presence"], change["concern"]) == ("MISSING", 1600)
        assert (await stream.event())["incident"]["kind"] == "DISCONNECTED"


async def test_acts_reach_the_learner_and_their_acknowledgements_the_teacher(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, _ = await room.desks()
    async with (
        socket_of(address, room.teacher.token) as watching,
        socket_of(address, ada.learner.token) as own,
    ):
        monitor = await watching.subscribe(MONITOR, id=room.exam_id)
        stream = await own.subscribe(OWN, id=ada.sitting_id)
        await monitor.event()
        snapshot = await stream.event()
        assert (snapshot["__typename"], snapshot["sitting"]["id"]) == ("ExamSittingSnapshot", ada.sitting_id)

        action = (await room.act("extendExamTime", ada, seconds=60, reason="A late start."))["action"]
        change = await stream.event()
        assert (change["sitting"]["extendedSeconds"], change["sitting"]["baseTimeSeconds"]) == (60, 3600)
        received = (await stream.event())["action"]
        assert received == {
            "id": action["id"], "kind": "EXTENSION", "text": None, "seconds": 60, "undoneAt": None,
        }  # fmt: skip
        assert await kinds(monitor, 1) == ["ExamSittingChanged"]
        taken = (await monitor.event())["action"]
        assert (taken["id"], taken["kind"], taken["reason"]) == (action["id"], "EXTENSION", "A late start.")

        seen = {"sittingId": ada.sitting_id, "actionId": action["id"]}
        await ada.learner.do("acknowledgeExamAction", seen, "action { id }")
        told = await monitor.event()
        assert told["__typename"] == "ExamActionAcknowledged"
        assert told["acknowledgement"]["sitting"] == {"id": ada.sitting_id}
        assert None not in (told["acknowledgement"]["deliveredAt"], told["acknowledgement"]["seenAt"])

        await room.act("pauseExam")
        assert (await stream.event())["sitting"]["state"] == "PAUSED"
        assert (await stream.event())["action"]["kind"] == "PAUSE"
        await room.teacher.do("undoExamAction", {"actionId": await _latest(room)}, "action { id }")
        assert (await stream.event())["sitting"]["state"] == "ACTIVE"
        assert (await stream.event())["action"]["undoneAt"] is not None


async def test_an_announcement_comes_to_everyone_and_anothers_message_to_nobody_else(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    async with socket_of(address, ada.learner.token) as own:
        stream = await own.subscribe(OWN, id=ada.sitting_id)
        await stream.event()
        await room.act("messageExamLearners", ben, text="For Ben alone.")
        await ben.save(0, 5)
        await room.act("messageExamLearners", text="Five minutes left.")
        assert (await stream.event())["action"]["text"] == "Five minutes left."


async def test_a_learner_hears_that_somebody_comes_for_a_raised_hand(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, ada.learner.token) as own:
        stream = await own.subscribe(OWN, id=ada.sitting_id)
        await stream.event()
        await ada.signal("HAND_RAISED", 1)
        assert await kinds(stream, 1) == ["ExamSittingChanged"]
        assert (await stream.event())["incident"] == {"kind": "HAND_RAISED", "open": True}
        nodes = (await ada.look("incidents { nodes { id } }"))["incidents"]["nodes"]
        await room.teacher.do("claimRaisedHand", {"incidentId": nodes[0]["id"]}, "incident { id }")
        event = await stream.event()
        assert event["incident"]["claimedBy"] is not None


async def test_learners_and_strangers_watch_neither_an_exam_nor_anothers_sitting(
    school: School, address: str, anonymous: Client, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    stranger = (await School.found(anonymous, runtime)).admin
    for person in (ada.learner, await school.teacher(), stranger):
        async with socket_of(address, person.token) as socket:
            stream = await socket.subscribe(MONITOR, id=room.exam_id)
            assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"
            stream = await socket.subscribe(OWN, id=ben.sitting_id)
            assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"


async def test_a_teacher_who_loses_the_class_hears_no_more(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada")
    grace = await school.teacher()
    given = {"classroomId": room.classroom["id"], "userId": grace.user_id}
    await room.teacher.ask(TEACHING.format("addClassroomTeacher"), input=given)
    async with socket_of(address, grace.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id)
        await stream.event()
        await room.teacher.ask(TEACHING.format("removeClassroomTeacher"), input=given)
        await room.desk().join()
        assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"


async def test_a_learner_who_leaves_the_class_goes_out_of_the_teachers_sight(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    grace = await school.teacher()
    given = {"classroomId": room.classroom["id"], "userId": grace.user_id}
    await room.teacher.ask(TEACHING.format("addClassroomTeacher"), input=given)
    message = (await room.act("messageExamLearners", text="Hello."))["action"]["id"]
    async with socket_of(address, grace.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id)
        assert len((await stream.event())["sittings"]) == 2
        leaving = {"classroomId": room.classroom["id"], "learnerId": ada.learner.learner_id}
        await room.teacher.do("unenrollLearner", leaving, "classroom { id }")
        await ada.save(0, 5)
        await ada.signal("HAND_RAISED", 1)
        for desk in (ada, ben):
            seen = {"sittingId": desk.sitting_id, "actionId": message}
            await desk.learner.do("acknowledgeExamAction", seen, "action { id }")
        await ben.save(0, 5)
        told = await stream.event()
        assert told["acknowledgement"]["sitting"] == {"id": ben.sitting_id}
        assert (await stream.event())["sitting"]["id"] == ben.sitting_id
        later = await (await socket.subscribe(MONITOR, id=room.exam_id)).event()
        assert [each["id"] for each in later["sittings"]] == [ben.sitting_id]
    exam = await room.exam("sittings { totalCount } incidents { totalCount }", by=grace)
    assert exam == {"sittings": {"totalCount": 1}, "incidents": {"totalCount": 0}}
    query = "query($id: ID!) { examSitting(id: $id) { state } }"
    assert (await grace.refused(query, id=ada.sitting_id))["extensions"]["code"] == "NOT_FOUND"
    # The learner finishes what was begun.
    assert (await ada.submit())["state"] == "SUBMITTED"


async def test_a_cursor_of_another_topic_is_refused(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, room.teacher.token) as socket:
        cursor = (await (await socket.subscribe(MONITOR, id=room.exam_id)).event())["cursor"]
        stream = await socket.subscribe(OWN, id=ada.sitting_id, after=cursor)
        error = await stream.error()
        assert error["extensions"]["code"] == "BAD_INPUT"
        other = await ExamRoom.open_exam(room)
        stream = await socket.subscribe(MONITOR, id=other["exam"]["id"], after=cursor)
        assert (await stream.error())["extensions"]["code"] == "BAD_INPUT"


async def test_a_cursor_of_another_sitting_or_none_of_ours_is_refused(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben")
    ada, ben = await room.desks()
    async with socket_of(address, ada.learner.token) as socket:
        cursor = (await (await socket.subscribe(OWN, id=ada.sitting_id)).event())["cursor"]
        for after in ("", "nonsense", cursor[:-3], cursor + "x", cursor.swapcase()):
            stream = await socket.subscribe(OWN, id=ada.sitting_id, after=after)
            assert (await stream.error())["extensions"]["code"] == "BAD_INPUT"
    async with socket_of(address, ben.learner.token) as socket:
        stream = await socket.subscribe(OWN, id=ben.sitting_id, after=cursor)
        assert (await stream.error())["extensions"]["code"] == "BAD_INPUT"
    await ada.save(0, 5)
    assert await ada.answers() == [(1, 0, 5.0)]


async def test_a_cursor_from_before_what_is_kept_begins_anew_with_a_snapshot(
    school: School, address: str, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, room.teacher.token) as socket:
        cursor = (await (await socket.subscribe(MONITOR, id=room.exam_id)).event())["cursor"]
    await ada.save(0, 5)
    await ada.save(1, 5)
    await drain(runtime.maintenance, consumers())
    # As if a day had passed for events of exams.
    assert await drop_old_events(runtime.maintenance, consumers(), timedelta(seconds=-1)) >= 2
    async with socket_of(address, room.teacher.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id, after=cursor)
        event = await stream.event(heartbeats=True)
        assert (event["__typename"], event["resumed"]) == ("ExamMonitorSnapshot", False)
        assert [each["answeredCount"] for each in event["sittings"]] == [2]
        await ada.save(2, 5)
        assert (await stream.event())["sitting"]["answeredCount"] == 3


async def test_of_those_who_need_no_look_who_has_least_time_left_stands_first(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", "Cleo", "Dan")
    ada, ben, cleo, _ = await room.desks()
    await room.act("extendExamTime", ada, seconds=60)
    await cleo.signal("PASTE", 1)
    await ben.signal("HEARTBEAT", 1)
    async with socket_of(address, room.teacher.token) as socket:
        snapshot = await (await socket.subscribe(MONITOR, id=room.exam_id)).event()
    names = [each["learner"]["displayName"] for each in snapshot["sittings"]]
    assert names == ["Cleo", "Ben", "Dan", "Ada"]


async def test_a_monitor_that_resumes_begins_with_a_heartbeat_and_then_what_it_missed(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, room.teacher.token) as socket:
        cursor = (await (await socket.subscribe(MONITOR, id=room.exam_id)).event())["cursor"]
    await ada.save(0, 5)
    await ada.save(1, 5)
    async with socket_of(address, room.teacher.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id, after=cursor)
        first = await stream.event(heartbeats=True)
        assert first == {"__typename": "StreamHeartbeat", "cursor": cursor}
        counts = [(await stream.event())["sitting"]["answeredCount"] for _ in range(2)]
        assert counts == [1, 2]


async def test_a_monitor_of_thirty_takes_as_many_statements_as_one_of_three(
    school: School, address: str
) -> None:
    sent = []
    for size in (3, 30):
        classroom = await school.classroom()
        names = [{"displayName": f"Learner {number:02}"} for number in range(size)]
        await school.admin.do(
            "enrollLearners", {"classroomId": classroom["id"], "learners": names}, "results { index }"
        )
        room, _ = await exam_by_the_graph(school.admin, classroom["id"])
        async with socket_of(address, school.admin.token) as socket:
            before = STATEMENTS._value.get()
            snapshot = await (await socket.subscribe(MONITOR, id=room)).event()
            sent.append(int(STATEMENTS._value.get() - before))
        assert len(snapshot["sittings"]) == size
    assert sent[0] == sent[1]


async def test_an_act_on_everyone_reads_the_learners_it_names_together(
    school: School, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = await ExamRoom.open(school, *(f"Learner {number:02}" for number in range(12)))
    readings: list[int] = []
    fetch = Reader.fetch

    def counted(reader: Reader, statement: Statement, /, **values: Any) -> Awaitable[list[Row]]:
        if statement is BY_ID:
            readings.append(len(values["keys"]))
        return fetch(reader, statement, **values)

    async with AsyncExitStack() as stack:
        streams = []
        for desk in await room.desks():
            socket = await stack.enter_async_context(socket_of(address, desk.learner.token))
            streams.append(await socket.subscribe(OWN, id=desk.sitting_id))
            await streams[-1].event()
        monkeypatch.setattr(Reader, "fetch", counted)
        await room.act("extendExamTime", seconds=60)
        for number, stream in enumerate(streams):
            told = [await stream.event(), await stream.event()]
            changed = next(each for each in told if each["__typename"] == "ExamSittingChanged")
            assert changed["sitting"]["extendedSeconds"] == 60
            assert changed["sitting"]["learner"]["displayName"] == f"Learner {number:02}"
    assert sum(readings) == 12
    assert len(readings) <= 4


ON_SITTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "extend": ("extendExamTime", {"seconds": 60}),
    "pause": ("pauseExam", {}),
    "resume": ("resumeExam", {}),
    "force": ("forceSubmitExam", {}),
    "message": ("messageExamLearners", {"text": "Hello."}),
}
ACTS = ("save", "save", "focus", "hand", "submit", "undo", "later", *ON_SITTINGS)
STEPS = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 2)), min_size=3, max_size=12)


@pytest.fixture(scope="module")
async def examined(runtime: Runtime, http: httpx.AsyncClient) -> ExamRoom:
    """A class of three and an assessment; each example opens an exam of its own."""
    return await ExamRoom.prepare(await School.found(Client(http), runtime), "Ada", "Ben", "Cleo")


@pytest.mark.timeout(300)
@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS, breaks=st.sets(st.integers(0, 11), max_size=3))
async def test_a_snapshot_and_what_follows_make_a_later_snapshot(
    examined: ExamRoom,
    address: str,
    runtime: Runtime,
    clock: MovableClock,
    steps: list[tuple[str, int]],
    breaks: set[int],
) -> None:
    room = examined
    clock.offset *= 0
    await room.open_exam()
    desks = await room.desks()
    cursor: str | None = None
    held: dict[str, Any] = {}
    for number, (step, place) in enumerate(steps):
        if number in breaks or cursor is None:
            held, cursor = await _caught_up(room, address, held, cursor)
        await _step(room, desks[place], step, clock, runtime)
    held, cursor = await _caught_up(room, address, held, cursor)
    assert held == (await _caught_up(room, address, {}, None))[0]


async def _step(room: ExamRoom, desk: Desk, step: str, clock: MovableClock, runtime: Runtime) -> None:
    """Something happens; where it may not, nothing does."""
    if step in ON_SITTINGS:
        mutation, more = ON_SITTINGS[step]
        # Now for one, now for everyone.
        named = [desk] if desk.sequence % 2 else []
        await room.attempt(mutation, *named, **more)
    elif step == "save":
        payload = await desk.learner.attempt("saveExamAnswer", desk.answer(0, 5), "savedSequence")
        desk.sequence += payload["savedSequence"] is not None
    elif step in ("focus", "hand"):
        await desk.signal({"focus": "FOCUS_LOST", "hand": "HAND_RAISED"}[step], 1)
    elif step == "submit":
        await desk.learner.attempt("submitExam", {"sittingId": desk.sitting_id}, "sitting { id }")
    elif step == "undo":
        latest = await _latest(room)
        if latest is not None:
            await room.teacher.attempt("undoExamAction", {"actionId": latest}, "action { id }")
    else:
        clock.forward(seconds=3)
        await sweep_exams(runtime.maintenance, runtime.database)


async def _caught_up(
    room: ExamRoom, address: str, held: dict[str, Any], cursor: str | None
) -> tuple[dict[str, Any], str]:
    """Follow until the last event there is now."""
    async with socket_of(address, room.teacher.token) as socket:
        now = await (await socket.subscribe(MONITOR, id=room.exam_id)).event()
        if cursor is None:
            return monitor_after(held, now), now["cursor"]
        stream = await socket.subscribe(MONITOR, id=room.exam_id, after=cursor)
        while cursor != now["cursor"]:
            event = await asyncio.wait_for(stream.event(heartbeats=True), 30)
            held, cursor = monitor_after(held, event), event["cursor"]
    assert cursor is not None
    return held, cursor


async def _latest(room: ExamRoom) -> str | None:
    nodes = (await room.exam("actions(first: 1) { nodes { id } }"))["actions"]["nodes"]
    return nodes[0]["id"] if nodes else None
