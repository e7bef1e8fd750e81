"""Running subscriptions: the source once, then one answer for each event, each with a context of its own.

A source yields events, or None when nothing happened for a while. Before anything leaves, and at each None,
the principal is recognised anew and the source is asked whether it may still listen. No rows and no
permissions outlive an event, and a right taken away ends the stream within one tick of its source.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any, Protocol

from graphql import ExecutionResult, GraphQLError, OperationDefinitionNode
from graphql.execution import Executor as CoreExecutor
from graphql.execution import create_source_event_stream

from app.kit.database import statement_count
from app.kit.errors import ErrorCode, Unavailable
from schema.engine.announcements import Announcement, Announcements
from schema.engine.documents import Document
from schema.engine.execution import Answer, Executor, OperationContext, coded
from schema.engine.masking import formatted

BEGIN_SECONDS = 5.0
AWAY_PAUSE = 1.0

Renew = Callable[[], Awaitable[OperationContext]]


class Source(Protocol):
    """What the resolver of a subscription returns."""

    def __aiter__(self) -> AsyncIterator[Any]:
        """Events; None when nothing happened for a while. One with `of_stream` tells of the stream alone."""
        ...

    async def permit(self, context: Any, event: Any) -> bool:
        """Whether this event is for this principal; an error when it may listen no longer."""
        ...

    def notice(self, announcement: Announcement, last: Any) -> Any:
        """The event, of the stream alone, that tells of an announcement at the place of the last event."""
        ...


class StreamEnded(Exception):
    """The stream ended with errors, ready to be sent."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = errors


async def answers(
    executor: Executor,
    document: Document,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    renew: Renew,
    request_id: str,
    announcements: Announcements | None = None,
) -> AsyncGenerator[Answer]:
    """The answers of a subscription; StreamEnded when it cannot begin or go on.

    `renew` recognises the principal as it stands now and gives a new context; it may raise DomainError. What
    is announced is told between two events, or when nothing happened for a while. All errors have the
    operation's request id, so that what the log says of a stream is found by one id.
    """
    try:
        context = await renew()
        source = await _source(executor, document, operation, variables, context)
        async with aclosing(_each(source, announcements or Announcements())) as events:
            async for event in events:
                permitted = await _permitted(source, event, renew, context)
                while event is not None and permitted is not None:
                    context = permitted
                    answer = await executor.answer_event(document, operation, variables, context, event)
                    if not _database_was_away(answer):
                        yield answer
                        break
                    await asyncio.sleep(AWAY_PAUSE)
                    permitted = await _permitted(source, event, renew, context)
    except StreamEnded:
        raise
    except Exception as error:
        # What is not the domain's is masked and logged, as in an answer.
        shaped = formatted(GraphQLError(str(error), original_error=error), request_id)
        raise StreamEnded([shaped]) from error


async def _each(source: Source, announcements: Announcements) -> AsyncGenerator[Any]:
    events: Any = aiter(source)
    last, told = None, set[Announcement]()
    try:
        async for event in events:
            yield event
            last = last if event is None else event
            for announcement in announcements.untold(told) if last is not None else ():
                yield source.notice(announcement, last)
    finally:
        close = getattr(events, "aclose", None)
        if close is not None:
            await close()


async def _source(
    executor: Executor,
    document: Document,
    operation: OperationDefinitionNode,
    variables: dict[str, Any],
    context: OperationContext,
) -> Source:
    name = operation.name.value if operation.name else None
    node: Any = document.node
    hide = executor.hide_suggestions
    made = CoreExecutor.build(executor.schema, node, None, context, variables, name, hide_suggestions=hide)
    if isinstance(made, list):
        raise StreamEnded([formatted(error, context.request_id) for error in made])
    found = await _created(made, context)
    if isinstance(found, ExecutionResult):
        raise StreamEnded([formatted(error, context.request_id) for error in found.errors or ()])
    source: Source = found
    return source


async def _created(made: "CoreExecutor[Any]", context: OperationContext) -> Any:
    marker = statement_count.set(context.statements)
    try:
        async with asyncio.timeout(BEGIN_SECONDS):
            found: Any = create_source_event_stream(made)
            return await found if hasattr(found, "__await__") else found
    except TimeoutError:
        message = f"The subscription did not begin within {BEGIN_SECONDS:g} s; try again."
        raise StreamEnded(coded(ErrorCode.TIMEOUT, message, context.request_id)["errors"]) from None
    finally:
        statement_count.reset(marker)


async def _permitted(
    source: Source, event: Any, renew: Renew, last: OperationContext
) -> OperationContext | None:
    """A new context when the event may leave, else None.

    While the database is away nobody can be asked: what tells of the stream itself leaves, the rest waits.
    """
    while True:
        with suppress(Unavailable):
            context = await renew()
            return context if await source.permit(context, event) else None
        if event is None or getattr(event, "of_stream", False):
            return None if event is None else last
        await asyncio.sleep(AWAY_PAUSE)


def _database_was_away(answer: Answer) -> bool:
    """Whether to answer the event again: the subscriber would otherwise miss what it tells."""
    return any(
        error["extensions"]["code"] == ErrorCode.UNAVAILABLE.value for error in answer.get("errors", ())
    )
