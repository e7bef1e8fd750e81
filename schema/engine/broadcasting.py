"""Telling audiences: an event is executed once for each scope, written once, and handed to all in it.

Who may be told is asked for each subscriber before anything leaves; what the rows say of that is read once
for all who ask in the same round (`app/access/rosters.py`). The scope of an event is everyone where all that
is selected of it is shared (`sharing.py`), and else each principal.
"""

import asyncio
import uuid
from collections.abc import Collection, Sequence
from typing import Any

from app.access.access import Access
from app.access.principal import Principal
from app.kit.errors import ErrorCode, Unavailable
from app.kit.metrics import EVENTS_EXECUTED, EVENTS_TOLD
from app.realtime.audience import Audience
from app.realtime.cursors import Position
from app.realtime.stream import Following, NoticeKind, Told
from schema.engine.execution import Answer, Executor
from schema.engine.prepared import Prepared
from schema.engine.sharing import frozen, is_shared, resuming_variable
from schema.engine.streaming import Answers, Subscriber

AWAY_PAUSE = 1.0
TRIES = 3
"""How often an event is executed that takes too long; then the stream ends, and may be resumed before it."""
AT_ONCE = 16
"""How many principals' own answers to one event are executed at the same time."""
MOST_KEPT = 1_000
ROUND = 0.25
"""For how many seconds a look goes by the rosters of another."""

Written = tuple[Sequence[Subscriber], bytes]
"""An answer as JSON, and who gets it."""


class Person:
    """A principal, for the moment of an event: its subscribers, and what it may know.

    `sees` says of each event whether it is for this person; None says that all are. `access` is what was
    asked. Who may not listen has an `error` instead.
    """

    __slots__ = ("access", "error", "principal", "sees", "subscribers")

    def __init__(self, principal: Principal) -> None:
        self.access: Access | None = None
        self.error: Exception | None = None
        self.principal = principal
        self.sees: Sequence[bool] | None = None
        self.subscribers: list[Subscriber] = []

    def only(self, subscribers: list[Subscriber]) -> "Person":
        """The same with some of its subscribers."""
        person = Person(self.principal)
        person.access, person.subscribers = self.access, subscribers
        return person


class Crowd:
    """Persons who may be told of an event, and their subscribers."""

    __slots__ = ("persons", "subscribers")

    def __init__(self, persons: Sequence[Person]) -> None:
        self.persons = persons
        self.subscribers = [each for person in persons for each in person.subscribers]

    @property
    def source(self) -> Any:
        """What they follow."""
        return self.subscribers[0].source

    def context(self) -> Any:
        """A new context of the first of them."""
        person, first = self.persons[0], self.subscribers[0]
        context = first.client.context(person.principal, first.request_id)
        if person.access is not None:
            context.loaders.access = person.access
        context.read_in_common()
        return context


