"""Documents known by their hash, and servers that run registered documents alone, on every transport."""

import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from structlog.testing import capture_logs

from app.config import SettingsRefused
from app.kit.errors import BadInput, DomainError
from app.main import create_application
from app.runtime import Runtime
from schema.engine.persisted import ManifestRefused, PersistedTexts, read_manifest
from schema.engine.requests import Asked
from tests.client import School
from tests.socket import socket_of
from tests.transport.wire import served

EVENTS = {"accept": "text/event-stream"}


def sha(text: str) -> str:
    """The hash under which a text is known."""
    return hashlib.sha256(text.encode()).hexdigest()


def by_hash(found: str, version: Any = 1) -> dict[str, Any]:
    """Apollo's extension."""
    return {"extensions": {"persistedQuery": {"version": version, "sha256Hash": found}}}


def told(response: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of the only error."""
    (error,) = response.json()["errors"]
    return response.status_code, error["extensions"]["code"], error["message"]


NOT_FOUND = (200, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound")


async def test_a_hash_is_unknown_until_it_came_with_its_text(http: httpx.AsyncClient) -> None:
    query = "{ __typename a: __typename }"
    unknown = await http.post("/graphql", json=by_hash(sha(query)))
    assert told(unknown) == NOT_FOUND
    assert unknown.headers["cache-control"] == "no-store"
    assert "data" not in unknown.json()

    both = await http.post("/graphql", json={"query": query, **by_hash(sha(query))})
    alone = await http.post("/graphql", json=by_hash(sha(query)))
    assert both.json()["data"] == alone.json()["data"] == {"__typename": "Query", "a": "Query"}


async def test_a_client_that_reads_the_new_media_type_is_told_with_200_too(http: httpx.AsyncClient) -> None:
    accept = {"accept": "application/graphql-response+json"}
    assert told(await http.post("/graphql", json=by_hash("0" * 64), headers=accept)) == NOT_FOUND


async def test_a_text_that_has_another_hash_is_refused_and_not_kept(http: httpx.AsyncClient) -> None:
    wrong = sha("{ other }")
    for accept in ("application/json", "application/graphql-response+json"):
        response = await http.post(
            "/graphql", json={"query": "{ b: __typename }", **by_hash(wrong)}, headers={"accept": accept}
        )
        assert told(response) == (400, "BAD_INPUT", "provided sha does not match query")
    assert told(await http.post("/graphql", json=by_hash(wrong))) == NOT_FOUND


@pytest.mark.parametrize(
    ("persisted", "message"),
    [
        ({"version": 2, "sha256Hash": "0" * 64}, "Unsupported persisted query version"),
        ({"sha256Hash": "0" * 64}, "Unsupported persisted query version"),
        ("0" * 64, "'extensions.persistedQuery' must be an object."),
        (
            {"version": 1},
            "'extensions.persistedQuery.sha256Hash' must be the SHA-256 of the text in hex.",
        ),
        (
            {"version": 1, "sha256Hash": 5},
            "'extensions.persistedQuery.sha256Hash' must be the SHA-256 of the text in hex.",
        ),
        (
            {"version": 1, "sha256Hash": "0" * 257},
            "'extensions.persistedQuery.sha256Hash' must be the SHA-256 of the text in hex.",
        ),
    ],
)
async def test_a_hash_that_is_none_is_refused(http: httpx.AsyncClient, persisted: Any, message: str) -> None:
    response = await http.post("/graphql", json={"extensions": {"persistedQuery": persisted}})
    assert told(response) == (400, "BAD_INPUT", message)


async def test_a_document_id_names_a_hash_as_the_specification_writes_it(http: httpx.AsyncClient) -> None:
    query = "{ c: __typename }"
    given = {"documentId": f"sha256:{sha(query)}"}
    assert told(await http.post("/graphql", json=given)) == NOT_FOUND
    await http.post("/graphql", json={"query": query, **given})
    assert (await http.get("/graphql", params=given)).json()["data"] == {"c": "Query"}


async def test_a_hash_is_known_on_every_transport_once_it_came_on_one(
    http: httpx.AsyncClient, address: str, school: School
) -> None:
    query = "query D { viewer { user { id } } }"
    wanted = {"viewer": {"user": {"id": school.admin.user_id}}}
    headers = {"authorization": f"Bearer {school.admin.token}"}
    extensions = orjson.dumps(by_hash(sha(query))["extensions"]).decode()

    async with socket_of(address, school.admin.token) as socket:
        unknown = await socket.subscribe("", **{})
        assert (await unknown.error())["message"] == "'query' must be the text of a GraphQL document."

        async def over_socket(**payload: Any) -> dict[str, Any]:
            stream = await socket.subscribe(query)
            await stream.data()
            await stream.frame()
            await socket.send({"id": stream.name, "type": "subscribe", "payload": payload})
            return await stream.frame()

        first = await over_socket(**by_hash(sha(query)))
        assert first["type"] == "error"
        assert first["payload"][0]["message"] == "PersistedQueryNotFound"
        assert first["payload"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        assert (await over_socket(query=query, **by_hash(sha(query))))["payload"]["data"] == wanted
        assert (await over_socket(**by_hash(sha(query))))["payload"]["data"] == wanted

    posted = await http.post("/graphql", json=by_hash(sha(query)), headers=headers)
    got = await http.get("/graphql", params={"extensions": extensions}, headers=headers)
    streamed = await http.post("/graphql", json=by_hash(sha(query)), headers={**headers, **EVENTS})
    assert posted.json()["data"] == got.json()["data"] == wanted
    assert orjson.loads(streamed.text.split("\n")[3].removeprefix("data: "))["data"] == wanted


async def test_a_stream_is_told_of_an_unknown_hash_within_it(http: httpx.AsyncClient) -> None:
    response = await http.post("/graphql", json=by_hash("1" * 64), headers=EVENTS)
    assert response.status_code == 200
    assert '"message":"PersistedQueryNotFound"' in response.text
    assert response.text.endswith("event: complete\ndata: \n\n")


def test_the_least_recently_used_of_too_many_texts_is_forgotten() -> None:
    texts = PersistedTexts(kept=2)
    for name in "abc":
        texts.text(Asked(name, document_id=sha(name)))
        if name == "b":
            texts.text(Asked("", document_id=sha("a")))
    assert [texts.text(Asked("", document_id=sha(name))) for name in "ac"] == ["a", "c"]
    with pytest.raises(DomainError, match="PersistedQueryNotFound"):
        texts.text(Asked("", document_id=sha("b")))


def test_long_texts_are_kept_up_to_a_sum_and_none_beyond_the_longest_document() -> None:
    texts = PersistedTexts(characters=100_000)
    given = [f"{number} " + "x" * 30_000 for number in range(4)]
    for text in given:
        texts.text(Asked(text, document_id=sha(text)))
    for text in given[1:]:
        assert texts.text(Asked("", document_id=sha(text))) == text
    too_long = "x" * (32 * 1024 + 1)
    texts.text(Asked(too_long, document_id=sha(too_long)))
    for text in (given[0], too_long):
        with pytest.raises(DomainError, match="PersistedQueryNotFound"):
            texts.text(Asked("", document_id=sha(text)))


def test_a_hash_in_capitals_is_not_the_hash() -> None:
    with pytest.raises(BadInput):
        PersistedTexts().text(Asked("a", document_id=sha("a").upper()))


# Caches


async def _got(http: httpx.AsyncClient, query: str, school: School, **headers: str) -> httpx.Response:
    return await http.get(
        "/graphql",
        params={"query": query, "extensions": orjson.dumps(by_hash(sha(query))["extensions"]).decode()},
        headers={"authorization": f"Bearer {school.admin.token}", **headers},
    )


NAMES = "{ viewer { classrooms { nodes { name } } } }"


async def test_an_answer_that_still_holds_is_not_sent_again(http: httpx.AsyncClient, school: School) -> None:
    first = await _got(http, NAMES, school)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    for known in (tag, tag.removeprefix("W/"), f'"other", {tag}', "*"):
        again = await _got(http, NAMES, school, **{"if-none-match": known})
        assert (again.status_code, again.content) == (304, b"")
        for each in (first, again):
            assert each.headers["etag"] == tag
            assert each.headers["cache-control"] == "private, no-cache"
            assert each.headers["vary"] == "authorization, accept"
    for unknown in ("", '"other"', tag[:-2] + '"', "x*"):
        again = await _got(http, NAMES, school, **{"if-none-match": unknown})
        assert (again.status_code, again.json()["data"]) == (200, first.json()["data"])


async def test_an_answer_that_has_changed_or_is_anothers_has_another_tag(
    http: httpx.AsyncClient, school: School, runtime: Runtime
) -> None:
    tag = (await _got(http, NAMES, school)).headers["etag"]
    await school.classroom("7A")
    changed = await _got(http, NAMES, school, **{"if-none-match": tag})
    assert (changed.status_code, changed.headers["etag"] == tag) == (200, False)
    other = await School.found(school.admin.with_token(None), runtime)
    theirs = await _got(http, NAMES, other, **{"if-none-match": changed.headers["etag"]})
    assert theirs.json()["data"] == {"viewer": {"classrooms": {"nodes": []}}}


async def test_without_a_token_a_known_tag_gives_nothing_away(
    http: httpx.AsyncClient, school: School
) -> None:
    tag = (await _got(http, NAMES, school)).headers["etag"]
    response = await _got(http, NAMES, school, **{"if-none-match": tag, "authorization": "Bearer nonsense"})
    assert response.status_code == 401


async def test_errors_post_requests_and_plain_documents_have_no_tag(
    http: httpx.AsyncClient, school: School
) -> None:
    absent = '{ classroom(id: "cls_00000000000000000000000000000000") { id } }'
    token = {"authorization": f"Bearer {school.admin.token}"}
    for response in (
        await _got(http, absent, school, **{"if-none-match": "*"}),
        await http.post("/graphql", json={"query": NAMES, **by_hash(sha(NAMES))}, headers=token),
        await http.get("/graphql", params={"query": NAMES}, headers={**token, "if-none-match": "*"}),
    ):
        assert response.status_code == 200
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"


# Registered documents alone

ME = "query Me { viewer { user { id } } }\n"
REFUSED = (
    403,
    "FORBIDDEN",
    "Only registered documents are run here; ask the operator to register this one.",
)


@pytest.fixture(scope="module")
async def closed(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """A server that runs a folder's documents alone."""
    folder = tmp_path_factory.mktemp("documents")
    (folder / "deeper").mkdir()
    (folder / "deeper" / "me.graphql").write_text(ME)
    (folder / "name.graphql").write_text("query { __typename }")
    (folder / "README.md").write_text("no document")
    async with served(runtime, documents=folder) as address:
        yield address


async def test_a_registered_document_runs_by_its_id_or_its_very_text(closed: str, school: School) -> None:
    wanted = {"viewer": {"user": {"id": school.admin.user_id}}}
    headers = {"authorization": f"Bearer {school.admin.token}"}
    async with httpx.AsyncClient(base_url=closed, headers=headers) as http:
        known = by_hash(sha(ME))
        for given in ({"query": ME}, known, {"documentId": sha(ME)}, {"query": ME, **known}):
            assert (await http.post("/graphql", json=given)).json()["data"] == wanted
        assert (await http.get("/graphql", params={"documentId": sha(ME)})).json()["data"] == wanted


@pytest.mark.parametrize(
    "given",
    [
        {"query": "{ __typename }"},
        {"query": ME + " "},
        {"query": "{ __schema { queryType { name } } }"},
        {"query": "{"},
        by_hash("0" * 64),
        {"query": "{ __typename }", **by_hash(sha("{ __typename }"))},
        {"query": "{ __typename }", **by_hash(sha(ME))},
    ],
)
async def test_any_other_document_is_refused_on_every_transport(
    closed: str, school: School, given: dict[str, Any]
) -> None:
    async with httpx.AsyncClient(base_url=closed) as http:
        for headers in ({}, {"accept": "application/graphql-response+json"}, EVENTS):
            response = await http.post("/graphql", json=given, headers=headers)
            assert told(response) == REFUSED
            assert response.json()["errors"][0]["extensions"]["reason"] == "DOCUMENT_NOT_REGISTERED"
        got = await http.get(
            "/graphql",
            params={
                name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()
            },
        )
        assert told(got) == REFUSED
    async with socket_of(closed, school.admin.token) as socket:
        stream = await socket.subscribe(ME)
        await stream.data()
        await stream.frame()
        await socket.send({"id": stream.name, "type": "subscribe", "payload": given})
        error = await stream.error()
        assert (error["extensions"]["code"], error["message"]) == REFUSED[1:]
        assert error["extensions"]["reason"] == "DOCUMENT_NOT_REGISTERED"


def test_manifests_of_relay_codegen_and_apollo_are_read(tmp_path: Path) -> None:
    plain, apollo = tmp_path / "persisted.json", tmp_path / "manifest.json"
    plain.write_text(json.dumps({"a1b2": ME}))
    operations = [{"id": "c3", "name": "Me", "type": "query", "body": ME}]
    apollo.write_text(
        json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations})
    )
    assert read_manifest(plain) == {"a1b2": ME}
    assert read_manifest(apollo) == {"c3": ME}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "{",
        '{"a": 1}',
        '{"format": "apollo-persisted-query-manifest", "version": 2, "operations": []}',
        '{"format": "apollo-persisted-query-manifest", "version": 1, "operations": [{"id": "a"}]}',
    ],
)
def test_a_manifest_that_is_none_is_refused_with_its_place(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(ManifestRefused, match=r"manifest\.json"):
        read_manifest(tmp_path / "manifest.json")


def test_a_folder_without_documents_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ManifestRefused, match=str(place)):
            read_manifest(place)


def test_documents_that_cannot_be_read_keep_the_process_from_starting(
    runtime: Runtime, tmp_path: Path
) -> None:
    nowhere = replace(
        runtime, settings=runtime.settings.model_copy(update={"documents": tmp_path / "nowhere"})
    )
    with pytest.raises(SettingsRefused, match=f"^DOCUMENTS: .*{tmp_path}/nowhere"):
        create_application(nowhere)


def test_a_registered_document_that_does_not_hold_is_named_in_the_log(
    runtime: Runtime, tmp_path: Path
) -> None:
    (tmp_path / "old.graphql").write_text("{ gone }")
    (tmp_path / "good.graphql").write_text("{ __typename }")
    with capture_logs() as lines:
        create_application(
            replace(runtime, settings=runtime.settings.model_copy(update={"documents": tmp_path}))
        )
    (told,) = lines
    assert (told["event"], told["log_level"]) == ("registered document does not hold", "warning")
    assert told["id"] == sha("{ gone }")
    assert told["error"].startswith("Cannot query field 'gone' on type 'Query'.")
