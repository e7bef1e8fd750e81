"""The documents that the project itself sends and shows are planned in full; none is left to graphql-core."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_named_type,
    is_abstract_type,
    parse,
    print_ast,
    validate,
)
from graphql.execution import Executor as CoreExecutor
from graphql.execution.values import VariableValues

from bench import __main__ as bench
from bench import engine as bench_engine
from bench import school
from bench.peers import questions
from schema.engine.compiling import Core, compiled, selection_of
from schema.engine.plan import Selection, Tally
from schema.engine.plans import conditions_of
from schema.root import build

ROOT = Path(__file__).parents[3]
SCHEMA = build().schema


def _shown() -> list[tuple[str, str]]:
    """Documents by where they stand."""
    found = [
        (f"{path.name} {number}", text)
        for path in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
        for number, text in enumerate(re.findall(r"```graphql\n(.*?)```", path.read_text(), re.DOTALL))
    ]
    pages = ROOT / "web" / "src"
    texts = {str(path.relative_to(pages)): path.read_text() for path in sorted(pages.rglob("*.graphql"))}
    found += [(name, _whole(text, texts.values())) for name, text in texts.items() if _asks(text)]
    asked = {**vars(bench), **vars(school), **bench_engine.QUESTIONS, **questions.GRAPH}
    found += [
        (f"bench {name}", text)
        for name, text in asked.items()
        if isinstance(text, str) and re.match(r"\s*(\{|query|mutation)", text)
    ]
    return found


def _asks(text: str) -> bool:
    return any(isinstance(each, OperationDefinitionNode) for each in parse(text).definitions)


def _whole(text: str, others: Iterable[str]) -> str:
    """A document with the fragments of other files that it spreads."""
    fragments = {
        each.name.value: print_ast(each)
        for other in others
        for each in parse(other).definitions
        if isinstance(each, FragmentDefinitionNode)
    }
    while True:
        spread = set(re.findall(r"\.\.\.\s*([A-Z]\w*)", text))
        missing = {name for name in spread if not re.search(rf"fragment\s+{name}\b", text)} & set(fragments)
        if not missing:
            return text
        text = "\n".join([text, *(fragments[name] for name in sorted(missing))])


@pytest.mark.parametrize(("where", "text"), [pytest.param(*each, id=each[0]) for each in _shown()])
def test_a_document_of_ours_is_planned_in_full(where: str, text: str) -> None:
    node = parse(text)
    assert validate(SCHEMA, node) == []
    operations = [each for each in node.definitions if isinstance(each, OperationDefinitionNode)]
    assert operations
    for operation in operations:
        core = _ready(node, operation)
        _walk(core, compiled(core, Tally()).selection)


def _ready(node: Any, operation: OperationDefinitionNode) -> Core:
    """graphql-core ready to execute, with what `@skip` and `@include` ask for and no other variable."""
    coerced = dict.fromkeys(conditions_of(node), False)
    made = CoreExecutor.build(
        SCHEMA, node, None, None, None, operation.name.value if operation.name else None
    )
    if isinstance(made, list):  # for want of variables
        bare = parse("{ __typename }")
        made = CoreExecutor.build(SCHEMA, bare)
        assert not isinstance(made, list)
        fragments: Any = CoreExecutor.build(SCHEMA, _with_fragments(node))
        made.fragments, made.fragment_definitions = fragments.fragments, fragments.fragment_definitions
        made.operation = operation
    made.variable_values = VariableValues({}, coerced)
    return made


def _with_fragments(node: Any) -> Any:
    bare = parse("{ __typename }").definitions
    fragments = [each for each in node.definitions if not isinstance(each, OperationDefinitionNode)]
    return type(node)(definitions=(*bare, *fragments))


def _walk(core: Core, selection: Selection) -> None:
    """Plan what is selected of every type that an interface or union could turn out to be."""
    for field in selection.fields:
        target = get_named_type(field.definition.type)
        if is_abstract_type(target):
            for concrete in SCHEMA.get_possible_types(target):
                assert isinstance(concrete, GraphQLObjectType)
                selection_of(core, field, concrete)
        for inner in field.selections.values():
            _walk(core, inner)


def test_there_are_documents_of_every_kind_among_them() -> None:
    places = [where for where, _ in _shown()]
    assert len(places) >= 20
    for kind in ("README.md", "examples", "bench me", "bench RECORD"):
        assert any(kind in where for where in places), kind
