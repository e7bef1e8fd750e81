"""The closed vocabularies of exams."""

from enum import StrEnum


class ExamState(StrEnum):
    """Where an exam stands."""

    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    PAUSED = "PAUSED"
    CLOSED = "CLOSED"
    RELEASED = "RELEASED"


class SittingState(StrEnum):
    """Where a learner stands in an exam."""

    NOT_STARTED = "NOT_STARTED"
    WAITING = "WAITING"
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    LOCKED = "LOCKED"
    SUBMITTED = "SUBMITTED"
    FORCE_SUBMITTED = "FORCE_SUBMITTED"
    CLOSED = "CLOSED"


class ReleasePolicy(StrEnum):
    """When learners see their results."""

    AT_SUBMISSION = "AT_SUBMISSION"
    AT_CLOSE = "AT_CLOSE"
    MANUAL = "MANUAL"


class ExamIncidentKind(StrEnum):
    """What a teacher may want to look at."""

    FOCUS_LOST = "FOCUS_LOST"
    PASTE = "PASTE"
    SECOND_SESSION = "SECOND_SESSION"
    ADDRESS_CHANGED = "ADDRESS_CHANGED"
    ANSWER_BURST = "ANSWER_BURST"
    DISCONNECTED = "DISCONNECTED"
    CLOCK_SKEW = "CLOCK_SKEW"
    HAND_RAISED = "HAND_RAISED"


class ExamSignal(StrEnum):
    """What a learner's device tells of itself."""

    HEARTBEAT = "HEARTBEAT"
    ITEM_OPENED = "ITEM_OPENED"
    FOCUS_LOST = "FOCUS_LOST"
    FOCUS_REGAINED = "FOCUS_REGAINED"
    PASTE = "PASTE"
    HAND_RAISED = "HAND_RAISED"
    HAND_LOWERED = "HAND_LOWERED"


class ExamActionKind(StrEnum):
    """What a teacher does to sittings."""

    EXTENSION = "EXTENSION"
    MESSAGE = "MESSAGE"
    PAUSE = "PAUSE"
    RESUME = "RESUME"
    FORCE_SUBMISSION = "FORCE_SUBMISSION"
    UNLOCK = "UNLOCK"


class ActionStage(StrEnum):
    """How far an act has come to a learner."""

    DELIVERED = "DELIVERED"
    SEEN = "SEEN"


BEFORE_START = frozenset({SittingState.NOT_STARTED, SittingState.WAITING})
RUNNING = frozenset({SittingState.ACTIVE, SittingState.PAUSED, SittingState.LOCKED})
SUBMITTED = frozenset({SittingState.SUBMITTED, SittingState.FORCE_SUBMITTED})
OVER = SUBMITTED | {SittingState.CLOSED}
ENDED_EXAM = frozenset({ExamState.CLOSED, ExamState.RELEASED})
