"""Which media type and status a request is answered with, by method and Accept header."""

from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest

from schema.transport.negotiation import EVENTS, LEGACY, RESPONSE, Wanted, negotiate
from tests.client import Client, School

NAME = "{ __typename }"
GOOD = {"__typename": "Query"}


@pytest.mark.parametrize(
    ("accept", "json", "events", "events_first"),
    [
        ("", LEGACY, False, False),
        ("*/*", LEGACY, False, False),
        ("application/*", LEGACY, False, False),
        ("text/html, */*;q=0.1", LEGACY, False, False),
        (LEGACY, LEGACY, False, False),
        (RESPONSE, RESPONSE, False, False),
        (f"{RESPONSE}, {LEGACY};q=0.9", RESPONSE, False, False),
        (f"{LEGACY}, {RESPONSE}", RESPONSE, False, False),
        (f"{LEGACY}, {RESPONSE};q=0.999", LEGACY, False, False),
        (f"{RESPONSE};q=0.5, */*;q=0.5", RESPONSE, False, False),
        (f"{RESPONSE};q=0, */*", LEGACY, False, False),
        (f"{RESPONSE}; charset=utf-8 ; Q=0.8, {LEGACY};q=0.7", RESPONSE, False, False),
        (f"{RESPONSE.upper()}", RESPONSE, False, False),
        (EVENTS, None, True, True),
        (f"{EVENTS}, {LEGACY};q=0.9", LEGACY, True, True),
        (f"{RESPONSE}, {EVENTS}, multipart/mixed", RESPONSE, True, False),
        (f"{EVENTS};q=0, */*", LEGACY, False, False),
        ("text/html", None, False, False),
        (f"{LEGACY};q=0", None, False, False),
        ("*/*;q=0", None, False, False),
        (",,;;=,", None, False, False),
    ],
)
def test_an_accept_header_is_read_by_its_weights(
    accept: str, json: str | None, events: bool, events_first: bool
) -> None:
    assert negotiate(accept) == Wanted(json, events, events_first)


def test_a_header_longer_than_any_client_sends_is_read_and_not_remembered() -> None:
    assert negotiate(f"{RESPONSE}, " + "text/x, " * 1_000) == Wanted(RESPONSE, False, False)


async def ask(
    http: httpx.AsyncClient, query: str, accept: str | None = None, method: str = "POST", **more: Any
) -> httpx.Response:
    """One request; without `accept`, with none at all."""
    headers = httpx.Headers({"accept": accept} if accept is not None else {})
    given = {"query": query, **more}
    request = http.build_request(
        method,
        "/graphql",
        params={
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in given.items()
        }
        if method == "GET"
        else None,
        json=given if method == "POST" else None,
        headers=headers,
    )
    if accept is None:
        del request.headers["accept"]
    return await http.send(request)


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("accept", "media"), [(None, LEGACY), ("*/*", LEGACY), (LEGACY, LEGACY), (RESPONSE, RESPONSE)]
)
async def test_the_media_type_follows_what_the_client_accepts(
    http: httpx.AsyncClient, method: str, accept: str | None, media: str
) -> None:
    response = await ask(http, NAME, accept, method)
    assert (response.status_code, response.json()["data"]) == (200, GOOD)
    assert response.headers["content-type"] == f"{media}; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert len(response.headers["x-request-id"]) == 32


async def test_who_reads_nothing_that_we_write_is_told_so(http: httpx.AsyncClient) -> None:
    response = await ask(http, NAME, "application/xml")
    (error,) = response.json()["errors"]
    assert response.status_code == 406
    assert error["message"] == (
        "This address answers with application/graphql-response+json, application/json or text/event-stream."
    )


