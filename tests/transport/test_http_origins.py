"""Pages of which origins may use the graph, and the headers that every answer has."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from app.config import SettingsRefused, read_settings
from app.runtime import Runtime
from schema.transport.edge import Edge
from tests.socket import address_of
from tests.transport.wire import exchange, post, served

ASKED = b'{"query":"{ __typename }"}'
APP = "https://app.example"
REFUSED = "Pages of this origin may not use the graph; the operator lists those that may in ORIGINS."


@pytest.fixture(scope="module")
async def shared(runtime: Runtime) -> AsyncIterator[str]:
    """A server that pages of two other origins may use."""
    async with served(runtime, origins=f"{APP}, http://[::1]:5173", https_only=True) as address:
        yield address


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("graph.test", "http://graph.test"),
        ("graph.test", "https://graph.test"),
        ("graph.test:443", "https://graph.test"),
        ("Graph.test", "https://graph.TEST:443"),
        ("graph.test:8000", "http://graph.test:8000"),
        ("[::1]:8000", "http://[::1]:8000"),
    ],
)
async def test_pages_of_our_own_address_may_always_ask(address: str, host: str, origin: str) -> None:
    request = post(ASKED, f"Origin: {origin}").replace(b"graph.test", host.encode(), 1)
    answer = await exchange(address, request)
    assert answer.status == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://graph.test:8001",
        "https://graph.test.evil.example",
        "https://evilgraph.test",
        "https://graph.test@evil.example",
        "file://",
        "graph.test",
        "ftp://graph.test",
        "https://[",
        "",
    ],
)
async def test_pages_from_elsewhere_are_refused_before_anything_is_read(address: str, origin: str) -> None:
    answer = await exchange(address, post(b"{", f"Origin: {origin}"))
    assert answer.told == (403, "FORBIDDEN", REFUSED)
    assert "access-control-allow-origin" not in answer.headers


async def test_of_two_origins_both_must_be_let_in(address: str) -> None:
    answer = await exchange(address, post(ASKED, "Origin: http://graph.test", "Origin: https://evil.example"))
    assert answer.status == 403


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "PUT"])
async def test_no_method_is_open_to_pages_from_elsewhere(address: str, method: str) -> None:
    request = post(ASKED, "Origin: https://evil.example", "Access-Control-Request-Method: POST")
    answer = await exchange(address, request.replace(b"POST", method.encode(), 1))
    assert answer.status == 403


async def test_a_page_of_a_listed_origin_reads_the_answer(shared: str) -> None:
    async with httpx.AsyncClient(base_url=shared) as client:
        response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={"origin": APP})
        refused = await client.post("/graphql", content=b"{", headers={"origin": APP})
    assert response.json()["data"] == {"__typename": "Query"}
    for each in (response, refused):
        assert each.headers["access-control-allow-origin"] == APP
        assert each.headers["access-control-expose-headers"] == "etag, retry-after, x-request-id"
        assert "access-control-allow-credentials" not in each.headers
        assert each.headers["vary"].lower() == "origin"
    assert refused.status_code == 415


@pytest.mark.parametrize("origin", [APP, "http://[::1]:5173"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_listed_origin_that_asks_before_is_told_what_it_may(
    shared: str, origin: str, method: str
) -> None:
    async with httpx.AsyncClient(base_url=shared) as client:
        response = await client.options(
            "/graphql",
            headers={
                "origin": origin,
                "access-control-request-method": method,
                "access-control-request-headers": "authorization,content-type",
            },
        )
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == origin
    assert response.headers["access-control-allow-methods"] == "GET, POST"
    assert "authorization" in response.headers["access-control-allow-headers"]
    assert response.headers["access-control-max-age"] == "7200"
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.parametrize(("method", "header"), [("DELETE", "authorization"), ("POST", "x-other")])
async def test_a_method_or_header_that_is_not_listed_is_not_allowed(
    shared: str, method: str, header: str
) -> None:
    async with httpx.AsyncClient(base_url=shared) as client:
        response = await client.options(
            "/graphql",
            headers={
                "origin": APP,
                "access-control-request-method": method,
                "access-control-request-headers": header,
            },
        )
    assert response.status_code == 400


@pytest.mark.parametrize("origin", ["https://app.example.evil.example", "http://app.example", f"{APP}:8443"])
async def test_what_only_looks_like_a_listed_origin_is_refused(shared: str, origin: str) -> None:
    assert (await exchange(shared, post(ASKED, f"Origin: {origin}"))).status == 403


async def _socket(address: str, origin: str | None) -> None:
    async with connect(
        address_of(address),
        origin=Origin(origin) if origin else None,
        subprotocols=[Subprotocol("graphql-transport-ws")],
    ):
        pass


async def test_a_socket_opens_to_no_browser_to_our_pages_and_to_listed_ones(
    address: str, shared: str
) -> None:
    await _socket(address, None)
    await _socket(address, address)
    await _socket(shared, APP)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", APP])
async def test_a_socket_does_not_open_to_pages_from_elsewhere_and_fills_no_log(
    address: str, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await _socket(address, origin)
    assert refused.value.response.status_code == 403
    assert caplog.messages == []


@pytest.mark.parametrize(
    "text", ["*", "app.example", "https://app.example/", "https://app.example/x", "null", "https://*.example"]
)
def test_an_origin_that_is_none_is_refused_when_the_process_starts(text: str) -> None:
    with pytest.raises(SettingsRefused, match="is no origin; give https://host or http://host:port"):
        read_settings({"ORIGINS": text})


PROTECTED = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/graphql"),
        ("GET", "/graphql?query={__typename}"),
        ("PUT", "/graphql"),
        ("GET", "/health/live"),
        ("GET", "/metrics"),
        ("GET", "/schema.graphql"),
        ("GET", "/nowhere"),
        ("POST", "/health/live"),
    ],
)
async def test_every_answer_forbids_what_it_is_not_meant_for(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await http.request(method, path)
    assert {name: response.headers.get(name) for name in PROTECTED} == PROTECTED
    assert "strict-transport-security" not in response.headers
    assert "server" not in response.headers


async def test_a_refused_origin_is_protected_too(address: str) -> None:
    answer = await exchange(address, post(ASKED, "Origin: null"))
    assert {name: answer.headers.get(name) for name in PROTECTED} == PROTECTED


async def test_the_key_set_keeps_its_own_time_in_caches(http: httpx.AsyncClient) -> None:
    response = await http.get("/.well-known/jwks.json")
    assert response.headers.get_list("cache-control") == ["public, max-age=300"]


async def test_browsers_are_told_to_come_by_https_where_all_clients_do(shared: str) -> None:
    async with httpx.AsyncClient(base_url=shared) as client:
        response = await client.get("/health/live")
    assert response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


@pytest.mark.parametrize("root", ["", "/deep"])
async def test_the_graph_is_guarded_below_a_prefix_too(root: str) -> None:
    reached: list[Scope] = []
    sent: list[Message] = []

    async def inside(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope)

    async def receive() -> Message:
        raise AssertionError("nothing is read")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"graph.test"), (b"origin", b"https://evil.example")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"{root}/graphql",
        "root_path": root,
        "headers": headers,
    }
    await Edge(inside, inside)(scope, receive, send)
    assert (sent[0]["status"], reached) == (403, [])
