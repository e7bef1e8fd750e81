"""A topic of numbers, and ears that follow it by the engine's own ways, without a socket in between."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import orjson
from graphql import GraphQLArgument, GraphQLField, GraphQLInt, GraphQLList, GraphQLObjectType, GraphQLSchema
from graphql import GraphQLString as Text

from app.access.access import Access
from app.access.principal import ANONYMOUS, Principal
from app.kit import ids
from app.kit.database import Database, Reader, StatementCount
from app.kit.ids import new_id
from app.kit.statements import sql
from app.realtime import event_log
from app.realtime.bus import Bus, InProcessBus, Waiting
from app.realtime.event_log import NewEvent
from app.realtime.readers import Pace, Readers
from app.realtime.stream import Change, Following, Notice, Snapshot, Told
from app.runtime import Runtime
from schema.engine.announcements import Announcements
from schema.engine.broadcasting import Broadcast
from schema.engine.execution import Executor, Seconds
from schema.engine.operations import Operations
from schema.engine.requests import Asked
from schema.engine.streaming import Answers, Subscriber
from tests.client import School

QUICK = Pace(look=0.02, heartbeat=0.2, spacing=0.02, page=7)
PATIENCE = 30.0
FOLLOW = """subscription($topic: String!, $after: String) {
  numbers(topic: $topic, after: $after) { kind cursor n state what } }"""
_NUMBERS = sql("SELECT payload FROM event WHERE topic = :topic ORDER BY seq")


class ForgetfulBus:
    """A bus that loses most wake-ups."""

    degraded = False

    def __init__(self, chance: random.Random) -> None:
        self._bus = InProcessBus()
        self._chance = chance

    def wake(self, topics: Iterable[str]) -> None:
        """Wake one time in five."""
        if self._chance.random() < 0.2:
            self._bus.wake(topics)

    def waiting(self, *topics: str) -> Waiting:
        """Begin to listen."""
        return self._bus.waiting(*topics)


class CountingDatabase(Database):
    """Counts how often it is read."""

    reads = 0

    @asynccontextmanager
    async def reader(self, organization_id: Any) -> AsyncIterator[Reader]:
        """A reader, counted."""
        self.reads += 1
        async with super().reader(organization_id) as reader:
            yield reader


class Topic:
    """A topic of one school, whose state is the list of the numbers published."""

    def __init__(
        self, runtime: Runtime, school: School, bus: Bus | None = None, pace: Pace = QUICK, **given: Any
    ) -> None:
        decoded = ids.decode(school.organization_id)
        assert decoded is not None
        self.organization_id = decoded[1]
        self.name = f"test:{new_id().hex}"
        self.runtime = runtime
        self.database: Database = runtime.database
        self.readers = Readers(runtime.database, bus or InProcessBus(), runtime.clock, pace)
        self._given = given
        self.late: dict[int, int] = {}
        """How often the telling of a number is to take too long."""
        self.closed_to: dict[Principal, set[int]] = {}
        """Which numbers somebody may not know."""
        self.asked: list[Principal] = []
        """About whom it was asked what they may know."""

    def use(self, database: Database) -> None:
        """Read by another database from now on."""
        self.database = self.readers.database = database

    async def publish(self, *numbers: int, wake: bool = True) -> None:
        """Write numbers in one transaction, and wake who waits for them."""
        async with self.database.unit_of_work(self.organization_id) as work:
            events = [
                NewEvent(self.name, "number", {"n": number}, self.organization_id) for number in numbers
            ]
            await event_log.append(work, events)
        if wake:
            self.readers.bus.wake([self.name])

    async def state(self, reader: Reader) -> list[int]:
        """The numbers published so far."""
        return [row.payload["n"] for row in await reader.fetch(_NUMBERS, topic=self.name)]

    def following(self) -> Following:
        """How to follow it."""
        return Following(self.readers, self.organization_id, self.name, self.state, **self._given)


class Source:
    """What the resolver gives: it follows the topic."""

    def __init__(self, topic: Topic, after: str | None) -> None:
        self._topic = topic
        self.after = after

    def __aiter__(self) -> Any:
        raise AssertionError("it is followed")

    async def following(self) -> Following:
        """The topic."""
        return self._topic.following()

    def tell(self, told: Told, following: Following) -> Any:
        """What is told, as the fields of a Number."""
        kind = type(told).__name__
        event = SimpleNamespace(
            typename="Number", kind=kind, cursor=told.cursor, n=None, state=None, what=None
        )
        match told:
            case Snapshot():
                event.state = told.state
            case Change():
                event.n = told.payload["n"]
                event.late = self._topic.late
            case Notice():
                event.what = told.kind.value
        if not isinstance(told, (Snapshot, Change)):
            event.of_stream = True
        return event

    def is_open_to(self, principal: Principal) -> bool:
        """Everybody is asked about."""
        return False

    async def permit(self, access: Access, events: Sequence[Any]) -> Sequence[bool]:
        """Everybody may, but for what is closed to somebody."""
        self._topic.asked.append(access.principal)
        closed = self._topic.closed_to.get(access.principal, ())
        return [event.n is None or event.n not in closed for event in events]


def _number(event: Any, info: Any) -> Any:
    late = getattr(event, "late", {})
    if late.get(event.n, 0) == 0:
        return event.n
    late[event.n] -= 1
    return asyncio.get_running_loop().create_future()


def _schema(topics: dict[str, Topic]) -> GraphQLSchema:
    number = GraphQLObjectType(
        "Number",
        {
            "kind": GraphQLField(Text),
            "cursor": GraphQLField(Text),
            "n": GraphQLField(GraphQLInt, resolve=_number),
            "state": GraphQLField(GraphQLList(GraphQLInt)),
            "what": GraphQLField(Text),
        },
    )
    numbers = GraphQLField(
        number,
        args={"topic": GraphQLArgument(Text), "after": GraphQLArgument(Text)},
        subscribe=lambda source, info, topic, after=None: Source(topics[topic], after),
        resolve=lambda event, info, **_: event,
    )
    query = GraphQLObjectType("Query", {"nothing": GraphQLField(GraphQLInt)})
    return GraphQLSchema(query, subscription=GraphQLObjectType("Subscription", {"numbers": numbers}))


class Hall:
    """Where ears come and go."""

    def __init__(self, *topics: Topic, seconds: float = 5.0) -> None:
        """`seconds` is how long telling an event may take."""
        self._topics = {topic.name: topic for topic in topics}
        self._operations = Operations(Executor(_schema(self._topics), seconds=Seconds(seconds)))

    @property
    def broadcast(self) -> Broadcast:
        """The audiences."""
        return self._operations._broadcast

    async def ear(self, topic: Topic, after: str | None = None, who: Principal = ANONYMOUS) -> "Ear":
        """Somebody who begins to follow a topic."""
        variables = {"topic": topic.name, "after": after} if after else {"topic": topic.name}
        prepared = await self._operations.prepare(Asked(FOLLOW, variables), ANONYMOUS, "request")
        ear = Ear(who)
        ear.subscriber = self._operations.subscriber(prepared, ear, "request")
        ear.beginning = asyncio.create_task(ear.subscriber.begin())
        return ear


class Ear:
    """A client: what it was told, and for how many more it has room."""

    subscriber: Subscriber
    beginning: "asyncio.Task[None]"

    def __init__(self, who: Principal = ANONYMOUS) -> None:
        self.announcements = Announcements()
        self._who = who
        self.told: list[dict[str, Any]] = []
        self.errors: list[dict[str, Any]] = []
        self.places: int | None = None
        self._news = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Whether it takes another answer."""
        return self.places is None or self.places > 0

    async def room(self) -> bool:
        """Wait until it does."""
        while not self.has_room:
            await asyncio.sleep(0.001)
        return True

    def take(self, answers: Answers) -> None:
        """Hear."""
        if self.places is not None:
            self.places -= len(answers.texts)
        self.told += [orjson.loads(answer)["data"]["numbers"] for answer in answers.texts]
        self._news.set()

    def end(self, errors: list[dict[str, Any]] | None) -> None:
        """Hear no more."""
        self.errors = errors or []
        self._news.set()

    def at_hand(self) -> Principal:
        """Who it is."""
        return self._who

    async def recognise(self) -> Principal:
        """Who it is."""
        return self._who

    def context(self, principal: Principal, request_id: str) -> Any:
        """What the engine needs of a context."""
        nothing: Any = None
        loaders = SimpleNamespace(access=Access(principal, nothing))
        return SimpleNamespace(
            request_id=request_id, statements=StatementCount(), starve=lambda: None, loaders=loaders,
            reads_elsewhere=lambda: None, read_in_common=lambda: None,
            principal=principal, rosters=lambda last: SimpleNamespace(),
        )  # fmt: skip

    def leave(self) -> None:
        """Go."""
        self.beginning.cancel()
        self.subscriber.leave()

    async def until(self, count: int) -> list[dict[str, Any]]:
        """The first things told, this many, or fewer when it ended."""
        async with asyncio.timeout(PATIENCE):
            while len(self.told) < count and not self.errors:
                self._news.clear()
                await self._news.wait()
        return self.told[:count]

    async def next(self, after: int) -> dict[str, Any]:
        """The first thing told behind the first so many, heartbeats passed over."""
        while True:
            (told,) = (await self.until(after + 1))[after:]
            if told["kind"] != "Heartbeat":
                return told
            after += 1

    @property
    def numbers(self) -> list[int]:
        """What it knows: the numbers of its snapshot and those it was told since."""
        known: list[int] = []
        for each in self.told:
            if each["kind"] == "Snapshot":
                known = list(each["state"])
            elif each["kind"] == "Change":
                known.append(each["n"])
        return known
