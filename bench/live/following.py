"""Subscribers that come back with their cursor after every break, and count what the numbers tell."""

import asyncio
import base64
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import orjson

from bench.live.people import Person
from bench.live.sockets import Socket

Fold = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
View = Callable[[dict[str, Any]], dict[str, Any]]
AGAIN_SECONDS, LONGEST_PAUSE = 0.1, 5.0
_OF_STREAM = frozenset({"StreamHeartbeat", "StreamNotice"})


class Disagreement(AssertionError):
    """A subscriber does not hold what there is."""


def number_of(cursor: str) -> int:
    """The number in the topic that a cursor stands at. Clients have no use for it; we count by it."""
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    return int(text.rsplit(":", 1)[1])


@dataclass
class Tally:
    """What subscribers have seen together. `late` are events told after a later one."""

    changes: int = 0
    lost: int = 0
    twice: int = 0
    late: int = 0
    begun_anew: int = 0
    connects: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    closed: dict[int | None, int] = field(default_factory=dict)

    def add(self, other: "Tally") -> None:
        """Count another's in."""
        for each in fields(self):
            ours, theirs = getattr(self, each.name), getattr(other, each.name)
            if isinstance(theirs, dict):
                for name, count in theirs.items():
                    ours[name] = ours.get(name, 0) + count
            else:
                setattr(self, each.name, ours + theirs)


@dataclass
class Stream:
    """What is followed. In a `gapless` one each number is told; in others some are merged or left out."""

    name: str
    query: str
    variables: dict[str, Any]
    person: Person | None
    fold: Fold | None = None
    gapless: bool = True

    @property
    def token(self) -> str | None:
        """By what whoever follows it is known now."""
        return self.person.token if self.person is not None else None

    def operation(self, after: str | None = None) -> dict[str, Any]:
        """The operation, going on behind a cursor."""
        return {"query": self.query, "variables": {**self.variables, "after": after}}


class Follower:
    """One subscriber of one stream over any number of sockets."""

    def __init__(
        self, stream: Stream, told: Callable[["Follower", dict[str, Any], float], None] | None = None
    ) -> None:
        self.stream = stream
        self.tally = Tally()
        self.cursor: str | None = None
        self.last = 0
        self.held: dict[str, Any] = {}
        self.socket: Socket | None = None
        self.since = 0.0
        self._heard, self._vain = False, 0
        self._told = told
        self._begun = asyncio.Event()

    async def follow(self, port: Callable[[], int], stop: asyncio.Event) -> None:
        """Stay connected to whatever server `port` names, until `stop`."""
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                self._heard = False
                try:
                    self.socket = await self._connected(port())
                except OSError:
                    await asyncio.sleep(self._pause())
                    continue
                ended = self.socket.ended
                waited: set[asyncio.Future[Any]] = {ended, stopping}
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                if ended.done():
                    code = ended.result()
                    self.tally.closed[code] = self.tally.closed.get(code, 0) + 1
                    if not self._heard:
                        await asyncio.sleep(self._pause())
        finally:
            stopping.cancel()
            if self.socket is not None:
                self.socket.cut()

    async def begun(self) -> None:
        """Wait for the first snapshot."""
        await self._begun.wait()

    def _pause(self) -> float:
        """Twice as long after each try in vain, as clients should, each a bit apart from the others."""
        self._vain += 1
        return min(LONGEST_PAUSE, AGAIN_SECONDS * 2.0 ** min(self._vain, 10)) * random.uniform(0.5, 1)

    def leave(self, rudely: bool) -> None:
        """Break off; `follow` comes back."""
        if self.socket is not None:
            (self.socket.cut if rudely else self.socket.close)()

    async def _connected(self, port: int) -> Socket:
        operation = self.stream.operation(self.cursor)
        socket = await Socket.opened(port, self.stream.token, operation, self._hear)
        self.tally.connects += 1
        self.since = time.perf_counter()
        return socket

    def _hear(self, frame: bytes) -> None:
        now = time.perf_counter()
        said = orjson.loads(frame)
        if said["type"] == "next" and said["payload"].get("data"):
            (event,) = said["payload"]["data"].values()
            self.take(event, now)
        elif said["type"] in ("next", "error", "complete"):
            self._refused(said)
            # What was to be told was not: what follows must not be taken for the next.
            self.leave(rudely=True)

    def _refused(self, said: dict[str, Any]) -> None:
        payload = said.get("payload") or [{}]
        errors = payload["errors"] if isinstance(payload, dict) else payload
        code = errors[0].get("extensions", {}).get("code", said["type"])
        self.tally.refused[code] = self.tally.refused.get(code, 0) + 1

    def take(self, event: dict[str, Any], now: float) -> None:
        """Count an event by its number, and fold it into what is held."""
        kind, number = event["__typename"], number_of(event["cursor"])
        if kind.endswith("Snapshot"):
            self.tally.begun_anew += self.cursor is not None
        elif kind in _OF_STREAM:
            # A place is told that was not reached: whoever resumes there misses what is between.
            if self.stream.gapless and number > self.last:
                self.tally.lost += number - self.last
        else:
            self.tally.changes += 1
            if number <= self.last:
                self.tally.twice += 1
                self.tally.late += number < self.last
                return
            if self.stream.gapless and number != self.last + 1:
                self.tally.lost += number - self.last - 1
        self.cursor, self.last = event["cursor"], number
        self._heard, self._vain = True, 0
        if self.stream.fold is not None:
            self.held = self.stream.fold(self.held, event)
        self._begun.set()
        if self._told is not None:
            self._told(self, event, now)


