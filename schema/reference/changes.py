"""What changed between two published schemas, and whether those who rely on the older one were told in time.

The changes and their kinds are graphql-core's. A deprecation names the day until which its field
stays: what is removed after that day was announced. Other breaking changes need a new major version, and
before 1.0 a new minor one (https://semver.org, items 4 and 8).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from graphql import (
    REMOVE,
    DirectiveNode,
    DocumentNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    NamedTypeNode,
    Node,
    StringValueNode,
    TypeDefinitionNode,
    Visitor,
    VisitorAction,
    build_ast_schema,
    build_schema,
    parse,
    visit,
)
from graphql.utilities import BreakingChange, DangerousChange, SafeChangeType, find_schema_changes

_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_ROOTS = ("Query", "Mutation", "Subscription")
_Deprecable = GraphQLField | GraphQLArgument | GraphQLInputField | GraphQLEnumValue


@dataclass(frozen=True, slots=True)
class Changes:
    """Sentences, one for each change.

    `breaking` stops operations that ran, `announced` does too but was deprecated until its day had come;
    `dangerous` may surprise clients that took a list for closed; `added` and `deprecated` leave them alone.
    """

    breaking: tuple[str, ...] = ()
    announced: tuple[str, ...] = ()
    dangerous: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    deprecated: tuple[str, ...] = ()


def compare(old: str, new: str, today: date) -> Changes:
    """What became of the schema `old` in `new`, both as SDL."""
    before, after = build_schema(old), build_schema(new)
    found = find_schema_changes(before, after)
    breaking = [change.description for change in found if isinstance(change, BreakingChange)]
    kept = build_ast_schema(
        _without_what_was_announced(parse(old), today, {name for name, _ in _elements(after)})
    )
    unannounced = {
        change.description
        for change in find_schema_changes(kept, after)
        if isinstance(change, BreakingChange)
    }
    dangerous = [change.description for change in found if isinstance(change, DangerousChange)]
    added = [
        change.description
        for change in found
        if not isinstance(change, BreakingChange | DangerousChange)
        and change.type is not SafeChangeType.DESCRIPTION_CHANGED
    ]
    known = dict(deprecations(before))
    return Changes(
        breaking=_sorted(each for each in breaking if each in unannounced),
        announced=_sorted(each for each in breaking if each not in unannounced),
        dangerous=_sorted(dangerous),
        added=_sorted(added),
        deprecated=_sorted(
            f"{coordinate}: {reason}" for coordinate, reason in deprecations(after) if coordinate not in known
        ),
    )


def rises(old: str, new: str) -> bool:
    """Whether the version may break what the older one promised: a new major, before 1.0 a new minor."""
    (old_major, old_minor), (major, minor) = _parts(old), _parts(new)
    return major > old_major or (major == old_major == 0 and minor > old_minor)


def last_day(reason: str) -> date | None:
    """The day that a deprecation's reason names, until which the field stays; None without one."""
    named = _DAY.search(reason)
    try:
        return date.fromisoformat(named[0]) if named else None
    except ValueError:
        return None


def deprecations(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Each deprecated coordinate with its reason."""
    for coordinate, element in _elements(schema):
        if element.deprecation_reason is not None:
            yield coordinate, element.deprecation_reason


def _elements(schema: GraphQLSchema) -> Iterator[tuple[str, _Deprecable]]:
    for name, named_type in schema.type_map.items():
        if name.startswith("__"):
            continue
        if isinstance(named_type, GraphQLEnumType):
            for value_name, value in named_type.values.items():
                yield f"{name}.{value_name}", value
        elif isinstance(named_type, GraphQLInputObjectType):
            for field_name, input_field in named_type.fields.items():
                yield f"{name}.{field_name}", input_field
        elif isinstance(named_type, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in named_type.fields.items():
                yield f"{name}.{field_name}", field
                for argument_name, argument in field.args.items():
                    yield f"{name}.{field_name}({argument_name}:)", argument


class _Announced(Visitor):
    """Takes away what was deprecated, is gone now, and whose day has come."""

    def __init__(self, today: date, still_there: set[str]) -> None:
        super().__init__()
        self._today = today
        self._still_there = still_there

    def enter(
        self, node: Node, _key: object, _parent: object, _path: object, ancestors: Any
    ) -> VisitorAction:
        for directive in getattr(node, "directives", None) or ():
            day = last_day(_reason(directive))
            passed = day is not None and day < self._today
            if directive.name.value == "deprecated" and passed and self._gone(node, ancestors):
                return REMOVE
        return None

    def _gone(self, node: Any, ancestors: Any) -> bool:
        names = [each.name.value for each in (*ancestors, node) if getattr(each, "name", None)]
        coordinate = f"{names[0]}.{names[1]}" + (f"({names[2]}:)" if len(names) > 2 else "")
        return coordinate not in self._still_there


class _Names(Visitor):
    """Gathers the names of the types that a definition leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def enter_named_type(self, node: NamedTypeNode, *_: object) -> None:
        self.found.add(node.name.value)


def _without_what_was_announced(document: DocumentNode, today: date, still_there: set[str]) -> DocumentNode:
    kept: DocumentNode = visit(document, _Announced(today, still_there))
    types = {each.name.value: each for each in kept.definitions if isinstance(each, TypeDefinitionNode)}
    others = [each for each in kept.definitions if not isinstance(each, TypeDefinitionNode)]
    reached = _reached(types, [*_ROOTS, *(name for each in others for name in _names_in(each))])
    return DocumentNode(definitions=(*others, *(types[name] for name in types if name in reached)))


def _reached(types: dict[str, TypeDefinitionNode], waiting: list[str]) -> set[str]:
    """The types that `waiting` leads to; those that implement an interface that is reached are too."""
    leads = {name: _names_in(definition) for name, definition in types.items()}
    implements = {
        name: {each.name.value for each in getattr(definition, "interfaces", None) or ()}
        for name, definition in types.items()
    }
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in types and name not in reached:
            reached.add(name)
            waiting += leads[name]
            waiting += [other for other, interfaces in implements.items() if name in interfaces]
    return reached


def _names_in(definition: Node) -> set[str]:
    names = _Names()
    visit(definition, names)
    return names.found


def _reason(directive: DirectiveNode) -> str:
    for argument in directive.arguments or ():
        if argument.name.value == "reason" and isinstance(argument.value, StringValueNode):
            return argument.value.value
    return ""


def _parts(version: str) -> tuple[int, int]:
    major, minor = version.removeprefix("v").split(".")[:2]
    return int(major), int(minor)


def _sorted(sentences: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(sentences))
