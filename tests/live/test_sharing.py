"""One answer for all who may share it: executed once, private where anything selected is, asked of each."""

from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import pytest
from graphql import parse

from app.kit.ids import new_id
from app.kit.metrics import EVENTS_EXECUTED, EVENTS_TOLD
from app.live.activity import ClassroomActivity
from app.runtime import Runtime
from schema.engine.sharing import is_shared, resuming_variable
from schema.root import build
from tests.analytics.practising import Practice
from tests.assessments.exam_room import ExamRoom
from tests.client import PASSWORD, Client, School, sign_in
from tests.conftest import MovableClock
from tests.live.exam_following import MONITOR, OWN
from tests.live.following import CLASSROOM, LEADERBOARD, MASTERY, TEACHING
from tests.socket import Stream, socket_of

PRIVATE = MONITOR.replace("sitting { ...sitting } }", "sitting { id incidents(first: 1) { totalCount } } }")
OWN_PLACE = LEADERBOARD.replace("leaderboard { id", "leaderboard { viewerEntry { rank alias } id")


class Count:
    """How many events were executed and told within a block."""

    executed = 0
    told = 0


@contextmanager
def counting() -> Iterator[Count]:
    """Count, at the end of the block."""
    count = Count()
    executed, told = EVENTS_EXECUTED._value.get(), EVENTS_TOLD._value.get()
    yield count
    count.executed = int(EVENTS_EXECUTED._value.get() - executed)
    count.told = int(EVENTS_TOLD._value.get() - told)


async def _teaching(school: School, room: ExamRoom, *names: str) -> list[Client]:
    """Teachers who teach the class of the exam too."""
    teachers = [await school.teacher(name) for name in names]
    for teacher in teachers:
        given = {"classroomId": room.classroom["id"], "userId": teacher.user_id}
        await school.admin.ask(TEACHING.format("addClassroomTeacher"), input=given)
    return teachers


async def _following(held: AsyncExitStack, address: str, person: Client, query: str, **given: Any) -> Stream:
    socket = await held.enter_async_context(socket_of(address, person.token))
    return await socket.subscribe(query, **given)


