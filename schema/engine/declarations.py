"""How a field is declared, once: what it leads to, by which loader and key, under which policy.

    @graph_type(policy=with_object)
    class Mastery(Node):
        evidence_count: int = leaf("How many attempts it rests on.")
        learner: Learner = edge(learners_by_id, key="learner_id", policy=learner_itself, …)
        …

From one declaration come the Strawberry field, its resolver over a dataloader, and what a plan needs to know.
A loader takes `(reader, keys, page, columns, principal)` and answers for every key, in the order of the keys.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.field import StrawberryField

from app.access.policies import Policy, with_object
from schema.directives import Cost, ListSize
from schema.scalars import Cursor

Loader = Callable[..., Any]
Key = str | Callable[[Any, dict[str, Any]], Any]
DECLARATION = "masterygraph"
TERMS = "masterygraph.terms"
SIGN_IN = "sign-in"
"""The class of operations that try credentials: one operation may try once."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms a field is served.

    `rate_class` names the class of operations whose rate it counts towards; `most_entries` is how long a list
    of its input may be, where that differs from the limit for all.
    """

    rate_class: str | None = None
    most_entries: int | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of an edge or connection; it reaches the loader as the page's filter `name`.

    With `prefix` it is a public id (or a list of them) of that kind, which reaches the loader as UUIDs.
    """

    name: str
    type: Any
    description: str
    default: Any = strawberry.UNSET
    prefix: str | None = None
    graphql_name: str | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of the object itself. `gate` is asked about the objects that hold it.

    `shared` says whether an event's is the same for whoever may be told of it (`schema/engine/sharing.py`).
    """

    gate: Policy | None = None
    shared: bool = False


@dataclass(frozen=True, slots=True)
class EdgeTo:
    """Leads to one object for each key, or with `many` to a bounded list.

    `policy` is asked about the objects found, `gate` about those that hold the field. `shared` says that
    whoever may be told of an event may see, of its object, the same behind this field. The loader of one that
    is `projected` hears which columns of the object are wanted.
    """

    loader: Loader
    key: Key
    policy: Policy
    gate: Policy | None = None
    many: bool = False
    arguments: tuple[Argument, ...] = ()
    first: int | None = None
    required: bool = False
    shared: bool = False
    projected: bool = False


@dataclass(frozen=True, slots=True)
class ConnectionTo:
    """Leads to a page of objects for each key, ordered by columns that make the cursor."""

    loader: Loader
    key: Key
    order: tuple[tuple[str, type], ...]
    policy: Policy
    count: Loader
    gate: Policy | None = None
    arguments: tuple[Argument, ...] = ()
    first: int = 50


@dataclass(frozen=True, slots=True)
class Verb:
    """A field with a resolver of its own; `gate` is asked before it runs.

    One that follows from the principal alone says so with the function `of_principal`, which gives the same
    as its resolver.
    """

    gate: Policy | None = None
    of_principal: Callable[[Any], Any] | None = None


Declaration = Leaf | EdgeTo | ConnectionTo | Verb


def graph_type(
    *,
    policy: Policy,
    description: str,
    name: str | None = None,
    id_prefix: str | None = None,
    shared: bool = False,
) -> Any:
    """Declare an object type. `policy` holds for each field that names none of its own.

    With `shared` the leaves without a gate are the same for whoever may see the object.
    """

    def declare(cls: type) -> type:
        made: type = strawberry.type(cls, name=name, description=description)
        made.__policy__ = policy  # type: ignore[attr-defined]
        made.__id_prefix__ = id_prefix  # type: ignore[attr-defined]
        made.__shared__ = shared  # type: ignore[attr-defined]
        return made

    return declare


def leaf(description: str, *, gate: Policy | None = None, name: str | None = None, cost: int | None = None,
         list_size: int | ListSize | None = None, deprecated: str | None = None,
         shared: bool = False) -> Any:  # fmt: skip
    """A plain column or attribute of the object."""
    size = ListSize(assumed_size=list_size) if isinstance(list_size, int) else list_size
    return _field(Leaf(gate, shared), description, (), name, cost, size, deprecated)


def edge(
    loader: Loader,
    *,
    key: Key,
    policy: Policy,
    description: str,
    gate: Policy | None = None,
    many: bool = False,
    first: int | None = None,
    arguments: Sequence[Argument] = (),
    name: str | None = None,
    cost: int | None = None,
    list_size: int | None = None,
    sizes: Sequence[str] = (),
    rate_class: str | None = None,
    shared: bool = False,
    projected: bool = False,
) -> Any:
    """A field that leads to one object, or with `many` to a bounded list (`first` adds that argument).

    `sizes` names lists of that object which are as long as an argument `first` of this field says.
    """
    declaration = EdgeTo(
        loader, key, policy, gate, many, tuple(arguments), first, shared=shared, projected=projected
    )
    size = ListSize(slicing_arguments=["first"]) if first else None
    size = ListSize(assumed_size=list_size) if list_size else size
    size = ListSize(slicing_arguments=["first"], sized_fields=list(sizes)) if sizes else size
    declared = _arguments(arguments, first, after=False)
    return _field(declaration, description, declared, name, cost, size, terms=Terms(rate_class))


def connection(
    loader: Loader,
    *,
    key: Key,
    order: Sequence[tuple[str, type]],
    policy: Policy,
    count: Loader,
    description: str,
    gate: Policy | None = None,
    first: int = 50,
    first_shown: bool = True,
    arguments: Sequence[Argument] = (),
    name: str | None = None,
) -> Any:
    """A field that leads to a page of objects, `first` at most, after a cursor.

    Without `first_shown` the schema names no default, though there is one.
    """
    declaration = ConnectionTo(loader, key, tuple(order), policy, count, gate, tuple(arguments), first)
    declared = _arguments(arguments, first, after=True)
    if not first_shown:
        declared[-2].default = strawberry.UNSET
    return _field(declaration, description, declared, name)


def verb(description: str, *, gate: Policy, name: str | None = None, subscription: bool = False,
         cost: int | None = None, list_size: ListSize | None = None,
         rate_class: str | None = None, of_principal: Callable[[Any], Any] | None = None) -> Any:  # fmt: skip
    """A field with a resolver of its own, of a query or a subscription; `gate` is asked before it runs."""
    make = strawberry.subscription if subscription else strawberry.field
    directives = [d for d in (Cost(weight=cost) if cost else None, list_size) if d is not None]
    metadata = {DECLARATION: Verb(gate, of_principal), TERMS: Terms(rate_class)}
    return make(description=description, name=name, metadata=metadata, directives=directives)


def id_of(what: str, name: str = "id") -> Argument:
    """The argument that names one object by its id."""
    return Argument(name, strawberry.ID, f"The {what}'s id.")


def payload_type(description: str) -> Any:
    """Declare what a mutation returns: read by whoever was allowed to run it."""
    return graph_type(policy=with_object, description=description)


def _arguments(extra: Sequence[Argument], first: int | None, *, after: bool) -> list[StrawberryArgument]:
    declared = list(extra)
    if first is not None:
        declared.append(Argument("first", int | None, "At most this many, 1 to 100.", first))
    if after:
        declared.append(Argument("after", Cursor | None, "Begin after this cursor.", strawberry.UNSET))
    return [
        StrawberryArgument(
            python_name=argument.name,
            graphql_name=argument.graphql_name,
            type_annotation=StrawberryAnnotation(argument.type),
            description=argument.description,
            default=argument.default,
        )
        for argument in declared
    ]


def _field(
    declaration: Declaration,
    description: str,
    arguments: Sequence[StrawberryArgument],
    name: str | None = None,
    cost: int | None = None,
    size: ListSize | None = None,
    deprecated: str | None = None,
    terms: Terms = Terms(),
) -> StrawberryField:
    directives = [d for d in (size, Cost(weight=cost) if cost else None) if d is not None]
    field = StrawberryField(
        graphql_name=name,
        type_annotation=None,
        description=description,
        metadata={DECLARATION: declaration, TERMS: terms},
        directives=directives,
        deprecation_reason=deprecated,
    )
    field.arguments = list(arguments)
    return field
