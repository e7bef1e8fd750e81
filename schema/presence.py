"""Presence as the graph names it."""

from app.realtime.presence import Presence
from schema.enums import graph_enum

__all__ = ["Presence"]

graph_enum(
    Presence,
    "Whether a learner is there.",
    {
        Presence.ONLINE: "Seen within two minutes; in an exam heard of within twenty seconds.",
        Presence.IDLE: "Seen within ten minutes; in an exam heard of, without an act for two minutes.",
        Presence.MISSING: "Expected, and not to be seen.",
        Presence.OFFLINE: "Not seen for ten minutes, or not to be expected.",
    },
)