async def test_what_two_teachers_follow_by_one_document_is_executed_once_and_told_to_both(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    teachers = await _teaching(school, room, "Grace", "Hedy")
    async with AsyncExitStack() as held:
        streams = [await _following(held, address, each, MONITOR, id=room.exam_id) for each in teachers]
        start = [await stream.event() for stream in streams]
        # Another cursor to begin after makes no other audience.
        resumed = await _following(
            held, address, teachers[0], MONITOR, id=room.exam_id, after=start[0]["cursor"]
        )
        assert (await resumed.event(heartbeats=True))["__typename"] == "StreamHeartbeat"
        with counting() as count:
            await room.desk(0).join()
            events = [await stream.event() for stream in (*streams, resumed)]
        assert events[0]["sitting"]["state"] == "ACTIVE"
        assert events == [events[0]] * 3
        assert (count.executed, count.told) == (1, 3)


async def test_one_private_field_has_an_event_executed_for_each_who_follows(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    teachers = await _teaching(school, room, "Grace", "Hedy")
    async with AsyncExitStack() as held:
        streams = [await _following(held, address, each, PRIVATE, id=room.exam_id) for each in teachers]
        # Two tabs of one person are one principal.
        streams.append(await _following(held, address, teachers[0], PRIVATE, id=room.exam_id))
        for stream in streams:
            await stream.event()
        with counting() as count:
            await room.desk(0).join()
            events = [await stream.event() for stream in streams]
        assert [each["sitting"]["incidents"] for each in events] == [{"totalCount": 0}] * 3
        assert (count.executed, count.told) == (2, 3)


async def test_learners_with_one_document_get_their_own_place_and_share_what_moves(
    school: School, address: str, runtime: Runtime
) -> None:
    practice, classroom = Practice(school), await school.classroom()
    learners = [await school.learner(classroom, name) for name in ("Ada", "Ben")]
    skill = await practice.skill("add")
    await practice.answers(learners[0].learner_id, skill, [1.0, 1.0], runtime.clock())
    await practice.answers(learners[1].learner_id, skill, [1.0], runtime.clock())
    await practice.projected(ClassroomActivity())
    async with AsyncExitStack() as held:
        streams = [await _following(held, address, each, OWN_PLACE, id=classroom["id"]) for each in learners]
        boards = [(await stream.event())["leaderboard"] for stream in streams]
        by_rank = {each["rank"]: each["alias"] for each in boards[0]["entries"]}
        assert [each["viewerEntry"] for each in boards] == [
            {"rank": 1, "alias": by_rank[1]}, {"rank": 2, "alias": by_rank[2]},
        ]  # fmt: skip
        with counting() as count:
            await practice.answers(learners[1].learner_id, skill, [1.0], runtime.clock())
            await practice.projected(ClassroomActivity())
            events = [await stream.event() for stream in streams]
        assert events[0] == events[1]
        assert (count.executed, count.told) == (1, 2)


async def test_a_gated_field_is_executed_for_the_learner_apart_from_the_teacher_who_follows_with_it(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (grace,) = await _teaching(school, room, "Grace")
    (ada,) = await room.desks()
    query = OWN.replace("action { id kind text seconds undoneAt }", "action { kind reason }")
    async with AsyncExitStack() as held:
        people = (grace, ada.learner)
        streams = [await _following(held, address, each, query, id=ada.sitting_id) for each in people]
        for stream in streams:
            await stream.event()
        with counting() as count:
            await room.act("extendExamTime", ada, seconds=60, reason="Between us.")
            changes = [await stream.event() for stream in streams]
            frames = [await stream.frame() for stream in streams]
        assert changes[0] == changes[1]
        assert (count.executed, count.told) == (1 + 2, 2 + 2)
        answers = [frame["payload"]["data"]["examSitting"]["action"] for frame in frames]
    assert answers == [{"kind": "EXTENSION", "reason": None}] * 2
    assert ["errors" in frame["payload"] for frame in frames] == [False, True]


async def test_who_loses_the_class_hears_nothing_of_the_next_event_that_the_others_share(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    grace, hedy = await _teaching(school, room, "Grace", "Hedy")
    (ada,) = await room.desks()
    async with AsyncExitStack() as held:
        lost, kept = [
            await _following(held, address, each, MONITOR, id=room.exam_id) for each in (grace, hedy)
        ]
        for stream in (lost, kept):
            await stream.event()
        await ada.save(0, 5)
        assert await lost.event() == await kept.event()
        given = {"classroomId": room.classroom["id"], "userId": grace.user_id}
        await school.admin.ask(TEACHING.format("removeClassroomTeacher"), input=given)
        await ada.save(1, 5)
        assert (await kept.event())["sitting"]["answeredCount"] == 2
        frame = await lost.frame()
        assert (frame["type"], frame["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")
        await ada.save(2, 5)
        assert (await kept.event())["sitting"]["answeredCount"] == 3
        assert lost.frames.empty()


async def test_an_admin_hears_of_every_class_until_it_is_one_no_more(
    school: School, address: str, clock: MovableClock
) -> None:
    room = await ExamRoom.open(school, "Ada")
    (grace,) = await _teaching(school, room, "Grace")
    (ada,) = await room.desks()
    email = f"hedy-{new_id().hex}@example.com"
    given = {"email": email, "displayName": "Hedy", "password": PASSWORD, "roles": ["ORGANIZATION_ADMIN"]}
    await school.admin.do("addMember", given, "member { roles }")
    hedy = await sign_in(school.admin, email)
    async with AsyncExitStack() as held:
        lost, kept = [
            await _following(held, address, each, MONITOR, id=room.exam_id) for each in (hedy, grace)
        ]
        for stream in (lost, kept):
            await stream.event()
        with counting() as count:
            await ada.save(0, 5)
            assert await lost.event() == await kept.event()
        assert (count.executed, count.told) == (1, 2)
        taken = {"userId": hedy.user_id, "roles": ["TEACHER"]}
        await school.admin.do("setMemberRoles", taken, "member { roles }")
        clock.forward(seconds=1)
        await ada.save(1, 5)
        assert (await kept.event())["sitting"]["answeredCount"] == 2
        frame = await lost.frame()
        assert (frame["type"], frame["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


async def test_an_event_says_what_it_is_worth_and_not_what_is_left_to_whoever_hears_it(
    school: School, address: str
) -> None:
    room = await ExamRoom.open(school, "Ada")
    async with socket_of(address, room.teacher.token) as socket:
        stream = await socket.subscribe(MONITOR, id=room.exam_id)
        await stream.event()
        await room.desk(0).join()
        cost = (await stream.frame())["payload"]["extensions"]["cost"]
    # The event, the sitting, and its learner.
    assert (set(cost), cost["actual"]) == ({"asked", "actual"}, 3)


async def test_one_who_completes_in_the_middle_leaves_the_others_told(school: School, address: str) -> None:
    room = await ExamRoom.open(school, "Ada")
    (ada,) = await room.desks()
    async with socket_of(address, room.teacher.token) as socket:
        streams = [await socket.subscribe(MONITOR, id=room.exam_id) for _ in range(3)]
        for stream in streams:
            await stream.event()
        await streams[0].complete()
        await (await socket.subscribe("{ viewer { user { id } } }")).data()
        await ada.save(0, 5)
        for stream in streams[1:]:
            assert (await stream.event())["sitting"]["answeredCount"] == 1
        assert streams[0].frames.empty()


FIELDS = [
    (MONITOR, "ExamSittingChanged", True),
    (MONITOR, "ExamIncidentChanged", True),
    (MONITOR, "StreamHeartbeat", True),
    (MONITOR, "StreamNotice", True),
    (MONITOR, "ExamMonitorSnapshot", False),
    (MONITOR, "ExamActionTaken", False),  # `reason` is for teachers
    (PRIVATE, "ExamSittingChanged", False),
    (PRIVATE, "ExamChanged", True),
    (MASTERY, "MasteryUpdated", True),
    (MASTERY.replace("skill { id }", "explanation { summary }"), "MasteryUpdated", False),
    (CLASSROOM, "LearnerActivityChanged", True),
    (CLASSROOM.replace("displayName }", "leaderboardHidden }"), "LearnerActivityChanged", False),
    (LEADERBOARD, "LeaderboardChanged", True),
    (OWN_PLACE, "LeaderboardSnapshot", False),
    (OWN_PLACE, "LeaderboardChanged", True),
    (OWN_PLACE, "Nothing", False),
]


@pytest.mark.parametrize(("query", "typename", "shared"), FIELDS)
def test_an_event_is_shared_where_each_field_selected_of_it_is(
    query: str, typename: str, shared: bool
) -> None:
    document: Any = parse(query)
    assert is_shared(build().schema, document, document.definitions[0], typename) is shared


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (MASTERY, "after"),
        (
            "subscription($a: ID!, $b: Cursor) { masteryChanged(learnerId: $a, after: $b) { __typename } }",
            "b",
        ),
        ("subscription($a: ID!) { masteryChanged(learnerId: $a) { __typename } }", None),
        ('subscription { masteryChanged(learnerId: "a", after: "b") { __typename } }', None),
        ("subscription($a: ID!) { masteryChanged(learnerId: $a, after: $a) { __typename } }", None),
    ],
)
def test_the_variable_that_only_says_where_to_begin_tells_no_audiences_apart(
    query: str, found: str | None
) -> None:
    document: Any = parse(query)
    assert resuming_variable(document, document.definitions[0]) == found
