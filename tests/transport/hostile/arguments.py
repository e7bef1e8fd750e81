"""For every argument of every field, operations with one value that nobody sends in good faith."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_argument,
)

from tests.access.walker import Walker, Way, World
from tests.transport.hostile.values import harmless, spoilt


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
