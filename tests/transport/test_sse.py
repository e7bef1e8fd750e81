"""Server-sent events: what a stream is made of, who may open one, and how each of them ends."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import orjson
import pytest

from app.runtime import Runtime
from schema.engine.execution import Answer
from schema.transport.sse import EventStreams
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.live.following import MASTERY, TEACHING
from tests.practice.learner_at_work import LearnerAtWork
from tests.transport.wire import PATIENCE, exchange, post, serving

EVENTS = {"accept": "text/event-stream"}
VIEWER = "{ viewer { user { id } } }"


@pytest.fixture
async def work(school: School) -> LearnerAtWork:
    return await LearnerAtWork.begin(school)


class Events:
    """The events of a stream, one by one."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def next(self) -> tuple[str, Any]:
        """Name and data of the next event; comments are passed over. Empty at the end of the stream."""
        name, data = "", ""
        async with asyncio.timeout(PATIENCE):
            async for line in self._lines:
                field, _, value = line.partition(": ")
                if field == "event":
                    name = value
                elif field.rstrip(":") == "data":
                    data = value
                elif not line and name:
                    return name, orjson.loads(data) if data else None
        return "", None

    async def event(self) -> dict[str, Any]:
        """What a subscription of one field tells next, heartbeats passed over."""
        while True:
            name, answer = await self.next()
            assert (name, "errors" in answer) == ("next", False)
            (event,) = answer["data"].values()
            if event["__typename"] != "StreamHeartbeat":
                found: dict[str, Any] = event
                return found

    async def end(self) -> str:
        """The code with which the stream ends; nothing follows `complete`."""
        while True:
            name, answer = await self.next()
            if "errors" in answer:
                break
        assert name == "next"
        assert await self.next() == ("complete", None)
        assert await self.next() == ("", None)
        (error,) = answer["errors"]
        code: str = error["extensions"]["code"]
        return code


@asynccontextmanager
async def stream(client: Client, query: str, /, **variables: Any) -> AsyncIterator[Events]:
    """A stream of somebody's operation."""
    headers = {**EVENTS, **({"authorization": f"Bearer {client.token}"} if client.token else {})}
    async with client.http.stream(
        "POST", "/graphql", json={"query": query, "variables": variables}, headers=headers
    ) as response:
        yield Events(response)


async def refused(events: Events) -> tuple[int, str]:
    """Status and code of what was answered as JSON instead of a stream."""
    async with asyncio.timeout(PATIENCE):
        await events.response.aread()
    (error,) = events.response.json()["errors"]
    assert events.response.headers["content-type"] == "application/json; charset=utf-8"
    return events.response.status_code, error["extensions"]["code"]


async def test_a_query_is_one_event_and_complete(school: School) -> None:
    for method, given in (("POST", {"json": {"query": VIEWER}}), ("GET", {"params": {"query": VIEWER}})):
        response = await school.admin.http.request(
            method,
            "/graphql",
            headers={**EVENTS, "authorization": f"Bearer {school.admin.token}"},
            **given,  # type: ignore[arg-type]
        )
        comment, event, last, rest = response.text.split("\n\n")
        assert (comment, last, rest) == (":", "event: complete\ndata: ", "")
        assert event.startswith("event: next\ndata: ")
        answer = orjson.loads(event.removeprefix("event: next\ndata: "))
        assert answer["data"] == {"viewer": {"user": {"id": school.admin.user_id}}}
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["x-accel-buffering"] == "no"
        assert len(response.headers["x-request-id"]) == 32


async def test_a_mutation_is_answered_as_a_stream_too(school: School) -> None:
    mutation = 'mutation { createClassroom(input: {name: "8B"}) { classroom { name } userErrors { code } } }'
    async with stream(school.admin, mutation) as events:
        _, answer = await events.next()
        assert answer["data"]["createClassroom"]["classroom"] == {"name": "8B"}
        assert await events.next() == ("complete", None)


async def test_a_subscription_gives_a_snapshot_then_each_change(work: LearnerAtWork) -> None:
    async with stream(work.learner, MASTERY, id=work.learner.learner_id) as events:
        assert (await events.event())["__typename"] == "MasterySnapshot"
        for _ in range(3):
            attempt = await work.record(0)
            assert (await events.event())["attempt"] == {"id": attempt["id"]}


async def test_a_stream_is_resumed_after_a_cursor(work: LearnerAtWork) -> None:
    ada = work.learner
    async with stream(ada, MASTERY, id=ada.learner_id) as events:
        cursor = (await events.event())["cursor"]
    missed = await work.record(0)
    async with stream(ada, MASTERY, id=ada.learner_id, after=cursor) as events:
        assert (await events.event())["attempt"] == {"id": missed["id"]}


