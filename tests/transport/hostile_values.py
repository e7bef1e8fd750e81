"""For every argument of every field, operations with one value that nobody sends in good faith."""

import base64
from collections.abc import Iterator
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

from tests.access.walker import Walker, Way, World

ZERO = "0" * 32
DEEPEST = 4


def cursor(*values: Any) -> str:
    """A cursor as our own are made, of any values."""
    return base64.urlsafe_b64encode(orjson.dumps(values)).decode().rstrip("=")


HARMLESS: dict[str, Any] = {
    "String": "abc",
    "ID": f"skl_{ZERO}",
    "Int": 1,
    "Float": 0.5,
    "Boolean": True,
    "DateTime": "2026-01-01T00:00:00Z",
    "Cursor": "x",
}
TEXTS = ["", "a\0b", "x" * 20_000, "\u202e\u200b", "../../etc/passwd"]
HOSTILE: dict[str, list[Any]] = {
    "String": TEXTS,
    "ID": [*TEXTS, f"lrn_{ZERO}", "cls_" + "\0" * 32, "usr_" + "é" * 32],
    "Int": [2**31 - 1, -(2**31), 2**31, 0, 1.5],
    "Float": [1e308, -0.0, 5e-324, "NaN"],
    "DateTime": ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "\0"],
    "Cursor": [
        "\0",
        "é",
        cursor(5),
        cursor("a\0"),
        cursor(2**63),
        cursor("a", 5),
        cursor("a\0", ZERO),
        cursor("0001-01-01T00:00:00+14:00", ZERO),
    ],
    "Boolean": ["x"],
}


def questions(schema: GraphQLSchema, world: World) -> Iterator[tuple[str, Any]]:
    """A document with a variable `$v`, and a value for it, for each argument that a query reaches."""
    ways = {**Walker(schema, world).ways, "Query": Way("{ ", (), "}")}
    for name, way in ways.items():
        holder = schema.type_map[name]
        assert isinstance(holder, GraphQLObjectType)
        for field_name, declared in holder.fields.items():
            for argument, definition in declared.args.items():
                call = _call(field_name, declared, argument, world)
                document = f"query($v: {definition.type}) {way.opening}{call} {way.closing}"
                for value in spoilt(definition.type, harmless(definition.type)):
                    yield document, value


def changes(schema: GraphQLSchema, world: World) -> Iterator[tuple[str, str, Any]]:
    """The name of a mutation, its document with a variable `$v`, and a value for it."""
    assert schema.mutation_type is not None
    for name, declared in schema.mutation_type.fields.items():
        for argument, definition in declared.args.items():
            call = f"{name}({argument}: $v) {{ userErrors {{ code path message }} }}"
            document = f"mutation($v: {definition.type}) {{ {call} }}"
            _, given = world.mutations.get(name, ("", {}))
            for value in spoilt(definition.type, {**harmless(definition.type), **given}):
                yield name, document, value


def _call(name: str, declared: GraphQLField, spoiling: str, world: World) -> str:
    target = get_named_type(declared.type)
    given = [f"{spoiling}: $v"]
    for argument, definition in declared.args.items():
        if argument != spoiling and is_required_argument(definition):
            known = world.arguments.get(f"{target.name}.{argument}") or world.arguments.get(argument, '"x"')
            given.append(f"{argument}: {known}")
    inner = "totalCount nodes { __typename }" if target.name.endswith("Connection") else "__typename"
    return f"{name}({', '.join(given)})" + (f" {{ {inner} }}" if is_composite_type(target) else "")


def harmless(kind: Any, depth: int = 0) -> Any:
    """A value that the type takes."""
    if is_non_null_type(kind):
        return harmless(kind.of_type, depth)
    if is_list_type(kind):
        return [harmless(kind.of_type, depth)]
    if is_enum_type(kind):
        return next(iter(kind.values))
    if is_input_object_type(kind):
        return {
            name: harmless(each.type, depth + 1)
            for place, (name, each) in enumerate(kind.fields.items())
            if (place == 0 if kind.is_one_of else depth < DEEPEST or is_required_input_field(each))
        }
    return HARMLESS[_name(kind)]


def spoilt(kind: Any, value: Any, depth: int = 0) -> Iterator[Any]:
    """The value again and again, each time with one leaf spoilt."""
    if is_non_null_type(kind):
        yield from spoilt(kind.of_type, value, depth)
    elif is_list_type(kind):
        item = value[0] if value else harmless(kind.of_type, depth)
        yield from ([each] for each in spoilt(kind.of_type, item, depth))
        yield [item] * 101
    elif is_input_object_type(kind) and depth <= DEEPEST:
        for name, each in kind.fields.items():
            known = value.get(name) or harmless(each.type, depth + 1)
            for bad in spoilt(each.type, known, depth + 1):
                yield {name: bad} if kind.is_one_of else {**value, name: bad}
    elif not is_enum_type(kind) and not is_input_object_type(kind):
        yield from HOSTILE[_name(kind)]


def _name(kind: GraphQLNamedType) -> str:
    return kind.name
