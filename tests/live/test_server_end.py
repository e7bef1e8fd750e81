"""What followers meet when the server ends: a close that says so, and a cursor that still holds elsewhere."""

from app.runtime import Runtime
from tests.client import School
from tests.live.following import MASTERY
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import socket_of
from tests.transport.serving import another_server


async def test_a_server_that_ends_closes_with_1012_and_the_cursor_goes_on_with_another(
    address: str, runtime: Runtime, school: School
) -> None:
    work = await LearnerAtWork.begin(school)
    ada = work.learner
    async with another_server(runtime) as (ending, server, _), socket_of(ending, ada.token) as old:
        cursor = (await (await old.subscribe(MASTERY, id=ada.learner_id)).event())["cursor"]
        server.should_exit = True
        assert (await old.closed())[0] == 1012
    attempt = await work.record(0)
    async with socket_of(address, ada.token) as new:
        stream = await new.subscribe(MASTERY, id=ada.learner_id, after=cursor)
        assert (await stream.event())["attempt"] == {"id": attempt["id"]}
