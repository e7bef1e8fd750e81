"""How long events are kept: those of live streams for a day, those of learners for good.

A stream whose cursor is older begins anew with a snapshot. What happened to a learner stays, since a
projection that is added later is built from it.
"""

from collections.abc import Sequence
from datetime import timedelta

from app.kit.database import Database
from app.kit.ids import smallest_id_at
from app.kit.statements import sql
from app.realtime.consumers import Consumer

KEPT = timedelta(hours=24)
BATCH = 5_000

# Topic by topic, the oldest first: the index of events in their topics leads there past all that stays.
_DROP = sql("""
    DELETE FROM event USING (
      SELECT t.organization_id, old.id FROM topic t CROSS JOIN LATERAL (
        SELECT e.id FROM event e
        WHERE e.organization_id = t.organization_id AND e.topic = t.name AND e.id < :bound::uuid
          AND NOT EXISTS (
            SELECT FROM consumer_position p
            WHERE p.name = ANY(:consumers) AND (p.xid, p.event_id) < (e.xid, e.id))
        ORDER BY e.seq LIMIT :limit) old
      WHERE t.name NOT LIKE 'learner:%' LIMIT :limit) old
    WHERE event.id = old.id AND event.organization_id = old.organization_id
""")


async def drop_old_events(
    maintenance: Database, consumers: Sequence[Consumer], kept: timedelta = KEPT, batch: int = BATCH
) -> int:
    """Drop events of live streams that are older than that and passed by all these consumers; how many.

    One that is not among them, since it was removed or renamed, holds nothing back. Each batch is a
    transaction, so that nobody waits long for it.
    """
    total, names = 0, [each.name for each in consumers]
    while True:
        async with maintenance.unit_of_work(None) as work:
            dropped = await work.execute(
                _DROP, bound=smallest_id_at(work.now - kept), limit=batch, consumers=names
            )
        total += dropped
        if dropped < batch:
            return total
