"""Each limit, over HTTP and WebSocket: as much as may be passes, one more is refused before anything runs."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from app.kit.metrics import OPERATIONS, STATEMENTS
from tests.client import Client, School
from tests.socket import socket_of

Ask = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture(params=["http", "websocket"])
async def ask(request: pytest.FixtureRequest, school: School, address: str) -> AsyncIterator[Ask]:
    """Sends an operation of the school's admin and gives the whole answer."""
    if request.param == "http":
        yield school.admin.post
        return
    async with socket_of(address, school.admin.token) as socket:

        async def over_socket(query: str, /, **variables: Any) -> dict[str, Any]:
            frame = await (await socket.subscribe(query, **variables)).frame()
            payload: Any = frame["payload"]
            return {"errors": payload} if frame["type"] == "error" else payload

        yield over_socket


def _padded(length: int) -> str:
    text = "{ viewer { roles } } # é"
    return text + "x" * (length - len(text.encode()))


def _nested(levels: int) -> str:
    """Fields nested so many levels deep: `nodes` leads on every third."""
    names = ["viewer", "learner"]
    while len(names) < levels:
        names += ["practiceSessions(first: 1)", "nodes", "learner"]
    names = names[: levels - 1]
    last = {"learner": "id", "nodes": "id"}.get(names[-1], "totalCount")
    return " ".join(f"{{ {name}" for name in names) + f" {{ {last} }}" + " }" * len(names)


def _introspecting(levels: int) -> str:
    return "{ __schema { types " + "{ ofType " * (levels - 3) + "{ name }" + " }" * (levels - 3) + " } }"


def _viewer(inner: str) -> str:
    return f"{{ viewer {{ {inner} }} }}"


def _fragments(count: int) -> str:
    definitions = " ".join(f"fragment F{i} on Viewer {{ roles }}" for i in range(count))
    return _viewer(" ".join(f"...F{i}" for i in range(count))) + definitions


def _spread(count: int) -> str:
    """So many fields once a fragment of 105 is spread nineteen times."""
    rest = count - 1 - 19 * 105
    return _viewer("...F " * 19 + "roles " * rest) + f"fragment F on Viewer {{ {'roles ' * 105} }}"


def _objects(count: int) -> str:
    """So many objects: a viewer, a hundred classes of 48 learners, and sessions."""
    classes = "classrooms(first: 100) { nodes { learners(first: 48) { nodes { id } } } }"
    return _viewer(f"{classes} signInSessions(first: {count - 4901}) {{ nodes {{ id }} }}")


DOCUMENTS: dict[str, tuple[Callable[[int], str], int]] = {
    "document_bytes": (_padded, 32 * 1024),
    "tokens": (lambda n: _viewer("roles " * (n - 5)), 1_000),
    "comments": (lambda n: _viewer("roles") + "#\n" * n, 1_000),
    "depth": (_nested, 15),
    "introspection_depth": (_introspecting, 20),
    "aliases": (lambda n: _viewer(" ".join(f"a{i}: roles" for i in range(n))), 15),
    "root_fields": (lambda n: "{" + " __typename" * n + " }", 20),
    "directives": (lambda n: _viewer("roles @include(if: true) " * n), 20),
    "fragments": (_fragments, 30),
    "fields": (_spread, 2_000),
    "cost": (_objects, 5_000),
}


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_at_its_limit_is_answered(ask: Ask, name: str) -> None:
    document, most = DOCUMENTS[name]
    assert "errors" not in await ask(document(most))


@pytest.mark.parametrize("name", DOCUMENTS)
async def test_a_document_beyond_a_limit_is_refused_before_anything_runs(ask: Ask, name: str) -> None:
    document, most = DOCUMENTS[name]
    before = _run()
    answer = await ask(document(most + 1))
    assert _run() == before
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "TOO_COMPLEX"
    assert error["extensions"]["limit"] == {"name": name, "used": most + 1, "most": most}
    assert f"{most + 1:,}" in error["message"]


async def test_a_size_that_a_variable_gives_counts(ask: Ask) -> None:
    document = """query($n: Int = 99) { viewer {
      classrooms(first: 100) { nodes { learners(first: 48) { nodes { id } } } }
      signInSessions(first: $n) { nodes { id } } } }"""
    assert "errors" not in await ask(document)
    assert "errors" not in await ask(document, n=99)
    (error,) = (await ask(document, n=100))["errors"]
    assert error["extensions"]["limit"] == {"name": "cost", "used": 5_001, "most": 5_000}


