"""What operations cost: what is asked, what an answer holds, and the price told without running."""

import asyncio
import json
import random
from typing import Any

import pytest
from graphql import parse
from graphql.language import Lexer, Source, TokenKind

from app.kit.errors import DomainError
from schema.engine.cost import returned
from schema.engine.documents import USED_TOKENS, Document, Documents, count_tokens
from schema.engine.limits import Limits
from schema.engine.measuring import measure
from schema.engine.merging import merged
from schema.engine.pricing import Pricing
from schema.root import build
from tests.client import Client, School

SCHEMA = build().schema


def _asked(document: str, **variables: Any) -> int:
    documents = Documents(SCHEMA)
    found = documents.read(document)
    assert not found.errors, found.errors
    (operation,) = found.operations.values()
    return Pricing(documents).asked(found, operation, variables)


@pytest.mark.parametrize(
    ("document", "points"),
    [
        ("{ __typename }", 0),
        ("{ viewer { roles } }", 1),
        ("{ viewer { user { id displayName } organization { name } } }", 3),
        ("{ viewer { classrooms(first: 7) { totalCount } } }", 8),
        ("{ viewer { classrooms(first: 7) { nodes { id } pageInfo { endCursor } } } }", 8),
        ("{ viewer { classrooms(first: 7) { edges { cursor node { id } } } } }", 8),
        ("{ viewer { classrooms { nodes { id } } } }", 21),
        ("{ skills { nodes { id } } }", 50),
        ('{ nodes(ids: ["a", "b", "c"]) { id } }', 3),
        ("{ viewer { classrooms(first: 5) { nodes { learners(first: 4) { nodes { id } } } } } }", 26),
        ("{ viewer { learner { recommendations(first: 3) { reason } } } }", 2 + 3 * 10),
        ('{ classroom(id: "a") { masteryGrid(first: 5) { rows { cells { level } } } } }', 2 + 5 * 51),
        ('{ classroom(id: "a") { masteryGrid { rows { cells { level } } skills { id } } } }', 52 + 50 * 51),
        (
            """{ classroom(id: "a") { a: masteryGrid(first: 2) { ...G } b: masteryGrid(first: 9) { ...G } } }
            fragment G on MasteryGrid { ... { rows { cells { level } } } pageInfo { endCursor } }""",
            1 + 2 * 2 + 11 * 51,
        ),
        ('{ leaderboard(scopeId: "a", first: 100) { entries { rank } viewerEntry { rank } } }', 102),
        ("{ viewer { user { id } user { id } } }", 3),
        ("{ viewer @skip(if: true) { user { id } } }", 2),
        ("{ viewer { ...F ...F } } fragment F on Viewer { user { id } }", 3),
        ("{ viewer { ...F ... on Viewer { organization { id } } } } fragment F on Viewer { user { id } }", 3),
    ],
)
def test_an_operation_asks_for_its_objects(document: str, points: int) -> None:
    assert _asked(document) == points


def test_a_size_may_come_from_a_variable_or_its_default() -> None:
    document = """query($n: Int = 4, $ids: [ID!]!) {
      viewer { classrooms(first: $n) { nodes { ...F } } } nodes(ids: $ids) { id } }
      fragment F on Classroom { learners(first: $n) { nodes { id } } }"""
    assert _asked(document, ids=["a"]) == 1 + 4 + 16 + 1
    assert _asked(document, ids=["a", "b"], n=10) == 1 + 10 + 100 + 2
    assert _asked(document, ids=[], n=None) == 1 + 20 + 20 * 50
    assert _asked(document, ids="no list", n=-3) == 1 + 100
    grid = """query($n: Int) { classroom(id: "a") { masteryGrid(first: $n) { ...G } } }
      fragment G on MasteryGrid { rows { learner { id } } }"""
    assert (_asked(grid, n=7), _asked(grid)) == (2 + 7 * 2, 2 + 50 * 2)


def test_the_whole_schema_may_be_asked_for_once() -> None:
    from graphql import get_introspection_query

    whole = get_introspection_query(input_value_deprecation=True)
    assert _asked(whole) == Documents(SCHEMA).sizes.elements
    twice = "{ a: __schema { ...S } b: __schema { ...S } } fragment S" + (
        whole.split("__schema", 1)[1].join([" on __Schema ", ""])
    ).replace("    }\n  }\n", "    }\n", 1)
    with pytest.raises(DomainError) as refused:
        _asked(twice)
    assert refused.value.limit is not None
    assert refused.value.limit.name == "introspection_cost"


