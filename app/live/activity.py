"""The activity of classes: a projection of what happens to their learners.

A learner's standing is one row, moved in the transaction that writes the events of the learner's classes; so
a snapshot of a class and the number of its last event belong together.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kit.database import Reader, Row, UnitOfWork
from app.kit.statements import sql
from app.live.mastery import latest_changes
from app.live.standing import LearnerActivity, Standing, activity, after_attempts, after_session
from app.realtime import event_log
from app.realtime.consumers import LoggedEvent
from app.realtime.event_log import NewEvent, classroom_topic
from app.realtime.presence import IDLE_FOR, ONLINE_FOR, Presence

KIND = "classroom.activity"

_STANDINGS = sql("""
    SELECT l.organization_id, l.id AS learner_id, o.time_zone, p.session_id, p.last_seen_at,
           p.last_attempt_at, p.day, coalesce(p.attempts_on_day, 0) AS attempts_on_day
    FROM learner l JOIN organization o ON o.id = l.organization_id
    LEFT JOIN learner_presence p ON p.organization_id = l.organization_id AND p.learner_id = l.id
    WHERE l.id = ANY(:learners)
""")
# The rows are locked in one order: a sweep may want some of them too.
_LOCK = sql("""
    SELECT learner_id FROM learner_presence WHERE learner_id = ANY(:learners) ORDER BY learner_id FOR UPDATE
""")
_CLASSES = sql("""
    SELECT e.learner_id, e.classroom_id FROM enrollment e
    JOIN classroom c ON c.organization_id = e.organization_id AND c.id = e.classroom_id
    WHERE e.learner_id = ANY(:learners) AND e.left_at IS NULL AND c.archived_at IS NULL
    ORDER BY e.classroom_id
""")
_KEEP = sql("""
    INSERT INTO learner_presence (organization_id, learner_id, session_id, presence, last_seen_at,
                                  last_attempt_at, day, attempts_on_day)
    SELECT * FROM unnest(:organizations::uuid[], :learners::uuid[], :sessions::uuid[], :presences::text[],
                         :seen::timestamptz[], :attempted::timestamptz[], :days::date[], :counts::int[])
    ON CONFLICT (learner_id, organization_id) DO UPDATE SET
      session_id = excluded.session_id, presence = excluded.presence, last_seen_at = excluded.last_seen_at,
      last_attempt_at = excluded.last_attempt_at, day = excluded.day,
      attempts_on_day = excluded.attempts_on_day
""")
_GONE_QUIET = sql("""
    SELECT learner_id FROM learner_presence
    WHERE presence = 'ONLINE' AND last_seen_at <= :online OR presence = 'IDLE' AND last_seen_at <= :idle
    ORDER BY learner_id LIMIT :limit FOR UPDATE SKIP LOCKED
""")
_OF_CLASSROOM = sql("""
    SELECT l.id AS learner_id, o.time_zone, p.session_id, p.last_seen_at, p.last_attempt_at, p.day,
           coalesce(p.attempts_on_day, 0) AS attempts_on_day
    FROM enrollment e JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
    JOIN organization o ON o.id = e.organization_id
    LEFT JOIN learner_presence p ON p.organization_id = e.organization_id AND p.learner_id = e.learner_id
    WHERE e.classroom_id = :classroom_id AND e.left_at IS NULL
    ORDER BY l.display_name, l.id
""")


class ClassroomActivity:
    """Tells each class what its learners do: `classroom.activity`, in the order of what they did."""

    name = "classroom_activity"
    kinds = frozenset({"attempts.recorded", "session.changed"})

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Move the standings of the learners and write what their classes are told."""
        learners = sorted({uuid.UUID(hex=event.payload["learner"]) for event in events})
        projection = await _Projection.of(work, learners)
        told = [each for event in events for each in projection.after(event)]
        await projection.keep(work)
        if told:
            await event_log.append(work, told)


async def sweep(work: UnitOfWork, limit: int = 500) -> int:
    """Tell classes of learners who have gone idle or offline since the last sweep; how many there were.

    To be called every few seconds; `work` spans all organizations.
    """
    values = {"online": work.now - ONLINE_FOR, "idle": work.now - IDLE_FOR, "limit": limit}
    learners = [row.learner_id for row in await work.fetch(_GONE_QUIET, **values)]
    if learners:
        projection = await _Projection.of(work, learners)
        told = [each for learner in learners for each in projection.at(learner, work.now)]
        await projection.keep(work)
        if told:
            await event_log.append(work, told)
    return len(learners)


