"""The plans of documents, and what is done where there is none.

graphql-core prepares every operation (variables are coerced, or refused) and stands ready to execute it. It
does so when an operation cannot be planned, and when a plan meets an anomaly. Then a query is run again from
the start; of a mutation the fields that have been run keep what they gave, and only what is selected of them
is executed. Every such fallback is counted and logged with its reason.
"""

import inspect
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import structlog
from graphql import DirectiveNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode, Visitor, visit
from graphql.execution import Executor as CoreExecutor

from app.kit.metrics import record_fallback
from schema.engine.compiling import Core, Unplanned, compiled, variables_in
from schema.engine.documents import Document
from schema.engine.emitting import Anomaly
from schema.engine.leaves import Raised
from schema.engine.moulds import Mould, loosen, mould_of
from schema.engine.plan import Plan, Tally
from schema.engine.running import Run
from schema.engine.unwinding import unwound

log = structlog.get_logger("graph")

KEPT = 600
FIELDS = 10_000
"""How many fields the plans kept may have together: each is some six objects that full collections walk."""
VARIANTS = 16
"""How many choices of `@skip` and `@include` are kept as plans of a document; others are planned anew."""
ANOMALIES = 3
"""After so many a document is left to graphql-core."""


@dataclass(slots=True, eq=False)
class DocumentPlans:
    """What was planned of a document. `conditions` are the variables that `@skip` and `@include` look at."""

    node: Any
    conditions: tuple[str, ...]
    plans: dict[tuple[Any, ...], Plan | str] = field(default_factory=dict)
    moulds: dict[int, Mould | None] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    counted: int = 0
    anomalies: int = 0
    told: set[str] = field(default_factory=set)


class Plans:
    """Runs operations as plans.

    Those kept are bounded in documents and fields; the least used go first, and any with its document.
    """

    def __init__(
        self, schema: GraphQLSchema, *, hide_suggestions: bool = False, kept: int = KEPT, fields: int = FIELDS
    ) -> None:
        self._schema = schema
        self._hide_suggestions = hide_suggestions
        self._kept = kept
        self._fields = fields
        self._held = 0
        self._documents: OrderedDict[int, DocumentPlans] = OrderedDict()

    async def result(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: Any,
        root: Any,
    ) -> ExecutionResult:
        """Execute an operation that has been validated."""
        plans = self._plans_of(document)
        made = self._cast(plans, document, operation, variables, context, root)
        if isinstance(made, list):
            return ExecutionResult(None, errors=made)
        plan = self._plan(plans, made)
        if isinstance(plan, str):
            self._tell(plans, plan)
            return await _executed(self._prepared(document, operation, variables, context, root))
        run = Run(plan, made)
        try:
            return await run.result()
        except Exception as error:
            plans.anomalies += 1
            self._tell(plans, _reason(error), error)
        finally:
            self._bound(plans)
        given = _given(run.had) if plan.serial else None
        return await _executed(self._prepared(document, operation, variables, context, root, given))

    def _cast(
        self,
        plans: DocumentPlans,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: Any,
        root: Any,
    ) -> Any:
        """As `_prepared`, from what an earlier request of the operation has left where that will do."""
        mould = plans.moulds.get(id(operation))
        made = mould.cast(variables, context, root) if mould is not None else None
        if made is None:
            made = self._prepared(document, operation, variables, context, root)
            if id(operation) not in plans.moulds and not isinstance(made, list):
                plans.moulds[id(operation)] = mould_of(made, operation)
        return made

    def _prepared(
        self,
        document: Document,
        operation: OperationDefinitionNode,
        variables: dict[str, Any],
        context: Any,
        root: Any,
        given: Callable[..., Any] | None = None,
    ) -> Any:
        """graphql-core ready to execute; or the errors that keep it from that."""
        node: Any = document.node
        made = CoreExecutor.build(
            self._schema,
            node,
            root,
            context,
            variables,
            operation.name.value if operation.name else None,
            middleware=[given] if given is not None else None,
            hide_suggestions=self._hide_suggestions,
        )
        if not isinstance(made, list):
            loosen(made)
        return made

    def _plans_of(self, document: Document) -> DocumentPlans:
        found = self._documents.get(id(document.node))
        if found is not None:
            self._documents.move_to_end(id(document.node))
            return found
        # The node is held with its plans, so that no other can have its id.
        found = self._documents[id(document.node)] = DocumentPlans(
            document.node, conditions_of(document.node)
        )
        return found

    def forget(self, document: Document) -> None:
        """Let go of what was planned of a document that is kept no longer."""
        found = self._documents.pop(id(document.node), None)
        if found is not None:
            self._held -= found.counted

    def _bound(self, plans: DocumentPlans) -> None:
        """Count what was planned since last time, and let go of what has become too much."""
        if self._documents.get(id(plans.node)) is plans:
            self._held += plans.tally.fields - plans.counted
            plans.counted = plans.tally.fields
        while len(self._documents) > self._kept or self._held > self._fields:
            self._held -= self._documents.popitem(last=False)[1].counted

    def _plan(self, plans: DocumentPlans, core: Core) -> Plan | str:
        """The plan, or why there is none."""
        if plans.anomalies >= ANOMALIES:
            return "demoted"
        coerced = core.variable_values.coerced
        if any(coerced.get(each, True) is None for each in plans.conditions):
            return "null condition"
        name = (id(core.operation), *(coerced.get(each) for each in plans.conditions))
        found = plans.plans.get(name)
        if found is None:
            kept = len(plans.plans) < VARIANTS
            try:
                found = compiled(core, plans.tally if kept else Tally())
            except Unplanned as reason:
                found = str(reason)
            if kept:
                plans.plans[name] = found
        return found

    def _tell(self, plans: DocumentPlans, reason: str, error: Exception | None = None) -> None:
        record_fallback(reason)
        if reason in plans.told:
            return
        plans.told.add(reason)
        text = plans.node.loc.source.body if plans.node.loc else ""
        if error is None or isinstance(error, (Anomaly, Unplanned)):
            log.info(
                "graphql-core executes a document",
                reason=reason,
                why=str(error or reason),
                document=text[:200],
            )
        else:
            log.error(
                "a plan failed; graphql-core executes the document", document=text[:200], exc_info=error
            )


async def _executed(core: Core) -> ExecutionResult:
    core.context_value.reads_elsewhere()
    result: Any = core.execute_operation()
    starve = core.context_value.starve
    found: ExecutionResult = await unwound(result, starve) if inspect.isawaitable(result) else result
    return found


def _given(had: dict[str, Any]) -> Callable[..., Any]:
    """What stands before every resolver: a field that has been run gives what it gave, without a run."""

    def resolve(following: Callable[..., Any], source: Any, info: Any, **arguments: Any) -> Any:
        if info.path.prev is None and info.path.key in had:
            value = had[info.path.key]
            if isinstance(value, Raised):
                raise value.error
            return value
        return following(source, info, **arguments)

    return resolve


def conditions_of(node: Any) -> tuple[str, ...]:
    """The variables that `@skip` and `@include` look at in a document."""
    found: set[str] = set()

    class Finder(Visitor):
        def enter_directive(self, directive: DirectiveNode, *_: Any) -> None:
            if directive.name.value in ("skip", "include"):
                found.update(variables_in([directive]))

    visit(node, Finder())
    return tuple(sorted(found))


def _reason(error: Exception) -> str:
    if isinstance(error, Anomaly):
        return "anomaly"
    return "unplanned type" if isinstance(error, Unplanned) else "failure"
