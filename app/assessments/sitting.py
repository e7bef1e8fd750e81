"""A sitting, and how each thing that happens moves it: pure, the moment is an argument.

    NOT_STARTED → WAITING → ACTIVE ⇄ PAUSED, ACTIVE ⇄ LOCKED; these three → SUBMITTED or FORCE_SUBMITTED
    NOT_STARTED and WAITING → CLOSED when the exam ends

A sitting that starts at t ends at the earlier of t + base time and the exam's end, plus what the learner has
beyond the base: the accommodation and what teachers granted. A pause stops the clock. A move that does not
apply gives the sitting as it is.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from app.assessments.payload import plain, read_id, read_moment
from app.assessments.section_time import (
    SectionTime,
    SittingSection,
    after_extension,
    as_seen,
    at_start,
    has_ended,
    section_of,
    sections_as_json,
    sections_from_json,
)
from app.assessments.states import BEFORE_START, OVER, RUNNING, SittingState
from app.realtime.presence import Presence

MISSING_AFTER = timedelta(seconds=20)
IDLE_AFTER = timedelta(minutes=2)
OFFLINE_AFTER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A learner in an exam; see `app.models.assessments.ExamSitting`."""

    id: uuid.UUID
    exam_id: uuid.UUID
    classroom_id: uuid.UUID
    learner_id: uuid.UUID
    number: int
    state: SittingState
    presence: Presence
    item_count: int
    base_seconds: int
    accommodation_seconds: int = 0
    granted_seconds: int = 0
    joined_at: datetime | None = None
    started_at: datetime | None = None
    ends_at: datetime | None = None
    left_when_paused: timedelta | None = None
    sections: tuple[SectionTime, ...] = ()
    submitted_at: datetime | None = None
    device_id: str | None = None
    address_digest: bytes | None = None
    heard_at: datetime | None = None
    acted_at: datetime | None = None
    last_seen_at: datetime | None = None
    current_item_number: int | None = None
    answered_count: int = 0
    last_sequence: int = 0
    last_signal: int = 0
    open_incident_count: int = 0

    @property
    def attempt_number(self) -> int:
        """Which of the learner's attempts this is, from 1."""
        return self.number

    @property
    def base_time_seconds(self) -> int:
        """What everybody has, in seconds."""
        return self.base_seconds

    @property
    def extended_seconds(self) -> int:
        """What the learner has beyond the base: accommodation and extensions, in seconds."""
        return self.accommodation_seconds + self.granted_seconds

    @property
    def time_left_when_paused_seconds(self) -> int | None:
        """What was left when the clock was stopped, in whole seconds."""
        left = self.left_when_paused
        return None if left is None else int(left.total_seconds())

    @property
    def timed_sections(self) -> list[SittingSection]:
        """The sections with their ends, where one ends by itself."""
        return as_seen(self.sections, self.ends_at, self.left_when_paused)

    @property
    def section_ends_at(self) -> datetime | None:
        """When the section of the current item ends; None while the clock stands, and where none does."""
        place = section_of(self.sections, self.current_item_number)
        return None if place is None else self.timed_sections[place].ends_at

    @property
    def concern(self) -> int:
        """How much a teacher should look at it, 0 and more: the order of a monitor, highest first.

        Who waits to be unlocked, then by open incidents, then who is gone, then who is idle, then who writes.
        A sitting that is over comes behind all that run, before the others if an incident of it is open.
        """
        if self.state not in RUNNING:
            return min(self.open_incident_count, 9)
        weight = 10_000 if self.state is SittingState.LOCKED else 100
        weight += 500 if self.presence in (Presence.MISSING, Presence.OFFLINE) else 0
        weight += 200 if self.presence is Presence.IDLE else 0
        return weight + 1000 * min(self.open_incident_count, 9)


COLUMNS = tuple(field.name for field in fields(Sitting))
MUTABLE = COLUMNS[COLUMNS.index("state") :]
# Followers are told these; the rest is bookkeeping of the server.
UNTOLD = frozenset({"device_id", "address_digest", "heard_at", "acted_at", "last_sequence", "last_signal"})
TOLD = tuple(name for name in COLUMNS if name not in UNTOLD)


