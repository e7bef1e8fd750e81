"""People write while servers, worker and Redis are killed and subscribers break off: is all told, in order?

What is written is counted by the numbers of the topics, what is told by each subscriber. In the end each
holds what a new subscriber gets, and the server holds each answer that was acknowledged.
"""

import asyncio
import math
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.live.following import Disagreement, Follower, Stream, Tally, View, caught_up, snapshot
from bench.live.installation import Installation
from bench.live.people import RENEW_SECONDS, Room, begin_practice, open_room
from bench.live.trouble import Trouble
from tests.live.exam_following import MONITOR, OWN, monitor_after
from tests.live.following import CLASSROOM, LEADERBOARD, MASTERY, activity_after, board_after, mastery_after

PROJECTED_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is written, for how many seconds at most, by whom; `pause` seconds lie between two kills.

    With `practice` learners practise besides, and their mastery, class and leaderboard are followed.
    Everybody gets another token after `renew_every` seconds.
    """

    seed: int
    events: int
    seconds: float = math.inf
    rooms: int = 1
    learners: int = 5
    monitors: int = 3
    practice: bool = False
    lanes: int = 16
    pause: float = 2.0
    kills: int | None = None
    renew_every: float = RENEW_SECONDS


@dataclass
class Outcome:
    """What came of it. `written` counts events of topics, `changes` what subscribers got, by stream."""

    written: int = 0
    subscribers: int = 0
    tally: Tally = field(default_factory=Tally)
    changes: Counter[str] = field(default_factory=Counter)
    trouble: Counter[str] = field(default_factory=Counter)
    answers: int = 0
    repeats: int = 0
    seconds: float = 0.0
    complaints: list[str] = field(default_factory=list)


@dataclass
class Followed:
    """The subscribers of one stream, and how what they hold is compared."""

    followers: list[Follower]
    view: View = dict

    @property
    def stream(self) -> Stream:
        """Their stream."""
        return self.followers[0].stream


async def run(
    installation: Installation, plan: Plan, progress: Callable[[int], None] | None = None
) -> Outcome:
    """Write that many events under trouble, and compare. Raises Disagreement when a state is another.

    `progress` is told how many events have been written and told so far.
    """
    chance = random.Random(plan.seed)
    ports, every = installation.ports, plan.renew_every
    rooms = [await open_room(ports, chance, plan.learners, renew_every=every) for _ in range(plan.rooms)]
    for room in rooms:
        for desk in room.desks:
            await desk.join()
        if plan.practice:
            await begin_practice(room)
    followed = [each for room in rooms for each in _followed(room, plan)]
    followers = [each for group in followed for each in group.followers]
    trouble = Trouble(installation, followers, chance, plan.pause, plan.kills)
    stop, calm = asyncio.Event(), asyncio.Event()

    def port() -> int:
        return chance.choice(installation.ports)

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for each in followers:
            group.create_task(each.follow(port, stop))
        await asyncio.gather(*(each.begun() for each in followers))
        start = _written(followed)

        def enough() -> bool:
            written = _written(followed) - start
            if progress is not None:
                progress(written)
            late = time.perf_counter() - began >= plan.seconds
            return late or (trouble.enough.is_set() and written >= plan.events)

        troubled = asyncio.create_task(trouble.make(calm))
        try:
            await asyncio.gather(*(_write(rooms, plan, chance, lane, enough) for lane in range(plan.lanes)))
        finally:
            calm.set()
            await troubled
        for room in rooms:
            await _held(room, plan, port)
        for topic in followed:
            await caught_up(topic.followers, port, topic.view)
        stop.set()
    outcome = Outcome(_written(followed) - start, len(followers), trouble=trouble.done)
    outcome.seconds = time.perf_counter() - began
    outcome.complaints = installation.complaints()
    for each in followers:
        outcome.tally.add(each.tally)
        outcome.changes[each.stream.name] += each.tally.changes
    await _count_people(outcome, rooms)
    return outcome


async def _count_people(outcome: Outcome, rooms: Sequence[Room]) -> None:
    """What people had acknowledged and sent again; they go."""
    people = [person for room in rooms for person in (room.teacher, *(desk.person for desk in room.desks))]
    outcome.answers = sum(desk.sequence + len(desk.answered_at) for room in rooms for desk in room.desks)
    outcome.repeats = sum(each.repeats for each in people)
    for person in people:
        await person.close()


def _followed(room: Room, plan: Plan) -> list[Followed]:
    """All streams of a room, each with its subscribers."""
    teacher, exam = room.teacher, {"id": room.exam_id}
    monitor = Stream("examMonitor", MONITOR, exam, teacher, monitor_after)
    found = [Followed([Follower(monitor) for _ in range(plan.monitors)])]
    for desk in room.desks:
        own = Stream("examSitting", OWN, {"id": desk.sitting_id}, desk.person, sitting_after)
        found.append(Followed([Follower(own)]))
    if plan.practice:
        place = {"id": room.classroom_id}
        activity = Stream("classroomActivity", CLASSROOM, place, teacher, activity_after)
        found.append(Followed([Follower(activity) for _ in range(2)], _without_presence))
        board_of = {**place, "window": "ALL_TIME"}
        board = Stream("leaderboard", LEADERBOARD, board_of, teacher, board_after, gapless=False)
        found.append(Followed([Follower(board) for _ in range(2)]))
        for desk in room.desks:
            of = {"id": desk.person.learner_id}
            mastery = Stream("masteryChanged", MASTERY, of, desk.person, mastery_after, gapless=False)
            found.append(Followed([Follower(mastery)], _evidence))
    return found


def sitting_after(held: dict[str, Any], event: dict[str, Any]) -> dict[str, Any]:
    """What a learner holds of the own sitting after an event."""
    now: dict[str, Any] = event.get("sitting", held)
    return now


def _without_presence(held: dict[str, Any]) -> dict[str, Any]:
    """Presence fades by the clock: a snapshot may know before anybody is told."""
    return {key: {name: value for name, value in each.items() if name != "presence"}
            for key, each in held.items()}  # fmt: skip


def _evidence(held: dict[str, Any]) -> dict[str, Any]:
    """What does not fade: a snapshot's probability is of now, an event's of its attempt."""
    return {key: (each["evidenceCount"], each["lastPracticedAt"]) for key, each in held.items()}


def _written(followed: Sequence[Followed]) -> int:
    """How far the gapless topics are known to have come."""
    return sum(max(each.last for each in group.followers) for group in followed if group.stream.gapless)


async def _write(
    rooms: Sequence[Room], plan: Plan, chance: random.Random, lane: int, enough: Callable[[], bool]
) -> None:
    """Act for the learners of one lane, and now and then for a teacher, until there is enough."""
    desks = [(room, desk) for room in rooms for desk in room.desks][lane :: plan.lanes]
    turn = 0
    while desks and not enough():
        turn += 1
        room, desk = desks[turn % len(desks)]
        what = chance.random()
        if what < 0.1:
            await _act(room, chance, f"{plan.seed} {lane} {turn}")
        elif what < 0.13:
            await desk.signal(chance.choice(("FOCUS_LOST", "FOCUS_REGAINED", "HEARTBEAT", "HAND_RAISED")))
        elif plan.practice and what < 0.5:
            await desk.practise(f"{plan.seed} {lane} {turn}", chance.random() < 0.7)
        else:
            await desk.save()


async def _act(room: Room, chance: random.Random, key: str) -> None:
    if chance.random() < 0.5:
        await room.act("extendExamTime", key, seconds=1)
    else:
        await room.act("messageExamLearners", key, text="Read each question twice.")


async def _held(room: Room, plan: Plan, port: Callable[[], int]) -> None:
    """Whether the server holds every answer that it acknowledged."""
    for desk in room.desks:
        saved = await desk.join()
        if saved != desk.sequence:
            raise Disagreement(f"{desk.sequence} answers of a sitting were acknowledged, {saved} are held")
    if plan.practice:
        await _projected(room, port)


async def _projected(room: Room, port: Callable[[], int]) -> None:
    """Wait until the class shows each learner's last attempt."""
    wanted = {desk.person.learner_id: desk.answered_at[-1] for desk in room.desks if desk.answered_at}
    stream = Stream("classroomActivity", CLASSROOM, {"id": room.classroom_id}, room.teacher)
    deadline = time.monotonic() + PROJECTED_SECONDS
    while True:
        activity = (await snapshot(stream, port()))["activity"]
        shown = {each["learner"]["id"]: each["lastAttemptAt"] for each in activity}
        if {key: shown.get(key) for key in wanted} == wanted:
            return
        if time.monotonic() > deadline:
            raise Disagreement(f"the class shows attempts of {shown}, not of {wanted}")
        await asyncio.sleep(0.1)
