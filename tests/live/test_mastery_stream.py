"""Following a learner's mastery: what comes, to whom, and that nothing is missing after a break."""

import asyncio
import random
from typing import Any

import pytest

from tests.client import Client, School
from tests.live.following import MASTERY, TEACHING, mastery_after
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import raw_socket, socket_of


@pytest.fixture
async def work(school: School) -> LearnerAtWork:
    return await LearnerAtWork.begin(school)


async def test_a_learner_gets_a_snapshot_then_each_change_as_its_attempt_left_it(
    address: str, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(MASTERY, id=ada.learner_id)
        snapshot = await stream.event()
        assert (snapshot["__typename"], snapshot["resumed"], snapshot["mastery"]) == (
            "MasterySnapshot", False, [],
        )  # fmt: skip
        for count in (1, 2, 3):
            attempt = await work.record(0)
            change = await stream.event()
            (mastery,) = change["mastery"]
            (moved,) = attempt["masteryChanges"]
            assert change["attempt"] == {"id": attempt["id"]}
            assert mastery["evidenceCount"] == count
            assert mastery["probability"] == (moved["after"] if count == 3 else None)
            assert mastery["level"] == ("NOT_ENOUGH_DATA" if count < 3 else moved["mastery"]["level"])
            assert mastery["lastPracticedAt"] == attempt["answeredAt"]
            assert mastery["skill"] == moved["skill"]
            assert mastery["learner"] == {"id": ada.learner_id}


async def test_a_resumed_stream_begins_with_a_heartbeat_then_tells_what_was_missed(
    address: str, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        start = await (await socket.subscribe(MASTERY, id=ada.learner_id)).event()
    missed = [await work.record(number) for number in (0, 1, 0)]
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(MASTERY, id=ada.learner_id, after=start["cursor"])
        heartbeat = await stream.event(heartbeats=True)
        told = [await stream.event() for _ in missed]
    assert (heartbeat["__typename"], heartbeat["cursor"]) == ("StreamHeartbeat", start["cursor"])
    assert [event["attempt"]["id"] for event in told] == [attempt["id"] for attempt in missed]
    assert [event["mastery"][0]["evidenceCount"] for event in told] == [1, 1, 2]


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_snapshot_and_the_events_behind_it_make_a_later_snapshot_over_any_number_of_breaks(
    address: str, work: LearnerAtWork, seed: int
) -> None:
    ada, chance = work.learner, random.Random(seed)
    numbers = [chance.randrange(4) for _ in range(25)]
    recording = asyncio.create_task(_record(work, numbers))
    held: dict[str, Any] = {}
    cursor, attempts = None, 0
    while attempts < len(numbers):
        async with socket_of(address, ada.token) as socket:
            stream = await socket.subscribe(MASTERY, id=ada.learner_id, after=cursor)
            for _ in range(chance.randint(1, 6)):
                event = await stream.event(heartbeats=True)
                held, cursor = mastery_after(held, event), event["cursor"]
                attempts = sum(each["evidenceCount"] for each in held.values())
                if attempts == len(numbers):
                    break
    await recording
    async with socket_of(address, ada.token) as socket:
        later = mastery_after({}, await (await socket.subscribe(MASTERY, id=ada.learner_id)).event())
    assert _counted(held) == _counted(later)


async def _record(work: LearnerAtWork, numbers: list[int]) -> None:
    for number in numbers:
        await work.record(number, 5 if number else 6)


def _counted(held: dict[str, Any]) -> dict[str, Any]:
    return {name: (each["evidenceCount"], each["lastPracticedAt"]) for name, each in held.items()}


async def test_who_may_not_see_a_learner_is_told_it_is_not_found(
    address: str, anonymous: Client, work: LearnerAtWork
) -> None:
    school = work.school
    ben = await school.learner(work.classroom, "Ben")
    grace = await school.teacher()
    stranger = (await School.found(anonymous, school.runtime)).admin
    for person, code in (
        (ben, "NOT_FOUND"), (grace, "NOT_FOUND"), (stranger, "NOT_FOUND"), (anonymous, "UNAUTHENTICATED"),
    ):  # fmt: skip
        async with socket_of(address, person.token) as socket:
            stream = await socket.subscribe(MASTERY, id=work.learner.learner_id)
            assert (await stream.error())["extensions"]["code"] == code


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id": "lrn_00000000000000000000000000000000"}, "NOT_FOUND"),
        ({"id": "cls_00000000000000000000000000000000"}, "NOT_FOUND"),
        ({"id": "?"}, "NOT_FOUND"),
        ({}, "BAD_INPUT"),
        ({"after": "nonsense"}, "BAD_INPUT"),
    ],
)
async def test_what_cannot_be_followed_ends_with_a_code(
    address: str, work: LearnerAtWork, given: dict[str, str], code: str
) -> None:
    if "after" in given:
        given = {**given, "id": work.learner.learner_id}
    async with socket_of(address, work.learner.token) as socket:
        stream = await socket.subscribe(MASTERY, **given)
        assert (await stream.error())["extensions"]["code"] == code


