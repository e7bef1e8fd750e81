"""Leaderboards in the graph: boards of classes and exams, their entries under aliases."""

from datetime import datetime
from typing import Any

import strawberry

from app.access.policies import with_object
from app.kit import ids
from app.kit.errors import BadInput, not_found
from app.leaderboards.board import (
    EXAM_METRICS,
    AnyBoardName,
    BoardName,
    ExamBoardName,
    LeaderboardMetric,
    named_board,
)
from app.leaderboards.exam_repository import leaderboards_by_scope
from app.leaderboards.policies import of_board
from app.leaderboards.windows import LeaderboardWindow
from app.science.ranking import TieRule
from schema.engine.declarations import Argument, graph_type, leaf
from schema.enums import graph_enum
from schema.node import Node, node_kind
from schema.scalars import Cursor

graph_enum(
    LeaderboardWindow,
    "The stretch of time that a leaderboard covers, in the organization's time zone.",
    {
        LeaderboardWindow.DAY: "A day.",
        LeaderboardWindow.WEEK: "A week from Monday.",
        LeaderboardWindow.MONTH: "A calendar month.",
        LeaderboardWindow.TERM: "Half a school year: 1 August to 31 January, or 1 February to 31 July.",
        LeaderboardWindow.ALL_TIME: "From the first attempt on.",
    },
)
graph_enum(
    LeaderboardMetric,
    "What a leaderboard ranks by.",
    {
        LeaderboardMetric.SCORE: "Points: more for harder items, none for wrong ones. Of an exam its score.",
        LeaderboardMetric.ACCURACY: "The share of right answers, from five on. Of an exam its share.",
        LeaderboardMetric.IMPROVEMENT: "Accuracy now less that of the window before, of five attempts each. "
        "Of an exam the share of the last attempt less that of the first one.",
        LeaderboardMetric.STREAK: "Days in a row with practice, up to the end of the window; not of an exam.",
    },
)
graph_enum(
    TieRule,
    "How equal scores are ranked.",
    {TieRule.COMPETITION: "1, 2, 2, 4.", TieRule.DENSE: "1, 2, 2, 3."},
)

SCOPE = (
    "A class, an exam, or an assessment: all exams of it. Of exams there stands what was submitted within "
    "the window, once the results are released."
)
WINDOW = Argument("window", LeaderboardWindow, "The stretch of time covered.", LeaderboardWindow.WEEK)
# Not the edge's own `first`: a board is one object however many entries are asked for.
FIRST = Argument("first", int | None, "At most this many entries, 1 to 100.", 50)
METRIC = Argument("metric", LeaderboardMetric, "What it ranks by.", LeaderboardMetric.SCORE)


@graph_type(
    policy=with_object, description="A learner's place on a leaderboard, under an alias.", shared=True
)
class LeaderboardEntry:
    id: strawberry.ID = leaf("Names the learner on this board alone.")
    rank: int = leaf("The place, the best being 1; equal scores share one.")
    alias: str = leaf("What is shown instead of the learner's name.")
    score: float = leaf(
        "Points, a share from 0 to 1, a difference of shares, or days: by the board's metric."
    )


@graph_type(policy=of_board, description="A leaderboard of a class, an exam or an assessment.")
class Leaderboard(Node):
    scope_id: strawberry.ID = leaf("The class, exam or assessment it is of.")
    window: LeaderboardWindow = leaf("The stretch of time covered.")
    metric: LeaderboardMetric = leaf("What it ranks by.")
    starts_at: datetime | None = leaf("When the window began; null for all time.")
    ends_at: datetime | None = leaf("When the window ends or ended; null for all time.")
    tie_rule: TieRule = leaf("How equal scores are ranked.")
    entries: list[LeaderboardEntry] = leaf(
        "The best, or those around oneself; who hides takes up no rank.", list_size=50
    )
    viewer_entry: LeaderboardEntry | None = leaf("One's own place, also when hidden from others.")
    cursor: Cursor = leaf("The place in the stream of changes; subscribe after it.")


def board_of_scope(
    scope_id: str, window: LeaderboardWindow, metric: LeaderboardMetric, at: datetime | None = None
) -> AnyBoardName:
    """The board of a class, exam or assessment, by its public id; NotFound, or BadInput for the metric."""
    kind, key = ids.decode(scope_id) or ("", None)
    if key is None or kind not in ("cls", "exm", "asm"):
        raise not_found("scope", "scopeId")
    if kind == "cls":
        return BoardName(key, window, metric, at)
    if metric not in EXAM_METRICS:
        message = "An exam has no streaks; ask for SCORE, ACCURACY or IMPROVEMENT."
        raise BadInput(message, path=("metric",))
    return ExamBoardName((kind, key), window, metric, at)


def board_of_class(source: Any, arguments: dict[str, Any]) -> BoardName:
    """The key of the board of a class, from the field's arguments."""
    return BoardName(source.id, arguments["window"], arguments["metric"])


node_kind("lbd", "Leaderboard", leaderboards_by_scope, of_board, decode=named_board)