async def activity_of_classroom(reader: Reader, classroom_id: uuid.UUID) -> list[LearnerActivity]:
    """What each learner of a class is doing now, by name."""
    rows = await reader.fetch(_OF_CLASSROOM, classroom_id=classroom_id)
    return [activity(row.learner_id, _standing(row), reader.now, row.time_zone) for row in rows]


class _Projection:
    """The standings of some learners while events move them."""

    def __init__(self, rows: Sequence[Row], classes: Mapping[uuid.UUID, Sequence[uuid.UUID]]) -> None:
        self._rows = {row.learner_id: row for row in rows}
        self._classes = classes
        self._standings = {row.learner_id: _standing(row) for row in rows}
        self._told: dict[uuid.UUID, Presence] = {}

    @classmethod
    async def of(cls, work: UnitOfWork, learners: Sequence[uuid.UUID]) -> "_Projection":
        """Lock and read them."""
        await work.fetch(_LOCK, learners=learners)
        classes: defaultdict[uuid.UUID, list[uuid.UUID]] = defaultdict(list)
        for row in await work.fetch(_CLASSES, learners=learners):
            classes[row.learner_id].append(row.classroom_id)
        return cls(await work.fetch(_STANDINGS, learners=learners), classes)

    def after(self, event: LoggedEvent) -> list[NewEvent]:
        """Take an event in; what the learner's classes are told."""
        learner_id = uuid.UUID(hex=event.payload["learner"])
        standing = self._standings[learner_id]
        mastery: list[dict[str, Any]] = []
        if event.kind == "session.changed":
            standing = after_session(standing, event.payload, event.at)
        else:
            zone = self._rows[learner_id].time_zone
            standing = after_attempts(standing, event.payload, event.at, zone)
            mastery = latest_changes(event.payload["attempts"])
        self._standings[learner_id] = standing
        return self.at(learner_id, event.at, mastery)

    def at(
        self, learner_id: uuid.UUID, at: datetime, mastery: Sequence[Mapping[str, Any]] = ()
    ) -> list[NewEvent]:
        """What the learner's classes are told of its standing at a moment."""
        row = self._rows[learner_id]
        now = activity(learner_id, self._standings[learner_id], at, row.time_zone)
        self._told[learner_id] = now.presence
        payload = {**_as_json(now), "mastery": list(mastery)}
        return [
            NewEvent(classroom_topic(classroom_id), KIND, payload, row.organization_id)
            for classroom_id in self._classes.get(learner_id, ())
        ]

    async def keep(self, work: UnitOfWork) -> None:
        """Store the standings that were told."""
        found = [(self._rows[learner], self._standings[learner]) for learner in sorted(self._told)]
        kept = [(row, standing) for row, standing in found if standing.last_seen_at is not None]
        await work.execute(
            _KEEP,
            organizations=[row.organization_id for row, _ in kept],
            learners=[row.learner_id for row, _ in kept],
            sessions=[standing.session_id for _, standing in kept],
            presences=[str(self._told[row.learner_id]) for row, _ in kept],
            seen=[standing.last_seen_at for _, standing in kept],
            attempted=[standing.last_attempt_at for _, standing in kept],
            days=[standing.day for _, standing in kept],
            counts=[standing.attempts_on_day for _, standing in kept],
        )


def activity_from_json(payload: Mapping[str, Any]) -> LearnerActivity:
    """The activity that an event tells."""
    session, attempted = payload["session"], payload["last_attempt_at"]
    return LearnerActivity(
        learner_id=uuid.UUID(hex=payload["learner"]),
        presence=Presence(payload["presence"]),
        session_id=uuid.UUID(hex=session) if session else None,
        last_attempt_at=datetime.fromisoformat(attempted) if attempted else None,
        attempts_today=payload["attempts_today"],
    )


def _as_json(now: LearnerActivity) -> dict[str, Any]:
    return {
        "learner": now.learner_id.hex,
        "session": now.session_id.hex if now.session_id else None,
        "presence": now.presence.value,
        "last_attempt_at": now.last_attempt_at.isoformat() if now.last_attempt_at else None,
        "attempts_today": now.attempts_today,
    }


def _standing(row: Row) -> Standing:
    return Standing(row.session_id, row.last_seen_at, row.last_attempt_at, row.day, row.attempts_on_day)
