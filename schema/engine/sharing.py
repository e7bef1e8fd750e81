"""What an event says to everyone: derived from the fields selected, private unless each of them is shared.

An event is the same for all who may be told of it when every field that is selected of its type, at every
depth, is declared so (`shared` in `schema/engine/declarations.py`). One field that is not makes it private:
then it is executed for each principal. Whether somebody may be told of the event is asked for each, whatever
is shared.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    visit,
)

from schema.engine.declarations import DECLARATION, EdgeTo, Leaf

BACKREF = "strawberry-definition"
RESUMES = "after"
"""The argument of a subscription that says where one stream begins; what follows is the same for all."""


def is_shared(
    schema: GraphQLSchema, document: Any, operation: OperationDefinitionNode, typename: str
) -> bool:
    """Whether events of this type are the same for everyone who follows by this operation."""
    kind = schema.get_type(typename)
    root = schema.subscription_type
    if not isinstance(kind, GraphQLObjectType) or root is None:
        return False
    selections = _Selections(schema, document)
    fields = list(selections.of(root, operation.selection_set))
    return all(each.selection_set and selections.are_shared(kind, each.selection_set) for each in fields)


class _Selections:
    """The selections of one document."""

    def __init__(self, schema: GraphQLSchema, document: Any) -> None:
        self._schema = schema
        self._fragments: dict[str, FragmentDefinitionNode] = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._known: dict[tuple[str, int], bool] = {}

    def are_shared(self, holder: GraphQLObjectType, selection_set: SelectionSetNode) -> bool:
        """Whether all that is selected of a type is shared, at every depth."""
        name = (holder.name, id(selection_set))
        if name not in self._known:
            self._known[name] = all(
                self._is_shared(holder, field) for field in self.of(holder, selection_set)
            )
        return self._known[name]

    def _is_shared(self, holder: GraphQLObjectType, node: FieldNode) -> bool:
        if node.name.value == "__typename":
            return True
        field = holder.fields[node.name.value]
        if not _is_declared_shared(holder, field):
            return False
        if node.selection_set is None:
            return True
        found: GraphQLNamedType = get_named_type(field.type)
        kinds: Any = self._schema.get_possible_types(found) if is_abstract_type(found) else [found]
        return all(self.are_shared(kind, node.selection_set) for kind in kinds)

    def of(self, holder: GraphQLObjectType, selection_set: SelectionSetNode) -> Iterator[FieldNode]:
        """The fields that are selected of a concrete type; conditions on requests count as met."""
        for selection in selection_set.selections:
            if isinstance(selection, FieldNode):
                yield selection
                continue
            part: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                part = self._fragments[selection.name.value]
            if part.type_condition is None or self._fits(holder, part.type_condition.name.value):
                yield from self.of(holder, part.selection_set)

    def _fits(self, holder: GraphQLObjectType, condition: str) -> bool:
        kind: Any = self._schema.get_type(condition)
        return kind is holder or (is_abstract_type(kind) and self._schema.is_sub_type(kind, holder))


def _is_declared_shared(holder: GraphQLObjectType, field: Any) -> bool:
    definition = field.extensions.get(BACKREF)
    declaration = (definition.metadata or {}).get(DECLARATION) if definition is not None else None
    if isinstance(declaration, EdgeTo):
        return declaration.shared
    if isinstance(declaration, Leaf):
        whole = getattr(holder.extensions[BACKREF].origin, "__shared__", False)
        return declaration.shared or (whole and declaration.gate is None)
    return False


def resuming_variable(document: Any, operation: OperationDefinitionNode) -> str | None:
    """The variable that is used as the root field's `after` and nowhere else: it tells no audiences apart."""
    for selection in operation.selection_set.selections:
        for argument in getattr(selection, "arguments", None) or ():
            if argument.name.value == RESUMES and isinstance(argument.value, VariableNode):
                name: str = argument.value.name.value
                uses = _Uses()
                visit(document, uses)
                return name if uses.count[name] == 1 else None
    return None


class _Uses(Visitor):
    """Counts where variables are used; where they are defined counts for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.count: Counter[str] = Counter()

    def enter_variable(self, node: VariableNode, *_: Any) -> None:
        self.count[node.name.value] += 1

    def enter_variable_definition(self, node: Any, *_: Any) -> None:
        self.count[node.variable.name.value] -= 1


def frozen(value: Any) -> Any:
    """A value of variables, fit to be a key."""
    if isinstance(value, dict):
        return tuple((name, frozen(each)) for name, each in sorted(value.items()))
    if isinstance(value, list):
        return ("list", *map(frozen, value))
    return (type(value).__name__, value)
