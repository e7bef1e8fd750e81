"""Running operations: one answer for a query or mutation, one for each event of a subscription.

Each runs with a context of its own; what went wrong leaves as `masking` shapes it.
"""

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLError, GraphQLSchema, OperationDefinitionNode
from graphql.execution import execute

from app.kit.database import Momentary, StatementCount, statement_count
from app.kit.deadlines import Deadlines
from app.kit.errors import ErrorCode
from schema.engine.documents import Document, Documents, is_mutation
from schema.engine.limits import Limits
from schema.engine.masking import formatted
from schema.engine.plans import Plans
from schema.engine.unwinding import unwound

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seconds:
    """How long a query and a mutation may take.

    A write has a deadline of its own, after which it is undone and says so; that of the mutation comes later.
    """

    query: float = 5.0
    mutation: float = 12.0


class OperationContext(Protocol):
    """What the executor needs of a context."""

    request_id: str
    statements: StatementCount

    @property
    def made_of(self) -> Sequence[Momentary] | None:
        """What all that was read is made of beside rows whose versions are known with the principal.

        None where something else was read.
        """
        ...

    def read_anew(self) -> None:
        """Tell nothing that was read before."""
        ...

    def read_in_common(self) -> None:
        """Read together with others of the organization what is the same for all who ask."""
        ...

    def reads_elsewhere(self) -> None:
        """Something else may have been read, without the loaders."""
        ...

    def starve(self) -> None:
        """Let its loaders answer nothing more, and no write begin."""
        ...


class Executor:
    """Runs documents against one schema."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        plans: bool = True,
        limits: Limits | None = None,
        seconds: Seconds | None = None,
    ) -> None:
        self.schema = schema
        self._seconds = seconds or Seconds()
        self._deadlines: dict[float, Deadlines] = {}
        limits = limits or Limits()
        self.hide_suggestions = not limits.suggestions
        self._plans = Plans(schema, hide_suggestions=self.hide_suggestions) if plans else None
        self.documents = Documents(schema, limits, self._plans.forget if self._plans else None)

    async def answer(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: OperationContext,
    ) -> Answer:
        """Run a query or mutation."""
        seconds = self._seconds.mutation if is_mutation(operation) else self._seconds.query
        return await self._run(document, operation, variables, context, None, seconds)

    async def answer_event(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: OperationContext,
        event: Any,
    ) -> Answer:
        """Run a subscription's selection on one event of its source."""
        return await self._run(document, operation, variables, context, event, self._seconds.query)

    async def _run(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: OperationContext,
        root: Any,
        seconds: float,
    ) -> Answer:
        deadlines = self._deadlines.get(seconds)
        if deadlines is None:
            deadlines = self._deadlines[seconds] = Deadlines(seconds)
        marker = statement_count.set(context.statements)
        try:
            with deadlines.limit():
                result = await self._result(document, operation, variables, context, root)
        except TimeoutError:
            message = f"The operation took more than {seconds:g} s and was stopped; ask for less at once."
            if is_mutation(operation):
                message = (
                    f"The operation took more than {seconds:g} s, and what it changes may still be done. "
                    "Look, or send it again with the same idempotency key."
                )
            return coded(ErrorCode.TIMEOUT, message, context.request_id)
        finally:
            statement_count.reset(marker)
        return shaped(result, context.request_id)

    async def _result(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: OperationContext,
        root: Any,
    ) -> ExecutionResult:
        if self._plans is not None:
            return await self._plans.result(document, operation, variables, context, root)
        context.reads_elsewhere()
        result = execute(
            self.schema,
            _parsed(document),
            root,
            context,
            variables,
            _name(operation),
            hide_suggestions=self.hide_suggestions,
        )
        return await unwound(result, context.starve) if inspect.isawaitable(result) else result


def shaped(result: ExecutionResult, request_id: str) -> Answer:
    """An answer with its errors shaped and masked; no data when nothing was run, as for bad variables."""
    if result.errors is None:
        return {"data": result.data}
    errors = [formatted(error, request_id) for error in result.errors]
    if result.data is None and all(error.path is None for error in result.errors):
        return {"errors": errors}
    return {"data": result.data, "errors": errors}


def refused(errors: Sequence[GraphQLError], request_id: str) -> Answer:
    """The answer to a request that was not run."""
    return {"errors": [formatted(error, request_id) for error in errors]}


def coded(code: ErrorCode, message: str, request_id: str) -> Answer:
    """The answer to a request that was refused as a whole."""
    return {"errors": [{"message": message, "extensions": {"code": code.value, "requestId": request_id}}]}


def _parsed(document: Document) -> Any:
    if document.node is None:
        raise RuntimeError("a document with errors is not run")
    return document.node


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None
