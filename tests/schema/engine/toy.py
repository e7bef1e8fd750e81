"""Toy schemas, run by plans and by graphql-core, with what each resolver was called with."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLSchema, build_schema, get_operation_ast, parse, validate

from app.kit.database import Momentary, StatementCount
from schema.engine.documents import Document
from schema.engine.execution import Answer, Executor
from tests.schema.engine.differential import fallbacks, same


@dataclass
class ToyContext:
    """The context of a toy operation."""

    request_id: str = "request"
    statements: StatementCount = field(default_factory=StatementCount)

    made_of: Sequence[Momentary] | None = None

    def read_anew(self) -> None: ...

    def read_in_common(self) -> None:
        """Nobody else asks."""

    def reads_elsewhere(self) -> None:
        """There is nobody to whom it matters."""

    def starve(self) -> None:
        """There are no loaders."""


def schema_of(text: str, **resolvers: Any) -> GraphQLSchema:
    """A schema with resolvers, named `Type__field`; `Type__is` and `Type__type` tell types."""
    made = build_schema(text)
    for name, resolve in resolvers.items():
        holder, _, what = name.partition("__")
        named: Any = made.type_map[holder]
        if what == "is":
            named.is_type_of = resolve
        elif what == "type":
            named.resolve_type = resolve
        else:
            named.fields[what].resolve = resolve
    return made


async def run(
    schema: GraphQLSchema,
    text: str,
    root: Any = None,
    variables: dict[str, Any] | None = None,
    *,
    plans: bool = True,
) -> Answer:
    """The answer of plans, or of graphql-core."""
    node = parse(text)
    errors = validate(schema, node)
    assert not errors, errors
    operation = get_operation_ast(node)
    assert operation is not None
    executor = Executor(schema, plans=plans)
    return await executor._run(Document(node, ()), operation, variables or {}, ToyContext(), root, 5)


async def alike(
    schema: GraphQLSchema, text: str, root: Any = None, variables: dict[str, Any] | None = None
) -> Answer:
    """The answer of plans, which is that of graphql-core; no fallback was needed."""
    before = fallbacks()
    plan = await run(schema, text, root, variables)
    assert fallbacks() == before
    core = await run(schema, text, root, variables, plans=False)
    assert same(core, plan), f"core: {core}\nplan: {plan}"
    return plan


def told(answer: Answer) -> list[tuple[str, list[Any]]]:
    """Messages and paths of the errors."""
    return [(error["message"], error["path"]) for error in answer.get("errors", ())]


async def never_loaded(reader: Any, keys: Sequence[Any], *more: Any) -> Sequence[Any]:
    """A loader that nobody gets to ask."""
    raise AssertionError("this is not read")