async def test_a_teacher_who_loses_the_class_loses_the_stream_and_keeps_the_socket(
    address: str, work: LearnerAtWork
) -> None:
    grace = await work.school.teacher()
    teaching = {"classroomId": work.classroom["id"], "userId": grace.user_id}
    await work.school.admin.ask(TEACHING.format("addClassroomTeacher"), input=teaching)
    async with socket_of(address, grace.token) as socket:
        stream = await socket.subscribe(MASTERY, id=work.learner.learner_id)
        assert (await stream.event())["__typename"] == "MasterySnapshot"
        await work.school.admin.ask(TEACHING.format("removeClassroomTeacher"), input=teaching)
        assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"
        other = await socket.subscribe("{ viewer { user { id } } }")
        assert await other.data() == {"viewer": {"user": {"id": grace.user_id}}}


async def test_signing_out_ends_the_streams_and_closes_the_socket_with_4403(
    address: str, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        streams = [await socket.subscribe(MASTERY, id=ada.learner_id) for _ in range(3)]
        for stream in streams:
            await stream.event()
        await ada.ask("mutation { signOut { userErrors { code } } }")
        for stream in streams:
            assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"
        assert (await socket.closed())[0] == 4403


async def test_a_completed_stream_is_silent_and_its_neighbour_goes_on(
    address: str, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        quiet = await socket.subscribe(MASTERY, id=ada.learner_id)
        other = await socket.subscribe(MASTERY, id=ada.learner_id)
        await quiet.event()
        await other.event()
        await quiet.complete()
        viewer = await socket.subscribe("{ viewer { user { id } } }")
        await viewer.data()
        attempt = await work.record(0)
        assert (await other.event())["attempt"] == {"id": attempt["id"]}
        assert quiet.frames.empty()


async def test_the_same_id_twice_at_a_time_is_closed_with_4409(address: str, work: LearnerAtWork) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        stream = await socket.subscribe(MASTERY, id=ada.learner_id)
        await stream.event()
        payload = {"query": "{ viewer { user { id } } }"}
        await socket.send({"id": stream.name, "type": "subscribe", "payload": payload})
        assert (await socket.closed())[0] == 4409


async def test_the_twenty_first_operation_of_a_socket_is_refused_until_one_completes(
    address: str, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with socket_of(address, ada.token) as socket:
        streams = [await socket.subscribe(MASTERY, id=ada.learner_id) for _ in range(20)]
        for stream in streams:
            await stream.event()
        one_more = await socket.subscribe(MASTERY, id=ada.learner_id)
        assert (await one_more.error())["extensions"]["code"] == "RATE_LIMITED"
        await streams[0].complete()
        again = await socket.subscribe(MASTERY, id=ada.learner_id)
        assert (await again.event())["__typename"] == "MasterySnapshot"


async def test_a_subscription_is_validated_to_have_one_field(address: str, work: LearnerAtWork) -> None:
    async with socket_of(address, work.learner.token) as socket:
        stream = await socket.subscribe(
            "subscription($id: ID!) { a: masteryChanged(learnerId: $id) { __typename } "
            "b: masteryChanged(learnerId: $id) { __typename } }",
            id=work.learner.learner_id,
        )
        assert (await stream.error())["extensions"]["code"] == "BAD_INPUT"


async def test_an_abandoned_connection_leaves_no_listener_behind(address: str, work: LearnerAtWork) -> None:
    bus: Any = work.school.runtime.bus
    topic = "learner:" + work.learner.learner_id.removeprefix("lrn_")
    async with raw_socket(address):
        async with socket_of(address, work.learner.token) as socket:
            await (await socket.subscribe(MASTERY, id=work.learner.learner_id)).event()
            assert len(bus._listeners[topic]) == 1
        async with asyncio.timeout(30):
            while topic in bus._listeners:
                await asyncio.sleep(0.01)
