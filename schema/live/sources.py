"""The source of a subscription: what is followed, how it is told, and who may listen, asked every time."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from app.access.policies import Policy
from app.kit.errors import not_found
from app.realtime.stream import Following, Told
from schema.context import Context
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


class Followed:
    """What graphql-core takes for a source; its events come from what is followed, together with others'."""

    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        raise TypeError("what is followed is not iterated")


@dataclass(frozen=True, slots=True)
class TopicSource(Followed):
    """Follows one topic. `make` makes events of snapshots and changes, `visible` says which may leave."""

    subject: Subject
    followed: Following
    after: str | None
    make: Tell
    visible: Visible = _always

    async def following(self) -> Following:
        """The topic."""
        return self.followed

    def tell(self, told: Told, following: Following) -> Any:
        """The event that tells it."""
        return of_stream(told) or self.make(told)

    async def permit(self, context: Context, event: Any) -> bool:
        """Whether the event is for this principal; NotFound when it may listen no longer."""
        await self.subject.permit(context)
        return event is None or hasattr(event, "of_stream") or await self.visible(context, event)