@pytest.mark.parametrize("method", ["POST", "GET"])
@pytest.mark.parametrize(
    ("query", "more"),
    [
        ("{", {}),
        ("{ nothing }", {}),
        ("query A { __typename } query B { __typename }", {}),
        (NAME, {"operationName": "B"}),
        ("query($id: ID!) { __typename classroom(id: $id) { id } }", {"variables": {"id": None}}),
        ("query($n: Int) { viewer { classrooms(first: $n) { totalCount } } }", {"variables": {"n": "x"}}),
    ],
)
async def test_a_document_that_does_not_hold_has_no_data_and_400_or_200_for_older_clients(
    http: httpx.AsyncClient, method: str, query: str, more: dict[str, Any]
) -> None:
    for accept, status in ((RESPONSE, 400), (LEGACY, 200), ("*/*", 200)):
        response = await ask(http, query, accept, method, **more)
        assert (response.status_code, list(response.json())) == (status, ["errors"])
        assert response.json()["errors"][0]["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("accept", [LEGACY, RESPONSE])
async def test_a_token_that_is_no_good_is_401_whatever_is_read(anonymous: Client, accept: str) -> None:
    response = await anonymous.http.post(
        "/graphql", json={"query": NAME}, headers={"accept": accept, "authorization": "Bearer nonsense"}
    )
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("accept", [LEGACY, RESPONSE])
async def test_what_went_wrong_in_a_field_is_beside_the_data_with_200(school: School, accept: str) -> None:
    response = await school.admin.http.post(
        "/graphql",
        json={"query": '{ classroom(id: "cls_00000000000000000000000000000000") { id } }'},
        headers={"accept": accept, "authorization": f"Bearer {school.admin.token}"},
    )
    assert (response.status_code, response.json()["data"]) == (200, {"classroom": None})
    assert response.json()["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_a_get_request_takes_all_parameters(school: School) -> None:
    classroom = await school.classroom("7A")
    response = await school.admin.http.get(
        "/graphql",
        params={
            "query": "query A($id: ID!) { classroom(id: $id) { name } } query B { __typename }",
            "operationName": "A",
            "variables": orjson.dumps({"id": classroom["id"]}).decode(),
            "extensions": '{"any": {"thing": 1}}',
            "other": "x",
        },
        headers={"authorization": f"Bearer {school.admin.token}"},
    )
    assert response.json()["data"] == {"classroom": {"name": "7A"}}


async def test_empty_parameters_of_an_address_are_none(http: httpx.AsyncClient) -> None:
    response = await http.get(f"/graphql?{urlencode({'query': NAME})}&variables=&operationName=&extensions=")
    assert response.json()["data"] == GOOD


@pytest.mark.parametrize(
    ("search", "status", "message"),
    [
        ("", 400, "'query' must be the text of a GraphQL document."),
        ("query=", 400, "'query' must be the text of a GraphQL document."),
        ("query=%7B__typename%7D&query=%7Ba%7D", 400, "The address names a parameter twice; name it once."),
        ("query=%ff", 400, "The address has parameters that cannot be read as UTF-8."),
        ("&".join(["a=1"] * 21), 400, "The address has parameters that cannot be read as UTF-8."),
        ("query=%7B__typename%7D&variables=%7B", 400, "The body is not JSON."),
        ("query=%7B__typename%7D&variables=[1]", 400, "'variables' must be an object."),
        ("query=%7B__typename%7D&extensions=1", 400, "'extensions' must be an object."),
        (
            "query=" + "a" * (32 * 1024 - 5),
            414,
            "The query of an address may have 32768 bytes; send a POST request instead.",
        ),
    ],
)
async def test_an_address_that_asks_nothing_readable_is_refused(
    http: httpx.AsyncClient, search: str, status: int, message: str
) -> None:
    response = await http.get(f"/graphql?{search}")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["message"]) == (status, message)
    assert error["extensions"] == {"code": "BAD_INPUT", "requestId": response.headers["x-request-id"]}


async def test_the_query_of_an_address_may_have_32_kilobytes(http: httpx.AsyncClient) -> None:
    query = "query=%7B__typename%7D&other="
    response = await http.get(f"/graphql?{query}" + "a" * (32 * 1024 - len(query)))
    assert response.json()["data"] == GOOD


@pytest.mark.parametrize("accept", [LEGACY, RESPONSE, EVENTS])
async def test_a_mutation_by_get_is_refused_and_changes_nothing(school: School, accept: str) -> None:
    response = await school.admin.http.get(
        "/graphql",
        params={"query": 'mutation { createClassroom(input: {name: "X"}) { classroom { id } } }'},
        headers={"authorization": f"Bearer {school.admin.token}", "accept": accept},
    )
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    data = await school.admin.ask("{ viewer { classrooms { totalCount } } }")
    assert data == {"viewer": {"classrooms": {"totalCount": 0}}}


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
async def test_another_method_is_refused_with_those_that_are_served(
    http: httpx.AsyncClient, method: str
) -> None:
    response = await http.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST, OPTIONS")


async def test_options_says_what_is_served(http: httpx.AsyncClient) -> None:
    response = await http.options("/graphql")
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, POST, OPTIONS"
    assert response.headers["accept-post"] == "application/json"


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_subscription_that_asks_for_no_stream_is_told_how_to_ask_for_one(
    school: School, method: str
) -> None:
    classroom = await school.classroom()
    query = f'subscription {{ leaderboard(scopeId: "{classroom["id"]}") {{ __typename }} }}'
    response = await ask(school.admin.http, query, RESPONSE, method)
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "BAD_INPUT")
    assert error["message"] == (
        "A subscription is a stream: send the same request with 'Accept: text/event-stream', or subscribe "
        "over WebSocket, protocol graphql-transport-ws, at this address."
    )
