"""A leaderboard: whose entry stands where, by which metric, and under which id."""

import hashlib
import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import NamedTuple

from app.leaderboards.windows import LeaderboardWindow
from app.science.ranking import ranks

FEWEST_ATTEMPTS = 5
"""Attempts under which a learner is on no board of accuracy or improvement: luck must not lead it."""
_ID = re.compile(
    rf"lbd_(?:(exm|asm)_)?([0-9a-f]{{32}})_({'|'.join(LeaderboardWindow)})_(SCORE|ACCURACY|IMPROVEMENT|STREAK)"
    r"(?:_([1-9][0-9]{0,10}))?"
)


class LeaderboardMetric(StrEnum):
    """What a leaderboard ranks by."""

    SCORE = "SCORE"
    ACCURACY = "ACCURACY"
    IMPROVEMENT = "IMPROVEMENT"
    STREAK = "STREAK"


EXAM_METRICS = (LeaderboardMetric.SCORE, LeaderboardMetric.ACCURACY, LeaderboardMetric.IMPROVEMENT)
"""What boards of exams rank by: an exam has no days in a row."""


class BoardName(NamedTuple):
    """Which board: of a class, by window and metric; `at` names a moment in the window, None is now."""

    classroom_id: uuid.UUID
    window: LeaderboardWindow
    metric: LeaderboardMetric
    at: datetime | None = None

    @property
    def scope(self) -> tuple[str, uuid.UUID]:
        """What the board is of: the prefix of its public id, and the id."""
        return "cls", self.classroom_id


class ExamBoardName(NamedTuple):
    """Which board of an exam (`exm`), or of all exams of an assessment (`asm`); `at` as above."""

    scope: tuple[str, uuid.UUID]
    window: LeaderboardWindow
    metric: LeaderboardMetric
    at: datetime | None = None


AnyBoardName = BoardName | ExamBoardName


class Sums(NamedTuple):
    """A learner's attempts, right ones among them, and points in one window."""

    attempts: int
    correct: int
    points: int


class Member(NamedTuple):
    """A learner of the class, as a board shows it; a hidden one is seen by itself alone."""

    alias: str
    hidden: bool


Scored = tuple[float, str, uuid.UUID]
"""A learner to be ranked: the score turned round, so that the best comes first, the alias, the learner."""


class Entry(NamedTuple):
    """A learner's place. `score` is in points, a share, a difference of shares, or days, by metric."""

    learner_id: uuid.UUID
    rank: int
    alias: str
    score: float


_entry = partial(tuple.__new__, Entry)
Standings = Mapping[uuid.UUID, Sums]


def board_id(name: AnyBoardName, starts_at: datetime | None = None) -> str:
    """The public id of a board: of the current window, or with `starts_at` of that one for good."""
    kind, scope_id = name.scope
    of = scope_id.hex if kind == "cls" else f"{kind}_{scope_id.hex}"
    base = f"lbd_{of}_{name.window}_{name.metric}"
    return base if starts_at is None else f"{base}_{int(starts_at.timestamp())}"


def named_board(public_id: str) -> AnyBoardName | None:
    """The board that an id names; None when it is not one. All time has one board, whatever the moment."""
    match = _ID.fullmatch(public_id)
    if match is None or (match[5] and match[3] == LeaderboardWindow.ALL_TIME):
        return None
    scope_id, window, metric = (
        uuid.UUID(hex=match[2]),
        LeaderboardWindow(match[3]),
        LeaderboardMetric(match[4]),
    )
    at = datetime.fromtimestamp(int(match[5]), UTC) if match[5] else None
    if match[1] is None:
        return BoardName(scope_id, window, metric, at)
    return None if metric not in EXAM_METRICS else ExamBoardName((match[1], scope_id), window, metric, at)


def entry_id(board: str, learner_id: uuid.UUID) -> str:
    """The public id of a learner's entry on the board with this id; it does not tell who the learner is."""
    return f"lbe_{uuid.uuid5(learner_id, board).hex}"


def life(board: str, starts_at: datetime | None) -> str:
    """What a cursor of this board holds, lest it be taken for another, or for an earlier window of it."""
    return hashlib.sha256(f"{board}:{starts_at}".encode()).hexdigest()[:12]


def scores(
    metric: LeaderboardMetric, current: Standings, previous: Standings, streaks: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, float]:
    """The score of each learner who has one, from the window's sums, those of the one before, and streaks."""
    match metric:
        case LeaderboardMetric.SCORE:
            return {learner: float(sums.points) for learner, sums in current.items()}
        case LeaderboardMetric.ACCURACY:
            return _accuracies(current)
        case LeaderboardMetric.IMPROVEMENT:
            before = _accuracies(previous)
            return {
                learner: now - before[learner]
                for learner, now in _accuracies(current).items()
                if learner in before
            }
        case LeaderboardMetric.STREAK:
            return {learner: float(days) for learner, days in streaks.items() if days > 0}


def entries(found: Mapping[uuid.UUID, float], members: Mapping[uuid.UUID, Member]) -> list[Entry]:
    """The entries that all may see, the best first; who is hidden or has left takes no rank."""
    return ranked([
        (-score, members[learner].alias, learner)
        for learner, score in found.items()
        if learner in members and not members[learner].hidden
    ])  # fmt: skip


def ranked(scored: list[Scored]) -> list[Entry]:
    """The entries of those who are shown, the best first; of equal ones by alias."""
    if not scored:
        return []
    scored.sort()
    turned, aliases, learners = zip(*scored, strict=True)
    found = [-score for score in turned]
    return list(map(_entry, zip(learners, ranks(found), aliases, found, strict=True)))


def own_entry(
    learner_id: uuid.UUID,
    found: Mapping[uuid.UUID, float],
    members: Mapping[uuid.UUID, Member],
    shown: list[Entry],
) -> Entry | None:
    """A learner's own entry, which it sees even when hidden: one place behind all who are better."""
    if learner_id not in found or learner_id not in members:
        return None
    score = found[learner_id]
    better = sum(1 for entry in shown if entry.score > score and entry.learner_id != learner_id)
    return Entry(learner_id, better + 1, members[learner_id].alias, score)


def _accuracies(standings: Standings) -> dict[uuid.UUID, float]:
    return {
        learner: sums.correct / sums.attempts
        for learner, sums in standings.items()
        if sums.attempts >= FEWEST_ATTEMPTS
    }
