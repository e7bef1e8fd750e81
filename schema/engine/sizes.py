"""What the schema says of a field's size and price, read once for each field.

A list is as long as `@listSize` says, of itself or of the field that leads to its object; a connection as
its `first`; a field without either counts once. An object costs its `@cost` weight, one by default; leaves
and the parts of a connection (`nodes`, `edges`, `node`, `pageInfo`) are free.
"""

from dataclasses import dataclass
from math import ceil
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    ListValueNode,
    ObjectValueNode,
    SchemaMetaFieldDef,
    TypeMetaFieldDef,
    TypeNameMetaFieldDef,
    VariableNode,
    get_named_type,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities import value_from_ast_untyped

from schema.directives import Cost, ListSize
from schema.engine.declarations import DECLARATION, TERMS, ConnectionTo, Terms

BACKREF = "strawberry-definition"
UNSIZED = 100
"""How long a list is taken to be of which the schema says nothing."""
META = {
    "__typename": TypeNameMetaFieldDef,
    "__schema": SchemaMetaFieldDef,
    "__type": TypeMetaFieldDef,
}
NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class Slice:
    """A size that arguments give: the first of `paths` that is there, else `default`."""

    paths: tuple[tuple[str, ...], ...]
    default: int

    def read(self, node: FieldNode) -> "int | VariableSize":
        """The size that a field of a document asks for."""
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        for path in self.paths:
            value: Any = given.get(path[0])
            rest = path[1:]
            while rest and isinstance(value, ObjectValueNode):
                value = next((each.value for each in value.fields if each.name.value == rest[0]), None)
                rest = rest[1:]
            if isinstance(value, VariableNode):
                return VariableSize(value.name.value, rest, self.default)
            if isinstance(value, ListValueNode):
                return len(value.values)
            if value is not None and not rest:
                return _size(value_from_ast_untyped(value), self.default)
        return self.default


@dataclass(frozen=True, slots=True)
class VariableSize:
    """A size that a variable gives, or a part of it."""

    variable: str
    path: tuple[str, ...]
    default: int

    def of(self, variables: dict[str, Any]) -> int:
        """The size, by these variables."""
        value = variables.get(self.variable)
        for name in self.path:
            value = value.get(name) if isinstance(value, dict) else None
        return _size(value, self.default)


@dataclass(frozen=True, slots=True)
class FieldSize:
    """What one field leads to, how often, and what each object of it costs."""

    leads_to: GraphQLNamedType | None
    weight: int
    size: int | Slice
    terms: Terms
    sized: tuple[tuple[str, Slice], ...] = ()
    """The lists of what it leads to whose sizes its arguments give."""

    def read(self, node: FieldNode) -> int | VariableSize:
        """How many objects the field of a document asks for."""
        return self.size if isinstance(self.size, int) else self.size.read(node)

    def read_sized(self, node: FieldNode) -> dict[str, int | VariableSize]:
        """How long the field of a document asks lists of its object to be."""
        return {name: size.read(node) for name, size in self.sized}


