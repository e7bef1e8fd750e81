"""From an operation to its plan.

Fields are collected by graphql-core's own functions, with the booleans that this request gives to `@skip` and
`@include`; a plan is used again only for the same booleans. What is selected of an interface or union is
planned for each concrete type when it is first met. What cannot be planned is `Unplanned`, with the reason.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLOutputType,
    OperationType,
    VariableNode,
    Visitor,
    get_argument_values,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    visit,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution import default_field_resolver, default_type_resolver
from graphql.execution.collect_fields import collect_fields, collect_subfields

from schema.engine.binding import BOUND, GIVEN, ROOTS, Bound, Given, follows_from_principal
from schema.engine.declarations import ConnectionTo, EdgeTo
from schema.engine.leaves import leaf_check
from schema.engine.plan import Plan, PlannedField, Selection, Shape, Tally
from schema.engine.sources import (
    Attribute,
    Call,
    Connection,
    Count,
    Edge,
    OfPrincipal,
    PublicId,
    Source,
    TypeName,
    attribute,
)

Core = CoreExecutor[Any]
LARGEST = 6_000
"""How many fields the plans of one document may have together."""


class Unplanned(Exception):
    """This operation is left to graphql-core; the message is the reason, in a word or two."""


def compiled(core: Core, tally: Tally) -> Plan:
    """The plan of the operation that graphql-core is ready to execute; Unplanned where there is none."""
    operation = core.operation
    if operation.directives:
        raise Unplanned("directive on operation")
    root_type = core.schema.get_root_type(operation.operation)
    if root_type is None:
        raise Unplanned("no root type")
    try:
        collected = collect_fields(
            core.schema, core.fragments, core.variable_values, root_type, operation, core.hide_suggestions
        )
        if collected.new_defer_usages:
            raise Unplanned("defer")
        selection = _selection(core, root_type, collected.grouped_field_set, None, tally)
    except RecursionError:
        raise Unplanned("nested deeply") from None
    return Plan(selection, operation.operation is OperationType.MUTATION)


def selection_of(core: Core, field: PlannedField, concrete: GraphQLObjectType) -> Selection:
    """What a field selects of a concrete type, planned when it is first met."""
    found = field.selections.get(concrete.name)
    if found is None:
        collected = collect_subfields(
            core.schema,
            core.fragments,
            core.variable_values,
            core.operation,
            concrete,
            field.details,
            core.hide_suggestions,
        )
        if collected.new_defer_usages:
            raise Unplanned("defer")
        found = _selection(core, concrete, collected.grouped_field_set, field, field.tally)
        field.selections[concrete.name] = found
    return found


def _selection(
    core: Core,
    parent: GraphQLObjectType,
    grouped: dict[str, list[Any]],
    above: PlannedField | None,
    tally: Tally,
) -> Selection:
    tally.fields += len(grouped)
    if tally.fields > LARGEST:
        raise Unplanned("too large")
    fields = []
    for key, details in grouped.items():
        definition = core.schema.get_field(parent, details[0].node.name.value)
        if definition is not None:
            fields.append(_field(core, parent, key, definition, details, above, tally))
    ahead = [place for place, field in enumerate(fields) if _is_ahead(field)]
    return Selection(parent, fields, ahead)


def _is_ahead(field: PlannedField) -> bool:
    at_hand = isinstance(field.source, (Attribute, PublicId, TypeName))
    return not at_hand or field.gate is not None or field.shape.check is None


def _field(
    core: Core,
    parent: GraphQLObjectType,
    key: str,
    definition: GraphQLField,
    details: list[Any],
    above: PlannedField | None,
    tally: Tally,
) -> PlannedField:
    nodes = [each.node for each in details]
    if any(each.fragment_variable_values is not None for each in details):
        raise Unplanned("fragment variables")
    source, gate = _source(core, parent, definition, nodes[0], above)
    field = PlannedField(
        key,
        nodes[0].name.value,
        parent,
        definition,
        details,
        nodes,
        _shape(definition.type),
        source,
        gate,
        parent.name in ROOTS,
        _constant(definition, nodes[0]),
        _variable(definition, nodes[0]),
        tally,
    )
    named = definition.type
    while is_non_null_type(named) or is_list_type(named):
        named = named.of_type
    if is_object_type(named):
        selected = selection_of(core, field, named)
        if isinstance(source, Edge):
            source.project(_columns(selected))
    return field


def _columns(selected: Selection) -> tuple[str, ...] | None:
    """The columns that a selection reads of its objects; None where it may read any."""
    found = set()
    for field in selected.fields:
        source = field.source
        if field.gate is not None or isinstance(source, Call):
            return None
        if isinstance(source, Attribute):
            found.add(source.pull.name)
        elif isinstance(source, PublicId):
            found.add("id")
        elif isinstance(source, (Edge, Connection, Count)):
            if not isinstance(source.declaration.key, str):
                return None
            found.add(source.declaration.key)
    return tuple(sorted(found))


def _source(
    core: Core,
    parent: GraphQLObjectType,
    definition: GraphQLField,
    node: FieldNode,
    above: PlannedField | None,
) -> tuple[Source, Any]:
    """Where values come from, and the gate before them; a resolver that is called asks its gate itself."""
    name = node.name.value
    if name == "__typename":
        return TypeName(parent.name), None
    given: Given | None = definition.extensions.get(GIVEN)
    if given is not None and given.resolve is definition.resolve and core.middleware_manager is None:
        return OfPrincipal(given.of_principal), None
    bound: Bound | None = definition.extensions.get(BOUND)
    if bound is None or bound.resolve is not definition.resolve or core.middleware_manager is not None:
        resolve = definition.resolve or default_field_resolver
        return Call(resolve, of_principal=follows_from_principal(definition)), None
    declaration = bound.declaration
    if isinstance(declaration, EdgeTo):
        return Edge(declaration, name, required=is_non_null_type(definition.type)), bound.gate
    if isinstance(declaration, ConnectionTo):
        return Connection(declaration, name), bound.gate
    if bound.column == "total_count" and above is not None and isinstance(above.source, Connection):
        return Count(above.source.declaration, name), bound.gate
    if bound.prefix is not None:
        return PublicId(bound.prefix + "_"), bound.gate
    return attribute(bound.column), bound.gate


@lru_cache(maxsize=8_192)
def _shape(of: GraphQLOutputType) -> Shape:
    nullable = not is_non_null_type(of)
    inner: Any = of.of_type if is_non_null_type(of) else of
    if is_list_type(inner):
        return Shape(inner, nullable, item=_shape(inner.of_type))
    if is_leaf_type(inner):
        return Shape(inner, nullable, check=leaf_check(inner, nullable))
    if is_abstract_type(inner):
        return Shape(inner, nullable, resolve_type=inner.resolve_type or default_type_resolver)
    return Shape(inner, nullable, is_type_of=inner.is_type_of, is_object=inner.is_type_of is None)


def _constant(definition: GraphQLField, node: FieldNode) -> dict[str, Any] | None:
    """A field's arguments where no request can change them; None where one can, or where they do not hold."""
    if not definition.args:
        return {}
    if variables_in(node.arguments or ()):
        return None
    try:
        return get_argument_values(definition, node)
    except Exception:
        return None


def _variable(definition: GraphQLField, node: FieldNode) -> tuple[tuple[str, str], ...]:
    """The arguments that are a variable and nothing else, with its name; none where another holds some."""
    found = []
    for argument in node.arguments or ():
        if isinstance(argument.value, VariableNode):
            declared = definition.args[argument.name.value]
            found.append((declared.out_name or argument.name.value, argument.value.name.value))
        elif variables_in([argument]):
            return ()
    return tuple(found)


def variables_in(nodes: Sequence[Any]) -> set[str]:
    """The names of the variables used within some nodes."""
    finder = _Finder()
    for node in nodes:
        visit(node, finder)
    return finder.found


class _Finder(Visitor):
    """Notes the variables it comes by."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.found.add(node.name.value)
