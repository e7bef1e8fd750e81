"""What nobody sends in good faith: a coded error with the place to correct, and the server goes on."""

from typing import Any

import pytest

from schema.root import build
from tests.access.world import make_world
from tests.client import Client, School
from tests.practice.learner_at_work import LearnerAtWork
from tests.socket import socket_of
from tests.transport.hostile.arguments import changes, questions
from tests.transport.hostile.values import ZERO, cursor

OURS = {"INTERNAL", "UNAVAILABLE", "TIMEOUT"}
"""Codes that say that the fault is not the client's."""


@pytest.fixture
async def at_work(school: School) -> LearnerAtWork:
    return await LearnerAtWork.begin(school)


async def test_no_value_of_any_argument_is_taken_for_a_fault_of_the_server(
    school: School, anonymous: Client
) -> None:
    world = await make_world(school, anonymous)
    schema = build().schema
    ours = []
    for document, value in questions(schema, world):
        answer = await school.admin.post(document, v=value)
        if OURS & _codes(answer):
            ours.append((document, value))
    assert ours == []


async def test_no_value_of_any_input_is_taken_for_a_fault_of_the_server(
    school: School, anonymous: Client
) -> None:
    world = await make_world(school, anonymous)
    schema = build().schema
    ours = []
    for name, document, value in changes(schema, world):
        person = world.people["self"] if "ession" in name or "ttempt" in name else school.admin
        answer = await person.post(document, v=value)
        if OURS & _codes(answer):
            ours.append((document, value))
    assert ours == []


@pytest.mark.parametrize(
    ("query", "prefix"),
    [
        ("learner(id: $id) { id }", "lrn"),
        ("classroom(id: $id) { id }", "cls"),
        ("skill(id: $id) { id }", "skl"),
        ("item(id: $id) { id }", "itm"),
        ("practiceSession(id: $id) { id }", "pss"),
        ("node(id: $id) { id }", "mst"),
        ("leaderboard(scopeId: $id) { id }", "cls"),
    ],
)
@pytest.mark.parametrize(
    "digits",
    [ZERO, "", "x", "\0" * 32, "é" * 32, "0" * 31, "0" * 5000, ZERO.replace("00", "0-"), "../../etc"],
)
async def test_an_id_that_names_nothing_is_not_found(
    school: School, query: str, prefix: str, digits: str
) -> None:
    error = await school.admin.refused(f"query($id: ID!) {{ {query} }}", id=f"{prefix}_{digits}")
    assert error["extensions"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("spoilt", "code", "path"),
    [
        ({"sessionId": f"pss_{ZERO}"}, "NOT_FOUND", ["sessionId"]),
        ({"sessionId": f"itm_{ZERO}"}, "NOT_FOUND", ["sessionId"]),
        ({"itemId": f"itm_{ZERO}"}, "NOT_FOUND", ["itemId"]),
        ({"itemId": ""}, "NOT_FOUND", ["itemId"]),
        ({"itemVersion": 2**31 - 1}, "NOT_FOUND", ["itemVersion"]),
        ({"itemVersion": -1}, "NOT_FOUND", ["itemVersion"]),
        ({"durationMs": -1}, "BAD_INPUT", ["durationMs"]),
        ({"durationMs": 2**31 - 1}, "BAD_INPUT", ["durationMs"]),
        ({"hintsUsed": -1}, "BAD_INPUT", ["hintsUsed"]),
        ({"answeredAt": "9999-12-31T23:59:59Z"}, "BAD_INPUT", ["answeredAt"]),
        ({"answeredAt": "0001-01-01T00:00:00Z"}, "BAD_INPUT", ["answeredAt"]),
        ({"response": {"choiceIds": ["a"]}}, "BAD_INPUT", ["response"]),
        ({"response": {"text": "a\0b"}}, "BAD_INPUT", ["response", "text"]),
        ({"response": {"text": "x" * 2001}}, "BAD_INPUT", ["response", "text"]),
        ({"response": {"ordering": ["a"] * 101}}, "BAD_INPUT", ["response", "ordering"]),
        (
            {"response": {"gaps": [{"gapId": "1", "text": "\0"}]}},
            "BAD_INPUT",
            ["response", "gaps", "0", "text"],
        ),
        ({"idempotencyKey": ""}, "BAD_INPUT", ["idempotencyKey"]),
        ({"idempotencyKey": "a\0b"}, "BAD_INPUT", ["idempotencyKey"]),
        ({"idempotencyKey": "x" * 129}, "BAD_INPUT", ["idempotencyKey"]),
    ],
)
async def test_an_answer_that_may_not_be_recorded_says_what_to_correct(
    at_work: LearnerAtWork, spoilt: dict[str, Any], code: str, path: list[str]
) -> None:
    found, _, where = await at_work.refused({**at_work.answer(), **spoilt})
    assert (found, where) == (code, path)


