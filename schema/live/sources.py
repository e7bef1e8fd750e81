"""The source of a subscription: what is followed, how it is told, and who may listen, asked every time."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from app.access.policies import Policy
from app.kit.errors import not_found
from app.realtime.stream import Following, Notice, NoticeKind, Told, follow
from schema.context import Context
from schema.engine.announcements import Announcement
from schema.live.events import of_stream

Tell = Callable[[Told], Any]
Visible = Callable[[Context, Any], Awaitable[bool]]


async def _always(context: Context, event: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Subject:
    """What a stream is about: the row that `policy` is asked about, its name, the argument that names it."""

    policy: Policy
    row: Any
    name: str
    argument: str

    async def permit(self, context: Context) -> None:
        """NotFound when the principal may not, or no longer, look."""
        (allowed,) = await self.policy(context.loaders.access, [self.row])
        if not allowed:
            raise not_found(self.name, self.argument)


@dataclass(frozen=True, slots=True)
class TopicSource:
    """Follows one topic. `tell` makes events of snapshots and changes, `visible` says which may leave."""

    subject: Subject
    following: Following
    after: str | None
    tell: Tell
    visible: Visible = _always

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._events()

    async def permit(self, context: Context, event: Any) -> bool:
        """Whether the event is for this principal; NotFound when it may listen no longer."""
        await self.subject.permit(context)
        return event is None or hasattr(event, "of_stream") or await self.visible(context, event)

    def notice(self, announcement: Announcement, last: Any) -> Any:
        """The notice of an announcement, at the place of the last event."""
        kind, retry_after_ms = NoticeKind(announcement.kind), announcement.retry_after_ms
        return of_stream(Notice(last.cursor, self.following.clock(), kind, retry_after_ms))

    async def _events(self) -> AsyncGenerator[Any]:
        async with aclosing(follow(self.following, self.after)) as stream:
            async for told in stream:
                yield None if told is None else of_stream(told) or self.tell(told)
