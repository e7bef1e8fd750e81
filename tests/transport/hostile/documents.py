"""Documents made from the schema: valid ones with arguments of every kind, and ones bent out of shape."""

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_non_null_type,
    is_required_argument,
)

from tests.transport.hostile.values import HOSTILE, STRANGE, bent, harmless, literal

_TOKENS = re.compile(r'"""[\s\S]*?"""|"(?:\\.|[^"\\])*"|\.\.\.|[A-Za-z_]\w*|-?\d[\w.+-]*|[^\s\w]')
_IDS = {
    "session": "PracticeSession", "user": "User", "sitting": "ExamSitting", "incident": "ExamIncident",
    "action": "ExamAction", "scope": "Classroom", "goalSkill": "Skill", "prerequisite": "Skill",
}  # fmt: skip
PIECES = [
    "{", "}", "(", ")", "[", "]", "!", "...", "@", "$", ":", "=", "|", "&", '"', '"""', "\0", "\ufeff",
    "\ud800",
    "\u202e", "é", "#", "\\u{110000}", '"\\ud800"', "1e999", "-0", "00", "null", "true", "on", "fragment",
    "query",
    "mutation", "subscription", "extend type Query { a: Int }", "schema { query: Query }",
    "__schema { types { name } }",
    "__typename", "@skip(if: true)", "@include(if: $nothing)", "@deprecated", "@oneOf",
    "... on Query { viewer { roles } }",
    "...F", "$v", "9" * 500, "a" * 2_000, ", " * 300, "{ a " * 70, "[" * 120,
]  # fmt: skip


@dataclass
class Written:
    """A document and what is sent beside it."""

    text: str
    variables: Any = field(default_factory=dict)
    name: Any = None


class Author:
    """Writes documents about objects whose ids are known, by type; `foreign` are another organization's."""

    def __init__(
        self,
        schema: GraphQLSchema,
        objects: Mapping[str, str],
        foreign: Mapping[str, str],
        inputs: Mapping[str, tuple[str, dict[str, Any]]],
    ) -> None:
        self._schema = schema
        self._objects = objects
        self._foreign = foreign
        self._inputs = inputs

    def written(self, chance: random.Random, kind: str | None = None) -> Written:
        """A document of one operation: of any kind unless it is named."""
        kind = kind or chance.choices(["query", "mutation", "subscription"], [55, 35, 10])[0]
        root: GraphQLObjectType = getattr(self._schema, f"{kind}_type")
        draft = _Draft(self, chance)
        fields = draft.fields(root, chance.choice([1, 1, 1, 2]) if kind == "query" else 1)
        heads = ", ".join(f"${name}: {each}" for name, each in draft.heads.items())
        heading = f"({heads})" if heads else ""
        return Written(f"{kind} Q{heading} {{ {fields} }}", draft.variables)

    def id_for(self, chance: random.Random, name: str, target: str) -> Any:
        """An id for an argument: the right one, another organization's, one of another type, none at all."""
        stem = re.sub(r"(Id|Ids)$", "", name)
        kind = target if stem == "id" else _IDS.get(stem, stem[:1].upper() + stem[1:])
        match chance.randrange(10):
            case 0 | 1:
                return self._foreign.get(kind) or chance.choice(list(self._foreign.values()))
            case 2:
                return chance.choice(list(self._objects.values()))
            case 3:
                return chance.choice(HOSTILE["ID"])
            case _:
                return self._objects.get(kind) or chance.choice(list(self._objects.values()))

    def input_for(self, chance: random.Random, mutation: str, kind: Any) -> Any:
        """What a mutation is given: what it takes, that with damage, or what only its type demands."""
        _, known = self._inputs.get(mutation, ("", {}))
        value = known if known and chance.random() < 0.8 else self.value(chance, mutation, kind, mutation)
        for _ in range(chance.choice([0, 0, 1, 1, 2, 3])):
            value = bent(chance, value)
        return value

    def value(self, chance: random.Random, name: str, kind: Any, target: str) -> Any:
        """A value for an argument, mostly one that its type takes."""
        if chance.random() < 0.06:
            return chance.choice(STRANGE)
        if get_named_type(kind).name == "ID":
            found = self.id_for(chance, name, target)
            return [found] * chance.choice([1, 1, 2, 260]) if name.endswith("ds") else found
        fitting = harmless(kind)
        return bent(chance, fitting) if chance.random() < 0.1 else self._with_ids(chance, fitting, target)

    def _with_ids(self, chance: random.Random, value: Any, target: str) -> Any:
        if isinstance(value, dict):
            return {
                name: self.id_for(chance, name, target)
                if name.endswith("Id")
                else self._with_ids(chance, each, target)
                for name, each in value.items()
            }
        return value

    def types_of(self, named: GraphQLNamedType) -> list[GraphQLObjectType]:
        """The object types that an abstract type may be."""
        return list(self._schema.get_possible_types(named))  # type: ignore[arg-type]


