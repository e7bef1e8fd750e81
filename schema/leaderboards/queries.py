"""Leaderboards by what they are of."""

from datetime import datetime
from typing import Any

import strawberry

from app.access.policies import of_classroom, signed_in
from app.leaderboards.board import BoardName
from app.leaderboards.repository import leaderboards_by_name
from schema.engine.binding import decoded_id
from schema.engine.declarations import Argument, edge
from schema.leaderboards.types import FIRST, METRIC, WINDOW, Leaderboard


def _name(source: Any, arguments: dict[str, Any]) -> BoardName:
    scope_id = decoded_id(arguments["scopeId"], "cls", "scope_id")
    return BoardName(scope_id, arguments["window"], arguments["metric"], arguments.get("at"))


@strawberry.type
class LeaderboardQueries:
    leaderboard: Leaderboard | None = edge(
        leaderboards_by_name,
        key=_name,
        policy=of_classroom,
        gate=signed_in,
        arguments=[
            Argument("scope_id", strawberry.ID, "The class."),
            WINDOW,
            METRIC,
            Argument("at", datetime | None, "A moment in the window; now when left out.", None),
            FIRST,
            Argument("around", bool, "The entries around one's own instead of the best.", False),
        ],
        description="A leaderboard of a class.",
    )