def test_an_answer_holds_as_many_objects_as_it_has_and_no_leaves() -> None:
    documents = Documents(SCHEMA)
    (operation,) = documents.read(
        """{ viewer { me: user { id } organization { id }
             classrooms(first: 3) { nodes { id learners(first: 2) { edges { node { id } } } } } } }"""
    ).operations.values()
    learners = {"edges": [{"node": {"id": "a"}}, {"node": {"id": "b"}}]}
    classes = [{"id": "x", "learners": learners}, {"id": "y", "learners": {"edges": []}}]
    data = {"viewer": {"me": {"id": "u"}, "organization": None, "classrooms": {"nodes": classes}}}
    # The viewer, the user, two classes, two learners.
    assert returned(operation.branches, [data]) == 6
    assert returned(operation.branches, [{"viewer": None}]) == 0
    # Of another type, and without the field.
    classes.insert(0, {"id": "w"})
    assert returned(operation.branches, [{"viewer": {"classrooms": {"nodes": classes}}}]) == 6


async def test_an_answer_never_holds_more_than_was_asked_for(school: School) -> None:
    classroom = await school.classroom()
    for name in ("Ada", "Grace", "Alan"):
        await school.learner(classroom, name)
    document = """{ viewer { classrooms(first: 2) { edges { node { id } } nodes { id
      learners(first: 2) { nodes { id } } learners(first: 2) { edges { node { displayName } } } } } } }"""
    cost = (await school.admin.post(document))["extensions"]["cost"]
    assert cost["actual"] <= cost["asked"]


PRICE = """query($d: String!, $v: String, $o: String) {
  viewer { queryCost(document: $d, variablesJson: $v, operationName: $o) {
    asked refused reason limits { name used most } } } }"""


async def _priced(person: Client, document: str, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    found: dict[str, Any] = (await person.ask(PRICE, d=document, **given))["viewer"]["queryCost"]
    return found, {each["name"]: (each["used"], each["most"]) for each in found.pop("limits")}


async def test_a_price_is_told_without_running(school: School) -> None:
    document = "query($n: Int) { viewer { a: classrooms(first: $n) { nodes { id } } } }"
    found, limits = await _priced(school.admin, document, v=json.dumps({"n": 30}))
    assert found == {"asked": 31, "refused": False, "reason": None}
    assert limits == {
        "document_bytes": (len(document), 32_768), "tokens": (27, 1_000), "depth": (4, 15),
        "introspection_depth": (0, 20), "aliases": (1, 15), "root_fields": (1, 20), "fields": (4, 2_000),
        "fragments": (0, 30), "repeats": (0, 5_000), "cost": (31, 5_000),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("document", "reason", "name", "used"),
    [
        ("{ " + "viewer { " * 20 + "id" + " }" * 21, "The operation has 21 levels of fields", "depth", 21),
        (
            "{ viewer { classrooms(first: 100) { nodes { learners(first: 99) { nodes { id } } } } } }",
            "The operation has 10,001 objects",
            "cost",
            10_001,
        ),
        ("{ viewer", "Syntax Error", None, None),
        ("{ nothing }", "Cannot query field 'nothing'", None, None),
    ],
)
async def test_a_price_says_why_an_operation_would_be_refused(
    school: School, document: str, reason: str, name: str | None, used: int | None
) -> None:
    found, limits = await _priced(school.admin, document)
    assert found["refused"] is True
    assert found["reason"].startswith(reason)
    if name is not None:
        assert limits[name][0] == used


async def test_a_price_is_told_to_members_and_of_what_can_be_read(school: School, anonymous: Client) -> None:
    assert await anonymous.ask(PRICE, d="{ __typename }") == {"viewer": None}
    error = await school.admin.refused(PRICE, d="{ __typename }", v="[1]")
    assert error["extensions"]["inputPath"] == ["variablesJson"]
    error = await school.admin.refused(PRICE, d="query A { __typename } query B { __typename }")
    assert error["extensions"]["inputPath"] == ["operationName"]
    several = "query A { __typename } query B { viewer { roles } }"
    assert (await _priced(school.admin, several, o="B"))[0]["asked"] == 1


async def test_others_are_answered_while_the_prices_of_many_documents_are_found(school: School) -> None:
    heads = ", ".join(f"$d{number}: String!" for number in range(15))
    prices = " ".join(f"p{number}: queryCost(document: $d{number}) {{ asked }}" for number in range(15))
    document = f"query({heads}) {{ viewer {{ {prices} }} }}"
    texts = {f"d{number}": f"query Q{number} {{ viewer {{ {'roles ' * 300} }} }}" for number in range(15)}
    finding = asyncio.create_task(school.admin.ask(document, **texts))
    answered = 0
    while not finding.done():
        await school.admin.ask("{ __typename }")
        answered += 1
    assert (await finding)["viewer"]["p14"] == {"asked": 1}
    # One at a time between the pieces of each; all at once would leave time for one or two.
    assert answered > 10


def test_documents_in_use_stay_whatever_else_is_sent() -> None:
    documents = Documents(SCHEMA)
    used = "{ viewer { roles } }"
    kept = documents.read(used)
    assert documents.read(used) is kept
    for number in range(700):
        documents.read(f"query Q{number} {{ __typename }}")
        documents.read(f"query Q{number} {{ nothing }}")
    assert documents.read(used) is kept


def test_tables_of_documents_are_bounded() -> None:
    documents = Documents(SCHEMA)
    for number in range(60):
        for _ in range(2):
            documents.read(f"query Q{number} {{ viewer {{ {'roles ' * 900} }} }}")
    for number in range(250):
        documents.read(f"query Q{number} {{ nothing }}")
    held: list[Document] = list(documents._used._documents.values())
    assert sum(each.tokens for each in held) <= USED_TOKENS
    assert len(documents._refused) == 200


def test_what_is_wrong_with_a_document_is_told_shortly() -> None:
    (error,) = Documents(SCHEMA).read("{ " + "x" * 30_000 + " }").errors
    assert len(error.message) == 500


def test_fields_that_answer_under_one_name_are_compared_up_to_a_limit() -> None:
    fragments = " ".join(f"fragment F{i} on Viewer {{ roles }}" for i in range(30))
    document = "{ viewer { " + " ".join(f"...F{i}" for i in range(30)) + " } } " + fragments
    pairs = 30 * 29 // 2
    assert not Documents(SCHEMA, Limits(repeats=pairs)).read(document).errors
    (error,) = Documents(SCHEMA, Limits(repeats=pairs - 1)).read(document).errors
    assert isinstance(error.original_error, DomainError)
    assert error.original_error.limit == ("repeats", pairs, pairs - 1)


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { roles } viewer { user { id } } }",
        '{ node(id: "a") { id } node(id: "a") { __typename } }',
        "{ viewer { ... on Viewer { roles } ... on Viewer { user { id } } ...F ...F } } "
        "fragment F on Viewer { roles }",
    ],
)
def test_what_is_asked_for_twice_agrees_as_it_did(document: str) -> None:
    node = parse(document)
    assert merged(node) is not node
    assert not Documents(SCHEMA).read(document).errors