def sitting_of(row: Mapping[str, Any]) -> Sitting:
    """The sitting in a row."""
    values = {name: row[name] for name in COLUMNS}
    values["state"], values["presence"] = SittingState(values["state"]), Presence(values["presence"])
    values["sections"] = sections_from_json(values["sections"])
    return Sitting(**values)


def sitting_as_json(sitting: Sitting) -> dict[str, Any]:
    """What an event tells of a sitting."""
    told = {name: plain(getattr(sitting, name)) for name in TOLD}
    return {**told, "sections": sections_as_json(sitting.sections)}


def sitting_from_json(payload: Mapping[str, Any]) -> Sitting:
    """The sitting that an event tells."""
    values = dict(payload)
    for name in ("id", "exam_id", "classroom_id", "learner_id"):
        values[name] = read_id(values[name])
    for name in ("joined_at", "started_at", "ends_at", "submitted_at", "last_seen_at"):
        values[name] = read_moment(values[name])
    values["sections"] = sections_from_json(values.get("sections"))
    left = values["left_when_paused"]
    values["left_when_paused"] = None if left is None else timedelta(seconds=left)
    values["state"], values["presence"] = SittingState(values["state"]), Presence(values["presence"])
    return Sitting(**values)


def differs(before: Sitting, after: Sitting) -> bool:
    """Whether followers are to be told; the time of the last sign of life alone is not told."""
    return any(getattr(before, name) != getattr(after, name) for name in TOLD if name != "last_seen_at")


def presence_of(sitting: Sitting, now: datetime) -> Presence:
    """ONLINE; IDLE two minutes after the last act; MISSING after 20 s of silence, OFFLINE after 10 min."""
    if sitting.heard_at is None or sitting.state in OVER or sitting.state is SittingState.NOT_STARTED:
        return Presence.OFFLINE
    silent = now - sitting.heard_at
    if silent >= MISSING_AFTER:
        return Presence.OFFLINE if silent >= OFFLINE_AFTER else Presence.MISSING
    idle = sitting.acted_at is None or now - sitting.acted_at >= IDLE_AFTER
    return Presence.IDLE if idle else Presence.ONLINE


def looked_at(sitting: Sitting, now: datetime) -> Sitting:
    """The sitting with its presence as it is now."""
    presence = presence_of(sitting, now)
    return sitting if presence is sitting.presence else replace(sitting, presence=presence)


def heard(sitting: Sitting, now: datetime, *, acted: bool = False) -> Sitting:
    """A sign of life, or an act, of the learner's device."""
    if sitting.state in OVER:
        return sitting
    return looked_at(replace(sitting, heard_at=now, acted_at=now if acted else sitting.acted_at), now)


def waiting(sitting: Sitting, now: datetime) -> Sitting:
    """Let in before the exam opens."""
    if sitting.state is not SittingState.NOT_STARTED:
        return sitting
    return replace(sitting, state=SittingState.WAITING, joined_at=now)


def started(sitting: Sitting, at: datetime, closes_at: datetime | None) -> Sitting:
    """Start the clock."""
    if sitting.state not in BEFORE_START:
        return sitting
    end = at + timedelta(seconds=sitting.base_seconds)
    if closes_at is not None:
        end = min(end, closes_at)
    ends_at = end + timedelta(seconds=sitting.extended_seconds)
    return replace(
        sitting,
        state=SittingState.ACTIVE,
        joined_at=sitting.joined_at or at,
        started_at=at,
        ends_at=ends_at,
        sections=at_start(
            sitting.sections,
            at=at,
            closes_at=closes_at,
            ends_at=ends_at,
            base_seconds=sitting.base_seconds,
            accommodation_seconds=sitting.accommodation_seconds,
            granted_seconds=sitting.granted_seconds,
        ),
        current_item_number=1 if sitting.item_count else None,
    )


