"""Who holds an answer made of its own rows is told 304 without another look, for as long as they stand."""

import asyncio
import hashlib
import re
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import httpx
import orjson
import pytest

from app.access.principal import ANONYMOUS
from app.kit.metrics import UNCHANGED
from app.kit.ratelimit import InProcessRates, Rate
from schema.engine.rates import Tariff, Till
from schema.transport.unchanged import MOST_BYTES, Unchanged
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.transport.counting import Taken, taken

ME = "{ viewer { roles user { displayName } organization { name } learner { alias } } }"
CLASSES = "{ viewer { user { displayName } classrooms(first: 5) { nodes { name } } } }"


def _url(person: Client, query: str) -> httpx.URL:
    digest = hashlib.sha256(query.encode()).hexdigest()
    persisted = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    params = {"extensions": orjson.dumps(persisted).decode(), "query": query}
    return person.http.build_request("GET", "/graphql", params=params).url


async def _get(person: Client, query: str, tag: str | None = None, **more: str) -> httpx.Response:
    headers = {"authorization": f"Bearer {person.token}", **more}
    if tag is not None:
        headers["if-none-match"] = tag
    return await person.http.get(_url(person, query), headers=headers)


async def _counted(work: Awaitable[httpx.Response]) -> Taken:
    return await taken(work, UNCHANGED)


async def _soon(person: Client, tag: str) -> Taken:
    """As counted, asked again where more than a second has passed since the rows were looked at."""
    for _ in range(10):
        found = await _counted(_get(person, ME, tag))
        if found[1]:
            break
    return found


async def test_who_asks_again_is_answered_without_a_statement(school: School, clock: MovableClock) -> None:
    ada = await school.learner(await school.classroom())
    first = await _get(ada, ME)
    tag = first.headers["etag"]

    again, unchanged, statements = await _soon(ada, tag)
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (again.headers["cache-control"], again.headers["vary"]) == (
        "private, no-cache",
        "authorization, accept",
    )
    assert len(again.headers["x-request-id"]) == 32
    assert (unchanged, statements) == (1, 0)

    # A second later the rows are looked at again, once.
    clock.offset += timedelta(seconds=1)
    assert (await _counted(_get(ada, ME, tag)))[1:] == (0, 1)
    assert (await _soon(ada, tag))[1:] == (1, 0)


async def test_ones_own_change_shows_at_once_and_anothers_within_a_second(
    school: School, clock: MovableClock
) -> None:
    ada = await school.learner(await school.classroom())
    tag = (await _get(ada, ME)).headers["etag"]
    assert (await _get(ada, ME, tag)).status_code == 304
    await ada.do("updateLearner", {"learnerId": ada.learner_id, "alias": "Swift heron"}, "learner { alias }")
    own = await _get(ada, ME, tag)
    assert (own.status_code, own.json()["data"]["viewer"]["learner"]["alias"]) == (200, "Swift heron")

    clock.offset += timedelta(seconds=1)
    tag = (await _get(ada, ME)).headers["etag"]
    await school.admin.do("updateOrganization", {"name": "Hillside"}, "organization { name }")
    clock.offset += timedelta(seconds=1)
    others = await _get(ada, ME, tag)
    assert (others.status_code, others.json()["data"]["viewer"]["organization"]["name"]) == (200, "Hillside")


@pytest.mark.parametrize("changed", ["organization", "learner"])
async def test_what_others_changed_is_seen_though_the_sign_in_was_read_for_something_else_since(
    school: School, clock: MovableClock, changed: str
) -> None:
    ada = await school.learner(await school.classroom())
    tag = (await _get(ada, ME)).headers["etag"]
    if changed == "organization":
        await school.admin.do("updateOrganization", {"name": "Hillside"}, "organization { name }")
    else:
        renamed = {"learnerId": ada.learner_id, "alias": "Hillside"}
        await school.admin.do("updateLearner", renamed, "learner { alias }")
    clock.offset += timedelta(seconds=1)
    await ada.ask("{ viewer { roles } }")
    answer = await _get(ada, ME, tag)
    assert answer.status_code == 200
    assert "Hillside" in answer.text


