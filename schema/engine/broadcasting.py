"""Telling audiences: an event is executed once for each scope, written once, and handed to all in it.

Who may be told is asked for each subscriber before anything leaves; what the rows say of that is read once
for all who ask in the same round (`app/access/rosters.py`). The scope of an event is everyone where all that
is selected of it is shared (`sharing.py`), and else each principal.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from app.access.principal import Principal
from app.kit.errors import DomainError, ErrorCode, Unavailable
from app.kit.metrics import EVENTS_EXECUTED, EVENTS_TOLD
from app.realtime.audience import Audience
from app.realtime.cursors import Position
from app.realtime.stream import Following, NoticeKind, Told
from schema.engine.execution import Answer, Executor
from schema.engine.prepared import Prepared
from schema.engine.sharing import frozen, is_shared, resuming_variable
from schema.engine.streaming import Subscriber

AWAY_PAUSE = 1.0
TRIES = 3
"""How often an event is executed that takes too long; then the stream ends, and may be resumed before it."""
AT_ONCE = 16
"""How many principals' own answers to one event are executed at the same time."""
MOST_KEPT = 1_000
ROUND = 0.5
"""For how many seconds a look goes by the rosters of another."""

Permitted = tuple[Subscriber, Any]
"""A subscriber who may be told, and the context of its principal."""
Written = tuple[Sequence[Subscriber], bytes]
"""An answer as JSON, and who gets it."""


