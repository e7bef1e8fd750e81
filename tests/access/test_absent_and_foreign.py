"""Nobody learns whether a thing of another organization exists: it is told as an absent one is."""

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, get_named_type, is_composite_type

from schema.root import build
from tests.access.walker import Walker, Way, World
from tests.access.world import make_world
from tests.client import Client, School
from tests.socket import socket_of

_ID = re.compile(r"\b([a-z]{3})_[0-9a-f]{32}")
ABSENT = "1f" * 16
DIFFERING = {"requestId", "cost", "statements", "milliseconds"}


@pytest.fixture
async def worlds(school: School, anonymous: Client) -> tuple[World, World]:
    """The world of a school, and that of another organization."""
    own = await make_world(school, anonymous)
    return own, await make_world(await School.found(anonymous, school.runtime), anonymous)


def foreign_ids(foreign: World) -> dict[str, str]:
    """An id of the other organization for each prefix."""
    ids = [*foreign.objects.values(), foreign.people["self"].user_id]
    return {each[:3]: each for each in ids if _ID.fullmatch(each)}


def swapped(value: Any, ids: dict[str, str]) -> Iterator[tuple[Any, Any]]:
    """The value with one id of the other organization in it, and with an absent one in its place."""
    if isinstance(value, str):
        found = _ID.fullmatch(value)
        if found and found[1] in ids:
            yield ids[found[1]], f"{found[1]}_{ABSENT}"
        return
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        for pair in swapped(value[key], ids):
            copies = copy.deepcopy(value), copy.deepcopy(value)
            for made, inner in zip(copies, pair, strict=True):
                made[key] = inner
            yield copies


def told(answer: Any) -> Any:
    """An answer without what differs each time: ids, moments, what it cost."""
    if isinstance(answer, dict):
        return {key: told(each) for key, each in answer.items() if key not in DIFFERING}
    if isinstance(answer, list):
        return [told(each) for each in answer]
    return _ID.sub(r"\1", answer) if isinstance(answer, str) else answer


@pytest.mark.parametrize("who", ["self", "own teacher", "admin"])
async def test_a_change_about_a_foreign_thing_is_refused_as_one_about_an_absent_thing(
    worlds: tuple[World, World], who: str
) -> None:
    own, foreign = worlds
    person, ids = own.people[who], foreign_ids(foreign)
    differing, compared = [], 0
    for name, (kind, given) in own.mutations.items():
        query = (
            f"mutation($i: {kind}!) {{ {name}(input: $i) {{ userErrors {{ code reason path message }} }} }}"
        )
        for of_foreign, of_absent in swapped(given, ids):
            first, second = await person.post(query, i=of_foreign), await person.post(query, i=of_absent)
            compared += 1
            if told(first) != told(second):
                differing.append((name, told(first), told(second)))
    assert differing == []
    assert compared > 40


def arguments(schema: GraphQLSchema, world: World) -> Iterator[tuple[str, str]]:
    """A document with a variable `$v` and the prefix of its id, for each argument that takes one."""
    ways = {**Walker(schema, world).ways, "Query": Way("{ ", (), "}")}
    walker = Walker(schema, world)
    for name, way in ways.items():
        holder = schema.type_map[name]
        assert isinstance(holder, GraphQLObjectType)
        for field_name, declared in holder.fields.items():
            call = walker._call(field_name, declared)
            inner = " { __typename }" if is_composite_type(get_named_type(declared.type)) else ""
            for argument, definition in declared.args.items():
                if get_named_type(definition.type).name == "ID" and call is not None:
                    kept = re.sub(rf"{argument}: (\[.*?\]|\"[^\"]*\")(, )?", "", call)
                    spoilt = (
                        kept.replace("(", f"({argument}: $v, ") if "(" in kept else f"{kept}({argument}: $v)"
                    )
                    yield (
                        f"query($v: {definition.type}) {way.opening}{spoilt}{inner} {way.closing}",
                        str(definition.type),
                    )


async def test_a_question_about_a_foreign_thing_is_answered_as_one_about_an_absent_thing(
    worlds: tuple[World, World],
) -> None:
    own, foreign = worlds
    person, ids = own.people["own teacher"], foreign_ids(foreign)
    differing, compared = [], 0
    for document, kind in arguments(build().schema, own):
        for prefix in ("lrn", "cls", "skl", "itm", "exm"):
            foreign_id = ids[prefix]
            values = [foreign_id, f"{prefix}_{ABSENT}"]
            given = [[each] for each in values] if kind.startswith("[") else values
            first, second = [told(await person.post(document, v=value)) for value in given]
            compared += 1
            if first != second:
                differing.append((document, first, second))
    assert differing == []
    assert compared > 60


async def test_a_stream_of_a_foreign_thing_is_refused_as_one_of_an_absent_thing(
    worlds: tuple[World, World], address: str
) -> None:
    own, foreign = worlds
    ids = foreign_ids(foreign)
    root = build().schema.subscription_type
    assert root is not None
    walker = Walker(build().schema, own)
    async with socket_of(address, own.people["own teacher"].token) as socket:
        for name, declared in root.fields.items():
            call = walker._call(name, declared)
            assert call is not None
            errors = []
            for made in (_ID.sub(lambda found: ids[found[1]], call), _ID.sub(rf"\1_{ABSENT}", call)):
                frame = await (await socket.subscribe(f"subscription {{ {made} {{ __typename }} }}")).frame()
                errors.append(told(frame["payload"]))
                assert frame["type"] == "error"
            assert errors[0] == errors[1]
