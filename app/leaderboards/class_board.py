"""The board of one class and window, read with one statement: what most who look at a board ask for.

Who stands on a board is in its class, so whoever finds itself there need not be looked for once more. Which
window is the current one follows from the organization's time zone. The last one seen is taken for it;
when the class turns out to be in another, the board is read again.
"""

import uuid

from app.access.principal import Principal
from app.kit.database import Reader
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.leaderboards.board import FEWEST_ATTEMPTS, BoardName, LeaderboardMetric
from app.leaderboards.board_readings import BOARDS, NEVER, BoardReading
from app.leaderboards.leaderboard import Leaderboard, board_as_seen, moment_of
from app.leaderboards.windows import Span, span
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
# The year is worked out once; for each learner that would take as long as to read it. Aliases are in the
# order of their code points, as Python has it.
_BOARD = f"""
    SELECT o.time_zone, b.*
    FROM classroom c CROSS JOIN LATERAL (
      SELECT o.time_zone, o.learners_are_minors, {THIS_YEAR} AS year FROM organization o
      WHERE o.id = c.organization_id OFFSET 0) o
    CROSS JOIN LATERAL (
      SELECT array_agg(r.score) AS scores, array_agg(r.alias) AS aliases,
             string_agg(uuid_send(r.id), '') AS learners,
             string_agg(CASE WHEN r.hidden THEN 't' ELSE 'f' END, '') AS hidden
      FROM (
        SELECT l.id, l.alias,
               l.leaderboard_hidden OR NOT c.leaderboard_for_minors AND {MINOR_THIS_YEAR} AS hidden,
               {{score}} AS score
        FROM leaderboard_score s
        JOIN enrollment e ON e.organization_id = s.organization_id AND e.classroom_id = s.classroom_id
          AND e.learner_id = s.learner_id AND e.left_at IS NULL
        JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id
          AND l.erased_at IS NULL
        WHERE s.organization_id = c.organization_id AND s.classroom_id = :classroom
          AND s.window_kind = :window AND s.starts_at = :start {{but}}
        ORDER BY score DESC, l.alias COLLATE "C", l.id) r) b
    WHERE c.id = :classroom
"""
_ACCURACY = {
    "score": "s.correct_count::float8 / s.attempt_count",
    "but": f"AND s.attempt_count >= {FEWEST_ATTEMPTS}",
}
_BOARDS = {
    LeaderboardMetric.SCORE: sql(_BOARD.format(score="s.points::float8", but="")),
    LeaderboardMetric.ACCURACY: sql(_BOARD.format(**_ACCURACY)),
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
    within = span(key.window, zone, moment_of(key, reader.now))
    reading = await _reading(reader, key, within, kept=at is None and not reader.anew)
    if reading is not None and reading.row.time_zone != zone:
        zone = reading.row.time_zone
        guessed, within = within, span(key.window, zone, moment_of(key, reader.now))
        if within != guessed:
            reading = await _reading(reader, key, within, kept=False)
    if reading is None:
        return None
    _remember(reader.organization_id, zone)
    if at is None:
        reader.made_of = (reading.seen,)
    viewer = principal.learner_id
    own = reading.own(viewer)
    attended_by = viewer if own is not None else None
    part = reading.part(own, page)
    return board_as_seen(key, (key.classroom_id,), within, reader.now, part, own, at, attended_by)


async def _reading(reader: Reader, key: BoardName, within: Span, *, kept: bool) -> BoardReading | None:
    """What there is to read of a board: what was read within a second where that will do."""
    topic, name = leaderboard_topic(key.classroom_id), (reader.organization_id, key, within.starts_at)
    found = BOARDS.find(topic, name, reader.now) if kept else None
    if found is not None:
        return found
    news = BOARDS.news
    row = await reader.fetch_one(
        _BOARDS[key.metric],
        classroom=key.classroom_id,
        window=key.window,
        start=within.starts_at,
        now=reader.now,
    )
    if row is None:
        return None
    if key.at is not None:
        return BoardReading(row, NEVER)
    return BOARDS.keep(topic, name, row, reader.now, news)


def _remember(organization_id: uuid.UUID | None, zone: str) -> None:
    if organization_id is not None and _zones.get(organization_id) != zone:
        if len(_zones) >= _MOST_ZONES:
            _zones.clear()
        _zones[organization_id] = zone