class Sizes:
    """The sizes of a schema's fields."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self.elements = _elements(schema)
        self._found: dict[tuple[str, str], FieldSize | None] = {}
        self._listed = _listed(schema)
        self.sized_elsewhere = _sized_elsewhere(schema)
        """Lists, as type and field, that a field leading to their object may size."""

    def of(self, parent: GraphQLNamedType | None, name: str) -> FieldSize | None:
        """The size of a field; None where there is no such field, which costs nothing."""
        if parent is None:
            return None
        coordinate = (parent.name, name)
        if coordinate not in self._found:
            field = self._field(parent, name)
            if field is None:  # nothing is kept of names that clients make up
                return None
            self._found[coordinate] = self._read(parent, name, field)
        return self._found[coordinate]

    def _field(self, parent: GraphQLNamedType, name: str) -> GraphQLField | None:
        if name in META:
            return META[name]
        if isinstance(parent, (GraphQLObjectType, GraphQLInterfaceType)):
            return parent.fields.get(name)
        return None

    def _read(self, parent: GraphQLNamedType, name: str, field: GraphQLField) -> FieldSize:
        leads_to = get_named_type(field.type)
        if not isinstance(leads_to, (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)):
            return FieldSize(None, 0, 0, _metadata(field).get(TERMS, NO_TERMS))
        if parent.name.startswith("__") or name in META:
            return FieldSize(leads_to, 1, self._listed.get((parent.name, name), 1), NO_TERMS)
        directives = _directives(field)
        weight = next((each.weight for each in directives if isinstance(each, Cost)), 1)
        if _is_part(parent, name):
            weight = 0
        size: int | Slice = 1
        if is_connection(leads_to):
            size = Slice((("first",),), _default(field, UNSIZED))
        elif _is_list(field) and not _is_part(parent, name):
            given = next((each for each in directives if isinstance(each, ListSize)), None)
            size = _list_size(field, given)
        terms = _metadata(field).get(TERMS, NO_TERMS)
        return FieldSize(leads_to, weight, size, terms, _sized(field))


def is_connection(named_type: GraphQLNamedType) -> bool:
    """Whether a type is a Relay connection."""
    fields = getattr(named_type, "fields", None) or {}
    return "pageInfo" in fields and "edges" in fields


def _is_part(parent: GraphQLNamedType, name: str) -> bool:
    """Whether a field is a part of a connection, whose objects the connection counts itself."""
    if is_connection(parent):
        return True
    return name == "node" and parent.name.endswith("Edge") and "cursor" in getattr(parent, "fields", ())


def _is_list(field: GraphQLField) -> bool:
    kind: Any = field.type
    return is_list_type(kind.of_type if is_non_null_type(kind) else kind)


def _list_size(field: GraphQLField, given: ListSize | None) -> int | Slice:
    if given is None:
        return UNSIZED
    if given.slicing_arguments:
        paths = tuple(tuple(path.split(".")) for path in given.slicing_arguments)
        return Slice(paths, _default(field, UNSIZED))
    return given.assumed_size or UNSIZED


def _sized(field: GraphQLField) -> tuple[tuple[str, Slice], ...]:
    """The lists of the object that a field leads to, with the sizes that its arguments give them."""
    given = next((each for each in _directives(field) if isinstance(each, ListSize)), None)
    size = _list_size(field, given)
    return tuple((name, size) for name in (given and given.sized_fields) or () if isinstance(size, Slice))


def _sized_elsewhere(schema: GraphQLSchema) -> frozenset[tuple[str, str]]:
    return frozenset(
        (get_named_type(field.type).name, name)
        for each in schema.type_map.values()
        if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType))
        for field in each.fields.values()
        for name, _ in _sized(field)
    )


def _default(field: GraphQLField, otherwise: int) -> int:
    """What `first` is when nothing is given: the argument's default, or what the declaration says."""
    argument = field.args.get("first")
    if argument is not None:
        declared = argument.default.literal if argument.default is not None else None
        value = value_from_ast_untyped(declared) if declared is not None else argument.default_value
        if isinstance(value, int):
            return value
    declaration = _metadata(field).get(DECLARATION)
    return declaration.first if isinstance(declaration, ConnectionTo) else otherwise


def _size(value: Any, default: int) -> int:
    if isinstance(value, list):
        return len(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return max(value, 0)
    return default


def _metadata(field: GraphQLField) -> dict[str, Any]:
    definition = field.extensions.get(BACKREF)
    return getattr(definition, "metadata", None) or {}


def _directives(field: GraphQLField) -> list[Any]:
    definition = field.extensions.get(BACKREF)
    return list(getattr(definition, "directives", None) or ())


def _elements(schema: GraphQLSchema) -> int:
    """How many named things the schema has: about as many objects as one introspection of all returns."""
    count = 0
    for named_type in schema.type_map.values():
        members: Any = getattr(named_type, "fields", None) or getattr(named_type, "values", None) or {}
        count += 1 + len(members)
        count += sum(len(getattr(member, "args", ())) for member in members.values())
    return count


def _listed(schema: GraphQLSchema) -> dict[tuple[str, str], int]:
    """How long the lists of an introspection are, on average."""
    types = list(schema.type_map.values())
    objects = [each for each in types if isinstance(each, (GraphQLObjectType, GraphQLInterfaceType))]
    fields = [field for each in objects for field in each.fields.values()]
    arguments = sum(len(field.args) for field in fields)
    mean = max(1, ceil(len(fields) / max(1, len(types))))
    return {
        ("__Schema", "types"): len(types),
        ("__Schema", "directives"): len(schema.directives),
        ("__Type", "fields"): mean,
        ("__Type", "inputFields"): mean,
        ("__Type", "enumValues"): mean,
        ("__Type", "interfaces"): 1,
        ("__Type", "possibleTypes"): 2,
        ("__Field", "args"): max(1, ceil(arguments / max(1, len(fields)))),
        ("__Directive", "args"): 2,
        # Most types are not wrapped, and those that are have few levels however many are asked for.
        ("__Type", "ofType"): 0,
    }
