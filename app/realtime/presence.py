"""Presence: whether a learner is there, told from when it was last seen."""

from datetime import datetime, timedelta
from enum import StrEnum

ONLINE_FOR = timedelta(minutes=2)
IDLE_FOR = timedelta(minutes=10)


class Presence(StrEnum):
    """Whether a learner is there. MISSING is for those who are expected and do not show, as in an exam."""

    ONLINE = "ONLINE"
    IDLE = "IDLE"
    MISSING = "MISSING"
    OFFLINE = "OFFLINE"


def presence_at(now: datetime, last_seen_at: datetime | None) -> Presence:
    """ONLINE for less than two minutes after the last sign of life, IDLE for less than ten, then OFFLINE."""
    if last_seen_at is None or now - last_seen_at >= IDLE_FOR:
        return Presence.OFFLINE
    return Presence.ONLINE if now - last_seen_at < ONLINE_FOR else Presence.IDLE
