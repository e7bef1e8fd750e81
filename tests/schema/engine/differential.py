"""Whether a plan answers as graphql-core does: the same data, the same nulls, the same errors at the same
places.

Where two errors reach for the same null, graphql-core tells of the one that came first, and which that is
depends on the order in which its tasks ran. So there a plan may tell of any error that graphql-core finds
as well when errors are kept from spreading.
"""

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from graphql import (
    DirectiveNode,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLSchema,
    NameNode,
    Node,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Visitor,
    get_operation_ast,
    parse,
    print_ast,
    validate,
    visit,
)
from graphql.execution import execute

from app.kit.metrics import FALLBACKS
from schema.engine.documents import Document
from schema.engine.execution import Answer, Executor, shaped
from tests.schema.engine.making import Made

MakeContext = Callable[[], Any]
Found = frozenset[str]


@dataclass(frozen=True)
class Mismatch:
    """A document that the two answer differently."""

    made: Made
    core: Answer
    plan: Answer

    def __str__(self) -> str:
        return f"{self.made.text}\n{self.made.variables}\ncore: {self.core}\nplan: {self.plan}"


class Pair:
    """The two executors."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema
        self._plan = Executor(schema, plans=True)
        self._core = Executor(schema, plans=False)
        self._asked = 0

    async def compare(self, made: Made, make_context: MakeContext, root: Any = None) -> Mismatch | None:
        """The mismatch, if there is one."""
        document = Document(parse(made.text), ())
        operation = _operation(document.node)
        before = fallbacks()
        plan = await self._plan._run(document, operation, made.variables, make_context(), root, 60)
        try:
            core = await self._core._run(document, operation, made.variables, make_context(), root, 60)
        except asyncio.CancelledError:
            # One error cancels its siblings, and with them a dataloader's answer that others wait for.
            return None
        if fallbacks() != before:
            return Mismatch(made, core, {**plan, "fallback": fallbacks() - before})
        self._asked += 1
        if self._asked % 4 == 0 and operation.operation is OperationType.QUERY:
            # What the first request has left behind is used by the second.
            again = await self._plan._run(document, operation, made.variables, make_context(), root, 60)
            if not same(plan, again):
                return Mismatch(made, plan, again)
        if same(core, plan):
            return None
        every = await self._all_errors(document.node, made, make_context(), root)
        return None if _may_be(core, plan, every) else Mismatch(made, core, plan)

    async def _all_errors(self, node: Any, made: Made, context: Any, root: Any) -> Found:
        """All errors that graphql-core finds when none spreads."""
        directive = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"))
        definitions = [
            replace(each, directives=(directive,)) if isinstance(each, OperationDefinitionNode) else each
            for each in node.definitions
        ]
        alone: Any = replace(node, definitions=tuple(definitions))
        result: Any = execute(self._schema, alone, root, context, made.variables)
        if hasattr(result, "__await__"):
            result = await result
        return frozenset(map(str, _errors(shaped(result, context.request_id))))

    async def shrunk(self, mismatch: Mismatch, make_context: MakeContext, root: Any = None) -> Mismatch:
        """The smallest document found that still mismatches."""
        smaller = True
        while smaller:
            smaller = False
            for made in _smaller(self._schema, mismatch.made):
                found = await self.compare(made, make_context, root)
                if found is not None:
                    mismatch, smaller = found, True
                    break
        return mismatch


def fallbacks() -> float:
    """How many operations graphql-core has executed for want of a plan."""
    return sum(
        sample.value
        for metric in FALLBACKS.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )


def same(core: Answer, plan: Answer) -> bool:
    """Whether two answers say the same; the order of errors is nobody's."""
    return repr(core.get("data")) == repr(plan.get("data")) and sorted(map(str, _errors(core))) == sorted(
        map(str, _errors(plan))
    )


def _errors(answer: Answer) -> list[Any]:
    found = []
    for error in answer.get("errors", ()):
        extensions = {
            name: value for name, value in error.get("extensions", {}).items() if name != "requestId"
        }
        found.append(
            (error["message"], error.get("locations"), error.get("path"), sorted(extensions.items()))
        )
    return found


def _may_be(core: Answer, plan: Answer, every: Found) -> bool:
    """Whether the two differ only in which of several errors made the same null."""
    if repr(core.get("data")) != repr(plan.get("data")):
        return False
    nulls = {_null(core["data"], error[2]) for error in _errors(core)}
    told = [_null(plan["data"], error[2]) for error in _errors(plan)]
    outermost = {null for null in nulls if not any(null[:depth] in nulls for depth in range(len(null)))}
    return (
        {null for null in set(told) if null in outermost} == outermost
        and set(told) <= nulls
        and len(set(told)) == len(told)
        and all(str(error) in every for error in _errors(plan))
    )


def _null(data: Any, path: Any) -> tuple[Any, ...]:
    for depth, step in enumerate(path or ()):
        if data is None:
            return tuple(path[:depth])
        data = data[step]
    return tuple(path or ())


def _operation(node: Any) -> Any:
    return get_operation_ast(node)


def _smaller(schema: GraphQLSchema, made: Made) -> Iterator[Made]:
    """Documents with one selection less."""
    for place in range(_selections(parse(made.text))):
        text = print_ast(_used(_without(parse(made.text), place)))
        if text != made.text and not validate(schema, parse(text)):
            yield replace(made, text=text)


def _selections(node: Node) -> int:
    count = 0

    class Counter(Visitor):
        def enter_selection_set(self, each: SelectionSetNode, *_: Any) -> None:
            nonlocal count
            count += len(each.selections)

    visit(node, Counter())
    return count


def _without(node: DocumentNode, place: int) -> DocumentNode:
    seen = 0

    class Cutter(Visitor):
        def leave_selection_set(self, each: SelectionSetNode, *_: Any) -> Any:
            nonlocal seen
            first, seen = seen, seen + len(each.selections)
            cut = place - first
            if not 0 <= cut < len(each.selections) or len(each.selections) == 1:
                return None
            return replace(each, selections=(*each.selections[:cut], *each.selections[cut + 1 :]))

    cut: DocumentNode = visit(node, Cutter())
    return cut


def _used(node: DocumentNode) -> DocumentNode:
    """The document without fragments and variables that nothing uses any more."""
    while True:
        text = print_ast(node)
        kept: list[Any] = []
        for each in node.definitions:
            if isinstance(each, OperationDefinitionNode):
                rest = text.replace(print_ast(each), print_ast(replace(each, variable_definitions=())))
                variables = [
                    variable
                    for variable in each.variable_definitions or ()
                    if re.search(rf"\${variable.variable.name.value}\b", rest)
                ]
                kept.append(replace(each, variable_definitions=tuple(variables)))
            elif isinstance(each, FragmentDefinitionNode) and re.search(rf"\.\.\.{each.name.value}\b", text):
                kept.append(each)
        if len(kept) == len(node.definitions):
            return replace(node, definitions=tuple(kept))
        node = replace(node, definitions=tuple(kept))
