"""From declarations to resolvers, checked while the schema is built.

Each field coordinate must have one policy, its own or its type's; a schema with one missing does not build.
"""

import inspect
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLUnionType,
    Undefined,
    get_named_type,
    is_non_null_type,
)

from app.access.policies import Policy
from app.access.principal import Principal
from app.kit import ids
from app.kit.errors import Forbidden, Unauthenticated, not_found
from app.kit.pagination import Page, checked_first, decode_cursor
from schema.engine.declarations import DECLARATION, ConnectionTo, Declaration, EdgeTo, Leaf, Verb
from schema.engine.pages import PageOfRows

Resolver = Callable[..., Any]
ResolveInfo = GraphQLResolveInfo[Any]
BACKREF = "strawberry-definition"
BOUND = "masterygraph-bound"
GIVEN = "masterygraph-given"
ROOTS = ("Query", "Mutation", "Subscription")


@dataclass(frozen=True, slots=True)
class Bound:
    """What a field's resolver does, told so that a plan can do it for a whole column at once.

    A leaf reads `column`; with `prefix` it is the public id. `gate` is None where nobody need be asked. A
    plan goes by this only while `resolve` is still the field's resolver.
    """

    resolve: Resolver
    declaration: Leaf | EdgeTo | ConnectionTo
    gate: Policy | None
    column: str = ""
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """What a field gives, by the principal alone; held to as `Bound` is."""

    resolve: Any
    of_principal: Callable[[Principal], Any]


class PolicyMissing(Exception):
    """A field without a policy: name one in its declaration, or on its type."""


def bind(schema: GraphQLSchema) -> Mapping[str, Policy]:
    """Put resolvers on every field of ours; the policy of each coordinate, by `Type.field`."""
    policies: dict[str, Policy] = {}
    for name, named_type in schema.type_map.items():
        if name.startswith("__"):
            continue
        _drop_null_defaults(named_type)
        _know_one_of(named_type)
        if isinstance(named_type, (GraphQLUnionType, GraphQLInterfaceType)):
            named_type.resolve_type = name_of_type
        elif isinstance(named_type, GraphQLObjectType):
            named_type.is_type_of = None
            policies.update(_bind_type(named_type))
    return policies


def _drop_null_defaults(named_type: GraphQLNamedType) -> None:
    """An optional argument without a default is published as such, not as one whose default is null."""
    holders: list[Any] = []
    if isinstance(named_type, GraphQLInputObjectType):
        holders = list(named_type.fields.values())
    elif isinstance(named_type, (GraphQLObjectType, GraphQLInterfaceType)):
        holders = [argument for field in named_type.fields.values() for argument in field.args.values()]
    for holder in holders:
        if holder.default_value is None:
            holder.default_value = Undefined


def _know_one_of(named_type: GraphQLNamedType) -> None:
    """Strawberry checks @oneOf by itself; graphql-core is told too, so that introspection says so."""
    if isinstance(named_type, GraphQLInputObjectType):
        named_type.is_one_of = named_type.extensions[BACKREF].is_one_of


def _bind_type(named_type: GraphQLObjectType) -> dict[str, Policy]:
    origin = named_type.extensions[BACKREF].origin
    default: Policy | None = getattr(origin, "__policy__", None)
    policies = {}
    for name, field in named_type.fields.items():
        definition = field.extensions[BACKREF]
        declaration: Declaration = (definition.metadata or {}).get(DECLARATION) or Leaf()
        coordinate = f"{named_type.name}.{name}"
        own = declaration.gate
        policy = own or default
        if isinstance(declaration, (EdgeTo, ConnectionTo)) and own is None and not declaration.policy.open:
            policy = declaration.policy
        if policy is None:
            raise PolicyMissing(f"{coordinate} has no policy; name one in its declaration.")
        policies[coordinate] = policy
        _describe_input(field)
        field.resolve = _resolver(named_type, name, field, declaration)
        gate = own if own is not None and not own.open else None
        if gate is not None:
            _guard(named_type, field, gate)
        _tell(named_type, name, field, declaration, gate)
    return policies


def _tell(
    holder: GraphQLNamedType, name: str, field: GraphQLField, declaration: Declaration, gate: Policy | None
) -> None:
    """Leave word for the plans; a field with a resolver of its own is called by them too."""
    if isinstance(declaration, Verb) and declaration.of_principal is not None and gate is None:
        field.extensions[GIVEN] = Given(field.resolve, declaration.of_principal)
    if isinstance(declaration, Verb) or field.extensions[BACKREF].base_resolver is not None:
        return
    prefix = _prefix(holder) if name == "id" and isinstance(declaration, Leaf) else None
    column = field.extensions[BACKREF].python_name
    assert field.resolve is not None
    field.extensions[BOUND] = Bound(field.resolve, declaration, gate, column, prefix)


def follows_from_principal(field: GraphQLField) -> bool:
    """Whether a field's own resolver gives what follows from the principal alone."""
    definition = field.extensions.get(BACKREF)
    declaration = (definition.metadata or {}).get(DECLARATION) if definition is not None else None
    return isinstance(declaration, Verb) and declaration.of_principal is not None


def _prefix(holder: GraphQLNamedType) -> str | None:
    prefix: str | None = getattr(holder.extensions[BACKREF].origin, "__id_prefix__", None)
    return prefix


def _describe_input(field: GraphQLField) -> None:
    """A mutation's one argument is described by its type."""
    for argument in field.args.values():
        if argument.description is None:
            argument.description = getattr(get_named_type(argument.type), "description", None)


