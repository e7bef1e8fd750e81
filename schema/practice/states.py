"""Kinds and states of sessions and attempts as the graph names them."""

from app.practice.session_kind import ScoringState, SessionKind, SessionState
from schema.enums import graph_enum

__all__ = ["ScoringState", "SessionKind", "SessionState"]

graph_enum(
    SessionKind,
    "How a session chooses its items.",
    {
        SessionKind.PRACTICE: "Skills to learn or to make firm, on items where success is likely.",
        SessionKind.REVIEW: "Skills that were learnt and fade.",
        SessionKind.ADAPTIVE_TEST: "Items that tell most: where success and failure are equally likely.",
    },
)
graph_enum(
    SessionState,
    "Where a session stands.",
    {
        SessionState.ACTIVE: "Attempts are taken.",
        SessionState.PAUSED: "It waits to be resumed; attempts are refused.",
        SessionState.COMPLETED: "The learner has ended it.",
        SessionState.ABANDONED: "A week passed without an attempt, and another one was started.",
    },
)
graph_enum(
    ScoringState,
    "Whether a response has been scored, and may be shown.",
    {
        ScoringState.SCORED: "It has been scored.",
        ScoringState.PENDING: "It waits to be scored.",
        ScoringState.WITHHELD: "It has been scored, and is not shown yet.",
    },
)