@pytest.mark.parametrize(
    "document",
    [
        '{ node(id: "a") { id } node(id: "b") { id } }',
        "{ viewer { a: roles a: memberships { roles } } }",
        "{ viewer { ...F a: memberships { roles } } } fragment F on Viewer { a: roles }",
        "{ viewer { user { a: id } } viewer { user { a: displayName } } }",
    ],
)
def test_what_does_not_agree_is_found_though_repetitions_are_left_out(document: str) -> None:
    (error,) = Documents(SCHEMA).read(document).errors
    assert "conflict" in error.message


def test_a_document_that_repeats_nothing_stays_as_it_is() -> None:
    node = parse("{ viewer { roles user { id } } }")
    assert merged(node) is node


def test_tokens_are_counted_as_they_are_lexed() -> None:
    parts = ["{", "}", " a", "...", "$x", '"s"', '"\\"\\n"', '"""b"""', '"""q\\"""r"""', " -1.5e3 ", "@skip",
             ",", "# c {\n", "\n", "[", "]", ":", "=", "!", " _b1", "|", "&", '""']  # fmt: skip
    chance = random.Random(7)
    for _ in range(500):
        text = " ".join(chance.choices(parts, k=40))
        assert count_tokens(text)[0] == _lexed(text)


def _lexed(text: str) -> int:
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    return count


def test_measuring_takes_fragments_once_however_often_they_are_spread() -> None:
    chain = " ".join(f"fragment F{i} on Viewer {{ ...F{i + 1} ...F{i + 1} }}" for i in range(29))
    node = parse("{ viewer { ...F0 } } " + chain + " fragment F29 on Viewer { ...nowhere }")
    found = measure(node, Documents(SCHEMA).sizes, Limits())
    assert found.used["spreads"] == 3 * 2**29 - 1
    assert found.operations == []
