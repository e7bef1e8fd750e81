"""Consumers of the event log: every event once in effect, in commit order, whatever fails meanwhile."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest

from app.kit.database import UnitOfWork
from app.kit.ids import decode, new_id
from app.kit.statements import sql
from app.realtime import event_log
from app.realtime.consumers import EventFailed, LoggedEvent, consume_once, drain, run_consumers
from app.runtime import Runtime
from tests.client import School

_EFFECT = sql("SELECT coalesce((SELECT seq FROM topic WHERE name = :name), 0)")


class Noting:
    """Notes the events of one organization: what it has seen, and as a row in the database."""

    kinds = frozenset({"noted"})

    def __init__(self, organization_id: uuid.UUID) -> None:
        self.name = f"noting-{new_id().hex}"
        self.organization_id = organization_id
        self.seen: list[int] = []
        self.failing: set[int] = set()

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        for event in events:
            if event.organization_id != self.organization_id:
                continue
            await self._count(work)
            if event.payload["n"] in self.failing:
                raise ValueError("cannot digest this")
            self.seen.append(event.payload["n"])

    async def _count(self, work: UnitOfWork) -> None:
        note = event_log.NewEvent(f"effect:{self.name}", "effect", {}, self.organization_id)
        await event_log.append(work, [note])


@pytest.fixture
def organization_id(school: School) -> uuid.UUID:
    decoded = decode(school.organization_id)
    assert decoded is not None
    return decoded[1]


async def note(runtime: Runtime, organization_id: uuid.UUID, *numbers: int, kind: str = "noted") -> None:
    async with runtime.database.unit_of_work(organization_id) as work:
        await event_log.append(
            work, [event_log.NewEvent("notes", kind, {"n": number}, organization_id) for number in numbers]
        )


async def effects(runtime: Runtime, consumer: Noting) -> int:
    async with runtime.database.reader(consumer.organization_id) as reader:
        found: int = await reader.fetch_value(_EFFECT, name=f"effect:{consumer.name}")
        return found


async def test_every_event_is_handled_once_in_commit_order(
    runtime: Runtime, organization_id: uuid.UUID
) -> None:
    consumer = Noting(organization_id)
    await note(runtime, organization_id, 1, 2)
    await note(runtime, organization_id, 3)
    await drain(runtime.maintenance, [consumer])
    await note(runtime, organization_id, 99, kind="another kind")
    await note(runtime, organization_id, 4)
    await drain(runtime.maintenance, [consumer])

    assert consumer.seen == [1, 2, 3, 4]
    assert await effects(runtime, consumer) == 4


async def test_small_batches_pass_the_same_events(runtime: Runtime, organization_id: uuid.UUID) -> None:
    consumer = Noting(organization_id)
    # One by one it would take minutes over what all other tests have left in the log.
    await drain(runtime.maintenance, [consumer])
    await note(runtime, organization_id, 1, 2, 3)
    while await consume_once(runtime.maintenance, consumer, limit=1):
        pass

    assert consumer.seen == [1, 2, 3]


async def test_an_event_of_an_older_transaction_that_commits_later_is_not_missed(
    runtime: Runtime, organization_id: uuid.UUID
) -> None:
    consumer = Noting(organization_id)
    await drain(runtime.maintenance, [consumer])
    async with runtime.database.unit_of_work(organization_id) as slow:
        event = event_log.NewEvent("slow", "noted", {"n": 1}, organization_id)
        await event_log.append(slow, [event])
        await note(runtime, organization_id, 2)
        held_back = await consume_once(runtime.maintenance, consumer)
    await drain(runtime.maintenance, [consumer])

    assert held_back == 0
    assert consumer.seen == [1, 2]


async def test_a_failure_undoes_the_effect_and_keeps_the_position(
    runtime: Runtime, organization_id: uuid.UUID
) -> None:
    consumer = Noting(organization_id)
    await drain(runtime.maintenance, [consumer])
    consumer.failing = {2}
    await note(runtime, organization_id, 1, 2, 3)

    with pytest.raises(EventFailed, match=r"failed on events [0-9a-f-]{36} to [0-9a-f-]{36}"):
        await consume_once(runtime.maintenance, consumer)
    assert await effects(runtime, consumer) == 0

    consumer.seen, consumer.failing = [], set()
    await drain(runtime.maintenance, [consumer])
    assert consumer.seen == [1, 2, 3]
    assert await effects(runtime, consumer) == 3


async def test_two_processes_never_handle_the_same_event(
    runtime: Runtime, organization_id: uuid.UUID
) -> None:
    consumer = Noting(organization_id)
    await drain(runtime.maintenance, [consumer])
    await note(runtime, organization_id, *range(20))
    while consumer.seen != list(range(20)):
        await asyncio.gather(
            consume_once(runtime.maintenance, consumer, limit=3),
            consume_once(runtime.maintenance, consumer, limit=3),
        )

    assert await effects(runtime, consumer) == 20


async def test_running_consumers_are_woken_by_events_and_go_round_one_that_fails(
    runtime: Runtime, organization_id: uuid.UUID
) -> None:
    failing, healthy = Noting(organization_id), Noting(organization_id)
    await drain(runtime.maintenance, [failing, healthy])
    failing.failing = {2}
    stop = asyncio.Event()
    running = asyncio.create_task(run_consumers(runtime.maintenance, runtime.bus, [failing, healthy], stop))
    await note(runtime, organization_id, 1, 2, 3)
    async with asyncio.timeout(20):
        while await effects(runtime, failing) < 1 or healthy.seen != [1, 2, 3]:
            await asyncio.sleep(0.01)
        failing.failing = set()
        while await effects(runtime, failing) < 3:
            await asyncio.sleep(0.01)
    stop.set()
    await running

    assert await effects(runtime, healthy) == 3
