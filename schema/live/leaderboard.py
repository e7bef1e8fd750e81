"""Leaderboards, live: at most four changes a second, each the latest state of what moved."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Annotated, Any

import strawberry

from app.access.access import Access
from app.access.policies import signed_in, with_object
from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.errors import not_found
from app.kit.pagination import Page
from app.leaderboards.board import AnyBoardName, LeaderboardMetric, entry_id, life
from app.leaderboards.exam_repository import leaderboards_by_scope
from app.leaderboards.leaderboard import LeaderboardEntry as Entry
from app.leaderboards.policies import of_board
from app.leaderboards.windows import LeaderboardWindow
from app.live.leaderboard import merge_changes
from app.realtime.event_log import leaderboard_topic
from app.realtime.readers import Readers
from app.realtime.stream import Change, Following, Snapshot, Told
from schema.context import Info
from schema.engine.declarations import graph_type, leaf, verb
from schema.leaderboards.types import SCOPE, Leaderboard, LeaderboardEntry, board_of_scope
from schema.live.events import AFTER, RESUMED, StreamEvent, StreamHeartbeat, StreamNotice, event, of_stream
from schema.live.sources import Followed, Subject
from schema.scalars import Cursor

SHOWN = 100


@graph_type(policy=with_object, description="A leaderboard as it stands.")
class LeaderboardSnapshot(StreamEvent):
    resumed: bool = leaf(RESUMED)
    leaderboard: Leaderboard = leaf("The board, with its first hundred entries.")


@graph_type(policy=with_object, description="Entries have moved, come or gone.", shared=True)
class LeaderboardChanged(StreamEvent):
    entries: list[LeaderboardEntry] = leaf("Entries whose place or score is another, as now.", list_size=100)
    removed: list[strawberry.ID] = leaf("The ids of entries that have left the board.", list_size=100)


LeaderboardEvent = Annotated[
    LeaderboardSnapshot | LeaderboardChanged | StreamHeartbeat | StreamNotice,
    strawberry.union("LeaderboardEvent", description="What the stream of a leaderboard tells."),
]


@dataclass(frozen=True, slots=True)
class BoardSource(Followed):
    """Follows one board. When its window ends the next one begins with a snapshot."""

    subject: Subject
    readers: Readers
    principal: Principal
    name: AnyBoardName
    after: str | None

    async def following(self) -> Following:
        """The board as it is named now."""
        name, principal = self.name, self.principal

        async def snapshot(reader: Reader) -> Any:
            return await _read(reader, name, principal)

        async with self.readers.database.reader(principal.organization_id) as reader:
            board = await snapshot(reader)
        return Following(
            self.readers,
            principal.organization_id,
            leaderboard_topic(name.scope[1]),
            snapshot,
            wants=lambda payload: (payload["window"], payload["metric"]) == (name.window, name.metric),
            merge=merge_changes,
            life=life(board.id, board.starts_at),
            name=board.id,
            ends_at=board.ends_at,
        )

    def tell(self, told: Told, following: Following) -> Any:
        """The event that tells it."""
        return of_stream(told) or _tell(told, following.name)

    def is_open_to(self, principal: Principal) -> bool:
        """Whether all of it is for this principal, whatever the rows say."""
        return principal.is_admin and self.subject.policy.open_to_admins

    async def permit(self, access: Access, events: Sequence[Any]) -> Sequence[bool]:
        """All are; NotFound when the principal may listen no longer."""
        await self.subject.permit(access)
        return [True] * len(events)


@strawberry.type
class LeaderboardSubscriptions:
    @verb(
        "A leaderboard of a class or of exams: a snapshot, then what moves.",
        gate=signed_in,
        subscription=True,
    )
    async def leaderboard(
        self,
        info: Info,
        scope_id: Annotated[strawberry.ID, strawberry.argument(description=SCOPE)],
        window: Annotated[
            LeaderboardWindow, strawberry.argument(description="The stretch of time covered.")
        ] = LeaderboardWindow.WEEK,
        metric: Annotated[
            LeaderboardMetric, strawberry.argument(description="What it ranks by.")
        ] = LeaderboardMetric.SCORE,
        after: Annotated[Cursor | None, strawberry.argument(description=AFTER)] = None,
    ) -> AsyncIterator[LeaderboardEvent]:
        context, name = info.context, board_of_scope(scope_id, window, metric)
        board = await context.loaders.of(leaderboards_by_scope, None, None, of_board).load(name)
        if board is None:
            raise not_found("scope", "scopeId")
        subject = Subject(of_board, SimpleNamespace(classroom_ids=board.classroom_ids), "scope", "scopeId")
        source: Any = BoardSource(subject, context.runtime.readers, context.principal, name, after)
        return source


async def _read(reader: Reader, name: AnyBoardName, principal: Principal) -> Any:
    (board,) = await leaderboards_by_scope(reader, [name], Page(SHOWN), None, principal)
    if board is None:
        raise not_found("scope", "scopeId")
    return board


def _tell(told: Told, board: str) -> Any:
    if isinstance(told, Snapshot):
        return event("LeaderboardSnapshot", told, resumed=False, leaderboard=told.state)
    assert isinstance(told, Change)
    entries = [
        Entry(board, uuid.UUID(hex=each["learner"]), each["rank"], each["alias"], each["score"])
        for each in told.payload["entries"]
    ]
    removed = [entry_id(board, uuid.UUID(hex=learner)) for learner in told.payload["removed"]]
    return event("LeaderboardChanged", told, entries=entries, removed=removed)