def paused(sitting: Sitting, now: datetime) -> Sitting:
    """Stop the clock of one whose time runs; a locked one stays locked."""
    if sitting.state not in (SittingState.ACTIVE, SittingState.LOCKED) or time_is_up(sitting, now):
        return sitting
    if sitting.ends_at is None:
        return sitting
    state = SittingState.PAUSED if sitting.state is SittingState.ACTIVE else sitting.state
    return replace(sitting, state=state, ends_at=None, left_when_paused=sitting.ends_at - now)


def resumed(sitting: Sitting, now: datetime) -> Sitting:
    """Let the clock run on with what was left."""
    if sitting.left_when_paused is None or sitting.state in OVER:
        return sitting
    state = SittingState.ACTIVE if sitting.state is SittingState.PAUSED else sitting.state
    return replace(sitting, state=state, ends_at=now + sitting.left_when_paused, left_when_paused=None)


def extended(sitting: Sitting, seconds: int, now: datetime) -> Sitting:
    """Give time, or take it back with a negative number; one whose time is up gets none."""
    if sitting.state in OVER or time_is_up(sitting, now):
        return sitting
    more, left = timedelta(seconds=seconds), time_left(sitting, now)
    return replace(
        sitting,
        sections=sitting.sections if left is None else after_extension(sitting.sections, left, seconds),
        granted_seconds=sitting.granted_seconds + seconds,
        ends_at=None if sitting.ends_at is None else sitting.ends_at + more,
        left_when_paused=None if sitting.left_when_paused is None else sitting.left_when_paused + more,
    )


def locked(sitting: Sitting) -> Sitting:
    """Keep from answering until a teacher unlocks; the clock runs on."""
    if sitting.state not in (SittingState.ACTIVE, SittingState.PAUSED):
        return sitting
    return replace(sitting, state=SittingState.LOCKED)


def unlocked(sitting: Sitting) -> Sitting:
    """Let answer again; paused if its clock stands."""
    if sitting.state is not SittingState.LOCKED:
        return sitting
    state = SittingState.ACTIVE if sitting.left_when_paused is None else SittingState.PAUSED
    return replace(sitting, state=state)


def submitted(sitting: Sitting, at: datetime, *, by_force: bool = False) -> Sitting:
    """End a running sitting."""
    if sitting.state not in RUNNING:
        return sitting
    state = SittingState.FORCE_SUBMITTED if by_force else SittingState.SUBMITTED
    return looked_at(replace(sitting, state=state, submitted_at=at), at)


def reopened(sitting: Sitting, before: SittingState, now: datetime) -> Sitting:
    """Take a forced submission back, unless the time has ended meanwhile."""
    if sitting.state is not SittingState.FORCE_SUBMITTED or time_is_up(sitting, now):
        return sitting
    return looked_at(replace(sitting, state=before, submitted_at=None), now)


def closed(sitting: Sitting, now: datetime) -> Sitting:
    """End a sitting that never started."""
    if sitting.state not in BEFORE_START:
        return sitting
    return looked_at(replace(sitting, state=SittingState.CLOSED), now)


def time_is_up(sitting: Sitting, now: datetime) -> bool:
    """Whether the clock has run out; at its end it has."""
    return sitting.ends_at is not None and now >= sitting.ends_at


def time_left(sitting: Sitting, now: datetime) -> timedelta | None:
    """How much time is left; None before the sitting has begun."""
    return sitting.left_when_paused if sitting.ends_at is None else sitting.ends_at - now


def section_is_over(sitting: Sitting, section: int, now: datetime) -> bool:
    """Whether a section, counted from 0, has ended before the sitting does."""
    left = time_left(sitting, now)
    return left is not None and section < len(sitting.sections) and has_ended(sitting.sections[section], left)


def due(sitting: Sitting, now: datetime) -> Sitting:
    """What the clock alone makes of a sitting: ended when its time is up, else its presence."""
    if sitting.state in RUNNING and time_is_up(sitting, now):
        return submitted(sitting, sitting.ends_at or now, by_force=True)
    return looked_at(sitting, now)