async def test_a_sign_in_that_was_ended_is_refused_and_so_is_a_token_that_expired(
    school: School, clock: MovableClock
) -> None:
    ada = await school.learner(await school.classroom())
    tag = (await _get(ada, ME)).headers["etag"]
    await ada.ask("mutation { signOut { userErrors { message } } }")
    assert (await _get(ada, ME, tag)).status_code == 401

    ben = await school.learner(await school.classroom("7B"), "Ben")
    tag = (await _get(ben, ME)).headers["etag"]
    assert (await _get(ben, ME, tag)).status_code == 304
    clock.offset += timedelta(seconds=601)
    assert (await _get(ben, ME, tag)).status_code == 401


async def test_what_shows_more_than_ones_own_rows_is_looked_at_each_time(school: School) -> None:
    ada = await school.learner(await school.classroom("7A"))
    tag = (await _get(ada, CLASSES)).headers["etag"]
    again, unchanged, statements = await _counted(_get(ada, CLASSES, tag))
    assert (again.status_code, unchanged) == (304, 0)
    assert statements > 0


async def test_another_persons_token_another_tag_and_a_page_elsewhere_are_no_holders(school: School) -> None:
    classroom = await school.classroom()
    ada, ben = await school.learner(classroom), await school.learner(classroom, "Ben")
    tag = (await _get(ada, ME)).headers["etag"]
    for work in (_get(ben, ME, tag), _get(ada, ME, '"other"')):
        answer, unchanged, _ = await _counted(work)
        assert (answer.status_code, unchanged) == (200, 0)
    other_type = {"accept": "application/graphql-response+json"}
    assert (await _counted(_get(ada, ME, tag, **other_type)))[1] == 0
    refused, unchanged, _ = await _counted(_get(ada, ME, tag, origin="https://elsewhere.example"))
    assert (refused.status_code, unchanged) == (403, 0)


async def test_requests_sent_ahead_of_their_answers_are_answered_in_order(school: School) -> None:
    ada = await school.learner(await school.classroom())
    tag = (await _get(ada, ME)).headers["etag"]
    await _soon(ada, tag)
    url = _url(ada, ME)
    head = (
        f"GET {url.raw_path.decode()} HTTP/1.1\r\nhost: {url.host}\r\nauthorization: Bearer {ada.token}\r\n"
    )
    held = f"{head}accept: */*\r\nif-none-match: {tag}\r\n\r\n"
    other = f'{head}accept: */*\r\nif-none-match: "other"\r\n\r\n'
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        (held * 40 + other + held * 40 + other.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")).encode()
    )
    answered = await reader.read()
    writer.close()
    statuses = re.findall(rb"HTTP/1.1 (\d+) ", answered)
    assert statuses == [b"304"] * 40 + [b"200"] + [b"304"] * 40 + [b"200"]
    assert len(set(re.findall(rb"x-request-id: (\w+)", answered))) == 82


async def test_the_least_is_paid_while_it_is_there() -> None:
    till = Till(InProcessRates(lambda: 0.0), Tariff(Rate(2, 1)))
    assert [till.pay_least(ANONYMOUS) for _ in range(3)] == [True, True, False]
    assert Till(InProcessRates(lambda: 0.0), Tariff(None)).pay_least(ANONYMOUS)


async def test_an_address_longer_than_four_thousand_bytes_is_not_kept() -> None:
    nothing: Any = None
    unchanged, headers = Unchanged(nothing, nothing), {b"authorization": b"Bearer t"}
    fits = MOST_BYTES - len(b"Bearer t")
    unchanged.keep(b"q" * (fits + 1), headers, '"1"', None, ANONYMOUS)
    assert unchanged._kept == {}
    unchanged.keep(b"q" * fits, headers, '"1"', None, ANONYMOUS)
    assert len(unchanged._kept) == 1
