"""Incidents: what a teacher may want to look at, in neutral words, with when it began and ended.

An incident is open until a teacher dismisses it; a raised hand also until it is lowered, a disconnection
until the learner is back. Nothing follows from an incident by itself.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from app.assessments.payload import plain, read_id, read_moment
from app.assessments.states import ExamIncidentKind as Kind
from app.kit.database import UnitOfWork
from app.kit.statements import sql

LASTING = (Kind.FOCUS_LOST, Kind.HAND_RAISED, Kind.DISCONNECTED, Kind.CLOCK_SKEW)
"""Kinds that go on until their end is told; the others are over at once."""
CLOSED_BY_END = frozenset({Kind.HAND_RAISED, Kind.DISCONNECTED})
SAME_OUTAGE = timedelta(minutes=1)
"""A learner who is gone again so soon has the same disconnection, not another one."""
MOST = 200
"""Incidents kept of one sitting; more tell nothing new."""

DETAILS = {
    Kind.FOCUS_LOST: "The window of the exam lost the focus.",
    Kind.PASTE: "Text was pasted.",
    Kind.SECOND_SESSION: "The sitting was taken up on another device.",
    Kind.ADDRESS_CHANGED: "The network address changed.",
    Kind.ANSWER_BURST: "Many items were answered within a few seconds.",
    Kind.DISCONNECTED: "Nothing was heard of the device.",
    Kind.CLOCK_SKEW: "The clock of the device differs from the server's.",
    Kind.HAND_RAISED: "The learner asks for help.",
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident of a sitting."""

    id: uuid.UUID
    exam_id: uuid.UUID
    sitting_id: uuid.UUID
    classroom_id: uuid.UUID
    learner_id: uuid.UUID
    kind: Kind
    detail: str
    started_at: datetime
    ended_at: datetime | None = None
    claimed_by: uuid.UUID | None = None
    claimed_at: datetime | None = None
    dismissed_by: uuid.UUID | None = None
    dismissed_at: datetime | None = None
    note: str | None = None

    @property
    def open(self) -> bool:
        """Whether it waits for somebody."""
        ended = self.kind in CLOSED_BY_END and self.ended_at is not None
        return self.dismissed_at is None and not ended


COLUMNS = tuple(field.name for field in fields(Incident))
SELECTED = ", ".join(f"{'s' if name in ('classroom_id', 'learner_id') else 'c'}.{name}" for name in COLUMNS)
FROM = """exam_incident c
    JOIN exam_sitting s ON s.organization_id = c.organization_id AND s.id = c.sitting_id"""
_IDS = ("id", "exam_id", "sitting_id", "classroom_id", "learner_id", "claimed_by", "dismissed_by")
_MOMENTS = ("started_at", "ended_at", "claimed_at", "dismissed_at")

_LASTING = sql(f"""
    SELECT {SELECTED} FROM {FROM}
    WHERE c.sitting_id = ANY(:sittings) AND c.kind = ANY(:kinds)
      AND (c.ended_at IS NULL OR c.ended_at > :since) ORDER BY c.id
""")
_COUNTS = sql("""
    SELECT sitting_id, count(*) AS total FROM exam_incident WHERE sitting_id = ANY(:sittings) GROUP BY 1
""")
_STORED = ("id", "exam_id", "sitting_id", "kind", "detail", "started_at", "ended_at", "claimed_by",
           "claimed_at", "dismissed_by", "dismissed_at", "note")  # fmt: skip
_STORE = sql(f"""
    INSERT INTO exam_incident (organization_id, {", ".join(_STORED)})
    SELECT :tenant, g.* FROM unnest(
      :id::uuid[], :exam_id::uuid[], :sitting_id::uuid[], :kind::text[], :detail::text[],
      :started_at::timestamptz[], :ended_at::timestamptz[], :claimed_by::uuid[], :claimed_at::timestamptz[],
      :dismissed_by::uuid[], :dismissed_at::timestamptz[], :note::text[]) AS g
    ON CONFLICT (id, organization_id) DO UPDATE SET
      ended_at = excluded.ended_at, claimed_by = excluded.claimed_by, claimed_at = excluded.claimed_at,
      dismissed_by = excluded.dismissed_by, dismissed_at = excluded.dismissed_at, note = excluded.note
""")


def incident_of(row: Mapping[str, Any]) -> Incident:
    """The incident in a row."""
    values = {name: row[name] for name in COLUMNS}
    return Incident(**{**values, "kind": Kind(values["kind"])})


def incident_as_json(incident: Incident) -> dict[str, Any]:
    """What an event tells of an incident."""
    return {name: plain(getattr(incident, name)) for name in COLUMNS}


def incident_from_json(payload: Mapping[str, Any]) -> Incident:
    """The incident that an event tells."""
    values = dict(payload)
    for name in _IDS:
        values[name] = read_id(values[name])
    for name in _MOMENTS:
        values[name] = read_moment(values[name])
    return Incident(**{**values, "kind": Kind(values["kind"])})


def ended(incident: Incident, now: datetime) -> Incident:
    """The incident, over."""
    return incident if incident.ended_at is not None else replace(incident, ended_at=now)


class Lasting:
    """Incidents of some sittings that go on, or have just ended."""

    def __init__(self, found: Sequence[Incident], counts: Mapping[uuid.UUID, int]) -> None:
        self._found = {(each.sitting_id, each.kind): each for each in found}
        self._counts = dict(counts)

    def going_on(self, sitting_id: uuid.UUID, kind: Kind) -> Incident | None:
        """The incident of that kind that goes on."""
        found = self._found.get((sitting_id, kind))
        return found if found is not None and found.ended_at is None else None

    def just_ended(self, sitting_id: uuid.UUID, kind: Kind) -> Incident | None:
        """The incident of that kind that ended within the last minute and was not dismissed."""
        found = self._found.get((sitting_id, kind))
        if found is None or found.ended_at is None or found.dismissed_at is not None:
            return None
        return found

    def put(self, incident: Incident) -> None:
        """Take in what has just been raised or ended."""
        self._found[incident.sitting_id, incident.kind] = incident

    def room(self, sitting_id: uuid.UUID) -> bool:
        """Whether one more may be raised; counts it."""
        self._counts[sitting_id] = self._counts.get(sitting_id, 0) + 1
        return self._counts[sitting_id] <= MOST


async def lasting(work: UnitOfWork, sittings: Sequence[uuid.UUID]) -> Lasting:
    """Read what goes on, or has just ended, in these sittings."""
    rows = await work.fetch(
        _LASTING, sittings=list(sittings), kinds=[kind.value for kind in LASTING],
        since=work.now - SAME_OUTAGE,
    )  # fmt: skip
    counts = await work.fetch(_COUNTS, sittings=list(sittings))
    return Lasting(list(map(incident_of, rows)), {row.sitting_id: row.total for row in counts})


async def store_incidents(work: UnitOfWork, incidents: Sequence[Incident]) -> None:
    """Write incidents that are new or have changed."""
    columns = {name: [getattr(each, name) for each in incidents] for name in _STORED}
    columns["kind"] = [each.kind.value for each in incidents]
    await work.execute(_STORE, tenant=work.tenant, **columns)
