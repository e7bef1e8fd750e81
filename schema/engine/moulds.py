"""graphql-core ready to execute, cast from a mould: what differs between requests is put in, the rest kept.

To build it anew costs more than to run a small plan. A mould is made of what graphql-core has built for the
first request of an operation; it is used where all variables are leaves that hold. Whatever else comes is
built by graphql-core, which tells what does not.
"""

from collections.abc import Collection
from typing import Any

from graphql import (
    GraphQLInt,
    GraphQLLeafType,
    OperationDefinitionNode,
    Undefined,
    is_leaf_type,
    is_non_null_type,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import GraphQLResolveInfoHelpers

from schema.engine.leaves import LARGEST_INT, PLAIN

Core = CoreExecutor[Any]
_OF_REQUEST = ("context_value", "root_value", "variable_values")
_OF_DOCUMENT = ("operation", "fragments", "fragment_definitions", "async_helpers")


class Mould:
    """What requests of one operation have in common; `kinds` are the types of its variables.

    Those named in `nullable` may be null or absent.
    """

    __slots__ = ("_shared", "_signatures", "_variables")

    def __init__(self, core: Core, kinds: dict[str, GraphQLLeafType], nullable: Collection[str]) -> None:
        self._shared = {**vars(core), **dict.fromkeys(_OF_REQUEST)}
        self._variables = [(name, kind, PLAIN.get(kind), name in nullable) for name, kind in kinds.items()]
        self._signatures = {name: core.variable_values.sources[name].signature for name in kinds}

    def cast(self, variables: dict[str, Any], context: Any, root: Any) -> Core | None:
        """graphql-core for one request; None when a variable does not hold."""
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for name, kind, plain, nullable in self._variables:
            value: Any = variables.get(name, Undefined)
            sources[name] = VariableValueSource(self._signatures[name], value)
            if value is None or value is Undefined:
                if not nullable:
                    return None
                if value is None:
                    coerced[name] = None
                continue
            if plain is None:
                value = _coerced(kind, value)
            elif type(value) is not plain or (kind is GraphQLInt and not _is_int32(value)):
                return None
            if value is Undefined:
                return None
            coerced[name] = value
        core: Core = CoreExecutor.__new__(CoreExecutor)
        vars(core).update(self._shared)
        core.context_value, core.root_value = context, root
        core.variable_values = VariableValues(sources, coerced)
        return core


def _coerced(kind: GraphQLLeafType, value: Any) -> Any:
    try:
        return kind.coerce_input_value(value)
    except Exception:  # graphql-core tells it
        return Undefined


def loosen(core: Core) -> None:
    """Give resolvers helpers that hold nothing of the request and its document.

    Those that graphql-core makes hold itself, in a circle that lasts until a collection of garbage.
    """
    bare: Core = CoreExecutor.__new__(CoreExecutor)
    vars(bare).update(vars(core), **dict.fromkeys((*_OF_REQUEST, *_OF_DOCUMENT)))
    core.async_helpers = GraphQLResolveInfoHelpers(gather=bare.gather_async_work, track=bare.track_async_work)


def mould_of(core: Core, operation: OperationDefinitionNode) -> Mould | None:
    """The mould of an operation; None when a variable is no leaf, or has a default."""
    kinds: dict[str, GraphQLLeafType] = {}
    nullable: set[str] = set()
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        source = core.variable_values.sources.get(name)
        if source is None or definition.default_value is not None:
            return None
        kind: Any = source.signature.type
        if is_non_null_type(kind):
            kind = kind.of_type
        else:
            nullable.add(name)
        if not is_leaf_type(kind):
            return None
        kinds[name] = kind
    return Mould(core, kinds, nullable)


def _is_int32(value: Any) -> bool:
    return bool(~LARGEST_INT <= value <= LARGEST_INT)
