"""The source of a subscription: what is followed, how it is told, and who may listen, asked every time."""

import uuid
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.access import Access
from app.access.policies import Policy
from app.access.principal import Principal
from app.kit.errors import not_found
from app.realtime.stream import Following, Told
from schema.live.events import of_stream

Tell = Callable[[Told], Any]
About = Callable[[Any], Collection[uuid.UUID]]


def _nobody(event: Any) -> Collection[uuid.UUID]:
    return ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a stream is about: the row that `policy` is asked about, its name, the argument that names it."""

    policy: Policy
    row: Any
    name: str
    argument: str

    async def permit(self, access: Access) -> None:
        """NotFound when the principal may not, or no longer, look."""
        (allowed,) = await self.policy(access, [self.row])
        if not allowed:
            raise not_found(self.name, self.argument)


class Followed:
    """What graphql-core takes for a source; its events come from what is followed, together with others'."""

    __slots__ = ()

    def __aiter__(self) -> AsyncIterator[Any]:
        raise TypeError("what is followed is not iterated")


@dataclass(frozen=True, slots=True)
class TopicSource(Followed):
    """Follows one topic. `make` makes events of snapshots and changes.

    `about` names the learners whom an event is about: it is for those who may see all of them.
    """

    subject: Subject
    followed: Following
    after: str | None
    make: Tell
    about: About = _nobody

    async def following(self) -> Following:
        """The topic."""
        return self.followed

    def tell(self, told: Told, following: Following) -> Any:
        """The event that tells it."""
        return of_stream(told) or self.make(told)

    def is_open_to(self, principal: Principal) -> bool:
        """Whether all of it is for this principal, whatever the rows say: admins see all learners."""
        return principal.is_admin and self.subject.policy.open_to_admins

    async def permit(self, access: Access, events: Sequence[Any]) -> Sequence[bool]:
        """Which events are for this principal; NotFound when it may listen no longer."""
        await self.subject.permit(access)
        about = [() if hasattr(event, "of_stream") else self.about(event) for event in events]
        learner_ids = list({each for some in about for each in some})
        if not learner_ids:
            return [True] * len(events)
        seen = dict(zip(learner_ids, await access.learners(learner_ids), strict=True))
        return [all(seen[each] for each in some) for some in about]
