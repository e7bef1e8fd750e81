"""The board of one class and window, read with one statement: what most who look at a board ask for.

Who stands on a board is in its class, so whoever finds itself there need not be looked for once more. Which
window is the current one follows from the organization's time zone. The last one seen is taken for it;
when the class turns out to be in another, the board is read again.
"""

import uuid
from bisect import bisect_left
from collections.abc import Callable
from operator import neg
from typing import Any

from app.access.principal import Principal
from app.kit.columnar import Column, Columnar, PackedIds, Table
from app.kit.database import Reader, Row
from app.kit.loading import Columns
from app.kit.pagination import Page
from app.kit.statements import sql
from app.leaderboards.board import FEWEST_ATTEMPTS, BoardName, Entry, LeaderboardMetric, entry_id
from app.leaderboards.leaderboard import (
    Leaderboard,
    LeaderboardEntry,
    Published,
    board_as_seen,
    moment_of,
)
from app.leaderboards.windows import Span, span
from app.learners.age import MINOR_THIS_YEAR, THIS_YEAR
from app.realtime.cursors import Position
from app.realtime.event_log import leaderboard_topic
from app.realtime.readers import EPOCH
from app.science.ranking import ranks

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
      SELECT array_agg(r.score) FILTER (WHERE NOT r.hidden) AS scores,
             array_agg(r.alias) FILTER (WHERE NOT r.hidden) AS aliases,
             string_agg(uuid_send(r.id), '') FILTER (WHERE NOT r.hidden) AS learners,
             bool_or(r.id = :viewer::uuid) AS attended,
             max(r.score) FILTER (WHERE r.id = :viewer) AS own_score,
             max(r.alias) FILTER (WHERE r.id = :viewer) AS own_alias
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
    moment = moment_of(key, reader.now)
    within = span(key.window, zone, moment)
    row = await _read(reader, key, within, principal)
    if row is not None and row.time_zone != zone:
        zone = row.time_zone
        guessed, within = within, span(key.window, zone, moment)
        if within != guessed:
            row = await _read(reader, key, within, principal)
    if row is None:
        return None
    _remember(reader.organization_id, zone)
    _, scores, aliases, learners, attended, own_score, own_alias = row
    viewer = principal.learner_id
    shown = _Shown(scores or [], aliases or [], PackedIds(learners or b""))
    own = None
    if own_score is not None and viewer is not None:
        own = Entry(viewer, shown.rank_of(own_score), own_alias, own_score)
    attended_by = viewer if attended else None
    part = shown.part(own, page)
    return board_as_seen(key, (key.classroom_id,), within, reader.now, part, own, at, attended_by)


async def _read(reader: Reader, key: BoardName, within: Span, principal: Principal) -> Row | None:
    return await reader.fetch_one(
        _BOARDS[key.metric],
        classroom=key.classroom_id,
        window=key.window,
        start=within.starts_at,
        now=reader.now,
        viewer=principal.learner_id,
    )


class _Shown:
    """Those whom all may see, the best first, as columns."""

    def __init__(self, scores: list[float], aliases: list[str], learners: PackedIds) -> None:
        self._scores = scores
        self._aliases = aliases
        self._learners = learners
        self._ranks = ranks(scores)

    def rank_of(self, score: float) -> int:
        """One place behind all who are better."""
        return bisect_left(self._scores, -score, key=neg) + 1

    def part(self, own: Entry | None, page: Page) -> Published:
        """The first entries, or as many around one's own place."""
        begin, count = 0, len(self._scores)
        if page.filter("around") and own is not None:
            begin = max(0, min(self._place(own) - page.first // 2, count - page.first))
        chosen = range(begin, min(begin + page.first, count))
        return lambda board: Columnar(self._table(board), chosen)

    def _place(self, own: Entry) -> int:
        learners = list(self._learners)
        if own.learner_id in learners:
            return learners.index(own.learner_id)
        return bisect_left(self._ranks, own.rank)

    def _table(self, board: str) -> Table:
        columns: dict[str, Column | Callable[[], Column]] = {
            "board": lambda: [board] * len(self._scores),
            "learner_id": self._learners,
            "rank": self._ranks,
            "alias": self._aliases,
            "score": self._scores,
            "id": lambda: [entry_id(board, each) for each in self._learners],
        }
        return Table(_entry, columns, len(self._scores))


def _entry(values: tuple[Any, ...]) -> LeaderboardEntry:
    return LeaderboardEntry(*values[:5])


def _remember(organization_id: uuid.UUID | None, zone: str) -> None:
    if organization_id is not None and _zones.get(organization_id) != zone:
        if len(_zones) >= _MOST_ZONES:
            _zones.clear()
        _zones[organization_id] = zone
