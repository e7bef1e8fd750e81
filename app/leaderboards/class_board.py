"""The board of one class and window, read with one statement: what most who look at a board ask for.

Who stands on a board is in its class, so whoever finds itself there need not be looked for once more. Which
window is the current one follows from the organization's time zone. The last one seen is taken for it;
when the class turns out to be in another, the board is read again.
"""

import uuid
from datetime import datetime

from app.access.principal import Principal
from app.kit.database import Reader, Row
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.leaderboards.board import FEWEST_ATTEMPTS, BoardName, LeaderboardMetric, Scored, own_place, ranked
from app.leaderboards.leaderboard import Leaderboard, board_as_seen, cut, moment_of
from app.leaderboards.windows import span
from app.learners.age import MINOR_THIS_YEAR, THIS_YEAR
from app.realtime.cursors import Position
from app.realtime.event_log import leaderboard_topic
from app.realtime.readers import EPOCH

_STANDS = sql(f"""
    SELECT o.time_zone, coalesce(t.seq, 0) AS seq, {EPOCH} AS epoch
    FROM classroom c JOIN organization o ON o.id = c.organization_id
    LEFT JOIN topic t ON t.organization_id = c.organization_id AND t.name = :topic
    WHERE c.id = :classroom
""")
# The year is worked out once; for each learner that would take as long as to read it.
_BOARD = f"""
    SELECT o.time_zone, l.id, l.alias,
           l.leaderboard_hidden OR NOT c.leaderboard_for_minors AND {MINOR_THIS_YEAR} AS hidden, {{sums}}
    FROM classroom c CROSS JOIN LATERAL (
      SELECT o.time_zone, o.learners_are_minors, {THIS_YEAR} AS year FROM organization o
      WHERE o.id = c.organization_id OFFSET 0) o
    LEFT JOIN (leaderboard_score s
      JOIN enrollment e ON e.organization_id = s.organization_id AND e.classroom_id = s.classroom_id
        AND e.learner_id = s.learner_id AND e.left_at IS NULL
      JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
        AND l.erased_at IS NULL)
      ON s.organization_id = c.organization_id AND s.classroom_id = :classroom
        AND s.window_kind = :window AND s.starts_at = :start
    WHERE c.id = :classroom
"""
_BOARDS = {
    LeaderboardMetric.SCORE: sql(_BOARD.format(sums="s.points")),
    LeaderboardMetric.ACCURACY: sql(_BOARD.format(sums="s.attempt_count, s.correct_count")),
}
_MOST_ZONES = 10_000
_zones: dict[uuid.UUID, str] = {}
"""The time zone that was last seen of an organization: a guess, never an answer."""


def is_of_one_window(key: BoardName) -> bool:
    """Whether a board is made of the sums of its own window alone."""
    return key.metric in _BOARDS


async def class_board(
    reader: Reader, key: BoardName, page: Page, columns: Columns, principal: Principal
) -> Leaderboard | None:
    """The board of this name, of which only `columns` are needed; None without the class."""
    at: Position | None = None
    zone = _zones.get(reader.organization_id, "UTC") if reader.organization_id is not None else "UTC"
    if columns is None or "cursor" in columns:
        # Before the board is read, so that nothing between the two is missed.
        stands = await reader.fetch_one(
            _STANDS, classroom=key.classroom_id, topic=leaderboard_topic(key.classroom_id)
        )
        if stands is None:
            return None
        zone, at = stands.time_zone, Position(stands.epoch, stands.seq)
    moment = moment_of(key, reader.now)
    rows = await _rows(reader, key, zone, moment)
    if not rows:
        return None
    found_zone: str = rows[0][0]
    within = span(key.window, found_zone, moment)
    if zone != found_zone and within != span(key.window, zone, moment):
        rows = await _rows(reader, key, found_zone, moment)
    _remember(reader.organization_id, found_zone)
    standing = rows if rows and rows[0][1] is not None else []
    shown = ranked(_scored(key.metric, [row for row in standing if not row[3]]))
    own, attended_by = None, None
    viewer = principal.learner_id
    if viewer is not None:
        mine = [row for row in standing if row[1] == viewer]
        attended_by = viewer if mine else None
        if mine and (columns is None or "viewer_entry" in columns or page.filter("around")):
            scored = _scored(key.metric, mine)
            own = own_place(scored[0], shown) if scored else None
    return board_as_seen(
        key, (key.classroom_id,), within, reader.now, cut(shown, own, page), own, at, attended_by
    )


async def _rows(reader: Reader, key: BoardName, zone: str, moment: datetime) -> list[Row]:
    return await reader.fetch(
        _BOARDS[key.metric],
        classroom=key.classroom_id,
        window=key.window,
        start=span(key.window, zone, moment).starts_at,
        now=reader.now,
    )


def _scored(metric: LeaderboardMetric, rows: list[Row]) -> list[Scored]:
    if metric is LeaderboardMetric.SCORE:
        return [(-float(points), alias, learner) for _, learner, alias, _, points in rows]
    return [
        (-(correct / attempts), alias, learner)
        for _, learner, alias, _, attempts, correct in rows
        if attempts >= FEWEST_ATTEMPTS
    ]


def _remember(organization_id: uuid.UUID | None, zone: str) -> None:
    if organization_id is not None and _zones.get(organization_id) != zone:
        if len(_zones) >= _MOST_ZONES:
            _zones.clear()
        _zones[organization_id] = zone
