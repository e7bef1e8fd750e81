"""Following a class: who practises, who has gone quiet, and that nothing is missing after a break."""

import random
import uuid
from datetime import UTC, date, datetime
from typing import Any

import pytest

from app.kit import ids
from app.kit.statements import sql
from app.live.activity import ClassroomActivity, activity_of_classroom
from app.live.standing import Standing, activity, after_attempts, after_session
from app.live.sweeping import sweep_all
from app.realtime.consumers import drain
from app.realtime.event_log import classroom_topic, read_after
from app.realtime.presence import Presence
from app.runtime import Runtime
from tests.client import School
from tests.conftest import MovableClock
from tests.live.following import CLASSROOM, TEACHING, activity_after
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import socket_of

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)


@pytest.fixture
async def work(school: School) -> LearnerAtWork:
    return await LearnerAtWork.begin(school)


async def projected(runtime: Runtime) -> None:
    """Let the consumer catch up."""
    await drain(runtime.maintenance, [ClassroomActivity()])


async def test_a_teacher_sees_who_is_there_and_each_attempt_as_it_comes(
    address: str, runtime: Runtime, work: LearnerAtWork
) -> None:
    ada, ben = work.learner, await work.school.learner(work.classroom, "Ben")
    await projected(runtime)
    async with socket_of(address, work.school.admin.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=work.classroom["id"])
        snapshot = await stream.event()
        assert snapshot["resumed"] is False
        seen = [(each["learner"]["displayName"], each["presence"]) for each in snapshot["activity"]]
        assert seen == [("Ada", "ONLINE"), ("Ben", "OFFLINE")]
        assert snapshot["activity"][1] == {
            "learner": {"id": ben.learner_id, "displayName": "Ben"}, "presence": "OFFLINE", "session": None,
            "lastAttemptAt": None, "attemptsToday": 0,
        }  # fmt: skip

        attempt = await work.record(0)
        await projected(runtime)
        change = await stream.event()
        assert change["changed"] == {
            "learner": {"id": ada.learner_id, "displayName": "Ada"},
            "presence": "ONLINE",
            "session": {"id": work.session_id, "state": "ACTIVE"},
            "lastAttemptAt": attempt["answeredAt"],
            "attemptsToday": 1,
        }
        assert change["mastery"] == [{"evidenceCount": 1, "skill": {"id": f"skl_{work.skills[0].hex}"}}]


async def test_a_session_that_is_completed_is_no_longer_under_way(
    address: str, runtime: Runtime, work: LearnerAtWork
) -> None:
    await work.record(0)
    await projected(runtime)
    async with socket_of(address, work.school.admin.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=work.classroom["id"])
        await stream.event()
        await work.learner.ask(
            "mutation($id: ID!) { completePracticeSession(input: {sessionId: $id}) { session { id } } }",
            id=work.session_id,
        )
        await projected(runtime)
        change = await stream.event()
        assert (change["changed"]["session"], change["changed"]["attemptsToday"]) == (None, 1)
        assert change["mastery"] == []


async def test_a_learner_who_goes_quiet_is_idle_after_two_minutes_and_offline_after_ten(
    address: str, runtime: Runtime, work: LearnerAtWork, clock: MovableClock
) -> None:
    await work.record(0)
    await projected(runtime)
    await sweep_all(runtime.maintenance)
    async with socket_of(address, work.school.admin.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=work.classroom["id"])
        assert (await stream.event())["activity"][0]["presence"] == "ONLINE"
        clock.forward(seconds=121)
        await sweep_all(runtime.maintenance)
        assert (await stream.event())["changed"]["presence"] == "IDLE"
    clock.forward(seconds=470)
    await sweep_all(runtime.maintenance)
    assert await _told(runtime, work) == (["ONLINE", "ONLINE", "IDLE"], "IDLE")
    clock.forward(seconds=9)
    await sweep_all(runtime.maintenance)
    assert await _told(runtime, work) == (["ONLINE", "ONLINE", "IDLE", "OFFLINE"], "OFFLINE")


async def _told(runtime: Runtime, work: LearnerAtWork) -> tuple[list[str], str]:
    """The presence that each event of the class told, and the one that a snapshot tells now."""
    room = _key(work.classroom["id"])
    async with runtime.database.reader(_key(work.school.organization_id)) as reader:
        events = await read_after(reader, classroom_topic(room), 0)
        (now,) = await activity_of_classroom(reader, room)
    return [event.payload["presence"] for event in events], now.presence.value


def _key(public_id: str) -> uuid.UUID:
    decoded = ids.decode(public_id)
    assert decoded is not None
    return decoded[1]


async def test_a_snapshot_and_the_events_behind_it_make_a_later_snapshot_over_any_number_of_breaks(
    address: str, runtime: Runtime, work: LearnerAtWork
) -> None:
    chance = random.Random(7)
    admin, room = work.school.admin, work.classroom["id"]
    await projected(runtime)
    held: dict[str, Any] = {}
    cursor, events = None, 0
    for _ in range(12):
        for _ in range(chance.randint(0, 3)):
            await work.record(chance.randrange(4), chance.choice([5, 6]))
            events += 1
        await projected(runtime)
        async with socket_of(address, admin.token) as socket:
            stream = await socket.subscribe(CLASSROOM, id=room, after=cursor)
            for _ in range(chance.randint(1, 4)):
                if cursor is not None and held[work.learner.learner_id]["attemptsToday"] == events:
                    break
                event = await stream.event(heartbeats=True)
                held, cursor = activity_after(held, event), event["cursor"]
    async with socket_of(address, admin.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=room, after=cursor)
        while held[work.learner.learner_id]["attemptsToday"] < events:
            held = activity_after(held, await stream.event())
        later = activity_after({}, await (await socket.subscribe(CLASSROOM, id=room)).event())
    assert held == later
    assert events > 10