async def snapshot(stream: Stream, port: int, seconds: float = 60.0) -> dict[str, Any]:
    """The stream's state now, as a new subscriber gets it first."""
    first: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()

    def hear(frame: bytes) -> None:
        said = orjson.loads(frame)
        if first.done() or said["type"] == "ping":
            return
        if said["type"] == "next" and said["payload"].get("data"):
            first.set_result(next(iter(said["payload"]["data"].values())))
        else:
            first.set_exception(ConnectionError(f"no snapshot of {stream.name}: {said}"))

    socket = await Socket.opened(port, stream.token, stream.operation(), hear)
    try:
        waited: set[asyncio.Future[Any]] = {first, socket.ended}
        await asyncio.wait(waited, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if first.done():
            return first.result()
        code = socket.ended.result() if socket.ended.done() else "nothing said"
        raise ConnectionError(f"no snapshot of {stream.name}: {code}")
    finally:
        socket.close()


async def caught_up(
    followers: Sequence[Follower], port: Callable[[], int], view: View = dict, seconds: float = 60.0
) -> dict[str, Any]:
    """Wait until all followers of one stream hold what a new subscriber gets; that, as `view` shows it.

    In a gapless stream who stands at the same number must hold the same. Raises Disagreement else.
    """
    deadline = time.monotonic() + seconds
    stream = followers[0].stream
    assert stream.fold is not None
    while True:
        try:
            now = await snapshot(stream, port())
        except OSError:
            # All seats of the user are taken there, or the server is busy.
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        number, wanted = number_of(now["cursor"]), view(stream.fold({}, now))
        if stream.gapless:
            while any(each.last < number for each in followers) and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            for each in followers:
                if each.last == number and view(each.held) != wanted:
                    found = _differing(view(each.held), wanted)
                    raise Disagreement(f"{stream.name} at {number}: {found}")
        if all(view(each.held) == wanted and each.last >= number * stream.gapless for each in followers):
            return wanted
        if time.monotonic() > deadline:
            places = sorted(each.last for each in followers)
            raise Disagreement(
                f"{stream.name} stands at {number}, its subscribers at {places[0]} to {places[-1]}, "
                f"{places.count(number)} of {len(places)} there"
            )
        await asyncio.sleep(0.1)


def _differing(held: dict[str, Any], wanted: dict[str, Any]) -> str:
    """The first things that differ."""
    names = [name for name in {**wanted, **held} if held.get(name) != wanted.get(name)]
    some = [f"{name} is held as {held.get(name)}, not {wanted.get(name)}" for name in names[:3]]
    return f"{len(names)} differ; " + "; ".join(some)
