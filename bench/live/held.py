"""Thousands of subscribers at once, some of whom stall, leave and come back, while others answer and act.

Each learner of many exams has a few tabs open, each with its own sitting; teachers watch. One in ten reads
nothing more, one in a hundred leaves each second and comes back with its cursor.
"""

import asyncio
import math
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.idle_sockets import resident
from bench.live.campaign import sitting_after
from bench.live.following import Follower, Stream, Tally, caught_up
from bench.live.installation import Installation
from bench.live.people import Desk, Room, open_room
from bench.processor import processor_seconds
from tests.live.exam_following import MONITOR, OWN, monitor_after

TABS = 4
"""Sockets of a learner; a user may have five on each server."""
LARGEST_ROOM = 100
WATCHERS = 4
AT_ONCE = 40
ANSWER_EVERY = 6.0
"""Seconds from one answer of a learner to the next; after 20 a silent one is missing."""
ACT_EVERY = 10.0
LOOK_EVERY = 0.25
LEAVE_EVERY = 0.02
"""Those who leave do so one by one: fifty who come back in one instant are another load."""
TICK = 0.01
"""How often it is looked how late the subscribers' own process is."""
AWAKE_SECONDS = 5.0
LONGEST_STALL = 90.0
PATIENCE = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    """How many subscribe, for how many seconds; shares stalled and leaving a second; answers a second.

    `settle` is how long memory is left to come to rest, in seconds.
    """

    subscribers: int = 5_000
    seconds: float = 120.0
    stalled: float = 0.10
    churn: float = 0.01
    answers: float = 20.0
    settle: float = 3.0
    seed: int = 1


@dataclass
class Held:
    """What was measured; delays in milliseconds, from sending what is told to the frame that tells it.

    `processor` is of the servers, `processor_behind` of PostgreSQL, worker and Redis, `processor_here` of the
    subscribers, in seconds; `lateness` counts by how many milliseconds these came too late to their sockets.
    """

    subscribers: int
    least: int = 0
    exams: int = 0
    kilobytes: float = 0.0
    delays: list[float] = field(default_factory=list)
    delays_of_acts: list[float] = field(default_factory=list)
    left: int = 0
    stalls: int = 0
    gone_after: list[float] = field(default_factory=list)
    answers: int = 0
    acts: int = 0
    tally: Tally = field(default_factory=Tally)
    seconds: float = 0.0
    processor: float = 0.0
    processor_behind: float = 0.0
    processor_here: float = 0.0
    lateness: Counter[int] = field(default_factory=Counter)
    complaints: list[str] = field(default_factory=list)


async def measure(
    installation: Installation, load: Load, progress: Callable[[str], None] | None = None
) -> Held:
    """Hold them, and measure. Raises Disagreement when a subscriber misses something in the end."""
    say = progress or _silent
    chance = random.Random(load.seed)
    say("learners sign up")
    rooms = await _rooms(installation, load, chance)
    hall = _Hall(installation, load, chance, rooms)
    stop = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        try:
            say("subscribers come")
            await hall.fill(group, stop)
            say(f"{len(hall.followers):,} are there, {hall.held.kilobytes:.1f} KB each; people write")
            await hall.load()
            say("what each holds is compared")
            await hall.compare()
        finally:
            stop.set()
    held = hall.held
    for each in hall.followers:
        held.tally.add(each.tally)
    held.complaints = installation.complaints()
    for room in rooms:
        for person in (room.teacher, *(desk.person for desk in room.desks)):
            await person.close()
    return held


