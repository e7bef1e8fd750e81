"""graphql-core ready to execute, cast from a mould: what differs between requests is put in, the rest kept.

To build it anew costs more than to run a small plan. A mould is made of what graphql-core has built for the
first request of an operation; it is used for those whose variables are there and are plain already, since
graphql-core would coerce those to themselves. Whatever else comes is built by graphql-core.
"""

from typing import Any

from graphql import GraphQLInt, GraphQLLeafType, OperationDefinitionNode, is_non_null_type
from graphql.execution import Executor as CoreExecutor
from graphql.execution.values import VariableValues, VariableValueSource
from graphql.type import GraphQLResolveInfoHelpers

from schema.engine.leaves import LARGEST_INT, PLAIN

Core = CoreExecutor[Any]
_OF_REQUEST = ("context_value", "root_value", "variable_values")
_OF_DOCUMENT = ("operation", "fragments", "fragment_definitions", "async_helpers")


class Mould:
    """What requests of one operation have in common."""

    __slots__ = ("_kinds", "_shared", "_signatures")

    def __init__(self, core: Core, kinds: dict[str, GraphQLLeafType]) -> None:
        self._shared = {**vars(core), **dict.fromkeys(_OF_REQUEST)}
        self._kinds = [(name, PLAIN[kind], kind is GraphQLInt) for name, kind in kinds.items()]
        self._signatures = {name: core.variable_values.sources[name].signature for name in kinds}

    def cast(self, variables: dict[str, Any], context: Any, root: Any) -> Core | None:
        """graphql-core for one request; None when a variable is missing or not plain."""
        coerced = {}
        for name, kind, is_int in self._kinds:
            value: Any = variables.get(name)
            if type(value) is not kind or (is_int and not _is_int32(value)):
                return None
            coerced[name] = value
        signatures = self._signatures
        sources = {name: VariableValueSource(signatures[name], value) for name, value in coerced.items()}
        core: Core = CoreExecutor.__new__(CoreExecutor)
        vars(core).update(self._shared)
        core.context_value, core.root_value = context, root
        core.variable_values = VariableValues(sources, coerced)
        return core


def loosen(core: Core) -> None:
    """Give resolvers helpers that hold nothing of the request and its document.

    Those that graphql-core makes hold itself, in a circle that lasts until a collection of garbage.
    """
    bare: Core = CoreExecutor.__new__(CoreExecutor)
    vars(bare).update(vars(core), **dict.fromkeys((*_OF_REQUEST, *_OF_DOCUMENT)))
    core.async_helpers = GraphQLResolveInfoHelpers(gather=bare.gather_async_work, track=bare.track_async_work)


def mould_of(core: Core, operation: OperationDefinitionNode) -> Mould | None:
    """The mould of an operation; None when a variable is not of a plain type, or has a default."""
    kinds: dict[str, GraphQLLeafType] = {}
    for definition in operation.variable_definitions or ():
        name = definition.variable.name.value
        source = core.variable_values.sources.get(name)
        if source is None or definition.default_value is not None:
            return None
        kind: Any = source.signature.type
        kind = kind.of_type if is_non_null_type(kind) else kind
        if kind not in PLAIN:
            return None
        kinds[name] = kind
    return Mould(core, kinds)


def _is_int32(value: Any) -> bool:
    return bool(~LARGEST_INT <= value <= LARGEST_INT)
