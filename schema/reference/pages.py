"""The reference of the schema as Markdown: a page for each domain, and one for what they share."""

from collections import Counter
from collections.abc import Iterator
from inspect import getdoc
from pathlib import Path
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    print_ast,
)
from graphql.utilities import ast_from_value

from app.access.policies import Policy
from schema.engine.sizes import FieldSize, Sizes, Slice
from schema.reference.places import BUILT_IN, ROOTS, SHARED, Place, home_of, is_page, places
from schema.root import Graph, build

_VERBS = {"Query": "Queries", "Mutation": "Mutations", "Subscription": "Subscriptions"}
_PAGING = ("first", "after")
_MADE = "Made by `make docs` from the published schema: do not edit."
_INTRODUCTION = Path(__file__).with_name("introduction.md")


def reference() -> dict[str, str]:
    """Each page's text by its file's name."""
    graph = build()
    found = places(graph.schema)
    writer = _Writer(graph, home_of(found))
    made = {f"{name}.md": writer.page(place) for name, place in sorted(found.items()) if name != SHARED}
    made["README.md"] = f"{_reading(graph, found)}\n{writer.page(found[SHARED])}"
    return made


def _reading(graph: Graph, found: dict[str, Place]) -> str:
    rows = []
    for name, place in sorted(found.items()):
        if name != SHARED:
            roots = [
                f"[`{each}`]({name}.md#{root.lower()}{each.lower()})"
                for root in ROOTS
                for each in place.roots[root]
            ]
            objects = [
                f"[`{each}`]({name}.md#{each.lower()})"
                for each in place.types
                if isinstance(graph.schema.type_map[each], GraphQLObjectType) and not each.endswith("Payload")
            ]
            rows.append((f"[{name}]({name}.md)", " ".join(roots), " ".join(objects)))
    index = _table(("page", "queries, mutations, subscriptions", "objects"), rows)
    told = {policy.name: policy for policy in graph.policies.values()}
    policies = [
        f"- `{name}`: {_policy_in_words(told[name])}" for name in sorted(told) if name != "with_object"
    ]
    return _INTRODUCTION.read_text().format(made=_MADE, index=index, policies="\n".join(policies))


def _policy_in_words(policy: Policy) -> str:
    if policy.name == "anyone":
        return "Whoever asks, signed in or not."
    return " ".join((getdoc(policy.check) or "").split())