class Broadcast:
    """The audiences of a process."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._audiences: dict[Any, Audience] = {}
        self._names: dict[Audience, Any] = {}
        self._rounds: dict[Any, tuple[float, Any]] = {}
        self._resuming: dict[int, tuple[Any, str | None]] = {}

    def joined(self, subscriber: Subscriber, following: Following, position: Position) -> bool:
        """Whether a subscriber knows as much as those who follow the same; it is told with them then."""
        prepared = subscriber.prepared
        node: Any = prepared.document.node
        name = (
            id(prepared.operation), self._variables(prepared),
            following.organization_id, following.topic, position.epoch,
        )  # fmt: skip
        audience = self._audiences.get(name)
        if audience is None:
            audience = Audience(following, position, self, self._closed)
            self._audiences[name], self._names[audience] = audience, (name, node)
        if not audience.join(subscriber, position.seq):
            return False
        subscriber.audience = audience
        return True

    def _variables(self, prepared: Prepared) -> Any:
        """The variables that tell audiences of one document apart."""
        known = self._resuming.get(id(prepared.operation))
        if known is None:
            if len(self._resuming) >= MOST_KEPT:
                self._resuming.clear()
            resuming = resuming_variable(prepared.document.node, prepared.operation)
            # The node is held with it, so that no other can have its id.
            known = self._resuming[id(prepared.operation)] = prepared.operation, resuming
        return frozen({name: value for name, value in prepared.variables.items() if name != known[1]})

    def _closed(self, audience: Audience) -> None:
        name, _ = self._names.pop(audience)
        del self._audiences[name]
        if not self._audiences:
            self._rounds.clear()

    async def tell(
        self, audience: Audience, told: Sequence[Told], listeners: Sequence[Subscriber], since: float
    ) -> None:
        """Tell those of an audience; what is told together is answered together and handed in order."""
        source = listeners[0].source
        events = [source.tell(each, audience.following) for each in told]
        work = [self._answers(event, listeners, audience, since) for event in events]
        found = [await work[0]] if len(work) == 1 else await asyncio.gather(*work)
        _hand(found, audience)

    async def tell_alone(self, subscriber: Subscriber, event: Any) -> None:
        """Tell one who is not with the others; None only asks whether it may still listen."""
        _hand([await self._answers(event, [subscriber], None, None)], None)

    async def look(self, audience: Audience) -> None:
        """See whether everyone may still listen; tell what there is to tell of the stream itself."""
        loop = asyncio.get_running_loop()
        listeners: list[Subscriber] = list(audience.listeners)
        try:
            permitted = await self._permitted(None, listeners, loop.time() - ROUND)
        except Unavailable:
            permitted = _as_they_were(listeners)
        for told, whom in _due(audience, permitted, loop.time()):
            answers: list[Written] = []
            await self._answer(whom[0][0].source.tell(told, audience.following), whom, audience, answers)
            _hand([answers], audience)

    # Who is told

    async def _answers(
        self, event: Any, waiting: Sequence[Subscriber], audience: Audience | None, since: float | None
    ) -> list[Written]:
        """The answers to an event, for all of those who may know; while nobody can be asked it waits.

        Nobody is told of the next event instead: one that cannot be executed in time ends the stream.
        """
        permitted: Sequence[Permitted] | None
        answers: list[Written] = []
        while waiting:
            try:
                permitted = await self._permitted(event, waiting, since)
            except Unavailable:
                permitted = _as_they_were(waiting) if hasattr(event, "of_stream") else None
            if event is None:
                break
            if permitted is not None:
                waiting = await self._answer(event, permitted, audience, answers)
            if waiting:
                await asyncio.sleep(AWAY_PAUSE)
                waiting = [each for each in waiting if not each.over and each.audience is audience]
        return answers

    async def _permitted(
        self, event: Any, subscribers: Sequence[Subscriber], since: float | None
    ) -> list[Permitted]:
        """Those for whom an event is; who may listen no longer has ended then."""
        found: list[Permitted] = []
        verdicts: dict[str | None, tuple[Principal, Any]] = {}
        for each in subscribers:
            if each.over:
                continue
            token = each.client.token
            try:
                known = verdicts.get(token)
                if known is None:
                    principal = each.client.at_hand() or await each.client.recognise()
                    known = principal, await self._verdict(each, principal, event, since)
                    verdicts[token] = known
            except Unavailable:
                raise
            except Exception as error:
                each.fail(error)
                continue
            each.principal, verdict = known
            if isinstance(verdict, Exception):
                each.fail(verdict)
            elif verdict is not None:
                found.append((each, verdict))
        return found

    async def _verdict(self, subscriber: Subscriber, principal: Principal, event: Any, since: Any) -> Any:
        """The context in which a principal is told of an event; None when it is not, an error when never."""
        context = subscriber.client.context(principal, subscriber.request_id)
        if since is not None:
            self._consult(context, principal, since)
        try:
            return context if await subscriber.source.permit(context, event) else None
        except Unavailable:
            raise
        except DomainError as error:
            return error

    def _consult(self, context: Any, principal: Principal, since: float) -> None:
        """Let a context go by what was read for all who ask, at that moment or later."""
        began, rosters = self._rounds.get(principal.organization_id, (0.0, None))
        if rosters is None or began < since:
            rosters = context.rosters(rosters)
            self._rounds[principal.organization_id] = (asyncio.get_running_loop().time(), rosters)
        context.loaders.access.rosters = rosters

    # What they are told

    async def _answer(
        self,
        event: Any,
        permitted: Sequence[Permitted],
        audience: Audience | None,
        answers: list[Written],
    ) -> list[Subscriber]:
        """Answer once for each scope; those whose answer has to wait for the database."""
        waiting: list[Subscriber] = []
        scopes = self._scopes(event, permitted, audience)
        for begin in range(0, len(scopes), AT_ONCE):
            some = [self._answer_scope(event, scope, answers) for scope in scopes[begin : begin + AT_ONCE]]
            found = [await some[0]] if len(some) == 1 else await asyncio.gather(*some)
            waiting += [each for those in found for each in those]
        return waiting

    def _scopes(
        self, event: Any, permitted: Sequence[Permitted], audience: Audience | None
    ) -> list[Sequence[Permitted]]:
        if audience is None or len(permitted) < 2:
            return [permitted] if permitted else []
        scopes: dict[int, list[Permitted]] = {}
        for subscriber, context in permitted:
            scopes.setdefault(id(context), []).append((subscriber, context))
        if len(scopes) > 1 and self._is_shared(event, permitted[0][0], audience):
            return [permitted]
        return list(scopes.values())

    def _is_shared(self, event: Any, subscriber: Subscriber, audience: Audience) -> bool:
        shared = audience.shared.get(event.typename)
        if shared is None:
            prepared = subscriber.prepared
            shared = is_shared(
                self.executor.schema, prepared.document.node, prepared.operation, event.typename
            )
            audience.shared[event.typename] = shared
        return shared

    async def _answer_scope(
        self, event: Any, scope: Sequence[Permitted], answers: list[Written]
    ) -> Sequence[Subscriber]:
        first, context = scope[0]
        prepared = first.prepared
        EVENTS_EXECUTED.inc()
        answer = await self.executor.answer_event(
            prepared.document, prepared.operation, prepared.variables, context, event
        )
        if _has(ErrorCode.UNAVAILABLE, answer):
            return [subscriber for subscriber, _ in scope]
        if "data" not in answer and _has(ErrorCode.TIMEOUT, answer):
            return [subscriber for subscriber, _ in scope if subscriber.waits_again(answer["errors"], TRIES)]
        if "errors" in answer and len(scope) > 1:
            return await self._answer_each(event, scope, answers)
        written = prepared.event(answer, first.request_id)
        answers.append(([subscriber for subscriber, _ in scope], written))
        return ()

    async def _answer_each(
        self, event: Any, scope: Sequence[Permitted], answers: list[Written]
    ) -> Sequence[Subscriber]:
        """Answer one by one: errors carry the id of their own operation."""
        waiting: list[Subscriber] = []
        for subscriber, context in scope:
            own = subscriber.client.context(context.principal, subscriber.request_id)
            waiting += await self._answer_scope(event, [(subscriber, own)], answers)
        return waiting


def _hand(events: Sequence[Sequence[Written]], audience: Audience | None) -> None:
    """Hand everyone the answers to some events, in their order; several at once are one write."""
    now, handed = asyncio.get_running_loop().time(), 0
    if len(events) == 1:
        for subscribers, answer in events[0]:
            answers = (answer,)
            for each in subscribers:
                each.hand(answers, audience, now)
            handed += len(subscribers)
    else:
        found: dict[Subscriber, list[bytes]] = {}
        for written in events:
            for subscribers, answer in written:
                for each in subscribers:
                    found.setdefault(each, []).append(answer)
                handed += len(subscribers)
        for each, some in found.items():
            each.hand(some, audience, now)
    EVENTS_TOLD.inc(handed)


def _due(
    audience: Audience, permitted: Sequence[Permitted], now: float
) -> list[tuple[Told, list[Permitted]]]:
    """What there is to tell of the stream itself, and to whom."""
    following, position = audience.following, audience.position
    readers = following.readers
    quiet = now - readers.pace.heartbeat
    heartbeat: list[Permitted] = []
    bus: list[Permitted] = []
    found: list[tuple[Told, list[Permitted]]] = []
    for each in permitted:
        subscriber = each[0]
        if subscriber.seq > position.seq:
            continue
        if subscriber.bus_degraded is not readers.bus.degraded:
            subscriber.bus_degraded = readers.bus.degraded
            bus.append(each)
        for announcement in subscriber.client.announcements.untold(subscriber.told):
            subscriber.told = (*subscriber.told, announcement)
            kind = NoticeKind(announcement.kind)
            found.append((following.notice(position, kind, announcement.retry_after_ms), [each]))
        if subscriber.beat <= quiet:
            heartbeat.append(each)
    if bus:
        found.append((following.notice_of_bus(position), bus))
    if heartbeat:
        found.append((following.heartbeat(position), heartbeat))
    return found


def _as_they_were(subscribers: Sequence[Subscriber]) -> list[Permitted]:
    """Everyone by who it was when last asked: good enough to be told of the stream itself."""
    return [
        (each, each.client.context(each.principal, each.request_id))
        for each in subscribers
        if each.principal is not None and not each.over
    ]


def _has(code: ErrorCode, answer: Answer) -> bool:
    """Whether to answer the event again: the subscriber would otherwise miss what it tells."""
    return any(error["extensions"]["code"] == code.value for error in answer.get("errors", ()))
