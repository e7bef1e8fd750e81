"""An operation asked of plans and of graphql-core: the same data, and the same errors at the same places.

graphql-core's errors are compared before they are masked, so messages, locations and extensions count. Plans
are asked as often as it takes until what is kept of a document is used: the plan, the mould of its request,
and the functions written for its selections.
"""

import asyncio
import inspect
from collections import Counter
from collections.abc import Callable
from types import FunctionType
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    get_operation_ast,
    parse,
    validate,
)
from graphql.execution import execute

from app.kit.metrics import FALLBACKS
from schema.engine.documents import Document
from schema.engine.plans import Plans
from schema.engine.single import WORTH_IT
from tests.schema.engine.core_cases.held import held, is_plain, of_rows
from tests.schema.engine.toy import ToyContext

Told = tuple[Any, list[tuple[str, list[Any] | None]]]
"""Data, and message and path of each error in the order of paths."""
PATIENCE = 30.0
"""Seconds until a run that waits for ever is given up."""


async def both(
    schema: GraphQLSchema,
    asked: str | DocumentNode,
    root: Any = None,
    variables: dict[str, Any] | None = None,
    *,
    name: str | None = None,
    valid: bool = True,
    fallback: str | None = None,
    rows: bool = True,
) -> Told:
    """The answer on which both agree.

    A function as `root` gives a root for each run. `valid=False` leaves out the validation, which would
    refuse what is asked. Plans do without graphql-core, or fall back for the reason named. Where nothing of
    the root is called, both are asked over rows as well, unless `rows` says no.
    """
    node = parse(asked) if isinstance(asked, str) else asked
    if valid:
        assert validate(schema, node) == []
    answer = await _agreed(schema, node, root, variables, name, fallback)
    if rows and type(root) is dict and is_plain(root):
        assert await _agreed(of_rows(schema), node, held(root), variables, name, fallback) == answer
    return answer


async def _agreed(
    schema: GraphQLSchema,
    node: DocumentNode,
    root: Any,
    variables: dict[str, Any] | None,
    name: str | None,
    fallback: str | None,
) -> Told:
    core = await of_core(schema, node, root, variables, name)
    plans = Plans(schema)
    for _ in range(1 if fallback else WORTH_IT + 2):
        before = reasons()
        plan = await of_plans(plans, node, root, variables, name)
        assert repr(plan.data) == repr(core.data), f"core: {core}\nplan: {plan}"
        assert errors_of(plan) == errors_of(core)
        assert reasons() - before == Counter({fallback: 1} if fallback else {})
    return told(core)


async def of_core(
    schema: GraphQLSchema,
    node: DocumentNode,
    root: Any = None,
    variables: dict[str, Any] | None = None,
    name: str | None = None,
) -> ExecutionResult:
    """What graphql-core answers."""
    async with asyncio.timeout(PATIENCE):
        result: Any = execute(schema, node, made(root), ToyContext(), variables or {}, name)
        return await result if inspect.isawaitable(result) else result


async def of_plans(
    plans: Plans,
    node: DocumentNode,
    root: Any = None,
    variables: dict[str, Any] | None = None,
    name: str | None = None,
) -> ExecutionResult:
    """What plans answer."""
    operation = get_operation_ast(node, name)
    assert operation is not None
    async with asyncio.timeout(PATIENCE):
        return await plans.result(Document(node, ()), operation, variables or {}, ToyContext(), made(root))


def told(result: ExecutionResult) -> Told:
    """What is asserted of an answer."""
    errors = [(error.message, error.path) for error in result.errors or ()]
    return result.data, sorted(errors, key=lambda error: str(error[1]))


def errors_of(result: ExecutionResult) -> list[str]:
    """All that errors tell, in an order of their own: theirs is nobody's."""
    return sorted(
        str((each.message, each.locations, each.path, each.extensions, _cause(each)))
        for each in result.errors or ()
    )


def reasons() -> Counter[str]:
    """How many operations fell back, by reason."""
    return Counter(
        {
            sample.labels["reason"]: int(sample.value)
            for metric in FALLBACKS.collect()
            for sample in metric.samples
            if sample.name.endswith("_total")
        }
    )


def later(value: Any) -> Callable[..., Any]:
    """A field that has to be waited for."""

    async def resolve(*_: Any, **given: Any) -> Any:
        await asyncio.sleep(0)
        return value

    return resolve


def fails(message: str) -> Callable[..., Any]:
    """A field whose resolver raises."""

    def resolve(*_: Any, **given: Any) -> Any:
        raise RuntimeError(message)

    return resolve


def fails_later(message: str) -> Callable[..., Any]:
    """A field whose resolver raises when it is waited for."""

    async def resolve(*_: Any, **given: Any) -> Any:
        await asyncio.sleep(0)
        raise RuntimeError(message)

    return resolve


def made(root: Any) -> Any:
    """The root of one run."""
    return root() if isinstance(root, FunctionType) else root


def _cause(error: GraphQLError) -> str:
    return repr(error.original_error)
