"""What kinds of sessions there are, and the states one goes through."""

from enum import StrEnum


class SessionKind(StrEnum):
    """How a session chooses its items."""

    PRACTICE = "PRACTICE"
    REVIEW = "REVIEW"
    ADAPTIVE_TEST = "ADAPTIVE_TEST"


class SessionState(StrEnum):
    """Where a session stands; the last two are ends."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    COMPLETED = "COMPLETED"
    ABANDONED = "ABANDONED"


class ScoringState(StrEnum):
    """What is known of an attempt's score; attempts at practice are scored at once."""

    SCORED = "SCORED"
    PENDING = "PENDING"
    WITHHELD = "WITHHELD"
