"""The published names: what the contract fixes stands unchanged; what is not built yet is named."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    ObjectTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
)
from graphql.utilities import ast_from_value

from app.access.policies import Policy
from schema.engine.binding import PolicyMissing, bind
from schema.root import build

HERE = Path(__file__).parent
CONTRACT = build_schema((HERE / "contract.graphql").read_text())
NOT_YET = {line for line in (HERE / "not_yet.txt").read_text().splitlines() if line and line[0] != "#"}


def _argument(argument: GraphQLArgument | GraphQLInputField) -> str:
    default = ast_from_value(argument.default_value, argument.type)
    if argument.default is not None:
        default = argument.default.literal
    return f"{argument.type}" + (f" = {print_ast(default)}" if default else "")


def _coordinates(named_type: GraphQLNamedType) -> Iterator[tuple[str, str]]:
    name = named_type.name
    if isinstance(named_type, (GraphQLObjectType, GraphQLInterfaceType)):
        yield name, "object" if isinstance(named_type, GraphQLObjectType) else "interface"
        for interface in named_type.interfaces:
            yield f"{name} implements {interface.name}", "yes"
        for field_name, field in named_type.fields.items():
            yield f"{name}.{field_name}", str(field.type)
            for argument_name, argument in field.args.items():
                yield f"{name}.{field_name}({argument_name}:)", _argument(argument)
    elif isinstance(named_type, GraphQLInputObjectType):
        yield name, "one of" if named_type.is_one_of else "input"
        for field_name, input_field in named_type.fields.items():
            yield f"{name}.{field_name}", _argument(input_field)
    elif isinstance(named_type, GraphQLEnumType):
        yield name, "enum"
        for value in named_type.values:
            yield f"{name}.{value}", "value"
    elif isinstance(named_type, GraphQLUnionType):
        yield name, "union"
        for member in named_type.types:
            yield f"{name} = {member.name}", "member"
    else:
        yield name, getattr(named_type, "specified_by_url", None) or "scalar"


def coordinates(schema: GraphQLSchema) -> dict[str, str]:
    """Each coordinate of a schema with its type, arguments with their defaults."""
    return {
        coordinate: shape
        for name, named_type in schema.type_map.items()
        if not name.startswith("__")
        for coordinate, shape in _coordinates(named_type)
    }


def test_what_the_contract_fixes_is_published_unchanged() -> None:
    published = coordinates(build().schema)
    wanted = coordinates(CONTRACT)
    assert {name: published[name] for name in wanted if name in published} == {
        name: shape for name, shape in wanted.items() if name in published
    }


def test_what_of_the_contract_is_not_built_yet_is_named() -> None:
    published = coordinates(build().schema)
    missing = {name for name in coordinates(CONTRACT) if name not in published}
    assert missing == NOT_YET


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    committed = (HERE.parents[1] / "schema" / "schema.graphql").read_text()
    assert committed == build().sdl, "run 'make sdl' and commit schema/schema.graphql"


def test_everything_published_says_what_it_is() -> None:
    silent = []
    for name, named_type in build().schema.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        if not named_type.description:
            silent.append(name)
        for field_name, field in getattr(named_type, "fields", {}).items():
            silent += [] if field.description else [f"{name}.{field_name}"]
            silent += [
                f"{name}.{field_name}({argument}:)"
                for argument, declared in getattr(field, "args", {}).items()
                if not declared.description
            ]
        for value_name, value in getattr(named_type, "values", {}).items():
            silent += [] if value.description else [f"{name}.{value_name}"]
    assert silent == []


def test_each_coordinate_has_a_policy() -> None:
    graph = build()
    fields = {
        f"{name}.{field}"
        for name, named_type in graph.schema.type_map.items()
        if isinstance(named_type, GraphQLObjectType) and not name.startswith("__")
        for field in named_type.fields
    }
    assert set(graph.policies) == fields
    assert all(isinstance(policy, Policy) for policy in graph.policies.values())


def test_a_schema_with_a_field_without_policy_does_not_build() -> None:
    import strawberry

    @strawberry.type
    class Query:
        unguarded: int = strawberry.field(default=1)

    made = strawberry.Schema(query=Query)
    with pytest.raises(PolicyMissing, match=r"Query\.unguarded has no policy"):
        bind(made._schema)


def test_every_list_has_a_size_that_its_cost_can_count() -> None:
    sdl = parse(build().sdl)
    unsized = [
        f"{definition.name.value}.{field.name.value}"
        for definition in sdl.definitions
        if isinstance(definition, ObjectTypeDefinitionNode)
        for field in definition.fields or ()
        if "[" in print_ast(field.type)
        and "listSize" not in [each.name.value for each in field.directives or ()]
    ]
    # A page's own lists are as long as its `first`, which the connection's cost counts.
    assert [name for name in unsized if not name.endswith(("Connection.edges", "Connection.nodes"))] == []