def _resolver(holder: GraphQLNamedType, name: str, field: GraphQLField, declaration: Declaration) -> Any:
    definition = field.extensions[BACKREF]
    prefix = _prefix(holder)
    if isinstance(declaration, EdgeTo):
        return _edge(declaration, required=is_non_null_type(field.type))
    if isinstance(declaration, ConnectionTo):
        return _connection(declaration)
    if isinstance(declaration, Verb) or definition.base_resolver is not None:
        return field.resolve
    if name == "id" and prefix is not None:
        return _public_id(prefix)
    return _attribute(definition.python_name)


def _public_id(prefix: str) -> Resolver:
    start = prefix + "_"

    def resolve(source: Any, info: ResolveInfo) -> str:
        return start + source.id.hex

    return resolve


def _attribute(column: str) -> Resolver:
    def resolve(source: Any, info: ResolveInfo, **_: Any) -> Any:
        return getattr(source, column)

    return resolve


def _edge(declaration: EdgeTo, *, required: bool) -> Resolver:
    key_for = key_of(declaration.key)

    async def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        key = key_for(source, arguments)
        if key is None:
            return None
        page = None if is_fixed(declaration) else page_of(declaration, arguments)
        found = await info.context.loaders.of(declaration.loader, page, None, declaration.policy).load(key)
        if found is None and (callable(declaration.key) or required):
            raise not_found(in_words(info.field_name), info.field_name)
        return found

    return resolve


def _connection(declaration: ConnectionTo) -> Resolver:
    key_for = key_of(declaration.key)

    async def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        key = key_for(source, arguments)
        page = page_of(declaration, arguments)
        loaders = info.context.loaders
        found = await loaders.of(declaration.loader, page, None, declaration.policy).load(key)
        count = loaders.of(declaration.count, counted(page))
        return PageOfRows(found, declaration.order, page, key, count.load)

    return resolve


def is_fixed(declaration: EdgeTo) -> bool:
    """Whether no argument changes what an edge's loader is asked for."""
    return declaration.first is None and not declaration.arguments


def counted(page: Page) -> Page:
    """The page asked of the loader that counts all rows behind a page."""
    return Page(0, None, page.filters)


def page_of(declaration: EdgeTo | ConnectionTo, arguments: dict[str, Any]) -> Page:
    """The page that a field's arguments ask for; BadInput or NotFound when they do not hold."""
    first = checked_first(arguments.get("first"), declaration.first or 0)
    after = arguments.get("after")
    order = declaration.order if isinstance(declaration, ConnectionTo) else ()
    filters = []
    for argument in declaration.arguments:
        given = arguments.get(argument.graphql_name or camel(argument.name))
        if given is not None and argument.prefix is not None:
            given = _decoded(given, argument.prefix, argument.name)
        filters.append((argument.name, tuple(given) if isinstance(given, list) else given))
    cursor = decode_cursor(after, [kind for _, kind in order]) if after is not None and order else None
    return Page(first, cursor, tuple(filters))


def _decoded(given: Any, prefix: str, name: str) -> Any:
    if isinstance(given, list):
        return [_decoded(each, prefix, name) for each in given]
    return decoded_id(given, prefix, name)


def decoded_id(text: str, prefix: str, name: str) -> uuid.UUID:
    """The UUID of a public id; another kind of id is told like an absent object."""
    decoded = ids.decode(text)
    if decoded is None or decoded[0] != prefix:
        raise not_found(in_words(name.removesuffix("_ids").removesuffix("_id")), camel(name))
    return decoded[1]


def id_argument(prefix: str, name: str = "id") -> Callable[[Any, dict[str, Any]], uuid.UUID]:
    """A key that is a public id given as an argument."""

    def key(source: Any, arguments: dict[str, Any]) -> uuid.UUID:
        return decoded_id(arguments[name], prefix, name)

    return key


def key_of(key: Any) -> Callable[[Any, dict[str, Any]], Any]:
    """The function from a source and arguments to the loader's key."""
    if callable(key):
        return key
    return lambda source, arguments: getattr(source, key)


def _guard(holder: GraphQLObjectType, field: GraphQLField, policy: Policy) -> None:
    """Ask the policy before the field's resolver, or before a subscription begins."""
    root = holder.name in ROOTS
    inner = field.subscribe or field.resolve

    async def check(source: Any, info: ResolveInfo) -> None:
        if root:
            (allowed,) = await policy(info.context.loaders.access, [source])
            if not allowed:
                raise refusal(info.context.principal, info.field_name)
        elif not await info.context.loaders.gate(policy).load(source):
            raise not_found(in_words(info.field_name), info.field_name)

    async def guarded(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        await check(source, info)
        found: Any = inner(source, info, **arguments) if inner else None
        return await found if inspect.isawaitable(found) else found

    if field.subscribe is not None:
        field.subscribe = guarded
    else:
        field.resolve = guarded


def refusal(principal: Principal, field_name: str) -> Exception:
    """Why a root field is not for this principal."""
    if not principal.signed_in:
        return Unauthenticated("Sign in first: send the access token of 'signIn' as a bearer token.")
    return Forbidden(f"Your roles do not allow '{field_name}'; ask an admin of your organization.")


def name_of_type(value: Any, info: ResolveInfo | None, abstract_type: Any) -> str:
    """The name of the concrete type of a value."""
    name = getattr(value, "typename", None)
    return name if name is not None else value.__strawberry_definition__.name


def in_words(name: str) -> str:
    """A field's name as it is said in a sentence."""
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).replace("_", " ").lower()


@lru_cache(maxsize=4_096)
def camel(name: str) -> str:
    """A Python name as the graph spells it."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