async def test_who_reads_json_and_events_gets_json_for_a_query_and_events_for_a_subscription(
    work: LearnerAtWork,
) -> None:
    ada = work.learner
    accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    headers = {"accept": accept, "authorization": f"Bearer {ada.token}"}
    plain = await ada.http.post("/graphql", json={"query": VIEWER}, headers=headers)
    assert plain.headers["content-type"] == "application/graphql-response+json; charset=utf-8"
    given = {"query": MASTERY, "variables": {"id": ada.learner_id}}
    async with ada.http.stream("POST", "/graphql", json=given, headers=headers) as response:
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (await Events(response).event())["__typename"] == "MasterySnapshot"


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query A { viewer { roles } } query B { viewer { roles } }"]
)
async def test_a_document_that_does_not_hold_is_told_within_the_stream(school: School, query: str) -> None:
    async with stream(school.admin, query) as events:
        assert events.response.status_code == 200
        assert await events.end() == "BAD_INPUT"


async def test_what_cannot_be_followed_is_told_within_the_stream(school: School) -> None:
    async with stream(school.admin, MASTERY, id="lrn_" + "0" * 32) as events:
        assert await events.end() == "NOT_FOUND"


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (post(b"{", "Accept: text/event-stream"), (400, "BAD_INPUT")),
        (post(b"{}", "Accept: text/event-stream"), (400, "BAD_INPUT")),
        (post(b"x", "Accept: text/event-stream", "Content-Type: text/plain"), (415, "BAD_INPUT")),
        (
            post(b'{"query":"{ __typename }"}', "Accept: text/event-stream", "Authorization: Bearer x"),
            (401, "UNAUTHENTICATED"),
        ),
    ],
)
async def test_what_is_no_request_or_has_no_good_token_gets_no_stream(
    address: str, request_: bytes, told: tuple[int, str]
) -> None:
    answer = await exchange(address, request_)
    assert answer.told[:2] == told
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_signing_out_ends_the_stream(work: LearnerAtWork) -> None:
    ada = work.learner
    async with stream(ada, MASTERY, id=ada.learner_id) as events:
        await events.event()
        await ada.ask("mutation { signOut { userErrors { code } } }")
        async with asyncio.timeout(30):
            assert await events.end() == "UNAUTHENTICATED"


async def test_a_token_that_runs_out_ends_the_stream(work: LearnerAtWork, clock: MovableClock) -> None:
    ada = work.learner
    async with stream(ada, MASTERY, id=ada.learner_id) as events:
        await events.event()
        clock.forward(minutes=11)
        async with asyncio.timeout(30):
            assert await events.end() == "UNAUTHENTICATED"


async def test_a_teacher_who_loses_the_class_loses_the_stream(work: LearnerAtWork) -> None:
    grace = await work.school.teacher()
    teaching = {"classroomId": work.classroom["id"], "userId": grace.user_id}
    await work.school.admin.ask(TEACHING.format("addClassroomTeacher"), input=teaching)
    async with stream(grace, MASTERY, id=work.learner.learner_id) as events:
        await events.event()
        await work.school.admin.ask(TEACHING.format("removeClassroomTeacher"), input=teaching)
        async with asyncio.timeout(30):
            assert await events.end() == "NOT_FOUND"


async def test_a_learner_taken_out_of_the_class_ends_the_teachers_stream(work: LearnerAtWork) -> None:
    grace = await work.school.teacher()
    teaching = {"classroomId": work.classroom["id"], "userId": grace.user_id}
    await work.school.admin.ask(TEACHING.format("addClassroomTeacher"), input=teaching)
    async with stream(grace, MASTERY, id=work.learner.learner_id) as events:
        await events.event()
        await work.school.admin.do(
            "unenrollLearner",
            {"classroomId": work.classroom["id"], "learnerId": work.learner.learner_id},
            "classroom { id }",
        )
        async with asyncio.timeout(30):
            assert await events.end() == "NOT_FOUND"


