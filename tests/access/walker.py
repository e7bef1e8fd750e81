"""A walker over the whole schema: for each field coordinate, who gets an answer.

It finds a way from a root field or `node(id:)` to each object type, asks each field of it as each person,
and writes down one letter: y an answer, 0 empty (null or no rows, no error), n not found, f forbidden,
u not signed in, ! anything else. A coordinate that no query reaches (of a payload, of a frame) has a dash.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

from tests.client import Client
from tests.socket import socket_of

PRINCIPALS = (
    "anonymous",
    "self",
    "classmate",
    "other class",
    "own teacher",
    "other teacher",
    "admin",
    "other organization",
)
LETTERS = {"NOT_FOUND": "n", "FORBIDDEN": "f", "UNAUTHENTICATED": "u"}


@dataclass(frozen=True)
class Way:
    """How a query reaches objects of a type: the opening, the keys of the answer on the way, the closing."""

    opening: str
    keys: tuple[str, ...]
    closing: str

    def step(self, name: str, call: str) -> "Way":
        """One field further."""
        return Way(f"{self.opening}{call} {{ ", (*self.keys, name), f"}} {self.closing}")


@dataclass
class World:
    """The people, one object of each kind that concerns the learner called self, and arguments."""

    people: Mapping[str, Client]
    objects: Mapping[str, str]
    arguments: Mapping[str, str]
    mutations: Mapping[str, tuple[str, dict[str, Any]]]


class Walker:
    """Walks one schema in one world."""

    def __init__(self, schema: GraphQLSchema, world: World) -> None:
        self._schema = schema
        self._world = world
        self.ways = self._find_ways()

    async def rows(self) -> dict[str, str]:
        """The letters of each coordinate, principals in order."""
        found: dict[str, str] = {}
        for name, named_type in sorted(self._schema.type_map.items()):
            if name.startswith("__") or not isinstance(named_type, GraphQLObjectType):
                continue
            for field_name, declared in named_type.fields.items():
                found[f"{name}.{field_name}"] = await self._letters(named_type, field_name, declared)
        return found

    async def _letters(self, holder: GraphQLObjectType, name: str, declared: GraphQLField) -> str:
        if holder is self._schema.mutation_type:
            return await self._mutation_letters(name)
        if holder is self._schema.subscription_type:
            return await self._subscription_letters(name, declared)
        way = Way("{ ", (), "}") if holder is self._schema.query_type else self.ways.get(holder.name)
        if way is None:
            return "-" * len(PRINCIPALS)
        call = self._call(name, declared)
        if call is None:
            return "-" * len(PRINCIPALS)
        if is_composite_type(get_named_type(declared.type)):
            call += " { __typename }"
        query = f"{way.opening}{call} {way.closing}"
        answers = await asyncio.gather(*(self._world.people[who].post(query) for who in PRINCIPALS))
        return "".join(_letter(answer, (*way.keys, name)) for answer in answers)

    async def _mutation_letters(self, name: str) -> str:
        given = self._world.mutations.get(name)
        if given is None:
            return "-" * len(PRINCIPALS)
        kind, body = given
        query = f"mutation($i: {kind}!) {{ {name}(input: $i) {{ __typename userErrors {{ code path }} }} }}"
        letters = []
        for who in PRINCIPALS:
            answer = await self._world.people[who].post(query, i=body)
            letters.append(_mutation_letter(answer, name))
        return "".join(letters)

    async def _subscription_letters(self, name: str, declared: GraphQLField) -> str:
        query = f"subscription {{ {self._call(name, declared)} {{ __typename }} }}"
        letters = []
        for who in PRINCIPALS:
            person = self._world.people[who]
            async with socket_of(str(person.http.base_url), person.token) as socket:
                frame = await (await socket.subscribe(query)).frame()
            payload = {"errors": frame["payload"]} if frame["type"] == "error" else frame["payload"]
            letters.append(_letter(payload, (name,)))
        return "".join(letters)

    def _find_ways(self) -> dict[str, Way]:
        ways: dict[str, Way] = {}
        queue: deque[str] = deque()
        for name, public_id in self._world.objects.items():
            ways[name] = Way(f'{{ node(id: "{public_id}") {{ ... on {name} {{ ', ("node",), "} } }")
            queue.append(name)
        query = self._schema.query_type
        assert query is not None
        root = Way("{ ", (), "}")
        self._extend(query, root, ways, queue)
        while queue:
            name = queue.popleft()
            holder = self._schema.type_map[name]
            assert isinstance(holder, GraphQLObjectType)
            self._extend(holder, ways[name], ways, queue)
        return ways

    def _extend(self, holder: GraphQLObjectType, way: Way, ways: dict[str, Way], queue: deque[str]) -> None:
        for name, declared in holder.fields.items():
            target = get_named_type(declared.type)
            call = self._call(name, declared)
            if call is None or not is_composite_type(target) or is_abstract_type(target):
                continue
            if target.name not in ways:
                ways[target.name] = way.step(name, call)
                queue.append(target.name)

    def _call(self, name: str, declared: GraphQLField) -> str | None:
        """The field with the arguments it requires; None when the world has none for it."""
        given = []
        for argument, definition in declared.args.items():
            if is_required_argument(definition):
                known = f"{get_named_type(declared.type)}.{argument}"
                value = self._world.arguments.get(known) or self._world.arguments.get(argument)
                if value is None:
                    return None
                given.append(f"{argument}: {value}")
        return f"{name}({', '.join(given)})" if given else name


def _letter(answer: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    if answer.get("errors"):
        return LETTERS.get(answer["errors"][0]["extensions"]["code"], "!")
    value: Any = answer["data"]
    for key in keys:
        while isinstance(value, list):
            value = value[0] if value else None
        if value is None:
            return "0"
        value = value.get(key)
    return "0" if value is None or value == [] else "y"


def _mutation_letter(answer: Mapping[str, Any], name: str) -> str:
    if answer.get("errors"):
        return LETTERS.get(answer["errors"][0]["extensions"]["code"], "!")
    payload = answer["data"][name]
    codes = [error["code"] for error in payload["userErrors"]]
    return LETTERS.get(codes[0], "y") if codes else "y"
