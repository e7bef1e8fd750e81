"""One event to a thousand subscribers, each on a socket of its own.

Ours: administrators of the school, five sockets each, monitor an exam; an answer of a learner is one event,
more time for twenty is one for each sitting. Each is written to PostgreSQL, and asked about for each
subscriber, before it leaves; that is in the time. A peer tells its own memory, and everybody.
"""

import asyncio
import json
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvloop

from bench.http_client import Connection, Refused, request
from bench.live.audience import Audience
from bench.peers.measuring import Lengths, Reading
from bench.peers.processes import Running
from bench.peers.school import School
from bench.peers.servers import OURS, Server
from bench.processor import processor_seconds

SUBSCRIBERS = 1_000
SOCKETS_OF_A_USER = 5
PATIENCE = 20.0
SINGLES, BURSTS, SITTINGS = 20, 2, 20
"""Events told one by one, and bursts, in each round; sittings of a burst."""
LONGEST_SECONDS = 4.0
"""After so long neither another single event nor another burst is told."""
_DO = "mutation($input: {kind}Input!) {{ {verb}(input: $input) {{ {selection} userErrors {{ message }} }} }}"
_SITTINGS = """query($id: ID!) { exam(id: $id) { sittings(first: 100) { nodes { id learner { id } } } } }"""

Publish = Callable[[], Awaitable[None]]


@dataclass(slots=True)
class Exam:
    """An open exam of class 0, and its one learner who answers."""

    staff: Connection
    learner: Connection
    exam_id: str
    sitting_id: str
    sitting_ids: list[str]
    item_ids: list[str]
    number: int = 0

    async def one(self) -> None:
        """An answer to the other of two items: one event."""
        self.number += 1
        await _do(
            self.learner, "saveExamAnswer", "savedSequence", sittingId=self.sitting_id, deviceId="laptop",
            sequence=self.number, itemId=self.item_ids[self.number % 2], response={"number": self.number % 7},
        )  # fmt: skip

    async def many(self) -> None:
        """More time for some: an event for each of their sittings."""
        given = {"target": {"sittingIds": self.sitting_ids[:SITTINGS]}, "seconds": 1}
        await _do(self.staff, "extendExamTime", "__typename", examId=self.exam_id, **given)

    async def close(self) -> None:
        """Close both connections."""
        await self.staff.close()
        await self.learner.close()


