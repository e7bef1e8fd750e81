"""What is taken away is gone within a second: a sign-in, a role, a membership, an account."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from typing import Any

import pytest

from app.identity import sign_in
from app.kit import ids
from app.kit.database import StatementCount, statement_count
from app.kit.embedded_postgres import EmbeddedPostgres
from app.kit.errors import Unauthenticated
from app.kit.statements import sql
from app.realtime.readers import Pace
from app.runtime import Runtime
from tests.assessments.exam_room import ExamRoom
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.identity.taking_away import ACTS, Act, is_disabled, is_removed, loses_a_role
from tests.live.exam_following import MONITOR
from tests.live.following import TEACHING
from tests.socket import socket_of

ROLES = "{ viewer { roles } }"
BECOMES_LEARNER = sql("""
    INSERT INTO learner (organization_id, id, user_id, display_name, alias, created_at)
    VALUES (:tenant, :id, :user_id, 'Ada', 'Otter', now())
""")


def _key(public_id: str) -> uuid.UUID:
    decoded = ids.decode(public_id)
    assert decoded is not None
    return decoded[1]


@pytest.mark.parametrize("act", ACTS)
async def test_the_next_request_after_a_second_is_refused(
    school: School, server: EmbeddedPostgres, clock: MovableClock, act: Act
) -> None:
    grace = await school.teacher()
    assert await grace.ask(ROLES) == {"viewer": {"roles": ["TEACHER"]}}
    other = await school.teacher("Tim")
    await act(school, grace, server)
    clock.forward(seconds=1)
    assert (await grace.refused(ROLES))["extensions"]["code"] == "UNAUTHENTICATED"
    assert await other.ask(ROLES) == {"viewer": {"roles": ["TEACHER"]}}


async def test_a_clock_that_is_set_back_does_not_keep_a_sign_in_alive(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    grace = await school.teacher()
    principal = await runtime.principals.recognise(grace.token)
    assert principal.sign_in_session_id is not None
    async with runtime.database.unit_of_work(principal.organization_id) as work:
        await sign_in.revoke(work, principal, principal.sign_in_session_id)
    clock.forward(seconds=-50)
    assert (await grace.refused(ROLES))["extensions"]["code"] == "UNAUTHENTICATED"


async def _statements(runtime: Runtime, people: list[Client]) -> int:
    """How many statements it takes to recognise these people at once."""
    counted = StatementCount()
    marker = statement_count.set(counted)
    await asyncio.gather(*(runtime.principals.recognise(person.token) for person in people))
    statement_count.reset(marker)
    return counted.sent


async def test_a_hundred_looks_of_one_organization_cost_one_statement_a_second(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    people = [await school.teacher() for _ in range(5)]
    await _statements(runtime, people)
    await _statements(runtime, people)
    for _ in range(3):
        clock.forward(seconds=1)
        looks = [await _statements(runtime, people) for _ in range(20)]
        assert looks == [1] + [0] * 19


def _counted(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many are read by each statement, from now on."""
    sizes: list[int] = []
    read = runtime.principals._read

    async def counted(organization_id: uuid.UUID, ids: Collection[uuid.UUID]) -> Any:
        sizes.append(len(ids))
        return await read(organization_id, ids)

    monkeypatch.setattr(runtime.principals, "_read", counted)
    return sizes


async def _readings(
    runtime: Runtime, looks: Callable[[], AsyncIterator[Client]], monkeypatch: pytest.MonkeyPatch
) -> list[int]:
    """How many are read by each statement in the last four of six seconds in which these look."""
    principals: Any = runtime.principals
    sizes = _counted(runtime, monkeypatch)
    for second in range(6):
        if second == 2:
            sizes.clear()  # by now they have come together
        async for person in looks():
            await principals.recognise(person.token)
            while principals._readings:
                await asyncio.sleep(0.001)
    return sizes


@pytest.mark.parametrize("sockets", [1, 3])
async def test_sockets_that_look_once_a_second_each_at_its_time_are_read_together(
    school: School, runtime: Runtime, clock: MovableClock, monkeypatch: pytest.MonkeyPatch, sockets: int
) -> None:
    clock.stop()
    people = [await school.teacher() for _ in range(20)]

    async def looks() -> AsyncIterator[Client]:
        for person in people:
            clock.forward(seconds=1 / len(people))
            for _ in range(sockets):
                yield person

    assert len(await _readings(runtime, looks, monkeypatch)) <= 8


