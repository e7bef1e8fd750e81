"""Five hundred learners in one exam: watched in one snapshot, moved in one act, within a write's limits."""

from app.kit.metrics import STATEMENTS
from tests.assessments.exam_room import exam_by_the_graph
from tests.client import School
from tests.live.exam_following import MONITOR
from tests.socket import socket_of

SIZE = 500


async def test_five_hundred_are_watched_extended_and_closed(school: School, address: str) -> None:
    classroom = await school.classroom()
    for start in (0, 250):
        names = [{"displayName": f"Learner {start + number:03}"} for number in range(250)]
        given = {"classroomId": classroom["id"], "learners": names}
        await school.admin.do("enrollLearners", given, "results { index }")
    exam, _ = await exam_by_the_graph(school.admin, classroom["id"])

    async with socket_of(address, school.admin.token) as socket:
        before = STATEMENTS._value.get()
        stream = await socket.subscribe(MONITOR, id=exam)
        snapshot = await stream.event()
        assert STATEMENTS._value.get() - before < 20
        assert len(snapshot["sittings"]) == SIZE
        assert len({each["learner"]["displayName"] for each in snapshot["sittings"]}) == SIZE
        assert snapshot["counts"] == [{"state": "NOT_STARTED", "presence": "OFFLINE", "count": SIZE}]

        given = {"examId": exam, "target": {"everyone": True}, "seconds": 60}
        selection = "action { acknowledgements { deliveredAt } }"
        extended = await school.admin.do("extendExamTime", given, selection)
        assert len(extended["action"]["acknowledgements"]) == SIZE
        told = [await stream.event() for _ in range(SIZE)]
        assert {each["sitting"]["extendedSeconds"] for each in told} == {60}
        assert {(await stream.event())["__typename"] for _ in range(2)} == {"ExamChanged", "ExamActionTaken"}

        named = [each["id"] for each in snapshot["sittings"]]
        said = {"examId": exam, "target": {"sittingIds": named}, "text": "Good luck."}
        message = await school.admin.do("messageExamLearners", said, selection)
        assert len(message["action"]["acknowledgements"]) == SIZE
        change = (
            "mutation($i: MessageExamLearnersInput!) { messageExamLearners(input: $i) { action { id } } }"
        )
        said["target"] = {"sittingIds": [*named, named[0]]}
        refused = await school.admin.refused(change, i=said)
        assert refused["extensions"]["limit"] == {"name": "list_entries", "used": SIZE + 1, "most": SIZE}

    await school.admin.do("closeExam", {"examId": exam}, "exam { state }")
    async with socket_of(address, school.admin.token) as socket:
        snapshot = await (await socket.subscribe(MONITOR, id=exam)).event()
    assert snapshot["counts"] == [{"state": "CLOSED", "presence": "OFFLINE", "count": SIZE}]
