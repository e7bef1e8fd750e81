"""A learner's mastery, live: each change holds the state that the attempt left behind."""

import uuid
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import learner_itself, of_learner, signed_in, with_object
from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.errors import not_found
from app.kit.pagination import Page
from app.learners.repository import learners_by_id
from app.live.mastery import latest_changes, masteries
from app.mastery.repository import mastery_by_learner
from app.practice.repository import attempts_by_id
from app.realtime.event_log import learner_topic
from app.realtime.stream import Change, Following, Snapshot, Told
from schema.context import Info, read_id
from schema.engine.declarations import edge, graph_type, leaf, verb
from schema.live.events import AFTER, RESUMED, StreamEvent, StreamHeartbeat, StreamNotice, event
from schema.live.sources import Subject, TopicSource
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.mastery.types import Mastery
    from schema.practice.types import Attempt

EVERY_SKILL = Page(10_000)


@graph_type(policy=with_object, description="A learner's mastery of every skill practised.")
class MasterySnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    mastery: list[Annotated["Mastery", strawberry.lazy("schema.mastery.types")]] = leaf(
        "One for each skill practised, by the skill's name.", list_size=200
    )


@graph_type(policy=with_object, description="Attempts have changed a learner's mastery.", shared=True)
class MasteryUpdated(StreamEvent):
    attempt: Annotated["Attempt", strawberry.lazy("schema.practice.types")] | None = edge(
        attempts_by_id,
        key="attempt_id",
        policy=of_learner,
        description="The attempt that did; the last one when several were recorded together.",
        shared=True,
    )
    mastery: list[Annotated["Mastery", strawberry.lazy("schema.mastery.types")]] = leaf(
        "The mastery that changed, as it was right after.", list_size=4
    )


MasteryEvent = Annotated[
    MasterySnapshot | MasteryUpdated | StreamHeartbeat | StreamNotice,
    strawberry.union("MasteryEvent", description="What the stream of a learner's mastery tells."),
]


@strawberry.type
class MasterySubscriptions:
    @verb("A learner's mastery: a snapshot, then every change.", gate=signed_in, subscription=True)
    async def mastery_changed(
        self,
        info: Info,
        learner_id: Annotated[strawberry.ID, strawberry.argument(description="The learner.")],
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[MasteryEvent]:
        context, principal = info.context, info.context.principal
        key = read_id(learner_id, "lrn", "learner", "learnerId")
        found = await context.loaders.of(learners_by_id, None, None, learner_itself).load(key)
        if found is None:
            raise not_found("learner", "learnerId")
        following = Following(
            context.runtime.readers,
            principal.organization_id,
            learner_topic(key),
            lambda reader: _snapshot(reader, key, principal),
            wants=lambda payload: "attempts" in payload,
        )
        subject = Subject(learner_itself, SimpleNamespace(id=key), "learner", "learnerId")
        source: Any = TopicSource(subject, following, after, _tell)
        return source


async def _snapshot(reader: Reader, learner_id: uuid.UUID, principal: Principal) -> Any:
    (found,) = await mastery_by_learner(reader, [learner_id], EVERY_SKILL, None, principal)
    return found.rows


def _tell(told: Told) -> Any:
    if isinstance(told, Snapshot):
        return event("MasterySnapshot", told, resumed=False, mastery=told.state)
    assert isinstance(told, Change)
    attempts = told.payload["attempts"]
    changed = masteries(uuid.UUID(hex=told.payload["learner"]), latest_changes(attempts))
    attempt_id = uuid.UUID(hex=attempts[-1]["id"]) if attempts else None
    return event("MasteryUpdated", told, attempt_id=attempt_id, mastery=changed)