async def test_one_who_asks_all_the_time_does_not_take_the_others_apart(
    school: School, runtime: Runtime, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.stop()
    people = [await school.teacher() for _ in range(10)]

    async def looks() -> AsyncIterator[Client]:
        for _ in range(2):
            for person in people:
                yield person
        for _ in range(20):
            clock.forward(seconds=1 / 20)
            yield people[0]

    sizes = await _readings(runtime, looks, monkeypatch)
    assert len(sizes) <= 12
    assert sum(sizes) <= 12 * len(people)


async def test_who_comes_and_goes_is_read_alone(
    school: School, runtime: Runtime, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.stop()
    people = [await school.teacher() for _ in range(5)]

    async def looks() -> AsyncIterator[Client]:
        for person in people:
            clock.forward(seconds=1)
            yield person

    assert await _readings(runtime, looks, monkeypatch) == [1] * 20


@pytest.mark.parametrize("act", [loses_a_role, is_removed, is_disabled])
async def test_a_stream_ends_when_it_is_read_that_its_sign_in_is_over_whenever_it_is_looked_at(
    school: School, address: str, runtime: Runtime, server: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch, act: Act,
) -> None:  # fmt: skip
    monkeypatch.setattr(runtime.readers, "pace", Pace(look=3600))
    room = await ExamRoom.open(school, "Ada")
    grace, tim = await school.teacher(), await school.teacher("Tim")
    for person in (grace, tim):
        given = {"classroomId": room.classroom["id"], "userId": person.user_id}
        await room.teacher.ask(TEACHING.format("addClassroomTeacher"), input=given)
    async with socket_of(address, grace.token) as socket, socket_of(address, tim.token) as other:
        streams = [await each.subscribe(MONITOR, id=room.exam_id) for each in (socket, other)]
        for stream in streams:
            await stream.event()
        await act(school, grace, server)
        assert (await streams[0].error())["extensions"]["code"] == "UNAUTHENTICATED"
        await room.desk().join()
        assert (await streams[1].event())["__typename"] == "ExamSittingChanged"


async def test_whoever_watches_is_told_of_those_in_use_who_have_ended_and_of_nobody_else(
    school: School, runtime: Runtime, server: EmbeddedPostgres
) -> None:
    grace, other = await school.teacher(), await school.teacher("Tim")
    principals = [await runtime.principals.recognise(each.token) for each in (grace, other)]
    told: asyncio.Queue[list[uuid.UUID]] = asyncio.Queue()
    runtime.principals.watch(lambda ended: told.put_nowait(list(ended)))
    await is_disabled(school, grace, server)
    using = asyncio.create_task(_use(runtime, other))
    with suppress(Unauthenticated):
        await _use(runtime, grace)
    async with asyncio.timeout(30):
        assert await told.get() == [principals[0].sign_in_session_id]
    using.cancel()
    assert told.empty()


async def _use(runtime: Runtime, person: Client) -> None:
    """Ask again and again."""
    while True:
        await runtime.principals.recognise(person.token)
        await asyncio.sleep(0.05)


async def test_who_is_forgotten_while_being_read_is_read_again(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    grace = await school.teacher()
    principal = await runtime.principals.recognise(grace.token)
    assert principal.sign_in_session_id is not None
    clock.forward(seconds=1)
    reading = asyncio.create_task(runtime.principals.recognise(grace.token))
    await asyncio.sleep(0)
    runtime.principals.forget(principal.sign_in_session_id)
    await reading
    assert await _statements(runtime, [grace]) == 1


async def test_who_goes_away_does_not_end_the_look_that_others_wait_for(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    grace = await school.teacher()
    clock.forward(seconds=1)
    looks = [asyncio.create_task(runtime.principals.recognise(grace.token)) for _ in range(3)]
    await asyncio.sleep(0)
    looks[0].cancel()
    _, *others = await asyncio.gather(*looks, return_exceptions=True)
    assert [getattr(each, "user_id", None) for each in others] == [_key(grace.user_id)] * 2


async def test_a_good_signature_over_another_user_than_the_sign_ins_is_refused(
    school: School, runtime: Runtime
) -> None:
    grace, tim = await school.teacher(), await school.teacher("Tim")
    claims = runtime.principals.claims(grace.token or "")
    token, _ = runtime.tokens.access(
        _key(tim.user_id), claims.organization_id, claims.sign_in_session_id, claims.version, runtime.clock()
    )
    with pytest.raises(Unauthenticated):
        await runtime.principals.recognise(token)


@pytest.mark.parametrize("act", ACTS)
async def test_of_those_read_together_only_who_has_changed_is_another(
    school: School,
    runtime: Runtime,
    clock: MovableClock,
    server: EmbeddedPostgres,
    monkeypatch: pytest.MonkeyPatch,
    act: Act,
) -> None:
    people = [await school.teacher() for _ in range(3)]
    sizes = _counted(runtime, monkeypatch)

    async def look() -> list[Any]:
        clock.forward(seconds=1)
        looks = (runtime.principals.recognise(each.token) for each in people)
        return await asyncio.gather(*looks, return_exceptions=True)

    await look()
    await look()  # by now they are read together
    before = await look()
    again = await look()
    assert sizes[-1] >= len(people)
    assert all(now is then for now, then in zip(again, before, strict=True))
    await act(school, people[1], server)
    after = await look()
    assert isinstance(after[1], Unauthenticated)
    assert [after[0] is before[0], after[2] is before[2]] == [True, True]


async def test_who_becomes_a_learner_is_one_a_second_later_in_every_process(
    school: School, runtime: Runtime, clock: MovableClock
) -> None:
    """Another process was not told, and nobody else of those who are read together is read in full."""
    people = [await school.teacher() for _ in range(3)]

    async def look() -> list[Any]:
        clock.forward(seconds=1)
        return list(await asyncio.gather(*(runtime.principals.recognise(each.token) for each in people)))

    await look()
    await look()
    before = await look()
    learner_id = uuid.uuid4()
    async with runtime.database.unit_of_work(_key(school.organization_id)) as work:
        user_id = _key(people[1].user_id)
        await work.execute(BECOMES_LEARNER, tenant=work.tenant, id=learner_id, user_id=user_id)
    after = await look()
    assert [each.learner_id for each in after] == [None, learner_id, None]
    assert [now is then for now, then in zip(after, before, strict=True)] == [True, False, True]
