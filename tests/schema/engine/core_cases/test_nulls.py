"""Nulls where none may be, and how far up they go."""

from functools import cache
from typing import Any

import pytest
from graphql import parse

from schema.engine.plans import Plans
from tests.schema.engine.core_cases.both import both, fails_later, later, of_core, of_plans, told
from tests.schema.engine.toy import schema_of

SKILLS = """
    type Query { skill: Skill, sure: Skill! }
    type Skill { name: String, code: String!, soon: String, soonCode: String!
                 next: Skill, sure: Skill!, soonNext: Skill, soonSure: Skill! }
"""


@cache
def skills() -> Any:
    return schema_of(SKILLS)


LOST = {"name": "name", "code": "code", "soon": "soon", "soonCode": "soon code"}


def skill(what: str, text: str = "") -> dict[str, Any]:
    """A skill whose leaves are null, or raise; it leads on to itself. What comes soon is there if asked."""
    raises = what == "raises"
    of: dict[str, Any] = {leaf: RuntimeError(LOST[leaf]) if raises else None for leaf in ("name", "code")}
    of.update(next=of, sure=of)
    if "soon" in text:
        of.update({leaf: fails_later(LOST[leaf]) if raises else later(None) for leaf in ("soon", "soonCode")})
        of.update(soonNext=later(of), soonSure=later(of))
    return of


def said(what: str, leaf: str) -> str:
    if what == "raises":
        return LOST[leaf]
    return f"Cannot return null for non-nullable field Skill.{leaf}."


WHATS = ["is null", "raises"]


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("leaf", ["name", "soon"])
async def test_a_field_that_may_be_null_is(what: str, leaf: str) -> None:
    answer = await both(skills(), f"{{ skill {{ {leaf} }} }}", {"skill": skill(what, leaf)})
    errors = [(said(what, leaf), ["skill", leaf])] if what == "raises" else []
    assert answer == ({"skill": {leaf: None}}, errors)


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("leaf", ["code", "soonCode"])
@pytest.mark.parametrize("edge", ["next", "soonNext"])
async def test_a_field_that_may_not_be_null_takes_its_object_along(what: str, leaf: str, edge: str) -> None:
    text = f"{{ skill {{ {edge} {{ {leaf} }} }} }}"
    answer = await both(skills(), text, {"skill": skill(what, text)})
    assert answer == ({"skill": {edge: None}}, [(said(what, leaf), ["skill", edge, leaf])])


@pytest.mark.parametrize("what", WHATS)
async def test_what_may_be_null_is_told_apart_in_a_tree(what: str) -> None:
    leaves = "name soon"
    text = f"""{{ skill {{ {leaves} next {{ {leaves} next {{ {leaves} }} soonNext {{ {leaves} }} }}
      soonNext {{ {leaves} next {{ {leaves} }} soonNext {{ {leaves} }} }} }} }}"""
    none = {"name": None, "soon": None}
    below = {**none, "next": none, "soonNext": none}
    data, errors = await both(skills(), text, {"skill": skill(what, text)})
    assert data == {"skill": {**none, "next": below, "soonNext": below}}
    assert len(errors) == (14 if what == "raises" else 0)


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("leaf", ["code", "soonCode"])
@pytest.mark.parametrize("edge", ["next", "soonNext"])
@pytest.mark.parametrize("chain", [["sure"] * 5, ["sure", "soonSure", "sure", "soonSure", "sure"]])
async def test_a_null_goes_up_a_long_chain(what: str, leaf: str, edge: str, chain: list[str]) -> None:
    text = " { ".join([edge, *chain, leaf]) + " }" * 6
    answer = await both(skills(), f"{{ skill {{ {text} }} }}", {"skill": skill(what, text)})
    assert answer == ({"skill": {edge: None}}, [(said(what, leaf), ["skill", edge, *chain, leaf])])


@pytest.mark.parametrize("what", WHATS)
@pytest.mark.parametrize("leaf", ["code", "soonCode"])
async def test_a_null_that_nothing_stops_takes_the_whole_answer(what: str, leaf: str) -> None:
    text = f"{{ sure {{ sure {{ {leaf} }} }} }}"
    answer = await both(skills(), text, {"sure": skill(what, text)})
    assert answer == (None, [(said(what, leaf), ["sure", "sure", leaf])])


NO_CODE = "Cannot return null for non-nullable field Skill.code."
NO_SURE = "Cannot return null for non-nullable field Query.sure."


@pytest.mark.parametrize(
    ("text", "data", "at"),
    [
        ("{ skill { name code } }", {"skill": None}, ["skill", "code"]),
        ("{ skill { code name } }", {"skill": None}, ["skill", "code"]),
        ("{ skill { next { code } sure { code } } }", {"skill": None}, ["skill", "sure", "code"]),
        ("{ skill { soon sure { name sure { next { code } code } } } }", {"skill": None},
         ["skill", "sure", "sure", "code"]),
        ("{ skill { next { next { code } } } sure { next { code } code } }", None, ["sure", "code"]),
    ],
)  # fmt: skip
async def test_of_errors_below_one_null_that_is_told_which_made_it(text: str, data: Any, at: Any) -> None:
    """graphql-core may tell of others beside it, which came first in time."""
    broken = {**skill("raises", "soon"), "code": None}
    broken.update(next=broken, sure=broken)
    root = {"skill": broken, "sure": broken}
    schema, node = skills(), parse(text)
    core = told(await of_core(schema, node, root))
    plan = told(await of_plans(Plans(schema), node, root))
    assert core[0] == plan[0] == data
    assert plan[1] == [(NO_CODE, at)]
    assert plan[1][0] in core[1]


async def test_errors_at_different_nulls_are_all_told() -> None:
    root = {"skill": {"next": {"code": None}, "sure": {"name": RuntimeError("x"), "code": "c"}}}
    answer = await both(skills(), "{ skill { next { code } sure { name code } } }", root)
    assert answer == (
        {"skill": {"next": None, "sure": {"name": None, "code": "c"}}},
        [(NO_CODE, ["skill", "next", "code"]), ("x", ["skill", "sure", "name"])],
    )


ARGUED = "type Query { find(code: String!): String }"


@pytest.mark.parametrize(
    ("text", "variables", "found", "message"),
    [
        ('{ find(code: "a") }', {}, "found a", None),
        ("query($c: String!) { find(code: $c) }", {"c": "b"}, "found b", None),
        ('query($c: String = "d") { find(code: $c) }', {}, "found d", None),
        ("{ find }", {}, None, "Argument 'code' of required type 'String!' was not provided."),
        ("{ find(code: null) }", {}, None, "Argument 'code' has invalid value: "
         "Expected value of non-null type 'String!' not to be None."),
        ("query($c: String) { find(code: $c) }", {}, None, "Argument 'code' has invalid value: "
         "Expected variable '$c' provided to type 'String!' to provide a runtime value."),
        ('query($c: String = "d") { find(code: $c) }', {"c": None}, None,
         "Argument 'code' has invalid value: "
         "Expected variable '$c' provided to non-null type 'String!' not to be None."),
    ],
)  # fmt: skip
async def test_an_argument_that_may_not_be_null_is_not(
    text: str, variables: Any, found: Any, message: str | None
) -> None:
    schema = schema_of(ARGUED, Query__find=lambda _, info, code: f"found {code}")
    answer = await both(schema, text, None, variables, valid=False)
    assert answer == ({"find": found}, [(message, ["find"])] if message else [])
