"""Whether the rollups say what the attempts say."""

from app.kit.database import Database, Reader
from app.kit.difference import Difference, differing

_ACTIVITY_FIELDS = ("attempt_count", "correct_count", "score_micros", "practice_ms", "skills_mastered")
_SKILL_FIELDS = ("attempt_count", "correct_count", "score_micros")

# A skill counts as mastered in the quarter of an hour in which the answer that mastered it was given.
_ACTIVITY = """
    SELECT organization_id, learner_id, slot, sum(attempt_count)::int AS attempt_count,
           sum(correct_count)::int AS correct_count, sum(score_micros)::bigint AS score_micros,
           sum(practice_ms)::bigint AS practice_ms, sum(skills_mastered)::int AS skills_mastered
    FROM (
      SELECT organization_id, learner_id,
             date_bin('15 minutes', answered_at, '2000-01-01T00:00Z'::timestamptz) AS slot,
             1 AS attempt_count, correct::int AS correct_count,
             round(score * 1000000)::bigint AS score_micros, coalesce(duration_ms, 0) AS practice_ms,
             0 AS skills_mastered
      FROM attempt
      UNION ALL
      SELECT organization_id, learner_id,
             date_bin('15 minutes', mastered_at, '2000-01-01T00:00Z'::timestamptz), 0, 0, 0, 0, 1
      FROM mastery WHERE mastered_at IS NOT NULL) counted
    GROUP BY organization_id, learner_id, slot
"""
# The skills an attempt counted for are those it changed; the item may ask for others by now.
_SKILL_DAYS = """
    SELECT a.organization_id, a.learner_id, c.skill_id, (a.answered_at AT TIME ZONE 'UTC')::date AS day,
           count(*)::int AS attempt_count, count(*) FILTER (WHERE a.correct)::int AS correct_count,
           sum(round(a.score * 1000000)::bigint)::bigint AS score_micros
    FROM attempt a
    JOIN mastery_change c ON c.organization_id = a.organization_id AND c.attempt_id = a.id
    GROUP BY a.organization_id, a.learner_id, c.skill_id, day
"""


_FIRST_ANSWERS = """
    SELECT DISTINCT ON (organization_id, learner_id, item_id) organization_id, learner_id, item_id,
           (answered_at AT TIME ZONE 'UTC')::date AS day, correct
    FROM attempt ORDER BY organization_id, learner_id, item_id, id
"""


_CHECKS = {
    "learner_activity": differing(_ACTIVITY, "learner_activity", ("learner_id", "slot"), _ACTIVITY_FIELDS),
    "learner_skill_day": differing(
        _SKILL_DAYS, "learner_skill_day", ("learner_id", "skill_id", "day"), _SKILL_FIELDS
    ),
    "first_answer": differing(_FIRST_ANSWERS, "first_answer", ("learner_id", "item_id"), ("day", "correct")),
}


async def verify_rollups(database: Database) -> list[Difference]:
    """Compare the rollups with attempts and mastery, in the maintenance role; none when they agree.

    Consumers must have caught up (`drain`): an attempt that is not yet added is a difference.
    """
    async with database.unit_of_work(None) as work:
        return await rollup_differences(work)


async def rollup_differences(reader: Reader) -> list[Difference]:
    """The same of what a reader sees: one organization, in the role that serves."""
    found = []
    for what, statement in _CHECKS.items():
        rows = await reader.fetch(statement)
        found += [Difference(what, row.key, row.stored, row.recomputed) for row in rows]
    return found