async def test_the_twenty_first_stream_of_a_user_is_refused_until_one_of_them_goes(
    address: str, work: LearnerAtWork, school: School
) -> None:
    ada = work.learner
    limits = httpx.Limits(max_connections=None)
    async with (
        httpx.AsyncClient(base_url=address, limits=limits, timeout=30) as http,
        AsyncExitStack() as rest,
    ):
        person, open_streams = Client(http, ada.token), []
        async with AsyncExitStack() as first:
            for number in range(20):
                held = await (rest if number else first).enter_async_context(
                    stream(person, MASTERY, id=ada.learner_id)
                )
                await held.event()
                open_streams.append(held)
            async with stream(person, MASTERY, id=ada.learner_id) as one_more:
                assert await refused(one_more) == (429, "RATE_LIMITED")
                assert one_more.response.headers["retry-after"] == "5"
            async with stream(Client(http, school.admin.token), VIEWER) as others:
                assert (await others.next())[0] == "next"
        async with asyncio.timeout(30):
            while True:
                async with stream(person, MASTERY, id=ada.learner_id) as one_more:
                    if one_more.response.status_code == 200:
                        assert (await one_more.event())["__typename"] == "MasterySnapshot"
                        break
                await asyncio.sleep(0.05)


async def test_a_server_that_ends_ends_its_streams_without_complete_so_that_clients_come_back(
    runtime: Runtime, work: LearnerAtWork
) -> None:
    ada = work.learner
    async with (
        serving(runtime, drain_seconds=0.2) as (address, application),
        httpx.AsyncClient(base_url=address) as http,
        stream(Client(http, ada.token), MASTERY, id=ada.learner_id) as events,
    ):
        await events.event()
        await application.drain()
        while (last := await events.next())[0] == "next":
            pass
        assert last == ("", None)


# One stream alone, with a client that can be frozen


class Frozen:
    """A client: what it was sent, until it is frozen and takes nothing more."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.frozen = False
        self.gone = asyncio.Event()

    async def send(self, message: Any) -> None:
        """Take a message, or never."""
        if self.frozen:
            await asyncio.Event().wait()
        self.sent.append(message)

    async def receive(self) -> dict[str, Any]:
        """Say nothing until it goes."""
        await self.gone.wait()
        return {"type": "http.disconnect"}

    @property
    def text(self) -> str:
        """All that was sent of the body."""
        return b"".join(message["body"] for message in self.sent[1:]).decode()


class Ticks:
    """Answers without end, and how many were taken; `closed` once they are no longer wanted."""

    def __init__(self, pause: float = 0.0) -> None:
        self.taken = 0
        self.closed = False
        self._pause = pause

    async def answers(self) -> AsyncGenerator[Answer]:
        """One after the other."""
        try:
            while True:
                self.taken += 1
                yield {"data": {"tick": self.taken}}
                await asyncio.sleep(self._pause)
        finally:
            self.closed = True


async def test_a_quiet_stream_has_comments() -> None:
    client, ticks = Frozen(), Ticks(pause=60)
    streams = EventStreams(ping_seconds=0.02)
    serving = asyncio.create_task(streams.serve(ticks.answers(), "id", client.receive, client.send))
    async with asyncio.timeout(PATIENCE):
        while client.text.count(":\n\n") < 4:
            await asyncio.sleep(0.01)
    assert client.text.startswith(':\n\nevent: next\ndata: {"data":{"tick":1}}\n\n:\n\n')
    client.gone.set()
    await serving


async def test_a_client_that_goes_ends_its_operation_at_once() -> None:
    client, ticks = Frozen(), Ticks(pause=60)
    serving = asyncio.create_task(EventStreams().serve(ticks.answers(), "id", client.receive, client.send))
    async with asyncio.timeout(PATIENCE):
        while ticks.taken == 0:
            await asyncio.sleep(0.01)
        client.gone.set()
        await serving
    assert ticks.closed


async def test_a_client_that_does_not_read_is_left_and_little_is_held_for_it() -> None:
    client, ticks = Frozen(), Ticks()
    client.frozen = False
    streams = EventStreams(patience=0.1)
    serving = asyncio.create_task(streams.serve(ticks.answers(), "id", client.receive, client.send))
    async with asyncio.timeout(PATIENCE):
        while len(client.sent) < 3:
            await asyncio.sleep(0)
        client.frozen = True
        before = ticks.taken
        await serving
    assert ticks.closed
    assert ticks.taken - before <= 256 + 2
    assert "complete" not in client.text
    assert client.sent[-1]["more_body"]


async def test_an_answer_that_fails_is_masked_and_ends_the_stream() -> None:
    async def failing() -> AsyncGenerator[Answer]:
        yield {"data": None}
        raise RuntimeError("password=hunter2")

    client = Frozen()
    await EventStreams().serve(failing(), "the-id", client.receive, client.send)
    assert "hunter2" not in client.text
    assert '"code":"INTERNAL","requestId":"the-id"' in client.text
    assert client.text.endswith("event: complete\ndata: \n\n")
    assert not client.sent[-1]["more_body"]
