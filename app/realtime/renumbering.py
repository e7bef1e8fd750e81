"""Events and positions after a restore into another cluster, whose transaction numbers begin anew.

A dump holds the transaction numbers of the cluster it was made in. Where they are larger than the new
cluster's, a consumer would take all that is recorded from then on for passed. The events of the dump are
those whose ids are not above the last one of a foreign number: what was recorded after the restore has later
ids. They get numbers below all of this cluster's own, in their order.

There may be fewer numbers below than transactions: then the oldest transactions share one between any two
positions, in the order of their ids. What a consumer has passed stays passed, and nothing else does.
"""

import structlog

from app.kit.database import UnitOfWork
from app.kit.statements import sql

log = structlog.get_logger()

_ONE_AT_A_TIME = sql("SELECT pg_advisory_xact_lock(7236173)")
_LOCK_POSITIONS = sql("SELECT name FROM consumer_position ORDER BY name FOR UPDATE")
_LAST_OF_DUMP = sql("""
    SELECT greatest(
      (SELECT id FROM event WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()) ORDER BY id DESC LIMIT 1),
      (SELECT event_id FROM consumer_position WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
       ORDER BY event_id DESC LIMIT 1))
""")
# Transactions under way have numbers from xmin on.
_LARGEST_FREE = sql("""
    SELECT least(pg_snapshot_xmin(pg_current_snapshot())::text::bigint,
      (SELECT xid::text::bigint FROM event WHERE id > :last ORDER BY xid LIMIT 1)) - 1
""")
_RENUMBER = sql("""
    WITH place AS (
      SELECT name, xid, event_id FROM consumer_position WHERE xid > '0' AND event_id <= :last::uuid
    ), ordered AS (
      SELECT id, organization_id, xid, dense_rank() OVER (ORDER BY xid) AS nth,
             (SELECT count(*) FROM place p WHERE (p.xid, p.event_id) < (e.xid, e.id)) AS places_before
      FROM event e WHERE id <= :last::uuid
    ), numbered AS MATERIALIZED (
      SELECT id, organization_id, xid,
             greatest(1 + places_before, :free::bigint - max(nth) OVER () + nth) AS number
      FROM ordered
    ), moved AS (
      UPDATE consumer_position c SET xid = coalesce(passed.number, 0)::text::xid8,
        event_id = coalesce(passed.id, '00000000-0000-0000-0000-000000000000')
      FROM place p LEFT JOIN LATERAL (
        SELECT number, id FROM numbered n WHERE (n.xid, n.id) <= (p.xid, p.event_id)
        ORDER BY number DESC, id DESC LIMIT 1) passed ON true
      WHERE c.name = p.name
    )
    UPDATE event e SET xid = n.number::text::xid8 FROM numbered n
    WHERE e.id = n.id AND e.organization_id = n.organization_id
""")


async def renumber_after_restore(work: UnitOfWork) -> int:
    """Bring foreign transaction numbers below this cluster's own; how many events got another number.

    0 when there are none. `work` spans all organizations, as the owner or in the role of maintenance. Other
    consumers wait meanwhile; recording goes on.
    """
    await work.fetch(_ONE_AT_A_TIME)
    await work.fetch(_LOCK_POSITIONS)
    last = await work.fetch_value(_LAST_OF_DUMP)
    if last is None:
        return 0
    free = await work.fetch_value(_LARGEST_FREE, last=last)
    renumbered = await work.execute(_RENUMBER, last=last, free=free)
    log.warning("events renumbered after a restore", events=renumbered)
    return renumbered
