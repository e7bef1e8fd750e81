"""What `@skip` and `@include` leave, and a directive on an operation."""

from functools import cache
from typing import Any

import pytest

from tests.client import Client
from tests.schema.engine.core_cases.both import both, fails
from tests.schema.engine.toy import schema_of

SKILL = "type Query { name: String, code: String, skill: Skill } type Skill { name: String, code: String }"
ROOT = {"name": "n", "code": "c", "skill": {"name": "sn", "code": "sc"}}
PLACES = {
    "fields": "{ name code %s }",
    "spreads of fragments": "{ name ...F %s } fragment F on Query { code }",
    "inline fragments": "{ name ... on Query %s { code } }",
    "inline fragments without a type": "{ name ... %s { code } }",
}
LEAVES = [("@include(if: %s)", True), ("@include(if: %s)", False), ("@skip(if: %s)", False),
          ("@skip(if: %s)", True)]  # fmt: skip


@cache
def query() -> Any:
    return schema_of(SKILL)


async def test_without_directives_everything_is_there() -> None:
    assert await both(query(), "{ name code }", ROOT) == ({"name": "n", "code": "c"}, [])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("directive", "value"), LEAVES)
@pytest.mark.parametrize("given", ["a literal", "a variable", "a default"])
async def test_fields_are_left_as_directives_say(place: str, directive: str, value: bool, given: str) -> None:
    literal = str(value).lower()
    text = PLACES[place] % (directive % (literal if given == "a literal" else "$it"))
    if given == "a variable":
        text = "query($it: Boolean!) " + text.replace("%s", "$it")
    elif given == "a default":
        text = f"query($it: Boolean = {literal}) " + text
    is_left = value == ("include" in directive)
    data = {"name": "n", **({"code": "c"} if is_left else {})}
    assert await both(query(), text, ROOT, {"it": value} if given == "a variable" else None) == (data, [])


@pytest.mark.parametrize(
    ("include", "skip", "is_left"),
    [(True, False, True), (True, True, False), (False, True, False), (False, False, False)],
)
async def test_both_have_to_leave_it(include: bool, skip: bool, is_left: bool) -> None:
    text = "query($yes: Boolean!, $no: Boolean!) { name code @include(if: $yes) @skip(if: $no) }"
    data = {"name": "n", **({"code": "c"} if is_left else {})}
    assert await both(query(), text, ROOT, {"yes": include, "no": skip}) == (data, [])


async def test_a_field_is_there_where_one_of_its_places_is_left() -> None:
    text = """query($no: Boolean = false) { skill @include(if: $no) { code }
      skill { name @skip(if: $no) ... @include(if: $no) { code } } }"""
    assert await both(query(), text, ROOT) == ({"skill": {"name": "sn"}}, [])
    assert await both(query(), text, ROOT, {"no": True}) == ({"skill": {"code": "sc"}}, [])


async def test_a_null_in_place_of_a_boolean_is_refused_for_the_whole_operation() -> None:
    text = "query($it: Boolean = true) { name code @include(if: $it) }"
    data, errors = await both(query(), text, ROOT, {"it": None}, fallback="null condition")
    assert data is None
    assert [path for _, path in errors] == [None]


async def test_over_http_too_a_null_in_place_of_a_boolean_is_the_fault_of_the_request(
    anonymous: Client,
) -> None:
    text = "query($it: Boolean = true) { __typename @include(if: $it) }"
    response = await anonymous.http.post("/graphql", json={"query": text, "variables": {"it": None}})
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (200, "BAD_INPUT")


@pytest.mark.parametrize("kind", ["Skill", "Named"])
async def test_a_null_in_place_of_a_boolean_is_refused_in_the_object_it_stands_in(kind: str) -> None:
    schema = schema_of(f"""type Query {{ name: String, skill: {kind} }} interface Named {{ code: String }}
                          type Skill implements Named {{ code: String }}""",
                       Named__type=lambda *_: "Skill")  # fmt: skip
    text = "query($it: Boolean = true) { name skill { code @include(if: $it) } }"
    data, errors = await both(schema, text, ROOT, {"it": None}, fallback="null condition")
    assert data == {"name": "n", "skill": None}
    assert [path for _, path in errors] == [["skill"]]


@pytest.mark.parametrize(("directive", "data"), [("@experimental_disableErrorPropagation", {"code": None}),
                                                 ("", None)])  # fmt: skip
async def test_errors_do_not_spread_where_the_operation_says_so(directive: str, data: Any) -> None:
    schema = schema_of(
        """directive @experimental_disableErrorPropagation on QUERY | MUTATION | SUBSCRIPTION
           type Query { code: String! }"""
    )
    answer = await both(schema, f"query {directive} {{ code }}", {"code": fails("lost")},
                        fallback="directive on operation" if directive else None)  # fmt: skip
    assert answer == (data, [("lost", ["code"])])
