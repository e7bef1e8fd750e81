"""What a client meets when it asks: one coded answer, pages, and ids of every kind."""

import pytest

from tests.client import Client, School

BATCH = "Requests are not taken in batches; send each operation as a request of its own."
PLAIN = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"", 400, "The body is not JSON."),
        (b"{", 400, "The body is not JSON."),
        (b"\xff\xfe", 400, "The body is not JSON."),
        (b"[" * 100_000, 400, "The body is not JSON."),
        (b"[]", 400, BATCH),
        (b'"x"', 400, "The body must be a JSON object with 'query'."),
        (b"null", 400, "The body must be a JSON object with 'query'."),
        (b"{}", 400, "'query' must be the text of a GraphQL document."),
        (b'{"query": 1}', 400, "'query' must be the text of a GraphQL document."),
        (b'{"query": "{ viewer { roles } }", "variables": []}', 400, "'variables' must be an object."),
        (b'{"query": "{ viewer { roles } }", "operationName": 1}', 400, "'operationName' must be a text."),
        (
            b'{"query": "{ __typename }", "operationName": "x"}',
            200,
            "Name one operation of the document to run.",
        ),
    ],
)
async def test_a_request_that_is_none_is_refused_with_what_is_wrong(
    anonymous: Client, body: bytes, status: int, message: str
) -> None:
    response = await anonymous.http.post("/graphql", content=body, headers=PLAIN)
    (error,) = response.json()["errors"]
    assert response.status_code == status
    assert error["message"] == message
    assert error["extensions"] == {"code": "BAD_INPUT", "requestId": response.headers["x-request-id"]}


@pytest.mark.parametrize(
    "query",
    ["{", "{ viewer { nothing } }", "query($n: Int!) { viewer { classrooms(first: $n) { totalCount } } }"],
)
async def test_a_document_that_does_not_hold_is_bad_input(school: School, query: str) -> None:
    error = await school.admin.refused(query)
    assert error["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("first", [0, -1, 101])
async def test_a_page_beyond_the_limits_is_refused_not_cut(school: School, first: int) -> None:
    error = await school.admin.refused(
        "query($n: Int) { viewer { classrooms(first: $n) { totalCount } } }", n=first
    )
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"] == f"'first' must be within 1 and 100, not {first}."


@pytest.mark.parametrize("cursor", ["", "x", "WyJhIl0", "bnVsbA", "W251bGwsbnVsbF0", "A" * 512])
async def test_a_cursor_of_another_list_is_refused(school: School, cursor: str) -> None:
    error = await school.admin.refused(
        "query($c: Cursor) { viewer { classrooms(after: $c) { nodes { id } } } }", c=cursor
    )
    assert error["extensions"]["code"] == "BAD_INPUT"


async def test_pages_follow_each_other_without_gap_or_repetition(school: School) -> None:
    names = [f"class {number:02}" for number in range(7)]
    for name in names:
        await school.classroom(name)
    query = """query($c: Cursor) { viewer { classrooms(first: 3, after: $c) {
        edges { cursor node { name } } totalCount pageInfo { hasNextPage hasPreviousPage endCursor } } } }"""
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await school.admin.ask(query, c=cursor))["viewer"]["classrooms"]
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        seen += [edge["node"]["name"] for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
        assert page["edges"][-1]["cursor"] == cursor
        if not page["pageInfo"]["hasNextPage"]:
            break
        # A class that comes before the cursor while one turns the pages does not shift the rest.
        await school.classroom(f"class 00 {len(seen)}")
    assert seen == names
    assert page["totalCount"] == 9


@pytest.mark.parametrize("name", ["usr", "org", "cls", "lrn", "xxx"])
async def test_an_id_nobody_has_is_not_found(school: School, name: str) -> None:
    error = await school.admin.refused("query($id: ID!) { node(id: $id) { id } }", id=f"{name}_{'0' * 32}")
    assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("given", ["", "x", "cls_", "cls_xyz", "lrn_" + "0" * 32, "0" * 32])
async def test_an_id_of_another_kind_is_not_found(school: School, given: str) -> None:
    answer = await school.admin.post("query($id: ID!) { classroom(id: $id) { id } }", id=given)
    assert answer["data"] == {"classroom": None}
    assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


async def test_several_ids_are_answered_in_their_order_and_the_absent_ones_are_named(school: School) -> None:
    first, second = await school.classroom("A"), await school.classroom("B")
    ids = [second["id"], "cls_" + "0" * 32, first["id"], school.admin.user_id]
    answer = await school.admin.post(
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Classroom { name } __typename } }", ids=ids
    )
    assert answer["data"]["nodes"] == [
        {"id": second["id"], "name": "B", "__typename": "Classroom"},
        None,
        {"id": first["id"], "name": "A", "__typename": "Classroom"},
        {"id": school.admin.user_id, "__typename": "User"},
    ]
    assert [(error["path"], error["extensions"]["code"]) for error in answer["errors"]] == [
        (["nodes", 1], "NOT_FOUND")
    ]


async def test_the_schema_is_published_as_text(anonymous: Client) -> None:
    response = await anonymous.http.get("/schema.graphql")
    assert response.text.startswith(('"""', "schema", "directive"))
    assert "type Classroom implements Node {" in response.text
