"""What is taken away ends the streams and closes the sockets, also those of other processes."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.kit.embedded_postgres import EmbeddedPostgres, Role
from tests.client import Client, School
from tests.identity.taking_away import ACTS, Act
from tests.live.following import MASTERY
from tests.practice.learner_at_work import LearnerAtWork
from tests.processes import Operator, operator
from tests.socket import Socket, Stream, socket_of

ROLES = "{ viewer { roles } }"
TEACH = """mutation($input: ClassroomTeacherInput!) {
  addClassroomTeacher(input: $input) { userErrors { code } } }"""
ROLES_OF: dict[str, Role] = {
    "DATABASE_URL": "application",
    "MIGRATION_DATABASE_URL": "owner",
    "MAINTENANCE_DATABASE_URL": "maintenance",
}


async def _followed(socket: Socket, learner_id: str) -> Stream:
    stream = await socket.subscribe(MASTERY, id=learner_id)
    assert (await stream.event())["__typename"] == "MasterySnapshot"
    return stream


async def _teaching(school: School, classroom: dict[str, Any]) -> Client:
    grace = await school.teacher()
    await school.admin.ask(TEACH, input={"classroomId": classroom["id"], "userId": grace.user_id})
    return grace


@pytest.mark.parametrize("act", ACTS)
async def test_streams_end_with_an_error_and_every_socket_closes_with_4403(
    address: str, school: School, server: EmbeddedPostgres, act: Act
) -> None:
    room = await school.classroom()
    ada, grace = await school.learner(room), await _teaching(school, room)
    async with (
        socket_of(address, grace.token) as following,
        socket_of(address, grace.token) as idle,
        socket_of(address, school.admin.token) as other,
    ):
        streams = [await _followed(following, ada.learner_id) for _ in range(3)]
        unconcerned = await _followed(other, ada.learner_id)
        await act(school, grace, server)
        for stream in streams:
            assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"
        reason = "This sign-in has ended or its roles have changed; get new tokens or sign in again."
        assert await following.closed() == (4403, reason)
        assert await idle.closed() == (4403, reason)
        assert unconcerned.frames.empty()


async def test_a_teacher_loses_the_stream_of_a_learner_who_leaves_the_class_and_keeps_the_socket(
    address: str, school: School
) -> None:
    work = await LearnerAtWork.begin(school)
    grace = await _teaching(school, work.classroom)
    async with socket_of(address, grace.token) as socket:
        stream = await _followed(socket, work.learner.learner_id)
        given = {"classroomId": work.classroom["id"], "learnerId": work.learner.learner_id}
        await school.admin.do("unenrollLearner", given, "")
        await work.record(0)
        assert (await stream.error())["extensions"]["code"] == "NOT_FOUND"
        assert await (await socket.subscribe(ROLES)).data() == {"viewer": {"roles": ["TEACHER"]}}


@pytest.fixture
def two(server: EmbeddedPostgres) -> Iterator[Operator]:
    """An operator whose processes share a database and signing keys."""
    server.create_database("two_processes")
    try:
        with operator(CONSUMERS="false") as found:
            for name, role in ROLES_OF.items():
                found.settings[name] = server.url(role, "two_processes")
            assert found.run("migrate").returncode == 0
            yield found
    finally:
        server.drop_database("two_processes")


async def test_what_one_process_takes_away_the_other_refuses_within_seconds(two: Operator) -> None:
    here, there = (f"http://127.0.0.1:{two.serve('--no-demo').port}" for _ in range(2))
    nothing: Any = None
    async with (
        httpx.AsyncClient(base_url=here, timeout=30) as at_one,
        httpx.AsyncClient(base_url=there, timeout=30) as at_other,
    ):
        school = await School.found(Client(at_one), nothing)
        ada = await school.learner(await school.classroom())
        elsewhere = Client(at_other, ada.token)
        await elsewhere.ask(ROLES)
        async with socket_of(there, ada.token) as following, socket_of(there, ada.token) as idle:
            stream = await _followed(following, ada.learner_id)
            await school.admin.do("removeMember", {"userId": ada.user_id}, "")
            # A second is what is kept; the rest is for slow machines.
            async with asyncio.timeout(30):
                while "errors" not in await elsewhere.post(ROLES):
                    await asyncio.sleep(0.02)
            assert (await elsewhere.refused(ROLES))["extensions"]["code"] == "UNAUTHENTICATED"
            assert (await stream.error())["extensions"]["code"] == "UNAUTHENTICATED"
            assert (await following.closed())[0] == (await idle.closed())[0] == 4403