@pytest.mark.parametrize(
    "number", ["1e400", "-1e400", "NaN", "Infinity", "-Infinity", '"5"', "true", "[5]", "9007199254740993"]
)
async def test_a_number_that_is_none_is_refused_before_anything_is_recorded(
    at_work: LearnerAtWork, number: str
) -> None:
    ids = f'"sessionId":"{at_work.session_id}","itemId":"{at_work.item(0)}"'
    given = f'{{{ids},"response":{{"number":{number}}}}}'
    document = "mutation($v: RecordAttemptInput!) { recordAttempt(input: $v) { attempt { id } } }"
    response = await at_work.learner.http.post(
        "/graphql",
        content=f'{{"query":"{document}","variables":{{"v":{given}}}}}',
        headers={"content-type": "application/json", "authorization": f"Bearer {at_work.learner.token}"},
    )
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "BAD_INPUT"


@pytest.mark.parametrize("number", [-0.0, 1e308, 5e-324, 2**53])
async def test_a_number_however_odd_is_an_answer(at_work: LearnerAtWork, number: float) -> None:
    attempt = await at_work.record(0, number)
    assert attempt["correct"] is False


@pytest.mark.parametrize(
    "zone", ["../../etc/passwd", "/etc/passwd", "localtime", "posixrules", "", ".", "\0", "x" * 5000]
)
async def test_a_time_zone_that_is_none_is_refused(at_work: LearnerAtWork, zone: str) -> None:
    error = await at_work.learner.refused(
        "query($z: String) { viewer { learner { progress(timeZone: $z) { streakDays } } } }", z=zone
    )
    assert (error["extensions"]["code"], error["extensions"]["inputPath"]) == ("BAD_INPUT", ["timeZone"])


@pytest.mark.parametrize(
    "after",
    [cursor("7A", 5), cursor("7A", None), cursor("\0", ZERO), cursor("7A", [ZERO]), cursor({"a": 1}, ZERO)],
)
async def test_a_cursor_that_somebody_made_is_refused(school: School, after: str) -> None:
    error = await school.admin.refused(
        "query($c: Cursor) { viewer { classrooms(after: $c) { nodes { id } } } }", c=after
    )
    assert (error["extensions"]["code"], error["extensions"]["inputPath"]) == ("BAD_INPUT", ["after"])


@pytest.mark.parametrize(
    "document", ["{" + " a: viewer { roles }" * 5000 + "}", "{ viewer " * 3000, "[" * 30_000]
)
async def test_a_document_beyond_measure_is_refused(school: School, document: str) -> None:
    error = await school.admin.refused(document)
    assert error["extensions"]["code"] == "TOO_COMPLEX"


@pytest.mark.parametrize("field", ["email", "password"])
async def test_a_sign_in_with_a_nul_character_is_refused_as_input(anonymous: Client, field: str) -> None:
    given = {"email": "a@school.example", "password": "correct horse battery", field: "a\0@school.example"}
    payload = await anonymous.attempt("signIn", given)
    (error,) = payload["userErrors"]
    assert error["code"] in {"BAD_INPUT", "UNAUTHENTICATED"}


async def test_over_a_socket_bad_input_ends_its_operation_and_no_other(address: str, school: School) -> None:
    async with socket_of(address, school.admin.token) as socket:
        for query, variables in (
            ("query($t: String) { skills(search: $t) { totalCount } }", {"t": "\0"}),
            ("query($c: Cursor) { skills(after: $c) { totalCount } }", {"c": cursor("a", 5)}),
            ("subscription($i: ID!) { classroomActivity(classroomId: $i) { __typename } }", {"i": "\0"}),
            ("subscription($i: ID!) { masteryChanged(learnerId: $i) { __typename } }", {"i": f"cls_{ZERO}"}),
            ("subscription { leaderboard(scopeId: 1, window: NEVER) { __typename } }", {}),
        ):
            frame = await (await socket.subscribe(query, **variables)).frame()
            errors = frame["payload"] if frame["type"] == "error" else frame["payload"]["errors"]
            assert [error["extensions"]["code"] for error in errors] in (["BAD_INPUT"], ["NOT_FOUND"])
        alive = await socket.subscribe("{ viewer { user { id } } }")
        assert await alive.data() == {"viewer": {"user": {"id": school.admin.user_id}}}


def _codes(answer: dict[str, Any]) -> set[str]:
    return {error["extensions"]["code"] for error in answer.get("errors", ())}