class Broadcast:
    """The audiences of a process."""

    def __init__(self, executor: Executor) -> None:
        self.executor = executor
        self._audiences: dict[Any, Audience] = {}
        self._names: dict[Audience, Any] = {}
        self._rounds: dict[Any, tuple[float, Any]] = {}
        self._resuming: dict[int, tuple[Any, str | None]] = {}
        self._looking: set[asyncio.Task[None]] = set()

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
        """Tell those of an audience; what is told together is asked about and answered together, in order."""
        source = listeners[0].source
        events = [source.tell(each, audience.following) for each in told]
        crowds = await self._asked(events, listeners, since)
        work = [
            self._answers(event, listeners, crowd, audience)
            for event, crowd in zip(events, crowds, strict=True)
        ]
        found = [await work[0]] if len(work) == 1 else await asyncio.gather(*work)
        _hand(found, audience)

    async def tell_alone(self, subscriber: Subscriber, event: Any) -> None:
        """Tell one who is not with the others."""
        (crowd,) = await self._asked([event], [subscriber], None)
        _hand([await self._answers(event, [subscriber], crowd, None)], None)

    async def look(self, audience: Audience) -> None:
        """See whether everyone may still listen; tell what there is to tell of the stream itself."""
        loop = asyncio.get_running_loop()
        listeners: list[Subscriber] = list(audience.listeners)
        try:
            (crowd,) = await self._permitted((), listeners, loop.time() - ROUND)
        except Unavailable:
            crowd = _as_they_were(listeners)
        for told, whom in _due(audience, crowd, loop.time()):
            answers: list[Written] = []
            await self._answer(whom.source.tell(told, audience.following), whom, audience, answers)
            _hand([answers], audience)

    def look_at(self, sign_in_session_ids: Collection[uuid.UUID]) -> None:
        """Look at once at the audiences of sign-ins that have ended or changed: a look ends their streams."""
        for audience in list(self._audiences.values()):
            if any(_is_of(each, sign_in_session_ids) for each in audience.listeners):
                task = asyncio.create_task(audience.look())
                self._looking.add(task)
                task.add_done_callback(self._looking.discard)

    # Who is told

    async def _answers(
        self, event: Any, waiting: Sequence[Subscriber], crowd: Crowd | None, audience: Audience | None
    ) -> list[Written]:
        """The answers to an event, for all of those who may know; while nobody can be asked it waits.

        Nobody is told of the next event instead: one that cannot be executed in time ends the stream.
        """
        answers: list[Written] = []
        while True:
            if crowd is not None:
                waiting = await self._answer(event, crowd, audience, answers)
            if not waiting:
                return answers
            await asyncio.sleep(AWAY_PAUSE)
            waiting = [each for each in waiting if not each.over and each.audience is audience]
            since = None if audience is None else asyncio.get_running_loop().time()
            (crowd,) = await self._asked([event], waiting, since)

    async def _asked(
        self, events: Sequence[Any], subscribers: Sequence[Subscriber], since: float | None
    ) -> Sequence[Crowd | None]:
        """Of each event, those for whom it is; None where it cannot be told for now."""
        try:
            return await self._permitted(events, subscribers, since)
        except Unavailable:
            as_they_were = _as_they_were(subscribers)
            return [as_they_were if hasattr(event, "of_stream") else None for event in events]

    async def _permitted(
        self, events: Sequence[Any], subscribers: Sequence[Subscriber], since: float | None
    ) -> Sequence[Crowd]:
        """Of each event, those for whom it is; of none, those who may listen. Who may not has ended then."""
        persons: dict[int, Person] = {}
        for each in subscribers:
            if each.over:
                continue
            try:
                principal = each.client.at_hand() or await each.client.recognise()
            except Unavailable:
                raise
            except Exception as error:
                each.fail(error)
                continue
            # Those of one sign-in are the same object, which the person holds.
            person = persons.get(id(principal))
            if person is None:
                person = persons[id(principal)] = await self._person(each, principal, events, since)
            if person.error is not None:
                each.fail(person.error)
            else:
                each.principal = principal
                person.subscribers.append(each)
        found = [each for each in persons.values() if each.error is None]
        if all(all(each.sees) for each in found if each.sees is not None):
            # One and the same crowd: what is handed to it needs no sorting.
            return [Crowd(found)] * max(1, len(events))
        return [
            Crowd([each for each in found if each.sees is None or each.sees[number]])
            for number in range(len(events))
        ]

    async def _person(
        self, subscriber: Subscriber, principal: Principal, events: Sequence[Any], since: float | None
    ) -> Person:
        """Who a principal is here, and which of the events it may be told of."""
        person, source = Person(principal), subscriber.source
        try:
            if not source.is_open_to(principal):
                access = person.access = self._access(subscriber, principal, since)
                person.sees = await source.permit(access, events)
        except Unavailable:
            raise
        except Exception as error:
            person.error = error
        return person

    def _access(self, subscriber: Subscriber, principal: Principal, since: float | None) -> Access:
        """What a principal has access to, by what was read for all who ask, at that moment or later."""
        began, access = self._rounds.get(principal.organization_id, (0.0, None))
        if since is None or access is None or began < since:
            context = subscriber.client.context(principal, subscriber.request_id)
            fresh: Access = context.loaders.access
            if since is None:
                return fresh
            fresh.rosters = context.rosters(None if access is None else access.rosters)
            access = fresh
            self._rounds[principal.organization_id] = asyncio.get_running_loop().time(), access
        return access.of(principal)

    # What they are told

    async def _answer(
        self, event: Any, crowd: Crowd, audience: Audience | None, answers: list[Written]
    ) -> list[Subscriber]:
        """Answer once for each scope; those whose answer has to wait for the database."""
        waiting: list[Subscriber] = []
        scopes = self._scopes(event, crowd, audience)
        for begin in range(0, len(scopes), AT_ONCE):
            some = [self._answer_scope(event, scope, answers) for scope in scopes[begin : begin + AT_ONCE]]
            found = [await some[0]] if len(some) == 1 else await asyncio.gather(*some)
            waiting += [each for those in found for each in those]
        return waiting

    def _scopes(self, event: Any, crowd: Crowd, audience: Audience | None) -> Sequence[Crowd]:
        if not crowd.subscribers:
            return ()
        if audience is None or len(crowd.persons) == 1:
            return [crowd]
        if self._is_shared(event, crowd.subscribers[0], audience):
            return [crowd]
        return [Crowd([each]) for each in crowd.persons if each.subscribers]

    def _is_shared(self, event: Any, subscriber: Subscriber, audience: Audience) -> bool:
        shared = audience.shared.get(event.typename)
        if shared is None:
            prepared = subscriber.prepared
            shared = is_shared(
                self.executor.schema, prepared.document.node, prepared.operation, event.typename
            )
            audience.shared[event.typename] = shared
        return shared

    async def _answer_scope(self, event: Any, scope: Crowd, answers: list[Written]) -> Sequence[Subscriber]:
        first = scope.subscribers[0]
        prepared = first.prepared
        EVENTS_EXECUTED.inc()
        answer = await self.executor.answer_event(
            prepared.document, prepared.operation, prepared.variables, scope.context(), event
        )
        if _has(ErrorCode.UNAVAILABLE, answer):
            return scope.subscribers
        if "data" not in answer and _has(ErrorCode.TIMEOUT, answer):
            return [each for each in scope.subscribers if each.waits_again(answer["errors"], TRIES)]
        if "errors" in answer and len(scope.subscribers) > 1:
            return await self._answer_each(event, scope, answers)
        answers.append((scope.subscribers, prepared.event(answer, first.request_id)))
        return ()

    async def _answer_each(self, event: Any, scope: Crowd, answers: list[Written]) -> Sequence[Subscriber]:
        """Answer one by one: errors carry the id of their own operation."""
        waiting: list[Subscriber] = []
        for person in scope.persons:
            for subscriber in person.subscribers:
                waiting += await self._answer_scope(event, Crowd([person.only([subscriber])]), answers)
        return waiting


