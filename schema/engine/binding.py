"""From declarations to resolvers, checked while the schema is built.

Each field coordinate must have one policy, its own or its type's; a schema with one missing does not build.
"""

import inspect
import re
import uuid
from collections.abc import Callable, Mapping
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
from app.kit import ids
from app.kit.errors import Forbidden, Unauthenticated, not_found
from app.kit.pagination import Page, checked_first, decode_cursor
from schema.engine.declarations import DECLARATION, ConnectionTo, Declaration, EdgeTo, Leaf, Verb
from schema.engine.pages import PageOfRows

Resolver = Callable[..., Any]
ResolveInfo = GraphQLResolveInfo[Any]
BACKREF = "strawberry-definition"


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
            named_type.resolve_type = _name_of_type
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
        if own is not None and not own.open:
            _guard(named_type, field, own)
    return policies


def _describe_input(field: GraphQLField) -> None:
    """A mutation's one argument is described by its type."""
    for argument in field.args.values():
        if argument.description is None:
            argument.description = getattr(get_named_type(argument.type), "description", None)


def _resolver(holder: GraphQLNamedType, name: str, field: GraphQLField, declaration: Declaration) -> Any:
    definition = field.extensions[BACKREF]
    prefix = getattr(holder.extensions[BACKREF].origin, "__id_prefix__", None)
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
    key_of = _key(declaration.key)
    fixed = declaration.first is None and not declaration.arguments

    async def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        key = key_of(source, arguments)
        if key is None:
            return None
        page = None if fixed else _page(declaration, arguments)
        found = await info.context.loaders.of(declaration.loader, page, None, declaration.policy).load(key)
        if found is None and (callable(declaration.key) or required):
            raise not_found(_in_words(info.field_name), info.field_name)
        return found

    return resolve


def _connection(declaration: ConnectionTo) -> Resolver:
    key_of = _key(declaration.key)

    async def resolve(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        key = key_of(source, arguments)
        page = _page(declaration, arguments)
        loaders = info.context.loaders
        found = await loaders.of(declaration.loader, page, None, declaration.policy).load(key)
        counted = Page(0, None, page.filters)
        return PageOfRows(
            found, declaration.order, page.after is not None,
            lambda: loaders.of(declaration.count, counted).load(key),
        )  # fmt: skip

    return resolve


def _page(declaration: EdgeTo | ConnectionTo, arguments: dict[str, Any]) -> Page:
    first = checked_first(arguments.get("first"), declaration.first or 0)
    after = arguments.get("after")
    order = declaration.order if isinstance(declaration, ConnectionTo) else ()
    filters = []
    for argument in declaration.arguments:
        given = arguments.get(argument.graphql_name or _camel(argument.name))
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
        raise not_found(_in_words(name.removesuffix("_ids").removesuffix("_id")), _camel(name))
    return decoded[1]


def id_argument(prefix: str, name: str = "id") -> Callable[[Any, dict[str, Any]], uuid.UUID]:
    """A key that is a public id given as an argument."""

    def key(source: Any, arguments: dict[str, Any]) -> uuid.UUID:
        return decoded_id(arguments[name], prefix, name)

    return key


def _key(key: Any) -> Callable[[Any, dict[str, Any]], Any]:
    if callable(key):
        return key
    return lambda source, arguments: getattr(source, key)


def _guard(holder: GraphQLObjectType, field: GraphQLField, policy: Policy) -> None:
    """Ask the policy before the field's resolver, or before a subscription begins."""
    root = holder.name in ("Query", "Mutation", "Subscription")
    inner = field.subscribe or field.resolve

    async def check(source: Any, info: ResolveInfo) -> None:
        if root:
            (allowed,) = await policy(info.context.loaders.access, [source])
            if not allowed:
                raise _refusal(info)
        elif not await info.context.loaders.gate(policy).load(source):
            raise not_found(_in_words(info.field_name), info.field_name)

    async def guarded(source: Any, info: ResolveInfo, **arguments: Any) -> Any:
        await check(source, info)
        found: Any = inner(source, info, **arguments) if inner else None
        return await found if inspect.isawaitable(found) else found

    if field.subscribe is not None:
        field.subscribe = guarded
    else:
        field.resolve = guarded


def _refusal(info: ResolveInfo) -> Exception:
    if not info.context.principal.signed_in:
        return Unauthenticated("Sign in first: send the access token of 'signIn' as a bearer token.")
    return Forbidden(f"Your roles do not allow '{info.field_name}'; ask an admin of your organization.")


def _name_of_type(value: Any, info: ResolveInfo, abstract_type: Any) -> str:
    name = getattr(value, "typename", None)
    return name if name is not None else value.__strawberry_definition__.name


def _in_words(name: str) -> str:
    return re.sub(r"(?<=[a-z])([A-Z])", r" \1", name).replace("_", " ").lower()


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
