"""What every stream tells: its place, the server's time, signs of life, and notices of its own state."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any

import strawberry

from app.access.policies import with_object
from app.realtime.stream import Heartbeat, Notice, NoticeKind, Told
from schema.engine.declarations import graph_type, leaf
from schema.enums import graph_enum
from schema.scalars import Cursor

graph_enum(
    NoticeKind,
    "What a stream says of its own state.",
    {
        NoticeKind.DEGRADED: "Changes come late for the moment; none will be missing.",
        NoticeKind.RECOVERED: "Changes come in time again.",
        NoticeKind.TOKEN_EXPIRING: "The access token ends soon: renew it, or connect again with a new one.",
        NoticeKind.DRAINING: "The server is about to restart: connect again, after the cursor.",
    },
    name="StreamNoticeKind",
)
RESUMED = (
    "Whether this goes on from what the client holds. A snapshot is always the whole state and says false: "
    "drop what came before. A stream that resumes has none: it begins with a heartbeat at `after`."
)
AFTER = (
    "The cursor of the last event seen: the stream goes on behind it. Left out, or too old, it begins "
    "with a snapshot."
)


@strawberry.interface(description="Something that a stream tells.")
class StreamEvent:
    cursor: Cursor = leaf("The place in the stream; give it as `after` to go on behind it.", shared=True)
    server_time: datetime = leaf("The server's clock as this was sent.", shared=True)


@graph_type(
    policy=with_object, description="A sign of life, at least every fifteen seconds of silence.", shared=True
)
class StreamHeartbeat(StreamEvent):
    pass


@graph_type(policy=with_object, description="The state of the stream itself has changed.", shared=True)
class StreamNotice(StreamEvent):
    kind: NoticeKind = leaf("What has changed.")
    retry_after_ms: int | None = leaf("How long to wait before connecting again, where one should.")


def event(typename: str, told: Told, **values: Any) -> Any:
    """An event of a stream under its type's name."""
    return SimpleNamespace(typename=typename, cursor=told.cursor, server_time=told.server_time, **values)


def of_stream(told: Told) -> Any:
    """A heartbeat or notice; None when it is something else."""
    if isinstance(told, Heartbeat):
        return event("StreamHeartbeat", told, of_stream=True)
    if isinstance(told, Notice):
        values = {"kind": told.kind, "retry_after_ms": told.retry_after_ms}
        return event("StreamNotice", told, of_stream=True, **values)
    return None
