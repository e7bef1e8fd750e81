"""Where a learner stands now, and how each event moves that: pure, so that a replay gives the same."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.realtime.presence import IDLE_FOR, Presence, presence_at

UNDER_WAY = frozenset({"ACTIVE", "PAUSED"})
BY_THE_LEARNER = frozenset({"ACTIVE", "PAUSED", "COMPLETED"})
"""States that a learner brings about; ABANDONED comes by itself, when nobody has been there for long."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's latest activity. `attempts_on_day` counts `day`, a day of the organization's time zone."""

    session_id: uuid.UUID | None = None
    last_seen_at: datetime | None = None
    last_attempt_at: datetime | None = None
    day: date | None = None
    attempts_on_day: int = 0


@dataclass(frozen=True, slots=True)
class LearnerActivity:
    """What a learner is doing, at one moment."""

    learner_id: uuid.UUID
    presence: Presence
    session_id: uuid.UUID | None
    last_attempt_at: datetime | None
    attempts_today: int


def activity(learner_id: uuid.UUID, standing: Standing, at: datetime, zone: str) -> LearnerActivity:
    """What a standing says at a moment, in the organization's time zone."""
    return LearnerActivity(
        learner_id=learner_id,
        presence=presence_at(at, standing.last_seen_at),
        session_id=standing.session_id,
        last_attempt_at=standing.last_attempt_at,
        attempts_today=standing.attempts_on_day if standing.day == _local_day(at, zone) else 0,
    )


def after_session(standing: Standing, payload: Mapping[str, Any], at: datetime) -> Standing:
    """The standing after `session.changed`."""
    session_id = uuid.UUID(hex=payload["session"])
    state = payload["state"]
    if state in UNDER_WAY:
        standing = replace(standing, session_id=session_id)
    elif standing.session_id == session_id:
        standing = replace(standing, session_id=None)
    return _seen(standing, at) if state in BY_THE_LEARNER else standing


def after_attempts(standing: Standing, payload: Mapping[str, Any], at: datetime, zone: str) -> Standing:
    """The standing after `attempts.recorded`, at the moment of recording.

    Those without a session are imported, and those of a session long before are loaded with it: nobody is
    there for that. An attempt counts on the day on which it was answered: one of an earlier day not today.
    """
    today = _local_day(at, zone)
    answered = [datetime.fromisoformat(attempt["answered_at"]) for attempt in payload["attempts"]]
    if not answered:
        return standing
    latest = max(answered)
    counted = sum(1 for moment in answered if _local_day(moment, zone) == today)
    before = standing.attempts_on_day if standing.day == today else 0
    session_id = uuid.UUID(hex=payload["session"]) if payload["session"] else None
    if session_id is not None and at - latest < IDLE_FOR:
        standing = replace(standing, session_id=session_id)
    standing = replace(
        standing,
        last_attempt_at=_later(standing.last_attempt_at, latest),
        day=today,
        attempts_on_day=before + counted,
    )
    there = session_id is not None and session_id == standing.session_id
    return _seen(standing, at if there else min(latest, at))


def _seen(standing: Standing, at: datetime) -> Standing:
    return replace(standing, last_seen_at=_later(standing.last_seen_at, at))


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None or other > one else one


def _local_day(moment: datetime, zone: str) -> date:
    return moment.astimezone(ZoneInfo(zone)).date()