def _is_of(subscriber: Subscriber, sign_in_session_ids: Collection[uuid.UUID]) -> bool:
    principal = subscriber.principal
    return principal is not None and principal.sign_in_session_id in sign_in_session_ids


def _hand(events: Sequence[Sequence[Written]], audience: Audience | None) -> None:
    """Hand everyone the answers to some events, in their order; several at once are one write."""
    now, handed = asyncio.get_running_loop().time(), 0
    everyone = _same(events)
    if everyone is not None:
        answers = Answers([written[0][1] for written in events])
        for each in everyone:
            each.hand(answers, audience, now)
        handed = len(events) * len(everyone)
    else:
        found: dict[Subscriber, list[bytes]] = {}
        for written in events:
            for subscribers, answer in written:
                for each in subscribers:
                    found.setdefault(each, []).append(answer)
                handed += len(subscribers)
        for each, some in found.items():
            each.hand(Answers(some), audience, now)
    EVENTS_TOLD.inc(handed)


def _same(events: Sequence[Sequence[Written]]) -> Sequence[Subscriber] | None:
    """The subscribers, where the same get one answer to each of the events."""
    if not all(len(written) == 1 for written in events):
        return None
    everyone = events[0][0][0]
    return everyone if all(written[0][0] is everyone for written in events) else None


def _due(audience: Audience, crowd: Crowd, now: float) -> list[tuple[Told, Crowd]]:
    """What there is to tell of the stream itself, and to whom."""
    following, position = audience.following, audience.position
    readers = following.readers
    quiet = now - readers.pace.heartbeat
    heartbeat: list[Person] = []
    bus: list[Person] = []
    found: list[tuple[Told, Crowd]] = []
    for person in crowd.persons:
        silent: list[Subscriber] = []
        unaware: list[Subscriber] = []
        for subscriber in person.subscribers:
            if subscriber.seq > position.seq:
                continue
            if subscriber.bus_degraded is not readers.bus.degraded:
                subscriber.bus_degraded = readers.bus.degraded
                unaware.append(subscriber)
            for announcement in subscriber.client.announcements.untold(subscriber.told):
                subscriber.told = (*subscriber.told, announcement)
                notice = following.notice(
                    position, NoticeKind(announcement.kind), announcement.retry_after_ms
                )
                found.append((notice, Crowd([person.only([subscriber])])))
            if subscriber.beat <= quiet:
                silent.append(subscriber)
        if unaware:
            bus.append(person.only(unaware))
        if silent:
            heartbeat.append(person.only(silent))
    if bus:
        found.append((following.notice_of_bus(position), Crowd(bus)))
    if heartbeat:
        found.append((following.heartbeat(position), Crowd(heartbeat)))
    return found


def _as_they_were(subscribers: Sequence[Subscriber]) -> Crowd:
    """Everyone by who it was when last asked: good enough to be told of the stream itself."""
    persons = []
    for each in subscribers:
        if each.principal is not None and not each.over:
            person = Person(each.principal)
            person.subscribers.append(each)
            persons.append(person)
    return Crowd(persons)


def _has(code: ErrorCode, answer: Answer) -> bool:
    """Whether to answer the event again: the subscriber would otherwise miss what it tells."""
    return any(error["extensions"]["code"] == code.value for error in answer.get("errors", ()))
