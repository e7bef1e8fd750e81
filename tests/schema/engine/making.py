"""Documents made at random from a schema: valid ones, with arguments that hold and some that do not."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    parse,
    validate,
)

MOMENTS = ("2026-01-01T00:00:00Z", "2026-11-20T12:00:00+01:00", "2000-02-30T00:00:00Z")


@dataclass(frozen=True)
class Made:
    """A document, and variables that go with it."""

    text: str
    variables: dict[str, Any]


@dataclass
class _Draft:
    """What a document under way has so far."""

    definitions: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0
    fields: int = 0


class Maker:
    """Makes documents of one schema. `known` has good values by argument, `ids` some ids of all kinds."""

    def __init__(
        self, schema: GraphQLSchema, known: Mapping[str, str], ids: Sequence[str], seed: int
    ) -> None:
        self._schema = schema
        self._known = known
        self._ids = ids
        self._random = random.Random(seed)

    def query(self, deepest: int = 7, most: int = 60) -> Made:
        """A valid query."""
        assert self._schema.query_type is not None
        while True:
            draft = _Draft()
            selection = self._selection(self._schema.query_type, draft, deepest, most)
            heads = ", ".join(f"${name}: {kind}" for name, kind in draft.definitions.items())
            head = f"query Made({heads})" if heads else "query Made"
            text = "\n".join([f"{head} {selection}", *draft.fragments])
            if not validate(self._schema, parse(text)):
                return Made(text, draft.variables)

    def payload(self, mutation: str, kind: str, given: Mapping[str, Any]) -> Made:
        """A mutation of that input, with a selection of its payload."""
        root = self._schema.mutation_type
        assert root is not None
        payload = get_named_type(root.fields[mutation].type)
        while True:
            draft = _Draft()
            selection = self._selection(payload, draft, 5, 30)
            heads = ", ".join(
                ["$i: " + kind + "!", *(f"${name}: {k}" for name, k in draft.definitions.items())]
            )
            text = "\n".join(
                [f"mutation Made({heads}) {{ {mutation}(input: $i) {selection} }}", *draft.fragments]
            )
            if not validate(self._schema, parse(text)):
                return Made(text, {**draft.variables, "i": dict(given)})

    def _selection(self, of: Any, draft: _Draft, deepest: int, most: int) -> str:
        chosen = [
            self._one(of, draft, deepest, most) for _ in range(self._random.choice((1, 2, 2, 3, 3, 4, 6)))
        ]
        if not any(chosen):
            chosen.append("__typename")
        if self._random.random() < 0.1:
            chosen.append(self._random.choice([each for each in chosen if each]))
        return "{ " + " ".join(filter(None, chosen)) + " }"

    def _one(self, of: Any, draft: _Draft, deepest: int, most: int) -> str:
        turn = self._random.random()
        if is_abstract_type(of) and turn < 0.75:
            concrete = self._random.choice(list(self._schema.get_possible_types(of)))
            return self._fragment(concrete, draft, deepest, most)
        if turn < 0.08:
            return self._fragment(of, draft, deepest, most)
        if turn < 0.16:
            return "__typename" if self._random.random() < 0.7 else f"{self._alias(draft)}__typename"
        if isinstance(of, GraphQLObjectType) or hasattr(of, "fields"):
            return self._field(of, draft, deepest, most)
        return "__typename"

    def _fragment(self, on: Any, draft: _Draft, deepest: int, most: int) -> str:
        inner = self._selection(on, draft, deepest - 1, most)
        condition = self._condition(draft)
        if self._random.random() < 0.5:
            return f"... on {on.name}{condition} {inner}"
        name = f"F{len(draft.fragments)}"
        draft.fragments.append(f"fragment {name} on {on.name} {inner}")
        return f"...{name}{condition}"

    def _field(self, of: Any, draft: _Draft, deepest: int, most: int) -> str:
        name, definition = self._random.choice(list(of.fields.items()))
        target = get_named_type(definition.type)
        if is_composite_type(target) and (deepest <= 1 or draft.fields >= most):
            leaves = [
                (leaf, each)
                for leaf, each in of.fields.items()
                if not is_composite_type(get_named_type(each.type))
            ]
            if not leaves:
                return ""
            name, definition = self._random.choice(leaves)
            target = get_named_type(definition.type)
        draft.fields += 1
        arguments = self._arguments(definition, draft)
        alias = self._alias(draft) if arguments or self._random.random() < 0.15 else ""
        inner = self._selection(target, draft, deepest - 1, most) if is_composite_type(target) else ""
        return f"{alias}{name}{arguments}{self._condition(draft)} {inner}"

    def _alias(self, draft: _Draft) -> str:
        draft.aliases += 1
        return f"a{draft.aliases}: "

    def _condition(self, draft: _Draft) -> str:
        if self._random.random() > 0.06:
            return ""
        directive = self._random.choice(("skip", "include"))
        if self._random.random() < 0.3:
            return f" @{directive}(if: {self._random.choice(('true', 'false'))})"
        name = f"b{len(draft.definitions)}"
        draft.definitions[name] = "Boolean!"
        draft.variables[name] = self._random.random() < 0.5
        return f" @{directive}(if: ${name})"

    def _arguments(self, definition: GraphQLField, draft: _Draft) -> str:
        given = []
        for name, argument in definition.args.items():
            if is_required_argument(argument) or self._random.random() < (0.03 if name == "after" else 0.2):
                given.append(f"{name}: {self._argument(name, argument, definition, draft)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, argument: GraphQLArgument, definition: GraphQLField, draft: _Draft) -> str:
        literal, value = self._value(name, argument.type, definition)
        if self._random.random() < 0.35:
            variable = f"v{len(draft.definitions)}"
            draft.definitions[variable] = str(argument.type)
            draft.variables[variable] = value
            return f"${variable}"
        return literal

    def _value(self, name: str, kind: Any, definition: GraphQLField) -> tuple[str, Any]:
        """A value as a literal and as JSON."""
        if is_non_null_type(kind):
            return self._value(name, kind.of_type, definition)
        if is_list_type(kind):
            pairs = [
                self._value(name, kind.of_type, definition) for _ in range(self._random.choice((0, 1, 2, 3)))
            ]
            return f"[{', '.join(literal for literal, _ in pairs)}]", [value for _, value in pairs]
        if isinstance(kind, GraphQLEnumType):
            chosen = self._random.choice(list(kind.values))
            return chosen, chosen
        if kind.name == "Int":
            number = self._random.choice(
                (1, 1, 2, 2, 3, 5, 100, 100, self._random.choice((0, 101, -1, 4, 4, 4)))
            )
            return str(number), number
        if kind.name == "Boolean":
            truth = self._random.random() < 0.5
            return ("true" if truth else "false"), truth
        text = self._text(name, kind.name, definition)
        return f'"{text}"', text

    def _text(self, name: str, kind: str, definition: GraphQLField) -> str:
        if kind == "DateTime":
            return self._random.choice(MOMENTS[:2])
        if kind == "ID":
            good = self._known.get(f"{get_named_type(definition.type)}.{name}") or self._known.get(name)
            if good is not None and self._random.random() < 0.95:
                return good
            return self._random.choice(self._ids)
        if kind == "Cursor":
            return self._random.choice(("x", "WyJBZGEiXQ", "WzFd"))
        if name == "timeZone":
            return self._random.choice(("Europe/Zurich", "Europe/Zurich", "Nowhere"))
        return self._random.choice(("", "A", "a", "Mathematics"))
