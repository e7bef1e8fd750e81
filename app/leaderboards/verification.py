"""Whether the sums behind leaderboards say what the attempts say."""

from app.kit.database import Database
from app.kit.difference import Difference, differing

# The windows of a moment in the organization's zone; a term begins on 1 August or 1 February.
_RECOMPUTED = """
    SELECT e.organization_id, e.classroom_id, w.window_kind,
           w.first_day AT TIME ZONE CASE WHEN w.window_kind = 'ALL_TIME' THEN 'UTC' ELSE o.time_zone END
             AS starts_at,
           a.learner_id, count(*)::int AS attempt_count,
           count(*) FILTER (WHERE a.correct)::int AS correct_count, sum(a.points)::bigint AS points
    FROM attempt a
    JOIN enrollment e ON e.organization_id = a.organization_id AND e.learner_id = a.learner_id
      AND e.enrolled_at <= a.recorded_at AND (e.left_at IS NULL OR a.recorded_at < e.left_at)
    JOIN classroom c ON c.organization_id = e.organization_id AND c.id = e.classroom_id
      AND (c.archived_at IS NULL OR a.recorded_at < c.archived_at)
    JOIN organization o ON o.id = e.organization_id
    CROSS JOIN LATERAL (SELECT a.answered_at AT TIME ZONE o.time_zone AS local) l
    CROSS JOIN LATERAL (VALUES
      ('DAY', date_trunc('day', l.local)),
      ('WEEK', date_trunc('week', l.local)),
      ('MONTH', date_trunc('month', l.local)),
      ('TERM', date_trunc('year', l.local) + make_interval(months =>
        CASE WHEN extract(month FROM l.local) = 1 THEN -5
             WHEN extract(month FROM l.local) >= 8 THEN 7 ELSE 1 END)),
      ('ALL_TIME', timestamp '1970-01-01')) AS w(window_kind, first_day)
    GROUP BY e.organization_id, e.classroom_id, w.window_kind, starts_at, a.learner_id
"""
_CHECK = differing(
    _RECOMPUTED,
    "leaderboard_score",
    ("classroom_id", "window_kind", "starts_at", "learner_id"),
    ("attempt_count", "correct_count", "points"),
)


async def verify_leaderboards(database: Database) -> list[Difference]:
    """Compare the sums behind leaderboards with the attempts, in the maintenance role; none when they agree.

    Consumers must have caught up (`drain`). A learner who left a class and came back keeps the points of the
    first stay, which the enrollment no longer tells of: these show as a difference.
    """
    async with database.unit_of_work(None) as work:
        rows = await work.fetch(_CHECK)
    return [Difference("leaderboard_score", row.key, row.stored, row.recomputed) for row in rows]
