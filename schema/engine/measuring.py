"""One pass over a document, before it is validated: what it asks for, in time linear in its length.

Each fragment is measured once, whatever spreads it; spreads add up what was measured. What lies under a
`@skip` or `@include` counts as if it were included, and what the schema does not know costs nothing:
validation tells of it.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLNamedType,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.utilities import value_from_ast_untyped

from app.kit.errors import DomainError
from schema.engine.cost import Branch, Sum
from schema.engine.limits import Limits, too_complex, too_many_entries
from schema.engine.merging import merged
from schema.engine.sizes import FieldSize, Sizes, VariableSize, is_connection

INTROSPECTION = ("__schema", "__type")
COUNTED = (
    "fragments", "aliases", "directives", "root_fields", "fields", "spreads", "depth", "introspection_depth",
    "repeats",
)  # fmt: skip


@dataclass(slots=True)
class Measure:
    """What a selection asks for, with its fragments; `width` counts the fields that stand directly in it.

    `open` are lists that the field above may size: name, size if it does not, and what one object costs.
    """

    fields: int = 0
    spreads: int = 0
    width: int = 0
    depth: int = 0
    introspection_depth: int = 0
    cost: Sum = field(default_factory=Sum)
    introspection: Sum = field(default_factory=Sum)
    classes: Counter[str] = field(default_factory=Counter)
    open: list[tuple[str, int | VariableSize, Sum]] = field(default_factory=list)

    def close(self, sized: dict[str, int | VariableSize]) -> None:
        """Count the open lists, as long as the field above says."""
        for name, size, inner in self.open:
            self.cost.add(sized.get(name, size), inner)

    def spread(self, other: "Measure") -> None:
        """Add what a fragment at the same place asks for."""
        self.fields += other.fields
        self.spreads += other.spreads + 1
        self.width += other.width
        self.depth = max(self.depth, other.depth)
        self.introspection_depth = max(self.introspection_depth, other.introspection_depth)
        self.cost.add(1, other.cost)
        self.introspection.add(1, other.introspection)
        self.classes.update(other.classes)
        self.open += other.open


@dataclass(slots=True)
class MeasuredOperation:
    """An operation with what it asks for; `branches` say where its answer holds objects."""

    node: OperationDefinitionNode
    measure: Measure
    branches: tuple[Branch, ...]
    defaults: dict[str, Any]

    @property
    def introspects(self) -> bool:
        """Whether it asks for the schema."""
        return self.measure.introspection_depth > 0


@dataclass(slots=True)
class MeasuredDocument:
    """What a document asks for: counts of its text, its operations, and which lists may be longer."""

    used: Counter[str] = field(default_factory=Counter)
    """How much there is of what is limited, by the limit's name; of its operations, the largest."""
    exceeded: DomainError | None = None
    """The first limit that is exceeded; the operations are told only when there is none."""
    operations: list[MeasuredOperation] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=dict)
    """Variables whose lists may have another length than the limit for all, with that length."""
    merged: DocumentNode | None = None
    """The document without repetitions."""


def measure(node: DocumentNode, sizes: Sizes, limits: Limits) -> MeasuredDocument:
    """Measure a document; GraphQLError when its fragments go round in a circle."""
    return _Pass(node, sizes, limits).run()