def measured(server: Server, up: Running, school: School, lengths: Lengths) -> Reading:
    """One reading: latencies of the last subscriber of single events, messages a second of bursts."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_measured(server, up, school, lengths))


async def _measured(server: Server, up: Running, school: School, lengths: Lengths) -> Reading:
    if server is OURS:
        exam = await opened_exam(up.port, school)
        tokens: Sequence[str | None] = tokens_of(school)
        one, many, close = exam.one, exam.many, exam.close
        exam_id = exam.exam_id
    else:
        publisher = Connection(up.port)
        one, many = partial(_publish, publisher, 1), partial(_publish, publisher, SITTINGS)
        close, exam_id, tokens = publisher.close, "exm_1", [None] * SUBSCRIBERS
    audience = Audience(PATIENCE)
    try:
        await audience.come(up.port, tokens, exam_id)
        return await _told(audience, up, school, one, many, 1 if lengths.rounds == 1 else BURSTS)
    finally:
        audience.leave()
        await close()


def tokens_of(school: School) -> list[str]:
    """The tokens of those who listen, five of each administrator."""
    return school.tokens([school.watcher(n // SOCKETS_OF_A_USER) for n in range(SUBSCRIBERS)])


async def _told(
    audience: Audience, up: Running, school: School, one: Publish, many: Publish, bursts: int
) -> Reading:
    warm = await warmed(audience, one, many)
    last: list[float] = []
    ends = time.perf_counter() + LONGEST_SECONDS
    while len(last) < SINGLES and time.perf_counter() < ends:
        last.append((await timed(audience, one, SUBSCRIBERS))[0])
    before = processor_seconds(up.pid), processor_seconds(school.postgres.pid, descendants=True)
    rates: list[float] = []
    heard, ends = 0, time.perf_counter() + LONGEST_SECONDS
    while len(rates) < bursts and time.perf_counter() < ends:
        seconds, count = await timed(audience, many, warm)
        rates.append(count / seconds)
        heard += count
    after = processor_seconds(up.pid), processor_seconds(school.postgres.pid, descendants=True)
    last.sort()
    return Reading(
        rps=statistics.median(rates),
        p50_ms=1000 * last[len(last) // 2],
        p99_ms=1000 * last[-1],
        cpu_ms=1000 * (after[0] - before[0]) / heard,
        postgres_ms=1000 * (after[1] - before[1]) / heard,
        rate=0,
        failed=sum(each >= PATIENCE for each in last) + warm * len(rates) - heard,
    )


async def warmed(audience: Audience, one: Publish, many: Publish) -> int:
    """How many messages a burst makes; both kinds have been told once then."""
    for publish in (one, many):
        audience.count = 0
        await publish()
        await audience.hears(SUBSCRIBERS)
        await audience.quiet()
    return audience.count // SUBSCRIBERS * SUBSCRIBERS


async def timed(audience: Audience, publish: Publish, messages: int) -> tuple[float, int]:
    """Seconds from before the event until the last subscriber has all of it, and how many messages came."""
    audience.count = 0
    began = time.perf_counter()
    try:
        await asyncio.gather(publish(), audience.hears(messages))
    except TimeoutError:
        return PATIENCE, max(1, audience.count)
    return audience.latest - began, messages


async def _publish(publisher: Connection, count: int) -> None:
    """Strawberry is told by a mutation, the server on Node by the count alone."""
    query = "mutation($count: Int!) { publish(count: $count) }"
    sent = {"query": query, "variables": {"count": count}, "count": count}
    await _answered(publisher, json.dumps(sent).encode())


async def opened_exam(port: int, school: School) -> Exam:
    """An exam of class 0 that has just been opened."""
    admin, pupil = school.tokens([school.watcher(0), school.learner(0)])
    staff, learner = Connection(port, admin), Connection(port, pupil)
    classroom_id = f"cls_{school.named('classroom', 0).hex}"
    item = {"kind": "NUMERIC", "content": {"stem": "2 + 3"}, "answerKey": {"value": 5}}
    skill_ids = [f"skl_{school.named('skill', 0).hex}"]
    made = [await _do(staff, "createItem", "item { id }", skillIds=skill_ids, **item) for _ in range(2)]
    item_ids = [each["item"]["id"] for each in made]
    title = f"Fan-out {random.getrandbits(32)}"
    form = {"title": title, "itemIds": item_ids, "durationSeconds": 3600}
    assessment = (await _do(staff, "createAssessment", "assessment { id }", **form))["assessment"]["id"]
    opened = await _do(staff, "openExam", "exam { id }", assessmentId=assessment, classroomId=classroom_id)
    exam_id = opened["exam"]["id"]
    sittings = (await staff.ask(_SITTINGS, id=exam_id))["exam"]["sittings"]["nodes"]
    own = f"lrn_{school.named('learner', 0).hex}"
    sitting_id = next(each["id"] for each in sittings if each["learner"]["id"] == own)
    await _do(learner, "joinExam", "nextSequence", examId=exam_id, deviceId="laptop")
    sitting_ids = [each["id"] for each in sittings]
    return Exam(staff, learner, exam_id, sitting_id, sitting_ids, item_ids)


async def _do(person: Connection, verb: str, selection: str, **given: Any) -> dict[str, Any]:
    query = _DO.format(kind=verb[0].upper() + verb[1:], verb=verb, selection=selection)
    answer = json.loads(await _answered(person, request(query, input=given)))
    if "errors" in answer or answer["data"][verb].get("userErrors"):
        raise Refused(str(answer))
    payload: dict[str, Any] = answer["data"][verb]
    return payload


async def _answered(person: Connection, sent: bytes) -> bytes:
    """The answer; over another connection where the server had closed this one, which was idle."""
    try:
        return await person.post(sent)
    except (OSError, EOFError):
        await person.close()
        return await person.post(sent)
