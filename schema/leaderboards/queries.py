"""Leaderboards by what they are of."""

from datetime import datetime
from typing import Any

import strawberry

from app.access.policies import signed_in
from app.leaderboards.board import AnyBoardName
from app.leaderboards.exam_repository import leaderboards_by_scope
from app.leaderboards.policies import of_board
from schema.engine.declarations import Argument, edge
from schema.leaderboards.types import FIRST, METRIC, SCOPE, WINDOW, Leaderboard, board_of_scope


def _name(source: Any, arguments: dict[str, Any]) -> AnyBoardName:
    return board_of_scope(arguments["scopeId"], arguments["window"], arguments["metric"], arguments.get("at"))


@strawberry.type
class LeaderboardQueries:
    leaderboard: Leaderboard | None = edge(
        leaderboards_by_scope,
        key=_name,
        policy=of_board,
        projected=True,
        gate=signed_in,
        arguments=[
            Argument("scope_id", strawberry.ID, SCOPE),
            WINDOW,
            METRIC,
            Argument("at", datetime | None, "A moment in the window; now when left out.", None),
            FIRST,
            Argument("around", bool, "The entries around one's own instead of the best.", False),
        ],
        sizes=["entries"],
        description="A leaderboard of a class, of an exam, or of all exams of an assessment.",
    )
