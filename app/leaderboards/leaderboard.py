"""A leaderboard as one principal sees it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import NamedTuple

from app.kit.ids import encode
from app.kit.pagination import Page
from app.kit.stretch import checked_moment
from app.leaderboards.board import AnyBoardName, Entry, LeaderboardMetric, board_id, entry_id, life
from app.leaderboards.windows import LeaderboardWindow, Span
from app.realtime.cursors import Position, encode_position
from app.realtime.event_log import leaderboard_topic
from app.science.ranking import TieRule


class LeaderboardEntry(NamedTuple):
    """An entry as it is published: who it is only its alias tells."""

    board: str
    learner_id: uuid.UUID
    rank: int
    alias: str
    score: float

    @property
    def id(self) -> str:
        """The entry's public id, worked out when it is asked for."""
        return entry_id(self.board, self.learner_id)


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """A board as one principal sees it. `cursor` is from before it was read: later changes may be in it.

    `classroom_ids` are the classes whose learners it may show: who belongs to one of them sees it.
    `attended_by` is a learner who was found to attend one of them as the board was read. Where only some
    columns were asked for, `cursor` may be empty and `viewer_entry` missing.
    """

    id: str
    scope_id: str
    classroom_ids: tuple[uuid.UUID, ...]
    window: LeaderboardWindow
    metric: LeaderboardMetric
    starts_at: datetime | None
    ends_at: datetime | None
    entries: Sequence[LeaderboardEntry]
    viewer_entry: LeaderboardEntry | None
    cursor: str
    attended_by: uuid.UUID | None = None
    tie_rule: TieRule = TieRule.COMPETITION


Published = Callable[[str], Sequence[LeaderboardEntry]]
"""Entries as they are published on the board of an id."""
_published = partial(tuple.__new__, LeaderboardEntry)


def published(shown: Sequence[Entry]) -> Published:
    """These entries, published."""
    return lambda board: [_published((board, *entry)) for entry in shown]


def moment_of(key: AnyBoardName, now: datetime) -> datetime:
    """The moment that names a board's window."""
    return now if key.at is None else checked_moment(key.at, "at")


def cut(shown: Sequence[Entry], own: Entry | None, page: Page) -> Sequence[Entry]:
    """The first entries, or as many around one's own place."""
    if not page.filter("around") or own is None:
        return shown[: page.first]
    place = next((at for at, entry in enumerate(shown) if entry.rank >= own.rank), len(shown))
    place = next((at for at, entry in enumerate(shown) if entry.learner_id == own.learner_id), place)
    begin = max(0, min(place - page.first // 2, len(shown) - page.first))
    return shown[begin : begin + page.first]


def board_as_seen(
    key: AnyBoardName,
    classroom_ids: tuple[uuid.UUID, ...],
    found: Span,
    now: datetime,
    shown: Published,
    own: Entry | None,
    at: Position | None,
    attended_by: uuid.UUID | None = None,
) -> Leaderboard:
    """A board with the entries shown, at a place in its stream."""
    endless = found.ends_at is None
    current = endless or (found.starts_at <= now and found.ends_at is not None and now < found.ends_at)
    starts_at = None if endless else found.starts_at
    name = board_id(key, None if current else found.starts_at)
    cursor = ""
    if at is not None:
        position = Position(at.epoch + life(name, starts_at), at.seq)
        cursor = encode_position(leaderboard_topic(key.scope[1]), position)
    return Leaderboard(
        id=name,
        scope_id=encode(*key.scope),
        classroom_ids=classroom_ids,
        window=key.window,
        metric=key.metric,
        starts_at=starts_at,
        ends_at=found.ends_at,
        entries=shown(name),
        viewer_entry=_published((name, *own)) if own else None,
        cursor=cursor,
        attended_by=attended_by,
    )
