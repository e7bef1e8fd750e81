"""Reading boards, in batches."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.loading import Columns, by_key
from app.kit.pagination import Page
from app.kit.statements import sql
from app.leaderboards.board import BoardName, LeaderboardMetric, entries, own_entry, scores
from app.leaderboards.class_board import class_board, is_of_one_window
from app.leaderboards.leaderboard import Leaderboard, board_as_seen, cut, moment_of, published
from app.leaderboards.standings import Members, Slot, days_of, members_of, members_with_sums, streaks
from app.leaderboards.windows import Span, local_day, span
from app.realtime.cursors import Position
from app.realtime.event_log import leaderboard_topic
from app.realtime.readers import EPOCH

_CLASSROOMS = sql(f"""
    SELECT c.id, o.time_zone, coalesce(t.seq, 0) AS seq, {EPOCH} AS epoch
    FROM unnest(:ids::uuid[], :topics::text[]) AS k(id, topic) JOIN classroom c USING (id)
    JOIN organization o ON o.id = c.organization_id
    LEFT JOIN topic t ON t.organization_id = c.organization_id AND t.name = k.topic
""")


async def leaderboards_by_name(
    reader: Reader, keys: Sequence[BoardName], page: Page | None, columns: Columns, principal: Principal
) -> list[Leaderboard | None]:
    """The board of each name, `page.first` entries at most; filter `around` takes those near the viewer."""
    page = page if page is not None and page.first else Page()
    if len(keys) == 1 and is_of_one_window(keys[0]):
        return [await class_board(reader, keys[0], page, columns, principal)]
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
        boards[key] = board_as_seen(
            key, classes, spans[key], reader.now, published(cut(shown, own, page)), own, at
        )
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


def _last_moment(found: Span, now: datetime) -> datetime:
    """Now, or the last moment of a window that is over."""
    return now if found.ends_at is None or now < found.ends_at else found.ends_at - datetime.resolution


def _starts(found: Span) -> list[datetime]:
    return [start for start in (found.starts_at, found.previous_at) if start is not None]
