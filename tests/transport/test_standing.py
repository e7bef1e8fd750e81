"""Who asks the same of its own rows again is answered as before, for as long as they stand."""

import asyncio
import weakref
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.access.principal import ANONYMOUS
from app.kit.metrics import OPERATIONS, TOLD_AGAIN
from app.runtime import Runtime
from schema.engine.prepared import Bill, Prepared
from schema.transport.standing import HELD_BYTES, MOST_BYTES, Ground, Standing
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.serving import serving
from tests.transport.counting import Taken, taken

ME = "{ viewer { roles user { displayName } organization { name } learner { alias } } }"
CLASSES = "{ viewer { user { displayName } classrooms(first: 5) { nodes { name } } } }"


async def _post(person: Client, query: str = ME, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {person.token}", **headers}
    return await person.http.post("/graphql", json={"query": query}, headers=given)


async def _counted(work: Awaitable[httpx.Response]) -> Taken:
    return await taken(work, TOLD_AGAIN)


async def _soon(person: Client) -> Taken:
    """As counted, asked again where more than a second has passed since the rows were looked at."""
    for _ in range(10):
        found = await _counted(_post(person))
        if found[1]:
            break
    return found


async def test_the_same_answer_comes_again_without_a_statement_and_is_counted(
    school: School, clock: MovableClock
) -> None:
    ada = await school.learner(await school.classroom())
    first = await _post(ada)
    answered = OPERATIONS.labels("query", "ok")._value.get()
    again, told, statements = await _soon(ada)
    assert (again.status_code, told, statements) == (200, 1, 0)
    assert again.json()["data"] == first.json()["data"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["cache-control"] == "no-store"
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert OPERATIONS.labels("query", "ok")._value.get() > answered

    # A second later the rows are looked at again, once.
    clock.offset += timedelta(seconds=1)
    assert (await _counted(_post(ada)))[1:] == (0, 1)
    assert (await _soon(ada))[1:] == (1, 0)


async def test_who_asks_on_and_on_waits_for_no_look(school: School, clock: MovableClock) -> None:
    ada = await school.learner(await school.classroom())
    told = 0.0
    for _ in range(10):
        await _soon(ada)
        clock.offset += timedelta(seconds=0.7)
        await _post(ada)
        # Meanwhile the rows are looked at, for the second that follows.
        await asyncio.sleep(0.2)
        clock.offset += timedelta(seconds=0.5)
        told = (await _counted(_post(ada)))[1]
        if told:
            break
    assert told == 1


async def test_it_is_paid_for_by_what_it_holds(runtime: Runtime, school: School) -> None:
    token = (await school.learner(await school.classroom())).token
    async with (
        serving(runtime, cost_points=100, cost_points_per_second=0.01) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        ada = Client(http, token)
        told, before = 0.0, 100
        while not told:
            answer, told, _ = await _counted(_post(ada))
            cost = answer.json()["extensions"]["cost"]
            assert cost == {"asked": 4, "actual": 4, "left": before - 4}
            before -= 4


async def test_ones_own_change_shows_at_once_and_anothers_within_a_second(
    school: School, clock: MovableClock
) -> None:
    ada = await school.learner(await school.classroom())
    await _post(ada)
    await _soon(ada)
    await ada.do("updateLearner", {"learnerId": ada.learner_id, "alias": "Swift heron"}, "learner { alias }")
    assert (await _post(ada)).json()["data"]["viewer"]["learner"]["alias"] == "Swift heron"

    await _soon(ada)
    await school.admin.do("updateOrganization", {"name": "Hillside"}, "organization { name }")
    clock.offset += timedelta(seconds=1)
    assert (await _post(ada)).json()["data"]["viewer"]["organization"]["name"] == "Hillside"


@pytest.mark.parametrize("changed", ["organization", "learner"])
async def test_what_others_changed_is_seen_though_the_sign_in_was_read_for_something_else_since(
    school: School, clock: MovableClock, changed: str
) -> None:
    ada = await school.learner(await school.classroom())
    await _post(ada)
    if changed == "organization":
        await school.admin.do("updateOrganization", {"name": "Hillside"}, "organization { name }")
    else:
        renamed = {"learnerId": ada.learner_id, "alias": "Hillside"}
        await school.admin.do("updateLearner", renamed, "learner { alias }")
    clock.offset += timedelta(seconds=1)
    await ada.ask("{ viewer { roles } }")
    answer = await _post(ada)
    assert answer.status_code == 200
    assert "Hillside" in answer.text


async def test_nobody_is_answered_after_signing_out_or_when_the_token_expired(
    school: School, clock: MovableClock
) -> None:
    classroom = await school.classroom()
    ada, ben = await school.learner(classroom), await school.learner(classroom, "Ben")
    for each in (ada, ben):
        await _post(each)
        await _soon(each)
    await ada.ask("mutation { signOut { userErrors { message } } }")
    assert (await _post(ada)).status_code == 401
    clock.offset += timedelta(seconds=601)
    assert (await _post(ben)).status_code == 401


async def test_what_shows_more_and_who_wants_it_anew_are_answered_by_a_look(school: School) -> None:
    ada = await school.learner(await school.classroom("7A"))
    for _ in range(2):
        _, told, statements = await _counted(_post(ada, CLASSES))
        assert (told, statements > 0) == (0, True)
    await _soon(ada)
    anew, told, _ = await _counted(_post(ada, **{"cache-control": "no-cache"}))
    assert (anew.status_code, told) == (200, 0)


async def test_another_person_is_answered_for_itself_and_a_stream_as_a_stream(school: School) -> None:
    classroom = await school.classroom()
    ada, ben = await school.learner(classroom), await school.learner(classroom, "Ben")
    await _post(ada)
    await _soon(ada)
    other = (await _post(ben)).json()["data"]["viewer"]["user"]
    assert other == {"displayName": "Ben"}
    stream = await _post(ada, accept="text/event-stream")
    assert stream.headers["content-type"].startswith("text/event-stream")
    refused = await _post(ada, origin="https://elsewhere.example")
    assert refused.status_code == 403


class Whole:
    """What was read of a document, which may be large."""


async def test_what_is_kept_holds_nothing_of_the_document_and_no_more_than_its_bytes() -> None:
    nothing: Any = None
    standing = Standing(nothing, nothing, kept_bytes=50_000)
    headers = {b"authorization": b"Bearer " + b"t" * 400}
    documents = []
    for number in range(100):
        whole: Any = Whole()
        documents.append(weakref.ref(whole))
        bill = Bill(ANONYMOUS, "127.0.0.1", 5, whole)
        prepared = Prepared(whole, whole, {}, bill, 10_000)
        answer = {"data": {"n": "x" * 1_000}, "extensions": {"cost": {"actual": 3}}}
        standing.keep(b"%03d" % number, headers, prepared, answer, Ground(number))
    del whole, bill, prepared
    assert [document() for document in documents] == [None] * 100
    # 3 of a body, 407 of a header, 1,008 of an answer, and what it takes to hold them.
    assert len(standing._kept) == 50_000 // (3 + 407 + 1_008 + HELD_BYTES)
    assert standing._bytes <= 50_000


async def test_what_is_longer_than_a_page_is_not_kept() -> None:
    nothing: Any = None
    standing = Standing(nothing, nothing)
    prepared = Prepared(nothing, nothing, {}, Bill(ANONYMOUS, "127.0.0.1", 5, nothing), 10_000)
    answer = {"data": {"n": 1}, "extensions": {"cost": {"actual": 3}}}
    fits = MOST_BYTES - HELD_BYTES - len(b"Bearer t") - len(b'{"n":1}')
    standing.keep(b" " * (fits + 1), {b"authorization": b"Bearer t"}, prepared, answer, Ground(None))
    assert standing._kept == {}
    standing.keep(b" " * fits, {b"authorization": b"Bearer t"}, prepared, answer, Ground(None))
    assert len(standing._kept) == 1
