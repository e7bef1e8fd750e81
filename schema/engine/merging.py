"""The same document with what it asks for twice said once, for the rule that compares fields in pairs.

Whether fields that answer under one name agree takes time quadratic in how many there are. Fields of one
selection with the same name and arguments agree by themselves: they are put together before they are
compared. A document that repeats nothing stays as it is. Documents are run as they were sent.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    print_ast,
)

Selection = FieldNode | FragmentSpreadNode | InlineFragmentNode


def merged(document: DocumentNode) -> DocumentNode:
    """The document without repetitions; the same object when it has none."""
    definitions: list[Any] = []
    changed = False
    for node in document.definitions:
        kept: Any = node
        if isinstance(node, (OperationDefinitionNode, FragmentDefinitionNode)):
            selections = _together([node.selection_set])
            if selections is not node.selection_set:
                kept, changed = _with(node, selection_set=selections), True
        definitions.append(kept)
    return _with(document, definitions=tuple(definitions)) if changed else document


def _together(sets: Sequence[SelectionSetNode]) -> SelectionSetNode:
    groups: dict[Any, list[Any]] = {}
    for each in sets:
        for node in each.selections:
            groups.setdefault(_key(node), []).append(node)
    selections = [_joined(nodes) for nodes in groups.values()]
    first = sets[0]
    if len(sets) == 1 and [id(each) for each in selections] == [id(each) for each in first.selections]:
        return first
    return _with(first, selections=tuple(selections))


def _key(node: Any) -> Any:
    """What two selections must share to ask for the same."""
    if node.directives:
        return id(node)
    if isinstance(node, FieldNode):
        alias = node.alias.value if node.alias else None
        given = tuple(sorted(print_ast(each) for each in node.arguments)) if node.arguments else ()
        return alias, node.name.value, given
    if isinstance(node, FragmentSpreadNode):
        return FragmentSpreadNode, node.name.value
    condition = node.type_condition
    return InlineFragmentNode, condition.name.value if condition else None


def _joined(nodes: list[Any]) -> Any:
    """One selection in place of several that ask for the same field, or for the same type."""
    first = nodes[0]
    below = [node.selection_set for node in nodes if getattr(node, "selection_set", None) is not None]
    # One that lacks a selection beside one that has it is for the other rules to tell.
    if not below or len(below) != len(nodes):
        return first
    selections = _together(below)
    return first if selections is first.selection_set else _with(first, selection_set=selections)


def _with(node: Any, **values: Any) -> Any:
    return dataclasses.replace(node, **values)