class _Writer:
    """Writes pages; knows where each type stands."""

    def __init__(self, graph: Graph, homes: dict[str, str]) -> None:
        self._graph = graph
        self._sizes = Sizes(graph.schema)
        self._alone = _used_once(graph.schema)
        self._homes = {name: home for name, home in homes.items() if name not in self._alone}
        self._page = SHARED

    def page(self, place: Place) -> str:
        """One page, the root fields first, then the types by name."""
        self._page = place.name
        parts = []
        if place.name != SHARED:
            parts += [
                f"# Schema: {place.name}",
                f"{place.introduction} {_MADE} [How to read it](README.md).",
            ]
        for root in ROOTS:
            if place.roots[root]:
                parts.append(f"## {_VERBS[root]}")
                parts += [part for name in place.roots[root] for part in self._root(root, name)]
        shown = [self._graph.schema.type_map[name] for name in place.types if name not in self._alone]
        for heading, kinds in (
            ("Objects", (GraphQLObjectType, GraphQLInterfaceType, GraphQLUnionType)),
            ("Inputs", (GraphQLInputObjectType,)),
            ("Values", (GraphQLEnumType, GraphQLScalarType)),
        ):
            chosen = [each for each in shown if isinstance(each, kinds)]
            if chosen:
                parts.append(f"## {heading}")
                parts += [part for each in chosen for part in self._type(each)]
        return "\n\n".join(parts) + "\n"

    def _root(self, root: str, name: str) -> Iterator[str]:
        holder = self._graph.schema.type_map[root]
        assert isinstance(holder, GraphQLObjectType)
        field = holder.fields[name]
        yield f"### {root}.{name}"
        facts = [f"Gives {self._typed(field.type)}"]
        policy = self._graph.policies[f"{root}.{name}"]
        facts.append(f"who: `{'anyone' if policy.name == 'with_object' else policy.name}`")
        size = self._sizes.of(holder, name)
        if _cost(size) and root != "Mutation":
            facts.append(f"cost: {_cost(size)}")
        facts += _terms(size)
        yield f"{_line(field.description)}{_deprecated(field)}\n\n{'; '.join(facts)}."
        if root == "Mutation" and [*field.args] == ["input"]:
            yield f"`input`: {self._typed(field.args['input'].type)}"
            yield from self._inputs(field.args["input"].type)
        elif field.args:
            rows = (self._row(argument, given) for argument, given in field.args.items())
            yield _table(("argument", "type", "meaning"), rows)

    def _inputs(self, given: Any) -> Iterator[str]:
        named_type = get_named_type(given)
        if named_type.name in self._alone:
            rows = (self._row(name, field) for name, field in named_type.fields.items())
            yield _table(("field", "type", "meaning"), rows)

    def _type(self, named_type: GraphQLNamedType) -> Iterator[str]:
        yield f"### {named_type.name}"
        yield _line(named_type.description) + self._family(named_type)
        if isinstance(named_type, GraphQLObjectType | GraphQLInterfaceType):
            rows = [self._field(named_type, name, field) for name, field in named_type.fields.items()]
            headings = ["field", "type", "meaning", "who", "cost"]
            while not any(row[-1] for row in rows):
                rows = [row[:-1] for row in rows]
                headings.pop()
            yield _table(headings, rows)
        elif isinstance(named_type, GraphQLInputObjectType):
            inputs = (self._row(name, field) for name, field in named_type.fields.items())
            yield _table(("field", "type", "meaning"), inputs)
        elif isinstance(named_type, GraphQLEnumType):
            values = named_type.values.items()
            yield _table(
                ("value", "meaning"),
                ((f"`{name}`", _line(value.description) + _deprecated(value)) for name, value in values),
            )

    def _family(self, named_type: GraphQLNamedType) -> str:
        if isinstance(named_type, GraphQLObjectType) and named_type.interfaces:
            return f" Is a {', '.join(self._link(each) for each in named_type.interfaces)}."
        if isinstance(named_type, GraphQLUnionType):
            return f" One of {', '.join(self._link(each) for each in named_type.types)}."
        if isinstance(named_type, GraphQLInterfaceType):
            kinds = sorted(self._graph.schema.get_possible_types(named_type), key=lambda each: each.name)
            return f" Implemented by {', '.join(self._link(each) for each in kinds)}."
        if isinstance(named_type, GraphQLInputObjectType) and named_type.is_one_of:
            return " Exactly one of these is given."
        return ""

    def _field(self, holder: GraphQLNamedType, name: str, field: GraphQLField) -> tuple[str, ...]:
        size = self._sizes.of(holder, name)
        meaning = _line(field.description) + _deprecated(field)
        meaning += "".join(f" Its {term}." for term in _terms(size))
        for argument, given in field.args.items():
            paged = argument in _PAGING and is_page(get_named_type(field.type))
            if not paged:
                told = _line(given.description) + _deprecated(given)
                meaning += f"<br>`{argument}` {self._typed(given.type)}{_default(given)}: {told}"
        policy = self._graph.policies.get(f"{holder.name}.{name}")
        who = "" if policy is None or policy.name == "with_object" else f"`{policy.name}`"
        return f"`{name}`", self._typed(field.type), meaning, who, _cost(size)

    def _row(self, name: str, given: GraphQLArgument | GraphQLInputField) -> tuple[str, str, str]:
        meaning = _line(given.description) + _deprecated(given)
        return f"`{name}`", self._typed(given.type) + _default(given), meaning

    def _typed(self, given: Any) -> str:
        """A type as it stands in the schema, leading to where it is told of."""
        named_type = get_named_type(given)
        if is_page(named_type) and "edges" in named_type.fields:
            return f"page of {self._link(get_named_type(named_type.fields['nodes'].type))}"
        return self._link(named_type, str(given))

    def _link(self, named_type: GraphQLNamedType, text: str = "") -> str:
        shown = f"`{text or named_type.name}`"
        home = self._homes.get(named_type.name)
        if named_type.name in BUILT_IN or home is None:
            return shown
        file = "" if home == self._page else f"{home}.md"
        return f"[{shown}]({file}#{named_type.name.lower()})"


def _used_once(schema: GraphQLSchema) -> set[str]:
    """The inputs of one mutation alone, shown there."""
    holder = schema.type_map["Mutation"]
    assert isinstance(holder, GraphQLObjectType)
    used = Counter(
        get_named_type(each.type).name for field in holder.fields.values() for each in field.args.values()
    )
    nested = {
        get_named_type(field.type).name
        for named_type in schema.type_map.values()
        if isinstance(named_type, GraphQLInputObjectType)
        for field in named_type.fields.values()
    }
    return {name for name, count in used.items() if count == 1 and name not in nested}


def _cost(size: FieldSize | None) -> str:
    """What the objects behind a field cost: as many as stand in it, each its weight; values are free."""
    if size is None or size.leads_to is None or size.weight == 0:
        return ""
    if isinstance(size.size, Slice):
        (argument, *_), *_ = size.size.paths
        length = f"`{argument}`"
    else:
        length = str(size.size)
    if length == "1":
        return str(size.weight)
    return length if size.weight == 1 else f"{size.weight} × {length}"


def _terms(size: FieldSize | None) -> list[str]:
    """What else holds for operations with a field."""
    rate = size.terms.rate_class if size else None
    return [f"rate: `{rate}`"] if rate else []


def _default(given: GraphQLArgument | GraphQLInputField) -> str:
    default = ast_from_value(given.default_value, given.type)
    if given.default is not None:
        default = given.default.literal
    return f" `= {print_ast(default)}`" if default else ""


def _deprecated(element: Any) -> str:
    reason = element.deprecation_reason
    return "" if reason is None else f" **Deprecated:** {_line(reason)}"


def _line(text: str | None) -> str:
    """In one line of a table."""
    return " ".join((text or "").split()).replace("|", "\\|").replace("<", "&lt;")


def _table(headings: Any, rows: Any) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return (
        "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
        .replace("| --- ", "|---")
        .replace("|--- |", "|---|")
    )
