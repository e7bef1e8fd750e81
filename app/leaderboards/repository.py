"""Reading boards, in batches."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.ids import encode
from app.kit.loading import Columns, by_key
from app.kit.pagination import Page
from app.kit.statements import sql
from app.kit.stretch import checked_moment
from app.leaderboards.board import (
    AnyBoardName,
    BoardName,
    Entry,
    LeaderboardMetric,
    board_id,
    entries,
    entry_id,
    life,
    own_entry,
    scores,
)
from app.leaderboards.standings import Members, Slot, days_of, members_of, members_with_sums, streaks
from app.leaderboards.windows import LeaderboardWindow, Span, local_day, span
from app.realtime.cursors import Position, encode_position
from app.realtime.event_log import leaderboard_topic
from app.realtime.readers import EPOCH
from app.science.ranking import TieRule

_CLASSROOMS = sql(f"""
    SELECT c.id, o.time_zone, coalesce(t.seq, 0) AS seq, {EPOCH} AS epoch
    FROM unnest(:ids::uuid[], :topics::text[]) AS k(id, topic) JOIN classroom c USING (id)
    JOIN organization o ON o.id = c.organization_id
    LEFT JOIN topic t ON t.organization_id = c.organization_id AND t.name = k.topic
""")


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
    """

    id: str
    scope_id: str
    classroom_ids: tuple[uuid.UUID, ...]
    window: LeaderboardWindow
    metric: LeaderboardMetric
    starts_at: datetime | None
    ends_at: datetime | None
    entries: list[LeaderboardEntry]
    viewer_entry: LeaderboardEntry | None
    cursor: str
    tie_rule: TieRule = TieRule.COMPETITION


async def leaderboards_by_name(
    reader: Reader, keys: Sequence[BoardName], page: Page | None, columns: Columns, principal: Principal
) -> list[Leaderboard | None]:
    """The board of each name, `page.first` entries at most; filter `around` takes those near the viewer."""
    page = page if page is not None and page.first else Page()
    ids = list({key.classroom_id for key in keys})
    classrooms = by_key(await reader.fetch(_CLASSROOMS, ids=ids, topics=list(map(leaderboard_topic, ids))))
    known = [key for key in keys if key.classroom_id in classrooms]
    zones = {key: classrooms[key.classroom_id].time_zone for key in known}
    spans = {key: span(key.window, zones[key], moment_of(key, reader.now)) for key in known}
    found, members = await _scores(reader, spans, zones)
    boards: dict[BoardName, Leaderboard] = {}
    for key, of_key in found.items():
        in_class = members.get(key.classroom_id, {})
        shown = entries(of_key, in_class)
        viewer = principal.learner_id
        own = own_entry(viewer, of_key, in_class, shown) if viewer is not None else None
        at = Position(classrooms[key.classroom_id].epoch, classrooms[key.classroom_id].seq)
        classes = (key.classroom_id,)
        boards[key] = board_as_seen(key, classes, spans[key], reader.now, cut(shown, own, page), own, at)
    return [boards.get(key) for key in keys]


async def _scores(
    reader: Reader, spans: Mapping[BoardName, Span], zones: Mapping[BoardName, str]
) -> tuple[dict[BoardName, dict[uuid.UUID, float]], Members]:
    """The scores of each board, from sums or days of practice, and who is in the classes."""
    slots: set[Slot] = set()
    until = {}
    for key, found in spans.items():
        if key.metric is LeaderboardMetric.STREAK:
            until[key] = local_day(zones[key], _last_moment(found, reader.now))
        else:
            slots |= {(key.classroom_id, key.window, start) for start in _starts(found)}
    sums, members = await members_with_sums(reader, slots) if slots else ({}, {})
    if until:
        members = {**members, **await members_of(reader, {key.classroom_id for key in until})}
    days = {}
    for day in set(until.values()):
        of_day = {(key.classroom_id, zones[key]): day for key in until if until[key] == day}
        days[day] = await days_of(reader, of_day)
    found_scores = {
        key: scores(
            key.metric,
            sums.get((key.classroom_id, key.window, found.starts_at), {}),
            sums.get((key.classroom_id, key.window, found.previous_at), {}) if found.previous_at else {},
            streaks(days[until[key]].get(key.classroom_id, {}), until[key]) if key in until else {},
        )
        for key, found in spans.items()
    }
    return found_scores, members


def moment_of(key: AnyBoardName, now: datetime) -> datetime:
    """The moment that names a board's window."""
    return now if key.at is None else checked_moment(key.at, "at")


def _last_moment(found: Span, now: datetime) -> datetime:
    """Now, or the last moment of a window that is over."""
    return now if found.ends_at is None or now < found.ends_at else found.ends_at - datetime.resolution


def _starts(found: Span) -> list[datetime]:
    return [start for start in (found.starts_at, found.previous_at) if start is not None]


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
    shown: Sequence[Entry],
    own: Entry | None,
    at: Position,
) -> Leaderboard:
    """A board with the entries shown, at a place in its stream."""
    endless = found.ends_at is None
    current = endless or (found.starts_at <= now and found.ends_at is not None and now < found.ends_at)
    starts_at = None if endless else found.starts_at
    name = board_id(key, None if current else found.starts_at)

    def public(entry: Entry) -> LeaderboardEntry:
        return LeaderboardEntry(name, *entry)

    return Leaderboard(
        id=name,
        scope_id=encode(*key.scope),
        classroom_ids=classroom_ids,
        window=key.window,
        metric=key.metric,
        starts_at=starts_at,
        ends_at=found.ends_at,
        entries=list(map(public, shown)),
        viewer_entry=public(own) if own else None,
        cursor=encode_position(
            leaderboard_topic(key.scope[1]), Position(at.epoch + life(name, starts_at), at.seq)
        ),
    )
