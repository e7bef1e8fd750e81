"""The activity of a class, live."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from app.access.policies import of_learner, signed_in, taught_classroom, with_object
from app.classrooms.repository import classrooms_by_id
from app.kit.errors import not_found
from app.learners.repository import learners_by_id
from app.live.activity import activity_from_json, activity_of_classroom
from app.live.mastery import masteries
from app.practice.repository import sessions_by_id
from app.realtime.event_log import classroom_topic
from app.realtime.stream import Change, Following, Snapshot, Told
from schema.context import Info, read_id
from schema.engine.declarations import edge, graph_type, leaf, verb
from schema.live.events import AFTER, RESUMED, StreamEvent, StreamHeartbeat, StreamNotice, event
from schema.live.sources import Subject, TopicSource
from schema.presence import Presence
from schema.scalars import Cursor

if TYPE_CHECKING:
    from schema.learners.types import Learner
    from schema.mastery.types import Mastery
    from schema.practice.types import PracticeSession


@graph_type(policy=with_object, description="What a learner is doing.", shared=True)
class LearnerActivity:
    learner: Annotated["Learner", strawberry.lazy("schema.learners.types")] = edge(
        learners_by_id, key="learner_id", policy=with_object, description="The learner.", shared=True
    )
    presence: Presence = leaf("Whether the learner is there.")
    session: Annotated["PracticeSession", strawberry.lazy("schema.practice.types")] | None = edge(
        sessions_by_id, key="session_id", policy=of_learner, description="The session under way.", shared=True
    )
    last_attempt_at: datetime | None = leaf("When the last attempt was answered.")
    attempts_today: int = leaf("How many attempts were answered today, in the organization's time zone.")


@graph_type(policy=with_object, description="What each learner of a class is doing.")
class ClassroomActivitySnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    activity: list[LearnerActivity] = leaf("One for each learner of the class, by name.", list_size=200)


@graph_type(
    policy=with_object,
    description="A learner of the class has done something, or has gone quiet.",
    shared=True,
)
class LearnerActivityChanged(StreamEvent):
    activity: LearnerActivity = leaf("What the learner is doing since then.")
    mastery: list[Annotated["Mastery", strawberry.lazy("schema.mastery.types")]] = leaf(
        "The mastery that this changed, as it was then.", list_size=4
    )


ClassroomActivityEvent = Annotated[
    ClassroomActivitySnapshot | LearnerActivityChanged | StreamHeartbeat | StreamNotice,
    strawberry.union("ClassroomActivityEvent", description="What the stream of a class tells."),
]


@strawberry.type
class ClassroomSubscriptions:
    @verb("What the learners of a class are doing: a snapshot, then every change.", gate=signed_in,
          subscription=True)  # fmt: skip
    async def classroom_activity(
        self,
        info: Info,
        classroom_id: Annotated[strawberry.ID, strawberry.argument(description="The class; one teaches it.")],
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[ClassroomActivityEvent]:
        context = info.context
        key = read_id(classroom_id, "cls", "classroom", "classroomId")
        found = await context.loaders.of(classrooms_by_id, None, None, taught_classroom).load(key)
        if found is None:
            raise not_found("classroom", "classroomId")
        following = Following(
            context.runtime.readers,
            context.principal.organization_id,
            classroom_topic(key),
            lambda reader: activity_of_classroom(reader, key),
        )
        subject = Subject(taught_classroom, SimpleNamespace(id=key), "classroom", "classroomId")
        source: Any = TopicSource(subject, following, after, _tell, _about)
        return source


def _tell(told: Told) -> Any:
    if isinstance(told, Snapshot):
        return event("ClassroomActivitySnapshot", told, resumed=False, activity=told.state)
    assert isinstance(told, Change)
    activity = activity_from_json(told.payload)
    changed = masteries(activity.learner_id, told.payload["mastery"])
    return event("LearnerActivityChanged", told, activity=activity, mastery=changed)


def _about(told: Any) -> list[uuid.UUID]:
    """The learner: one who has left the class since is not told of any more."""
    return [told.activity.learner_id] if told.typename == "LearnerActivityChanged" else []
