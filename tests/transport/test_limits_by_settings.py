"""What settings change: rates, introspection, suggestions, the longest answer, the longest time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from app.bootstrap import Addresses, started
from app.config import Settings, read_settings
from app.runtime import Runtime
from tests.client import Client, School
from tests.conftest import MovableClock
from tests.serving import serving
from tests.socket import socket_of

ME = "{ viewer { user { id } } }"


class Both:
    """A server with its own settings, asked over HTTP and over WebSocket."""

    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        self.http = http
        self.address = address

    async def ask(self, token: str | None, query: str, /, **variables: Any) -> dict[str, Any]:
        """The answer over HTTP."""
        return await Client(self.http, token).post(query, **variables)

    async def over_socket(self, token: str | None, query: str, /, **variables: Any) -> dict[str, Any]:
        """The answer over WebSocket."""
        async with socket_of(self.address, token) as socket:
            frame = await (await socket.subscribe(query, **variables)).frame()
            payload: Any = frame["payload"]
            return {"errors": payload} if frame["type"] == "error" else payload


@pytest.fixture
async def both(request: pytest.FixtureRequest, runtime: Runtime) -> AsyncIterator[Both]:
    """The server with the settings of the test's parameter."""
    async with (
        serving(runtime, **request.param) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        yield Both(http, address)


def _with(**settings: Any) -> Any:
    return pytest.mark.parametrize("both", [settings], indirect=True)


@_with(cost_points=10, cost_points_per_second=0.5)
async def test_an_empty_bucket_says_to_the_second_when_to_come_back(
    both: Both, school: School, clock: MovableClock
) -> None:
    token = school.admin.token
    left = [(await both.ask(token, ME))["extensions"]["cost"]["left"] for _ in range(5)]
    assert left == [8, 6, 4, 2, 0]
    (error,) = (await both.over_socket(token, ME))["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    # Two points at half a point a second, less what has passed meanwhile.
    assert error["extensions"]["retryAfterSeconds"] in (3, 4)
    clock.forward(seconds=error["extensions"]["retryAfterSeconds"])
    assert "errors" not in await both.ask(token, ME)


@_with(cost_points=10, cost_points_per_second=0.01)
async def test_what_an_answer_did_not_hold_is_given_back(both: Both, school: School) -> None:
    token = school.admin.token
    answer = await both.ask(token, "{ viewer { classrooms(first: 9) { nodes { id } } } }")
    assert answer["extensions"]["cost"] == {"asked": 10, "actual": 1, "left": 9}


@_with(cost_points=10, cost_points_per_second=0.01)
async def test_each_user_has_a_bucket_and_nobody_shares_that_of_the_address(
    both: Both, school: School
) -> None:
    learner = await school.learner(await school.classroom())
    for _ in range(10):
        assert "errors" not in await both.ask(None, "{ __typename }")
    response = await both.http.post("/graphql", json={"query": "{ __typename }"})
    assert response.status_code == 429
    assert 99 <= int(response.headers["retry-after"]) <= 100
    for token in (school.admin.token, learner.token):
        assert (await both.ask(token, ME))["extensions"]["cost"]["left"] == 8


@_with(class_rates="analytics=2 analytics:LEARNER=50", cost_points=0)
async def test_a_class_of_operations_has_a_rate_of_its_own(
    both: Both, school: School, clock: MovableClock
) -> None:
    classroom = await school.classroom()
    question = f'{{ classroom(id: "{classroom["id"]}") {{ analytics {{ activeLearners }} }} }}'
    for _ in range(2):
        assert "errors" not in await both.ask(school.admin.token, question)
    (error,) = (await both.over_socket(school.admin.token, question))["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert error["message"].startswith("Operations of the class 'analytics' are limited to 2 a minute")
    assert 28 <= error["extensions"]["retryAfterSeconds"] <= 30
    # Other operations go on, and so does a role with a rate of its own.
    assert "errors" not in await both.ask(school.admin.token, ME)
    learner = await school.learner(classroom)
    for _ in range(3):
        (error,) = (await both.ask(learner.token, question))["errors"]
        assert error["extensions"]["code"] == "NOT_FOUND"
    clock.forward(seconds=30)
    assert "errors" not in await both.ask(school.admin.token, question)


@_with(read_characters=100, read_characters_per_second=1)
async def test_new_documents_have_a_rate_and_known_ones_none(both: Both, school: School) -> None:
    token = school.admin.token
    for _ in range(10):
        assert "errors" not in await both.ask(token, ME)
    (error,) = (await both.ask(token, ME + "#" * 90))["errors"]
    assert error["extensions"]["code"] == "RATE_LIMITED"
    assert "errors" not in await both.ask(token, ME)


@_with(introspection=False)
async def test_a_schema_that_is_not_told_is_not_told_on_any_way(both: Both, school: School) -> None:
    for query in (
        "{ __schema { types { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ ...F } fragment F on Query { a: __schema { queryType { name } } }",
    ):
        for ask in (both.ask, both.over_socket):
            (error,) = (await ask(school.admin.token, query))["errors"]
            assert error["extensions"]["code"] == "FORBIDDEN"
    answer = await both.ask(school.admin.token, "{ __typename viewer { __typename } }")
    assert answer["data"] == {"__typename": "Query", "viewer": {"__typename": "Viewer"}}


@_with(suggestions=False)
async def test_errors_do_not_say_what_may_have_been_meant(both: Both, school: School) -> None:
    for ask in (both.ask, both.over_socket):
        (error,) = (await ask(school.admin.token, "{ viewr { roles } }"))["errors"]
        assert error["message"] == "Cannot query field 'viewr' on type 'Query'."
        answer = await ask(
            school.admin.token,
            "query($w: LeaderboardWindow!) { leaderboard(scopeId: 1, window: $w) { id } }",
            w="WEK",
        )
        assert "Did you mean" not in answer["errors"][0]["message"]


async def test_errors_say_what_may_have_been_meant_where_that_is_wanted(anonymous: Client) -> None:
    error = await anonymous.refused("{ viewr { roles } }")
    assert error["message"] == "Cannot query field 'viewr' on type 'Query'. Did you mean 'viewer'?"


@_with(most_response_bytes=1024)
async def test_an_answer_may_be_so_long_and_no_longer(both: Both, school: School) -> None:
    spare = len('{"viewer":{"user":{"id":""}}}')
    aliased = {"viewer": {"user": {"id": school.admin.user_id}}}
    assert (await both.ask(school.admin.token, ME))["data"] == aliased
    each = len(f',"a00":"{school.admin.user_id}"')
    count = (1024 - spare - len(school.admin.user_id)) // each
    aliases = " ".join(f"a{i:02}: id" for i in range(min(count, 15)))
    fits = f"{{ viewer {{ user {{ id {aliases} }} }} }}"
    assert "errors" not in await both.ask(school.admin.token, fits)
    wide = "{ viewer { " + " ".join(f"{'n' * 80}{i}: roles" for i in range(15)) + " } }"
    for ask in (both.ask, both.over_socket):
        answer = await ask(school.admin.token, wide)
        assert "data" not in answer
        extensions = answer["errors"][0]["extensions"]
        assert (extensions["code"], extensions["limit"]["name"]) == ("TOO_COMPLEX", "response_bytes")
        assert extensions["limit"]["used"] > extensions["limit"]["most"] == 1024


@pytest.fixture
async def locked(addresses: Addresses) -> AsyncIterator[None]:
    """A table that nobody else may read until the test ends."""
    owner = await asyncpg.connect(addresses.owner)
    try:
        async with owner.transaction():
            await owner.execute("LOCK TABLE skill IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await owner.close()


SKILLS = "{ skills(first: 1) { nodes { id } } }"


async def test_a_statement_ends_after_its_time(
    settings: Settings, addresses: Addresses, session_clock: MovableClock, school: School, locked: None
) -> None:
    short = settings.model_copy(update={"statement_seconds": 0.5, "readers": 2, "writers": 2})
    async with (
        started(short, addresses, session_clock) as process,
        serving(process) as address,
        httpx.AsyncClient(base_url=address, timeout=30) as http,
    ):
        began = asyncio.get_running_loop().time()
        (error,) = (await Both(http, address).ask(school.admin.token, SKILLS))["errors"]
        assert error["extensions"]["code"] == "TIMEOUT"
        assert error["message"].startswith("The database needed too long")
        assert asyncio.get_running_loop().time() - began >= 0.5


@_with(query_seconds=0.2)
async def test_a_query_ends_after_its_time(both: Both, school: School, locked: None) -> None:
    for ask in (both.ask, both.over_socket):
        (error,) = (await ask(school.admin.token, SKILLS))["errors"]
        assert error["extensions"]["code"] == "TIMEOUT"
        assert error["message"] == "The operation took more than 0.2 s and was stopped; ask for less at once."


@_with(write_seconds=0.2)
async def test_a_write_is_undone_after_its_time_and_says_so(both: Both, school: School, locked: None) -> None:
    mutation = (
        """mutation { createSkill(input: {code: "s", name: "S"}) { skill { id } userErrors { code } } }"""
    )
    (error,) = (await both.ask(school.admin.token, mutation))["errors"]
    assert error["extensions"]["code"] == "UNAVAILABLE"
    assert error["message"] == "The write took too long and was undone; try again."


def test_the_times_are_as_they_are_told() -> None:
    settings = read_settings({})
    assert (settings.query_seconds, settings.write_seconds, settings.statement_seconds) == (5, 10, 3)
