"""The exam monitor of the plain Strawberry server: a queue for each subscriber, executed for each."""

import asyncio
import base64
import itertools
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated

import strawberry

subscribers: set[asyncio.Queue["ExamSittingChanged"]] = set()
numbers = itertools.count(1)


@strawberry.enum
class SittingState(Enum):
    ACTIVE = "ACTIVE"


@strawberry.enum
class Presence(Enum):
    ONLINE = "ONLINE"


@strawberry.type
class SittingLearner:
    id: strawberry.ID
    display_name: str


@strawberry.type
class ExamSitting:
    id: strawberry.ID
    state: SittingState
    presence: Presence
    current_item_number: int | None
    answered_count: int
    item_count: int
    ends_at: datetime | None
    extended_seconds: int
    open_incident_count: int
    concern: int
    learner: SittingLearner


@strawberry.type
class ExamMonitorSnapshot:
    cursor: str
    server_time: datetime


@strawberry.type
class ExamSittingChanged:
    cursor: str
    server_time: datetime
    sitting: ExamSitting


@strawberry.type
class ExamActionTaken:
    cursor: str


ExamMonitorEvent = Annotated[
    ExamMonitorSnapshot | ExamSittingChanged | ExamActionTaken, strawberry.union("ExamMonitorEvent")
]


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def exam_monitor(self, exam_id: strawberry.ID) -> AsyncGenerator[ExamMonitorEvent, None]:
        waiting: asyncio.Queue[ExamSittingChanged] = asyncio.Queue()
        subscribers.add(waiting)
        try:
            yield ExamMonitorSnapshot(cursor="start", server_time=datetime.now(UTC))
            while True:
                yield await waiting.get()
        finally:
            subscribers.discard(waiting)


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def publish(self, count: int) -> int:
        for _ in range(count):
            event = _changed(next(numbers))
            for waiting in subscribers:
                waiting.put_nowait(event)
        return count


def _changed(number: int) -> ExamSittingChanged:
    now = datetime.now(UTC)
    return ExamSittingChanged(
        cursor=base64.urlsafe_b64encode(f"epoch:exam:{number}".encode()).decode(),
        server_time=now,
        sitting=ExamSitting(
            id=strawberry.ID(f"sit_{number % 500:032}"),
            state=SittingState.ACTIVE,
            presence=Presence.ONLINE,
            current_item_number=3,
            answered_count=number % 40,
            item_count=40,
            ends_at=now + timedelta(hours=1),
            extended_seconds=number,
            open_incident_count=0,
            concern=0,
            learner=SittingLearner(
                id=strawberry.ID(f"lrn_{number % 500:032}"), display_name=f"Learner {number % 500}"
            ),
        ),
    )
