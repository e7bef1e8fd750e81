"""The vocabularies of exams as the graph names them."""

from enum import StrEnum

from app.assessments.states import (
    ActionStage,
    ExamActionKind,
    ExamIncidentKind,
    ExamSignal,
    ExamState,
    ReleasePolicy,
    SittingState,
)
from schema.enums import graph_enum

__all__ = [
    "ActionStage",
    "ExamActionKind",
    "ExamIncidentKind",
    "ExamSignal",
    "ExamState",
    "ExamWarningKind",
    "ReleasePolicy",
    "SittingState",
]


class ExamWarningKind(StrEnum):
    """What a teacher should know of an exam that was opened or extended."""

    WINDOW_TOO_SHORT = "WINDOW_TOO_SHORT"
    EXTENSION_PASSES_WINDOW = "EXTENSION_PASSES_WINDOW"


graph_enum(
    ExamWarningKind,
    "What a teacher should know.",
    {
        ExamWarningKind.WINDOW_TOO_SHORT: "Who begins when the exam opens has less than the full time.",
        ExamWarningKind.EXTENSION_PASSES_WINDOW: "Sittings go on after the exam's end.",
    },
)
graph_enum(
    ExamState,
    "Where an exam stands.",
    {
        ExamState.SCHEDULED: "It has not opened; learners may join and wait.",
        ExamState.OPEN: "Learners begin and answer.",
        ExamState.PAUSED: "A teacher has stopped the clock for everyone.",
        ExamState.CLOSED: "Nobody answers any more; results are not released.",
        ExamState.RELEASED: "Closed, and learners see their results.",
    },
)
graph_enum(
    SittingState,
    "Where a learner stands in an exam.",
    {
        SittingState.NOT_STARTED: "The learner has not joined.",
        SittingState.WAITING: "Joined before the exam opened.",
        SittingState.ACTIVE: "The clock runs, answers are taken.",
        SittingState.PAUSED: "A teacher has stopped the clock; answers wait.",
        SittingState.LOCKED: "Answers wait until a teacher unlocks; the clock runs on.",
        SittingState.SUBMITTED: "The learner has submitted.",
        SittingState.FORCE_SUBMITTED: "Ended by the clock, by a teacher, or with the exam.",
        SittingState.CLOSED: "The exam ended before the learner began.",
    },
)
graph_enum(
    ReleasePolicy,
    "When learners see their results.",
    {
        ReleasePolicy.AT_SUBMISSION: "As soon as their sitting has ended.",
        ReleasePolicy.AT_CLOSE: "When the exam closes.",
        ReleasePolicy.MANUAL: "When a teacher releases them.",
    },
    name="ExamReleasePolicy",
)
graph_enum(
    ExamIncidentKind,
    "What a teacher may want to look at; nothing follows from it by itself.",
    {
        ExamIncidentKind.FOCUS_LOST: "The window of the exam lost the focus.",
        ExamIncidentKind.PASTE: "Text was pasted.",
        ExamIncidentKind.SECOND_SESSION: "The sitting was taken up on another device.",
        ExamIncidentKind.ADDRESS_CHANGED: "The network address changed.",
        ExamIncidentKind.ANSWER_BURST: "Five items were answered for the first time within ten seconds.",
        ExamIncidentKind.DISCONNECTED: "Nothing was heard of the device for twenty seconds.",
        ExamIncidentKind.CLOCK_SKEW: "The device's clock is off by more than two minutes.",
        ExamIncidentKind.HAND_RAISED: "The learner asks for help.",
    },
)
graph_enum(
    ExamSignal,
    "What a learner's device tells of itself.",
    {
        ExamSignal.HEARTBEAT: "It lives; best sent every ten seconds.",
        ExamSignal.ITEM_OPENED: "An item is looked at; with `itemNumber`.",
        ExamSignal.FOCUS_LOST: "The window lost the focus.",
        ExamSignal.FOCUS_REGAINED: "The window has the focus again.",
        ExamSignal.PASTE: "Text was pasted.",
        ExamSignal.HAND_RAISED: "The learner asks for help.",
        ExamSignal.HAND_LOWERED: "Help is no longer needed.",
    },
)
graph_enum(
    ExamActionKind,
    "What a teacher did.",
    {
        ExamActionKind.EXTENSION: "Gave time.",
        ExamActionKind.MESSAGE: "Wrote to learners.",
        ExamActionKind.PAUSE: "Stopped the clock.",
        ExamActionKind.RESUME: "Let the clock run on.",
        ExamActionKind.FORCE_SUBMISSION: "Ended sittings.",
        ExamActionKind.UNLOCK: "Let answer again.",
    },
)
graph_enum(
    ActionStage,
    "How far an act has come to a learner.",
    {
        ActionStage.DELIVERED: "The device has it.",
        ActionStage.SEEN: "The learner has seen it.",
    },
    name="ExamActionStage",
)