async def test_learners_and_teachers_of_other_classes_may_not_follow_a_class(
    address: str, work: LearnerAtWork
) -> None:
    grace = await work.school.teacher()
    for person in (work.learner, grace):
        async with socket_of(address, person.token) as socket:
            stream = await socket.subscribe(CLASSROOM, id=work.classroom["id"])
            assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"


async def test_a_teacher_is_not_told_of_a_learner_who_has_left_the_class(
    address: str, runtime: Runtime, work: LearnerAtWork
) -> None:
    grace, ben = await work.school.teacher(), await work.school.learner(work.classroom, "Ben")
    teaching = {"classroomId": work.classroom["id"], "userId": grace.user_id}
    await work.school.admin.ask(TEACHING.format("addClassroomTeacher"), input=teaching)
    await projected(runtime)
    async with socket_of(address, grace.token) as socket:
        start = await (await socket.subscribe(CLASSROOM, id=work.classroom["id"])).event()
    await work.record(0)
    await projected(runtime)
    await _leave(runtime, work, work.learner.learner_id)
    skill = f"skl_{work.skills[0].hex}"
    await ben.do("startPracticeSession", {"skillIds": [skill]}, "session { id }")
    await projected(runtime)
    async with socket_of(address, grace.token) as socket:
        stream = await socket.subscribe(CLASSROOM, id=work.classroom["id"], after=start["cursor"])
        assert (await stream.event())["changed"]["learner"]["id"] == ben.learner_id


async def _leave(runtime: Runtime, work: LearnerAtWork, learner_id: str) -> None:
    async with runtime.database.unit_of_work(_key(work.school.organization_id)) as unit:
        left = sql("UPDATE enrollment SET left_at = :now WHERE learner_id = :id")
        assert await unit.execute(left, now=unit.now, id=_key(learner_id)) == 1


def _attempts(*answered: str, session: uuid.UUID | None = ONE) -> dict[str, Any]:
    return {
        "session": session.hex if session else None,
        "attempts": [{"answered_at": moment, "changes": []} for moment in answered],
    }


def test_attempts_count_on_the_day_of_the_organization_on_which_they_were_answered() -> None:
    late = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    payload = _attempts("2026-11-21T22:59:59+00:00", "2026-11-21T23:00:00+00:00", "2026-11-20T12:00:00+00:00")
    standing = after_attempts(Standing(), payload, late, "Europe/Berlin")
    assert (standing.day, standing.attempts_on_day) == (date(2026, 11, 22), 1)
    assert standing.last_attempt_at == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert activity(ONE, standing, late, "Europe/Berlin").attempts_today == 1
    assert activity(ONE, standing, late, "UTC").attempts_today == 0


def test_imported_attempts_do_not_make_a_learner_present() -> None:
    payload = _attempts("2009-09-01T12:00:00+00:00", session=None)
    now = activity(ONE, after_attempts(Standing(), payload, NOON, "UTC"), NOON, "UTC")
    assert (now.presence, now.session_id, now.attempts_today) == (Presence.OFFLINE, None, 0)
    assert now.last_attempt_at == datetime(2009, 9, 1, 12, tzinfo=UTC)


def test_answers_loaded_with_a_session_that_is_over_do_not_make_a_learner_present() -> None:
    standing = Standing()
    for answered in ("2026-11-18T08:05:00+00:00", "2026-11-18T08:15:00+00:00"):
        standing = after_attempts(standing, _attempts(answered), NOON, "UTC")
    now = activity(ONE, standing, NOON, "UTC")
    assert (now.presence, now.session_id, now.attempts_today) == (Presence.OFFLINE, None, 0)
    assert now.last_attempt_at == datetime(2026, 11, 18, 8, 15, tzinfo=UTC)


def test_a_learner_whose_device_sends_old_answers_of_the_session_under_way_is_there() -> None:
    started = after_session(Standing(), {"session": ONE.hex, "state": "ACTIVE"}, NOON.replace(hour=9))
    standing = after_attempts(started, _attempts("2026-11-21T09:01:00+00:00"), NOON, "UTC")
    now = activity(ONE, standing, NOON, "UTC")
    assert (now.presence, now.session_id, now.attempts_today) == (Presence.ONLINE, ONE, 1)


def test_a_session_that_ends_by_itself_is_no_sign_of_the_learner() -> None:
    started = after_session(Standing(), {"session": ONE.hex, "state": "ACTIVE"}, NOON)
    later = NOON.replace(day=22)
    abandoned = after_session(started, {"session": ONE.hex, "state": "ABANDONED"}, later)
    assert (abandoned.session_id, abandoned.last_seen_at) == (None, NOON)
    other = after_session(started, {"session": OTHER.hex, "state": "COMPLETED"}, later)
    assert (other.session_id, other.last_seen_at) == (ONE, later)