LISTS: dict[str, tuple[str, Callable[[int], Any], int]] = {
    "ids": ("query($v: [ID!]!) { nodes(ids: $v) { id } }", lambda n: ["x"] * n, 250),
    "within": (
        "mutation($v: EnrollLearnersInput!) { enrollLearners(input: $v) { userErrors { code } } }",
        lambda n: {"classroomId": "x", "learners": [{"displayName": "x"}] * n},
        250,
    ),
    "attempts": (
        "mutation($v: RecordAttemptsInput!) { recordAttempts(input: $v) { userErrors { code } } }",
        lambda n: {"attempts": [{"itemId": "x", "response": {"number": 1}, "idempotencyKey": "a"}] * n},
        500,
    ),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_list_of_input_may_be_as_long_as_its_limit(ask: Ask, name: str) -> None:
    document, given, most = LISTS[name]
    for error in (await ask(document, v=given(most))).get("errors", ()):
        assert "limit" not in error["extensions"]


@pytest.mark.parametrize("name", LISTS)
async def test_a_longer_list_of_input_is_refused_before_anything_runs(ask: Ask, name: str) -> None:
    document, given, most = LISTS[name]
    before = _run()
    (error,) = (await ask(document, v=given(most + 1)))["errors"]
    assert _run() == before
    extensions = error["extensions"]
    assert (extensions["code"], extensions["reason"]) == ("BAD_INPUT", "TOO_MANY_ENTRIES")
    assert extensions["limit"] == {"name": "list_entries", "used": most + 1, "most": most}


async def test_a_list_within_the_document_counts_too(ask: Ask) -> None:
    ids = '"x" ' * 251
    (error,) = (await ask(f"{{ nodes(ids: [{ids}]) {{ id }} }}"))["errors"]
    assert error["extensions"]["limit"] == {"name": "list_entries", "used": 251, "most": 250}


async def test_a_list_within_a_list_counts_too(ask: Ask) -> None:
    (error,) = (await ask("query($v: [ID!]!) { nodes(ids: $v) { id } }", v=[["x"] * 251]))["errors"]
    assert error["extensions"]["limit"] == {"name": "list_entries", "used": 251, "most": 250}


async def test_one_operation_tries_credentials_once(ask: Ask) -> None:
    given = '{email: "a@school.example", password: "not the password"}'
    tries = " ".join(f"a{i}: signIn(input: {given}) {{ userErrors {{ code }} }}" for i in range(2))
    before = _run()
    (error,) = (await ask(f"mutation {{ {tries} }}"))["errors"]
    assert _run() == before
    assert error["extensions"]["limit"] == {"name": "sign_ins", "used": 2, "most": 1}


async def test_fragments_that_multiply_are_measured_without_being_spread(ask: Ask) -> None:
    chain = " ".join(f"fragment F{i} on Viewer {{ ...F{i + 1} ...F{i + 1} }}" for i in range(29))
    document = _viewer("...F0") + chain + " fragment F29 on Viewer { roles }"
    (error,) = (await ask(document))["errors"]
    assert error["extensions"]["limit"] == {"name": "fields", "used": 2**29 + 1, "most": 2_000}


async def test_fragments_that_go_round_in_a_circle_are_refused(ask: Ask) -> None:
    document = _viewer("...A") + " fragment A on Viewer { ...B } fragment B on Viewer { ...A }"
    (error,) = (await ask(document))["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"
    assert error["message"] == "Cannot spread fragment 'A' within itself."


async def test_an_answer_says_what_it_cost(ask: Ask, school: School) -> None:
    await school.classroom("7A")
    answer = await ask(_viewer("user { id } classrooms(first: 10) { totalCount nodes { id } }"))
    cost = answer["extensions"]["cost"]
    # Asked: the viewer, the user, ten classes; there is one class.
    assert (cost["asked"], cost["actual"]) == (12, 3)
    assert 0 <= cost["left"] <= 50_000


async def test_how_the_database_was_used_is_told_to_admins_alone(ask: Ask, school: School) -> None:
    document = _viewer("user { id } organization { id }")
    told = (await ask(document))["extensions"]
    assert told["statements"] == 1  # account and organization are read together
    assert told["milliseconds"] > 0
    learner = await school.learner(await school.classroom())
    assert set((await learner.post(document))["extensions"]) == {"cost"}


async def test_what_was_refused_is_told_alike_when_it_comes_again(ask: Ask, anonymous: Client) -> None:
    document = _nested(40)
    first, second = await ask(document), await ask(document)
    for answer in (first, second):
        del answer["errors"][0]["extensions"]["requestId"]
    assert first == second


def _run() -> tuple[float, float]:
    """How many operations were run, and statements sent by them."""
    operations = sum(
        sample.value
        for metric in OPERATIONS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )
    return operations, STATEMENTS._value.get()
