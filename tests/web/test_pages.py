"""The built pages, as a browser and other clients get them."""

import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from schema.transport.pages import Pages
from tests.processes import operator

BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
SCRIPT = "graphiql-B1x_2y-z.js"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What `make web` leaves, and beside it what nobody may read."""
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "dist" / "graphiql.html").write_text("<!doctype html><title>Ask the graph</title>")
    (assets / SCRIPT).write_text("ask()")
    (assets / f"{SCRIPT}.gz").write_bytes(gzip.compress(b"ask()"))
    (assets / "inter.woff2").write_bytes(b"wOF2")
    (assets / ".built.js").write_text("")
    (tmp_path / "dist" / "secret.js").write_text("secret")
    (tmp_path / "secret.js").write_text("secret")
    return tmp_path / "dist"


@pytest.fixture
async def client(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Clients of the pages, with a stand-in for the graph behind them."""

    async def graph(request: Request) -> Response:
        return JSONResponse("the graph")

    app = Starlette(routes=[*Pages(folder).routes(), Route("/graphql", graph, methods=["GET", "POST"])])
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as opened:
        yield opened


async def test_a_browser_gets_the_page_at_the_address_of_the_graph(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers=BROWSER)
    assert (answer.status_code, answer.text) == (200, "<!doctype html><title>Ask the graph</title>")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "accept"


@pytest.mark.parametrize(
    "accept",
    ["*/*", "", "application/json", "application/graphql-response+json, text/html;q=0.9", "text/html;q=0",
     "application/json, text/html", "text/*;q=0.5, application/*"],
)  # fmt: skip
async def test_who_does_not_prefer_html_gets_the_graph(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.get("/graphql", headers={"accept": accept})
    assert answer.json() == "the graph"


@pytest.mark.parametrize("parameters", ["query={viewer{roles}}", "extensions={}", "query="])
async def test_an_operation_in_the_address_is_the_graphs_also_in_a_browser(
    client: httpx.AsyncClient, parameters: str
) -> None:
    answer = await client.get(f"/graphql?{parameters}", headers=BROWSER)
    assert answer.json() == "the graph"


async def test_what_is_posted_is_the_graphs_also_from_a_browser(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", headers=BROWSER)
    assert answer.json() == "the graph"


async def test_a_browser_asks_whether_the_page_has_changed(client: httpx.AsyncClient, folder: Path) -> None:
    tag = (await client.get("/graphql", headers=BROWSER)).headers["etag"]
    same = await client.get("/graphql", headers={**BROWSER, "if-none-match": tag})
    assert (same.status_code, same.content) == (304, b"")
    (folder / "graphiql.html").write_text("<!doctype html><title>New</title>")
    changed = await client.get("/graphql", headers={**BROWSER, "if-none-match": tag})
    assert (changed.status_code, changed.text) == (200, "<!doctype html><title>New</title>")


async def test_the_head_of_page_and_file_can_be_asked_for(client: httpx.AsyncClient) -> None:
    page = await client.head("/graphql", headers=BROWSER)
    assert (page.status_code, page.content, page.headers["content-length"]) == (200, b"", "43")
    file = await client.head("/assets/inter.woff2")
    assert (file.status_code, file.content, file.headers["content-length"]) == (200, b"", "4")


async def test_the_page_may_run_its_own_scripts_and_reach_no_other_host(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", headers=BROWSER)
    policy = {
        name: sources.split()
        for name, _, sources in (
            each.strip().partition(" ") for each in answer.headers["content-security-policy"].split(";")
        )
    }
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == ["'none'"]
    allowed = {source for sources in policy.values() for source in sources}
    assert allowed == {"'none'", "'self'", "'unsafe-inline'", "data:"}
    assert [name for name in policy if "'unsafe-inline'" in policy[name]] == ["style-src"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_a_hashed_file_is_kept_for_a_year_in_the_form_that_the_client_reads(
    client: httpx.AsyncClient,
) -> None:
    plain = await client.get(f"/assets/{SCRIPT}", headers={"accept-encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == ("ask()", False)
    assert plain.headers["content-type"] == "text/javascript; charset=utf-8"
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert plain.headers["x-content-type-options"] == "nosniff"

    zipped = await client.get(f"/assets/{SCRIPT}", headers={"accept-encoding": "br;q=0, gzip"})
    assert (zipped.text, zipped.headers["content-encoding"]) == ("ask()", "gzip")
    assert zipped.headers["vary"] == "accept-encoding"

    refused = await client.get(f"/assets/{SCRIPT}", headers={"accept-encoding": "gzip;q=0"})
    assert (refused.text, "content-encoding" in refused.headers) == ("ask()", False)


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../secret.js",
        "/assets/..%2fsecret.js",
        "/assets/%2e%2e/secret.js",
        "/assets/..%2f..%2fsecret.js",
        "/assets/%2fetc%2fpasswd",
        "/assets/",
        "/assets/.built.js",
        "/assets/graphiql-B1x_2y-z.js.gz",
        "/assets/none.js",
        "/assets/inter.woff2%00.js",
        "/assets/" + "a" * 5000 + ".js",
        "/assets/..\\secret.js",
    ],
)
async def test_nothing_but_built_files_is_given_away(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_the_front_door_leads_to_the_graph(client: httpx.AsyncClient) -> None:
    answer = await client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


async def test_without_pages_a_browser_is_told_how_to_build_them(
    client: httpx.AsyncClient, folder: Path
) -> None:
    (folder / "graphiql.html").unlink()
    answer = await client.get("/graphql", headers=BROWSER)
    assert answer.status_code == 503
    assert "The pages are not built: run <code>make web</code>" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_the_demo_is_offered_to_nobody_where_it_was_not_loaded() -> None:
    with operator() as alone:
        port = alone.serve("--no-demo").port
        answer = httpx.get(f"http://127.0.0.1:{port}/demo.json")
    assert (answer.json(), answer.headers["cache-control"]) == ({"people": []}, "no-store")


@pytest.mark.timeout(300)
def test_the_demo_is_offered_as_three_people_who_can_sign_in_with_what_is_said(demo: str) -> None:
    offered = httpx.get(f"{demo}/demo.json").json()
    assert [(each["label"], each["email"]) for each in offered["people"]] == [
        ("Learner", "learner1@demo.example"), ("Teacher", "teacher@demo.example"),
        ("Admin", "admin@demo.example"),
    ]  # fmt: skip
    sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { viewer { roles } } }"
    roles = []
    for person in offered["people"]:
        given = {"email": person["email"], "password": offered["password"]}
        body = {"query": sign_in, "variables": {"input": given}}
        answer = httpx.post(f"{demo}/graphql", json=body, timeout=30).json()
        roles.append(answer["data"]["signIn"]["viewer"]["roles"])
    assert roles == [["LEARNER"], ["TEACHER"], ["ORGANIZATION_ADMIN"]]
