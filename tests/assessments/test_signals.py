"""What devices tell, what becomes of silence, raised hands, and the report that is kept."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any

from app.access.principal import Principal
from app.assessments.signals import Signal, report_signals
from app.assessments.states import ExamSignal
from app.assessments.sweeping import sweep_exams
from app.runtime import Runtime
from tests.assessments.exam_room import Desk, ExamRoom
from tests.client import School
from tests.conftest import MovableClock
from tests.mastery.curriculum import tenant_of, uuid_of

INCIDENTS = "incidents { nodes { id kind detail startedAt endedAt open } }"


async def swept(runtime: Runtime) -> None:
    """Let the exam clock look."""
    await sweep_exams(runtime.maintenance, runtime.database)


async def incidents(desk: Desk, room: ExamRoom) -> list[dict[str, Any]]:
    """The incidents of a sitting as the teacher reads them, the oldest first."""
    found: list[dict[str, Any]] = (await desk.look(INCIDENTS, by=room.teacher))["incidents"]["nodes"]
    return found[::-1]


async def test_a_heartbeat_is_answered_with_the_servers_clock_and_the_end(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    before = clock()
    payload = await ada.signal()
    assert payload["userErrors"] == []
    assert before <= datetime.fromisoformat(payload["serverTime"]) <= clock()
    assert payload["endsAt"] == (await ada.look("endsAt"))["endsAt"]


async def test_opening_an_item_moves_the_current_item_and_a_repeated_signal_does_nothing(
    school: School,
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.signal("ITEM_OPENED", 1, itemNumber=3)
    await ada.signal("ITEM_OPENED", 2, itemNumber=2)
    await ada.signal("ITEM_OPENED", 1, itemNumber=3)
    assert (await ada.look("currentItemNumber"))["currentItemNumber"] == 2
    refused = await ada.signal("ITEM_OPENED", 3, itemNumber=5)
    assert refused["userErrors"][0]["path"] == ["signals", "0", "itemNumber"]


async def test_a_forged_clock_is_refused_told_once_and_moves_nothing(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    end = (await ada.look("endsAt"))["endsAt"]
    for number, off in enumerate((timedelta(hours=5), timedelta(hours=5), timedelta(hours=-5)), 1):
        payload = await ada.signal("HEARTBEAT", number, clientTime=(clock() + off).isoformat())
        (error,) = payload["userErrors"]
        assert (error["code"], error["path"]) == ("BAD_INPUT", ["signals", "0", "clientTime"])
        assert payload["endsAt"] == end
    (incident,) = await incidents(ada, room)
    assert (incident["kind"], incident["detail"]) == (
        "CLOCK_SKEW", "The clock of the device differs from the server's by +18000 s.",
    )  # fmt: skip
    right = await ada.signal("HEARTBEAT", 4, clientTime=clock().isoformat())
    assert right["userErrors"] == []
    (incident,) = await incidents(ada, room)
    assert incident["endedAt"] is not None
    assert (await ada.look("state endsAt"))["endsAt"] == end


async def test_a_lost_focus_is_one_incident_with_its_beginning_and_end(
    school: School, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.signal("FOCUS_LOST", 1, itemNumber=2)
    await ada.signal("FOCUS_LOST", 2)
    clock.forward(seconds=7)
    await ada.signal("FOCUS_REGAINED", 3)
    (incident,) = await incidents(ada, room)
    assert (incident["kind"], incident["open"]) == ("FOCUS_LOST", True)
    assert incident["detail"] == "The window of the exam lost the focus. At item 2."
    lasted = datetime.fromisoformat(incident["endedAt"]) - datetime.fromisoformat(incident["startedAt"])
    assert timedelta(seconds=7) <= lasted < timedelta(seconds=20)
    assert (await ada.look("state openIncidentCount"))["openIncidentCount"] == 1


async def test_silence_is_missing_after_twenty_seconds_and_a_flapping_line_is_one_disconnection(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    clock.forward(seconds=15)
    await swept(runtime)
    assert (await ada.look("presence"))["presence"] == "ONLINE"
    for number in (1, 2):
        clock.forward(seconds=21)
        await swept(runtime)
        sitting = await ada.look("presence openIncidentCount")
        assert sitting == {"presence": "MISSING", "openIncidentCount": 1}
        await ada.signal("HEARTBEAT", number)
        sitting = await ada.look("presence openIncidentCount")
        assert sitting == {"presence": "ONLINE", "openIncidentCount": 0}
    (incident,) = await incidents(ada, room)
    assert (incident["kind"], incident["open"]) == ("DISCONNECTED", False)
    clock.forward(seconds=61)
    await ada.save(0, 5)
    clock.forward(seconds=21)
    await swept(runtime)
    # The silence before the answer was not seen by anybody; this one is another.
    assert [each["open"] for each in await incidents(ada, room)] == [False, True]


async def test_who_is_there_and_does_nothing_is_idle_after_two_minutes(
    school: School, clock: MovableClock, runtime: Runtime
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    for number in range(1, 13):
        clock.forward(seconds=10)
        await ada.signal("HEARTBEAT", number)
    await swept(runtime)
    assert (await ada.look("presence"))["presence"] == "IDLE"
    await ada.signal("ITEM_OPENED", 13, itemNumber=1)
    assert (await ada.look("presence openIncidentCount")) == {"presence": "ONLINE", "openIncidentCount": 0}


async def test_five_items_answered_within_ten_seconds_are_told(school: School, clock: MovableClock) -> None:
    room = await ExamRoom.open(school, "Ada", "Ben", items=8)
    ada, ben = await room.desks()
    for item in range(4):
        await ada.save(item, 5)
    assert await incidents(ada, room) == []
    await ada.save(4, 5)
    await ada.save(5, 5)
    assert [each["kind"] for each in await incidents(ada, room)] == ["ANSWER_BURST"]
    for item in range(8):
        await ben.save(item, 5)
        clock.forward(seconds=3)
    assert await incidents(ben, room) == []


async def test_a_raised_hand_is_claimed_by_one_teacher_and_the_learner_sees_who_comes(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    grace = await school.teacher("Grace")
    teaching = {"classroomId": room.classroom["id"], "userId": grace.user_id}
    await room.teacher.ask(
        "mutation($i: ClassroomTeacherInput!) { addClassroomTeacher(input: $i) { userErrors { code } } }",
        i=teaching,
    )
    await ada.signal("HAND_RAISED", 1, itemNumber=2)
    (hand,) = await incidents(ada, room)
    assert (hand["kind"], hand["open"]) == ("HAND_RAISED", True)
    given = {"incidentId": hand["id"]}
    refused = await ada.learner.attempt("claimRaisedHand", given, "incident { id }")
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    for _ in range(2):
        claimed = await grace.do("claimRaisedHand", given, "incident { claimedBy { displayName } }")
        assert claimed["incident"] == {"claimedBy": {"displayName": "Grace"}}
    late = await room.teacher.attempt("claimRaisedHand", given, "incident { id }")
    assert (late["userErrors"][0]["code"], late["userErrors"][0]["path"]) == ("CONFLICT", ["incidentId"])
    own = await ada.look("openIncidentCount incidents { nodes { claimedBy { displayName } } }")
    assert own == {"openIncidentCount": 1, "incidents": {"nodes": [{"claimedBy": {"displayName": "Grace"}}]}}
    await ada.signal("HAND_LOWERED", 2)
    assert (await ada.look("openIncidentCount"))["openIncidentCount"] == 0


async def test_a_teacher_dismisses_an_incident_with_a_note_for_teachers(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.signal("PASTE", 1, itemNumber=1)
    (incident,) = await incidents(ada, room)
    given = {"incidentId": incident["id"], "note": "Looked: the own draft."}
    selection = "incident { note open dismissedBy { id } sitting { openIncidentCount state } }"
    for note in ("Looked: the own draft.", "Another."):
        payload = await room.teacher.do("dismissExamIncident", {**given, "note": note}, selection)
        assert payload["incident"] == {
            "note": "Looked: the own draft.", "open": False, "dismissedBy": {"id": room.teacher.user_id},
            "sitting": {"openIncidentCount": 0, "state": "ACTIVE"},
        }  # fmt: skip
    answer = await ada.learner.post(
        "query($id: ID!) { node(id: $id) { ... on ExamIncident { note kind } } }", id=incident["id"]
    )
    assert answer["data"]["node"] == {"note": None, "kind": "PASTE"}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_another_network_address_is_told_and_not_named(school: School, runtime: Runtime) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    learner = Principal(None, tenant_of(school), uuid_of(ada.learner.learner_id))
    for number, address in enumerate(("10.0.0.7", "10.0.0.7", "10.0.0.8"), 1):
        async with runtime.database.unit_of_work(tenant_of(school)) as work:
            signals = [Signal(ExamSignal.HEARTBEAT, number)]
            await report_signals(work, learner, uuid_of(ada.sitting_id), signals, address)
    # From where the learner joined to the first of these, and from there to the last.
    found = await incidents(ada, room)
    told = ("ADDRESS_CHANGED", "The network address changed.")
    assert [(each["kind"], each["detail"]) for each in found] == [told, told]


async def test_signals_after_the_end_are_refused_with_the_servers_clock(school: School) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    await ada.submit()
    payload = await ada.signal("HAND_RAISED", 1)
    assert payload["userErrors"][0]["reason"] == "SITTING_SUBMITTED"
    assert payload["serverTime"]
    assert await incidents(ada, room) == []


async def test_the_report_tells_attendance_and_incidents_in_json_and_csv(school: School) -> None:
    room = await ExamRoom.open(school, "Ada", "=Ben")
    ada = room.desk(0)
    await ada.join()
    await ada.save(0, 5)
    await ada.signal("PASTE", 1, itemNumber=1)
    await ada.signal("HAND_RAISED", 2)
    ben = room.desk(1)
    await ben.join()
    await ben.signal("PASTE", 1)
    await room.teacher.do("closeExam", {"examId": room.exam_id}, "exam { id }")
    report = (await room.exam("incidentReport { joinedCount absentCount incidentCount json csv }"))[
        "incidentReport"
    ]
    assert [report[name] for name in ("joinedCount", "absentCount", "incidentCount")] == [2, 0, 3]
    whole = json.loads(report["json"])
    assert [(each["learner"], each["state"], each["answered"]) for each in whole["attendance"]] == [
        ("=Ben", "FORCE_SUBMITTED", 0), ("Ada", "FORCE_SUBMITTED", 1),
    ]  # fmt: skip
    assert [(each["learner"], each["kind"]) for each in whole["incidents"]] == [
        ("Ada", "PASTE"), ("Ada", "HAND_RAISED"), ("=Ben", "PASTE"),
    ]  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(report["csv"])))
    # A spreadsheet would take a name that begins with = for a formula.
    assert [(row["learner"], row["kind"]) for row in rows] == [
        ("Ada", "PASTE"), ("Ada", "HAND_RAISED"), ("'=Ben", "PASTE"),
    ]  # fmt: skip
    assert rows[0]["detail"] == "Text was pasted. At item 1."
    query = "query($id: ID!) { exam(id: $id) { incidentReport { csv } } }"
    refused = await ada.learner.refused(query, id=room.exam_id)
    assert refused["extensions"]["code"] == "NOT_FOUND"