class _Draft:
    """One operation while it is written, with the variables it needs."""

    def __init__(self, author: Author, chance: random.Random) -> None:
        self._author = author
        self._chance = chance
        self.heads: dict[str, str] = {}
        self.variables: dict[str, Any] = {}

    def fields(self, holder: GraphQLObjectType, count: int, depth: int = 0) -> str:
        """Some fields of a type, and the errors of a payload."""
        names = [name for name in holder.fields if name != "userErrors"]
        chosen = self._chance.sample(names, min(count, len(names)))
        errors = ["userErrors { code message path }"] if "userErrors" in holder.fields else []
        return " ".join([*errors, *(self._field(name, holder.fields[name], depth) for name in chosen)])

    def _field(self, name: str, declared: GraphQLField, depth: int) -> str:
        target = get_named_type(declared.type)
        given = self._arguments(name, declared, target.name)
        alias = f"{self._chance.choice('abc')}{depth}: " if self._chance.random() < 0.05 else ""
        directive = " @include(if: true)" if self._chance.random() < 0.03 else ""
        return f"{alias}{name}{given}{directive}{self._below(target, depth + 1)}"

    def _below(self, target: GraphQLNamedType, depth: int) -> str:
        if not is_composite_type(target):
            return ""
        if depth > self._chance.choice([2, 3, 3, 5]):
            return " { __typename }"
        kinds = self._author.types_of(target) if is_abstract_type(target) else [target]
        chosen = self._chance.sample(kinds, min(len(kinds), 2))
        parts = []
        for kind in chosen:
            assert isinstance(kind, GraphQLObjectType)
            fields = self.fields(kind, self._chance.choice([1, 2, 2, 4]), depth)
            parts.append(f"... on {kind.name} {{ {fields} }}" if is_abstract_type(target) else fields)
        return f" {{ __typename {' '.join(parts)} }}"

    def _arguments(self, name: str, declared: GraphQLField, target: str) -> str:
        given = []
        for argument, definition in declared.args.items():
            wanted = is_required_argument(definition) and self._chance.random() < 0.98
            if wanted or self._chance.random() < (0.03 if str(definition.type) == "Cursor" else 0.2):
                given.append(f"{argument}: {self._argument(name, argument, definition, target)}")
        return f"({', '.join(given)})" if given else ""

    def _argument(self, name: str, argument: str, definition: GraphQLArgument, target: str) -> str:
        chance, author = self._chance, self._author
        if argument == "input":
            value = author.input_for(chance, name, definition.type)
        else:
            value = author.value(chance, argument, definition.type, target)
        if chance.random() < 0.4:
            return literal(value, definition.type)
        variable = f"v{len(self.heads)}"
        self.heads[variable] = str(definition.type)
        if is_non_null_type(definition.type) or value is not None or chance.random() < 0.5:
            self.variables[variable] = value
        return f"${variable}"


def bent_document(chance: random.Random, written: Written) -> Written:
    """The document after some acts of damage, to its tokens or as a whole."""
    acts: list[Callable[[random.Random, str], str]] = [
        _tokens_bent,
        _tokens_bent,
        _tokens_bent,
        _cut,
        _as_a_whole,
    ]
    text = written.text
    for _ in range(chance.choice([1, 1, 2, 3])):
        text = chance.choice(acts)(chance, text)
    return Written(text, written.variables, chance.choice([None, None, "Q", "R", "", "\0"]))


def _tokens_bent(chance: random.Random, text: str) -> str:
    tokens = _TOKENS.findall(text) or ["{"]
    at = chance.randrange(len(tokens))
    match chance.randrange(6):
        case 0:
            del tokens[at]
        case 1:
            tokens.insert(at, tokens[at])
        case 2:
            tokens[at] = chance.choice(tokens)
        case 3:
            tokens[at] = tokens[at][::-1]
        case _:
            tokens.insert(at, chance.choice(PIECES))
    return " ".join(tokens)


def _cut(chance: random.Random, text: str) -> str:
    start = chance.randrange(len(text) + 1)
    return text[:start] if chance.random() < 0.5 else text[start:]


def _as_a_whole(chance: random.Random, text: str) -> str:
    count = chance.choice([2, 16, 40, 300])
    match chance.randrange(9):
        case 0:
            return text + " fragment F on Query { ...G } fragment G on Query { ...F } { ...F }"
        case 1:
            return text + " " + " ".join(f"fragment F{i} on Query {{ ...F{i + 1} }}" for i in range(count))
        case 2:
            return "{ " + " ".join(f"a{i}: viewer {{ roles }}" for i in range(count)) + " }"
        case 3:
            return "{ " + "a" * count * 50 + ": __typename }"
        case 4:
            return f"{text} {text}" * (1 if count > 40 else count)
        case 5:
            return "{ viewer " + "@skip(if: false) " * count + "{ roles } }"
        case 6:
            return "query(" + " ".join(f"$v{i}: [Int] = [1 2]" for i in range(count)) + ") { __typename }"
        case 7:
            return (
                "{ viewer { learner { classrooms { nodes " * min(count, 20)
                + "{ id }"
                + "}" * (4 * min(count, 20))
            )
        case _:
            return (
                "#"
                + "\ud83d " * count
                + "\n"
                + text.replace(" ", chance.choice(["\t", ",", "\r", "\u00a0", "\ufeff"]))
            )
