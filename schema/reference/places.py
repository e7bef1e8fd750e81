"""On which page of the reference a type or a root field stands: that of the domain that declares it."""

import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from schema.engine.binding import BACKREF

SHARED = "README"
ROOTS = ("Query", "Mutation", "Subscription")
BUILT_IN = ("ID", "String", "Int", "Float", "Boolean")


@dataclass(slots=True)
class Place:
    """What one page holds, in the order of the schema."""

    name: str
    introduction: str = ""
    roots: dict[str, list[str]] = field(default_factory=lambda: {root: [] for root in ROOTS})
    types: list[str] = field(default_factory=list)


def places(schema: GraphQLSchema) -> dict[str, Place]:
    """Each page by its name, `README` being that of what several domains share."""
    found = {SHARED: Place(SHARED)}
    for root in ROOTS:
        for name, declared in _fields(schema, root).items():
            _of(found, _domain(_module_of_field(declared))).roots[root].append(name)
    homes = _homes(schema)
    for name in sorted(homes):
        _of(found, homes[name]).types.append(name)
    return found


def home_of(found: dict[str, Place]) -> dict[str, str]:
    """The page of each type."""
    return {name: place.name for place in found.values() for name in place.types}


def is_page(named_type: GraphQLNamedType) -> bool:
    """Whether a type is a connection or one of its edges, told of once for all."""
    fields = getattr(named_type, "fields", {})
    return {"edges", "pageInfo"} <= set(fields) or set(fields) == {"cursor", "node"}


def _of(found: dict[str, Place], domain: str) -> Place:
    if domain not in found:
        told = inspect.getdoc(importlib.import_module(f"schema.{domain}")) or ""
        found[domain] = Place(domain, told)
    return found[domain]


def _homes(schema: GraphQLSchema) -> dict[str, str]:
    """Where each type is declared; of enums and unions, where they belong best."""
    shown = {
        name: named_type
        for name, named_type in sorted(schema.type_map.items())
        if not name.startswith("__") and name not in (*ROOTS, *BUILT_IN) and not is_page(named_type)
    }
    declared = {
        name: _domain(named_type.extensions[BACKREF].origin.__module__)
        for name, named_type in shown.items()
        if isinstance(named_type, GraphQLObjectType | GraphQLInputObjectType | GraphQLInterfaceType)
    }
    users: dict[str, Counter[str]] = {name: Counter() for name in shown if name not in declared}
    for name, domain in declared.items():
        for used in _uses(shown[name]):
            if used in users:
                users[used][domain] += 1
    for root in ROOTS:
        for field_of_root in _fields(schema, root).values():
            for used in _uses_of_field(field_of_root):
                if used in users:
                    users[used][_domain(_module_of_field(field_of_root))] += 1
    pages = set(declared.values())
    for name, counted in users.items():
        declared[name] = _of_enum_or_union(shown[name], counted, pages)
    return declared


def _of_enum_or_union(named_type: GraphQLNamedType, users: Counter[str], pages: set[str]) -> str:
    """The domain whose code has the enum, or whose name begins its own, else the one that uses it most."""
    if isinstance(named_type, GraphQLScalarType) or not users:
        return SHARED
    definition = named_type.extensions.get(BACKREF)
    wrapped = getattr(definition, "wrapped_cls", None)
    owner = wrapped.__module__.split(".")[1] if wrapped is not None else ""
    first_word = re.findall("[A-Z][a-z]*", named_type.name)[0].lower()
    for domain in (owner, first_word, f"{first_word}s"):
        if domain in pages:
            return domain
    return max(sorted(users), key=lambda domain: users[domain])


def _fields(schema: GraphQLSchema, root: str) -> dict[str, GraphQLField]:
    holder = schema.type_map.get(root)
    return holder.fields if isinstance(holder, GraphQLObjectType) else {}


def _uses(named_type: GraphQLNamedType) -> Iterator[str]:
    if isinstance(named_type, GraphQLUnionType):
        yield from (member.name for member in named_type.types)
    elif isinstance(named_type, GraphQLInputObjectType):
        yield from (get_named_type(each.type).name for each in named_type.fields.values())
    elif isinstance(named_type, GraphQLObjectType | GraphQLInterfaceType):
        for each in named_type.fields.values():
            yield from _uses_of_field(each)


def _uses_of_field(declared: GraphQLField) -> Iterator[str]:
    yield get_named_type(declared.type).name
    arguments: list[GraphQLArgument] = list(declared.args.values())
    yield from (get_named_type(argument.type).name for argument in arguments)


def _module_of_field(declared: GraphQLField) -> str:
    definition = declared.extensions[BACKREF]
    resolver = definition.base_resolver
    module: str = resolver.wrapped_func.__module__ if resolver else definition.origin.__module__
    return module


def _domain(module: str) -> str:
    """`schema.practice.types` stands on the page `practice`; a module without a folder is shared."""
    parts = module.split(".")
    return parts[1] if parts[0] == "schema" and len(parts) > 2 else SHARED
