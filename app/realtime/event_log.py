"""The event log: rows numbered without gaps in a topic, written in the transaction that changes the state.

The bus only wakes readers; the truth is here. Topics whose number is given inside `recordAttempt`
are small (one learner); a class's topics are projections, numbered by a consumer.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.kit.database import Reader, Row, UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql

VISIBILITY_CHANGED = "visibility.changed"
VISIBILITY = "visibility"
"""The topic of who is shown to others."""
LEADERBOARD = "leaderboard:"
"""What the topics of leaderboards begin with."""


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An event to be written: its topic, kind and payload (JSON)."""

    topic: str
    kind: str
    payload: Mapping[str, Any]
    organization_id: uuid.UUID


def learner_topic(learner_id: uuid.UUID) -> str:
    """The topic of what happens to one learner; numbered in the transaction, under the learner's lock."""
    return f"learner:{learner_id.hex}"


def classroom_topic(classroom_id: uuid.UUID) -> str:
    """The topic of a class's activity; numbered by a consumer."""
    return f"classroom:{classroom_id.hex}"


def visibility_changed(
    organization_id: uuid.UUID,
    *,
    learner_id: uuid.UUID | None = None,
    classroom_id: uuid.UUID | None = None,
) -> NewEvent:
    """That leaderboards show others now: of a learner's classes, of a class, or of all of an organization."""
    payload = {
        "learner": learner_id.hex if learner_id else None,
        "classroom": classroom_id.hex if classroom_id else None,
    }
    return NewEvent(VISIBILITY, VISIBILITY_CHANGED, payload, organization_id)


def leaderboard_topic(classroom_id: uuid.UUID) -> str:
    """The topic of a class's leaderboards; numbered by a consumer."""
    return LEADERBOARD + classroom_id.hex


def appending(after: str = "true") -> str:
    """What follows `WITH` in a statement that writes events, with the names of `appended`.

    Topic rows are locked in sorted order, last in the transaction: two writers never wait for each other.
    What the same statement does before is named in `after`, a condition that is always true.
    """
    return f"""
        given AS (
          SELECT * FROM unnest(:event_ids::uuid[], :organizations::uuid[], :topics::text[], :kinds::text[],
                               :payloads::jsonb[])
            WITH ORDINALITY AS g(id, organization_id, topic, kind, payload, place)
          WHERE {after}
        ), counted AS (
          SELECT organization_id, topic, count(*) AS added FROM given
          GROUP BY organization_id, topic ORDER BY organization_id, topic
        ), numbered AS (
          INSERT INTO topic (organization_id, name, seq) SELECT organization_id, topic, added FROM counted
          ON CONFLICT (name, organization_id) DO UPDATE SET seq = topic.seq + excluded.seq
          RETURNING organization_id, name, seq
        )
        INSERT INTO event (id, organization_id, topic, seq, kind, payload, at)
        SELECT g.id, g.organization_id, g.topic,
               n.seq - c.added + row_number() OVER (PARTITION BY g.organization_id, g.topic ORDER BY g.place),
               g.kind, g.payload, :now
        FROM given g JOIN counted c USING (organization_id, topic)
        JOIN numbered n ON n.organization_id = g.organization_id AND n.name = g.topic
        RETURNING topic, seq
    """


_APPEND = sql(f"WITH {appending()}")

_READ_AFTER = sql("""
    SELECT seq, kind, payload, at FROM event WHERE topic = :topic AND seq > :seq ORDER BY seq LIMIT :limit
""")
_LAST = sql("SELECT coalesce((SELECT seq FROM topic WHERE name = :topic), 0)")
_FIRST_KEPT = sql("SELECT min(seq) FROM event WHERE topic = :topic")


async def append(work: UnitOfWork, events: Sequence[NewEvent]) -> list[Row]:
    """Write events, give each the next number of its topic, and wake the topics' readers after the commit."""
    return await work.fetch(_APPEND, **appended(work, events))


def appended(work: UnitOfWork, events: Sequence[NewEvent]) -> dict[str, Any]:
    """What `appending` writes of events; their topics' readers are woken after the commit."""
    for topic in {event.topic for event in events}:
        work.after_commit(topic)
    return {
        "event_ids": [new_id() for _ in events],
        "organizations": [event.organization_id for event in events],
        "topics": [event.topic for event in events],
        "kinds": [event.kind for event in events],
        "payloads": [event.payload for event in events],
        "now": work.now,
    }


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as read back."""

    seq: int
    kind: str
    payload: dict[str, Any]
    at: datetime


async def read_after(reader: Reader, topic: str, seq: int, limit: int = 256) -> list[StoredEvent]:
    """The events of a topic after a number, in order."""
    rows = await reader.fetch(_READ_AFTER, topic=topic, seq=seq, limit=limit)
    return [StoredEvent(row.seq, row.kind, row.payload, row.at) for row in rows]


async def last_seq(reader: Reader, topic: str) -> int:
    """The last number given in a topic, 0 before the first."""
    seq: int = await reader.fetch_value(_LAST, topic=topic)
    return seq


async def first_kept(reader: Reader, topic: str) -> int | None:
    """The lowest number still kept, None when there is none."""
    seq: int | None = await reader.fetch_value(_FIRST_KEPT, topic=topic)
    return seq
