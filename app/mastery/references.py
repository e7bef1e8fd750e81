"""The reference difficulty of a skill, kept at the median of its items by a consumer.

Mastery is stated on an item of that difficulty. Each mastery change keeps the one it was stated with, so that
recomputed figures equal the stored ones whatever it is now.
"""

import uuid
from collections.abc import Sequence

from app.kit.database import UnitOfWork
from app.kit.statements import sql
from app.realtime.consumers import LoggedEvent

# A step smaller than this, in logits, changes no figure that anyone reads; leaving it out spares the row.
SMALLEST_STEP = 0.005

_MOVE = sql("""
    UPDATE skill s SET reference_difficulty = m.median
    FROM (
      SELECT x.organization_id, x.skill_id,
             percentile_cont(0.5) WITHIN GROUP (ORDER BY p.difficulty) AS median
      FROM item_skill x JOIN item_parameter p USING (organization_id, item_id)
      WHERE x.skill_id = ANY(:skill_ids) AND p.evidence_count > 0 GROUP BY 1, 2
    ) m
    WHERE s.organization_id = m.organization_id AND s.id = m.skill_id
      AND abs(s.reference_difficulty - m.median) >= :smallest
""")


class ReferenceDifficulties:
    """Moves the reference difficulty of the skills that were just practised."""

    name = "reference_difficulties"
    kinds = frozenset({"attempts.recorded"})
    gather = 1.0

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Take the medians of the skills that these attempts asked for."""
        skills = {
            skill for event in events for attempt in event.payload["attempts"] for skill in attempt["skills"]
        }
        skill_ids = [uuid.UUID(skill) for skill in sorted(skills)]
        await work.execute(_MOVE, skill_ids=skill_ids, smallest=SMALLEST_STEP)