class _Pass:
    def __init__(self, node: DocumentNode, sizes: Sizes, limits: Limits) -> None:
        self._sizes = sizes
        self._limits = limits
        self._found = MeasuredDocument()
        self._measures: dict[str, Measure | None] = {}
        self._document = node
        self._operations = _operations(node)
        self._fragments = _fragments(node)

    def run(self) -> MeasuredDocument:
        """Measure fragments, then operations; then, within the limits, what their answers are like."""
        found = self._found
        definitions = self._document.definitions
        found.used["fragments"] = sum(isinstance(each, FragmentDefinitionNode) for each in definitions)
        for name in self._fragments:
            self._fragment(name)
        measures = [self._operation(node) for node in self._operations]
        for measured in measures:
            self._note(measured)
        found.exceeded = found.exceeded or self._first_exceeded()
        if found.exceeded is not None:
            return found
        found.merged = merged(self._document)
        fragments = _fragments(found.merged)
        for node, once, measured in zip(self._operations, _operations(found.merged), measures, strict=True):
            found.operations.append(self._answered(node, once, fragments, measured))
        found.exceeded = self._first_exceeded()
        return found

    def _operation(self, node: OperationDefinitionNode) -> Measure:
        self._directives(node)
        for definition in node.variable_definitions or ():
            self._directives(definition)
            self._value(definition.default_value, None)
        return self._selection(node.selection_set, self._root_type(node), Measure())

    def _root_type(self, node: OperationDefinitionNode) -> GraphQLNamedType | None:
        return self._sizes.schema.get_root_type(node.operation)

    def _note(self, measured: Measure) -> None:
        used = self._found.used
        used["root_fields"] = max(used["root_fields"], measured.width)
        for name in ("depth", "introspection_depth", "fields", "spreads"):
            used[name] = max(used[name], getattr(measured, name))

    def _first_exceeded(self) -> DomainError | None:
        used = self._found.used
        for name in COUNTED:
            most = self._limits.most(name)
            if used[name] > most:
                return too_complex(name, used[name], most)
        return None

    def _directives(self, node: Any) -> None:
        for directive in node.directives or ():
            self._found.used["directives"] += 1
            for argument in directive.arguments or ():
                self._value(argument.value, None)

    def _answered(
        self,
        node: OperationDefinitionNode,
        once: OperationDefinitionNode,
        fragments: dict[str, FragmentDefinitionNode],
        measured: Measure,
    ) -> MeasuredOperation:
        shape = _Shape(self._sizes, fragments)
        branches = shape.branches([(once.selection_set, self._root_type(node))])
        self._found.used["repeats"] = max(self._found.used["repeats"], shape.repeats)
        defaults = {
            each.variable.name.value: value_from_ast_untyped(each.default_value)
            for each in node.variable_definitions or ()
            if each.default_value is not None
        }
        return MeasuredOperation(node, measured, branches, defaults)

    def _fragment(self, name: str) -> Measure:
        if name in self._measures:
            measured = self._measures[name]
            if measured is None:
                raise GraphQLError(f"Cannot spread fragment '{name}' within itself.")
            return measured
        node = self._fragments.get(name)
        if node is None:
            return Measure()
        self._measures[name] = None
        self._directives(node)
        parent = self._sizes.schema.get_type(node.type_condition.name.value)
        measured = self._measures[name] = self._selection(node.selection_set, parent, Measure())
        return measured

    def _selection(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, into: Measure
    ) -> Measure:
        for node in selection_set.selections:
            if node.directives:
                self._directives(node)
            if isinstance(node, FieldNode):
                self._field(node, parent, into)
            elif isinstance(node, FragmentSpreadNode):
                into.spread(self._fragment(node.name.value))
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._sizes.schema.get_type(condition.name.value) if condition else parent
                into.spreads += 1
                self._selection(node.selection_set, inner, into)
        return into

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, into: Measure) -> None:
        name = node.name.value
        into.fields += 1
        into.width += 1
        self._found.used["aliases"] += node.alias is not None
        size = self._sizes.of(parent, name)
        most = size.terms.most_entries if size else None
        for argument in node.arguments or ():
            self._value(argument.value, most)
        if size and size.terms.rate_class:
            into.classes[size.terms.rate_class] += 1
        below = Measure()
        if node.selection_set is not None:
            self._selection(node.selection_set, size.leads_to if size else None, below)
        into.fields += below.fields
        into.spreads += below.spreads
        into.classes.update(below.classes)
        if size is not None and size.leads_to is not None:
            below.close(size.read_sized(node))
            below.cost.base += size.weight
        times = size.read(node) if size else 0
        if name in INTROSPECTION:
            into.depth = max(into.depth, 1)
            into.introspection_depth = max(into.introspection_depth, 1 + below.depth)
            into.introspection.add(times, below.cost)
            return
        into.depth = max(into.depth, 1 + below.depth)
        into.introspection_depth = max(into.introspection_depth, below.introspection_depth)
        if parent is not None and (parent.name, name) in self._sizes.sized_elsewhere:
            into.open.append((name, times, below.cost))
        else:
            into.cost.add(times, below.cost)
        into.introspection.add(1, below.introspection)

    def _value(self, value: Any, most: int | None) -> None:
        """Check the lists of a literal; with `most`, the variables in it may hold lists that long."""
        waiting = [value]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ListValueNode):
                self._entries(len(node.values), most or self._limits.list_entries)
                waiting.extend(node.values)
            elif isinstance(node, ObjectValueNode):
                waiting.extend(each.value for each in node.fields)
            elif isinstance(node, VariableNode) and most is not None:
                entries = self._found.entries
                entries[node.name.value] = max(most, entries.get(node.name.value, 0))

    def _entries(self, count: int, most: int) -> None:
        found = self._found
        found.used["list_entries"] = max(found.used["list_entries"], count)
        if count > most and found.exceeded is None:
            found.exceeded = too_many_entries(count, most)