async def _rooms(installation: Installation, load: Load, chance: random.Random) -> list[Room]:
    learners = math.ceil(load.subscribers / (TABS + WATCHERS / LARGEST_ROOM))
    count = math.ceil(learners / LARGEST_ROOM)
    sizes = [learners // count + (number < learners % count) for number in range(count)]
    return [await open_room(installation.ports, chance, size) for size in sizes]


def _processor(servers: Sequence[int]) -> tuple[float, float, float]:
    """Seconds of processor so far: of the servers, of all else that was started, of this process."""
    here, of_servers = os.getpid(), sum(map(processor_seconds, servers))
    everything, own = processor_seconds(here, descendants=True), processor_seconds(here)
    return of_servers, everything - of_servers - own, own


def _silent(_: str) -> None:
    """Tell nobody."""


class _Hall:
    """All rooms, their subscribers, and what goes on."""

    def __init__(
        self, installation: Installation, load: Load, chance: random.Random, rooms: Sequence[Room]
    ) -> None:
        self.held = Held(load.subscribers, exams=len(rooms))
        self.followers: list[Follower] = []
        self._installation = installation
        self._load = load
        self._chance = chance
        self._rooms = rooms
        self._by_stream = self._subscribers()
        self._sent: dict[str, tuple[float, bool]] = {}
        self._counted: dict[Follower, dict[str, float]] = {each: {} for each in self.followers}
        self._awake: dict[Follower, float] = {}
        self._stalled: dict[Follower, float] = {}
        self._saving: dict[Desk, asyncio.Task[None]] = {}

    def _subscribers(self) -> list[list[Follower]]:
        """Who watches, then the learners' tabs, as many as asked."""
        found: list[list[Follower]] = []
        for room in self._rooms:
            monitor = Stream("examMonitor", MONITOR, {"id": room.exam_id}, room.teacher, monitor_after)
            found.append([Follower(monitor, self._told) for _ in range(WATCHERS)])
        left = self._load.subscribers - WATCHERS * len(self._rooms)
        for desk in (desk for room in self._rooms for desk in room.desks):
            own = Stream("examSitting", OWN, {"id": desk.sitting_id}, desk.person, sitting_after)
            tabs = min(TABS, left)
            left -= tabs
            if tabs:
                found.append([Follower(own, self._told) for _ in range(tabs)])
        self.followers = [each for group in found for each in group]
        return found

    async def fill(self, group: asyncio.TaskGroup, stop: asyncio.Event) -> None:
        """Connect everybody, and tell what each takes of the servers' memory.

        When the servers take no more within a minute, it goes on with those who are there.
        """
        pids = [each.pid for each in self._installation.servers]
        before = sum(map(resident, pids))
        shuffled = self._chance.sample(self.followers, len(self.followers))
        for begin in range(0, len(shuffled), AT_ONCE):
            some = shuffled[begin : begin + AT_ONCE]
            for each in some:
                group.create_task(each.follow(self._port, stop))
            try:
                async with asyncio.timeout(PATIENCE):
                    await asyncio.gather(*(each.begun() for each in some))
            except TimeoutError:
                self._go_on_with([each for each in shuffled if each.cursor is not None])
                break
        await asyncio.sleep(self._load.settle)
        self.held.kilobytes = (sum(map(resident, pids)) - before) / len(self.followers) / 1024

    def _go_on_with(self, followers: list[Follower]) -> None:
        self.followers = followers
        self.held.subscribers = len(followers)
        there = [[each for each in group if each.cursor is not None] for group in self._by_stream]
        self._by_stream = [group for group in there if group]

    async def load(self) -> None:
        """Let things happen for the time asked for."""
        servers = [each.pid for each in self._installation.servers]
        desks = [desk for room in self._rooms for desk in room.desks]
        active = self._chance.sample(desks, min(len(desks), math.ceil(self._load.answers * ANSWER_EVERY)))
        for desk in active:
            await desk.join()
        began, used = time.perf_counter(), _processor(servers)
        self.held.least = self._connected()
        going = [
            asyncio.create_task(each)
            for each in (
                self._answer(active),
                self._act(),
                self._leave(),
                self._stall(),
                self._count(),
                self._tick(),
            )
        ]
        try:
            await asyncio.wait(going, timeout=self._load.seconds, return_when=asyncio.FIRST_COMPLETED)
            self.held.seconds = time.perf_counter() - began
            spent = [after - before for before, after in zip(used, _processor(servers), strict=True)]
            self.held.processor, self.held.processor_behind, self.held.processor_here = spent
            for each in (task for task in going if task.done()):
                each.result()
        finally:
            for each in going:
                each.cancel()
            await asyncio.gather(*going, return_exceptions=True)

    async def compare(self) -> None:
        """Wait until everybody, who stalled too, holds what a new subscriber gets."""
        for each in self._stalled:
            if each.socket is not None:
                each.socket.read_on()
        await asyncio.gather(*self._saving.values())
        waiting = iter(self._by_stream)

        async def lane() -> None:
            for group in waiting:
                await caught_up(group, self._port, seconds=120.0)

        await asyncio.gather(*(lane() for _ in range(8)))

    def _port(self) -> int:
        return self._chance.choice(self._installation.ports)

    def _connected(self) -> int:
        return sum(each.socket is not None and not each.socket.ended.done() for each in self.followers)

    async def _count(self) -> None:
        while True:
            await asyncio.sleep(1)
            self.held.least = min(self.held.least, self._connected())

    async def _tick(self) -> None:
        """How long a frame that has come may wait until it is read."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK
            await asyncio.sleep(TICK)
            self.held.lateness[max(0, round(1000 * (loop.time() - due)))] += 1

    async def _answer(self, desks: Sequence[Desk]) -> None:
        """One learner after another answers, at an even rate, whoever still waits left out."""
        loop, turn = asyncio.get_running_loop(), 0
        began = loop.time()
        while True:
            turn += 1
            await asyncio.sleep(max(0.0, began + turn / self._load.answers - loop.time()))
            desk = desks[turn % len(desks)]
            if desk not in self._saving or self._saving[desk].done():
                self._saving[desk] = asyncio.create_task(self._save(desk))

    async def _save(self, desk: Desk) -> None:
        self._sent[desk.sitting_id] = (time.perf_counter(), False)
        await desk.save()
        self.held.answers += 1

    async def _act(self) -> None:
        """Now and then a teacher gives everyone of an exam a second more."""
        for turn in range(1_000_000):
            await asyncio.sleep(min(ACT_EVERY, self._load.seconds / 3))
            room = self._chance.choice(self._rooms)
            busy = {desk for desk, task in self._saving.items() if not task.done()}
            idle = [desk.sitting_id for desk in room.desks if desk not in busy]
            self._sent.update(dict.fromkeys(idle, (time.perf_counter(), True)))
            await room.act("extendExamTime", f"held {self._load.seed} {turn}", seconds=1)
            self.held.acts += 1

    async def _leave(self) -> None:
        """One after another leaves, half of them without a word, and comes back."""
        loop, owed = asyncio.get_running_loop(), 0.0
        before = loop.time()
        while True:
            await asyncio.sleep(LEAVE_EVERY)
            now = loop.time()
            owed += self._load.churn * len(self.followers) * (now - before)
            before = now
            some = self._chance.sample(self.followers, int(owed))
            owed -= len(some)
            for each in some:
                if each not in self._stalled:
                    each.leave(rudely=self._chance.random() < 0.5)
                    self.held.left += 1

    async def _stall(self) -> None:
        """Some read nothing more, until the server lets go of them; they come back, and stall again."""
        some = self._chance.sample(self.followers, round(self._load.stalled * len(self.followers)))
        again = dict.fromkeys(some, 0.0)
        while True:
            now = time.perf_counter()
            for each in [each for each, at in again.items() if at <= now]:
                if each.socket is not None and each.socket.stands:
                    del again[each]
                    each.socket.stall()
                    self._stalled[each] = now
                    self.held.stalls += 1
            for each, since in list(self._stalled.items()):
                assert each.socket is not None
                if not each.socket.stands or now - since > LONGEST_STALL:
                    self.held.gone_after.append(now - since)
                    del self._stalled[each]
                    self._awake[each] = now
                    each.socket.read_on()
                    again[each] = now + AWAKE_SECONDS
            await asyncio.sleep(LOOK_EVERY)

    def _told(self, follower: Follower, event: dict[str, Any], now: float) -> None:
        """Note how long a change took to one who was there when it was sent and reads."""
        if event["__typename"] != "ExamSittingChanged":
            return
        sitting = event["sitting"]["id"]
        sent, act = self._sent.get(sitting, (math.inf, False))
        counted = self._counted[follower]
        there = max(follower.since, self._awake.get(follower, 0.0))
        if there < sent < now and counted.get(sitting) != sent and follower not in self._stalled:
            counted[sitting] = sent
            (self.held.delays_of_acts if act else self.held.delays).append(1000 * (now - sent))