Selected = list[tuple[SelectionSetNode, GraphQLNamedType | None]]
Fields = list[tuple[FieldNode, GraphQLNamedType | None]]


class _Shape:
    """An operation as it is answered, fields of one name together; only for those within their limits."""

    def __init__(self, sizes: Sizes, fragments: dict[str, FragmentDefinitionNode]) -> None:
        self._sizes = sizes
        self._fragments = fragments
        self.repeats = 0

    def branches(self, selected: Selected) -> tuple[Branch, ...]:
        """Where the answer to these selections holds objects."""
        groups: dict[str, Fields] = {}
        spread: set[str] = set()
        for selection_set, parent in selected:
            for node, holder in self._fields(selection_set, parent, spread):
                groups.setdefault((node.alias or node.name).value, []).append((node, holder))
        found = [self._branch(name, fields) for name, fields in groups.items()]
        return tuple(branch for branch in found if branch is not None)

    def _branch(self, name: str, fields: Fields) -> Branch | None:
        self.repeats += len(fields) * (len(fields) - 1) // 2
        weight, below, leads = 0, [], False
        for node, holder in fields:
            size = self._sizes.of(holder, node.name.value)
            if node.selection_set is not None:
                below.append((node.selection_set, size.leads_to if size else None))
            if size is not None and size.leads_to is not None and node.name.value not in INTROSPECTION:
                leads = True
                weight = max(weight, _weight(size, node.name.value))
        branches = self.branches(below) if below else ()
        return Branch(name, weight, branches) if leads and (weight or branches) else None

    def _fields(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, spread: set[str]
    ) -> Iterator[tuple[FieldNode, GraphQLNamedType | None]]:
        for node in selection_set.selections:
            if isinstance(node, FieldNode):
                yield node, parent
            elif isinstance(node, FragmentSpreadNode):
                name = node.name.value
                if name in self._fragments and name not in spread:
                    spread.add(name)
                    fragment = self._fragments[name]
                    inner = self._sizes.schema.get_type(fragment.type_condition.name.value)
                    yield from self._fields(fragment.selection_set, inner, spread)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                inner = self._sizes.schema.get_type(condition.name.value) if condition else parent
                yield from self._fields(node.selection_set, inner, spread)


def _weight(size: FieldSize, name: str) -> int:
    """What an object of an answer counts: those of a connection count as its nodes."""
    if size.leads_to is not None and is_connection(size.leads_to):
        return 0
    return 1 if size.weight == 0 and name in ("nodes", "node") else size.weight


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    found = [each for each in document.definitions if isinstance(each, FragmentDefinitionNode)]
    return {each.name.value: each for each in found}


def check_lists(variables: dict[str, Any], entries: dict[str, int], limits: Limits) -> None:
    """Refuse variables that hold a list longer than it may be, however deep."""
    for name, given in variables.items():
        if not isinstance(given, (list, dict)):
            continue
        most = entries.get(name, limits.list_entries)
        waiting = [given]
        while waiting:
            value = waiting.pop()
            if isinstance(value, list):
                if len(value) > most:
                    raise too_many_entries(len(value), most, name)
                waiting.extend(each for each in value if isinstance(each, (list, dict)))
            else:
                waiting.extend(each for each in value.values() if isinstance(each, (list, dict)))
