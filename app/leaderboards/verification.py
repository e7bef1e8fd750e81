"""Whether the sums behind leaderboards say what the attempts say."""

from app.kit.database import Database, Reader
from app.kit.difference import Difference, differing

# Windows in the organization's zone; a term begins on 1 August or 1 February. A window that is over takes
# nothing more, unless it was over before the class was made: when that was, the id of the class tells.
_RECOMPUTED = """
    SELECT e.organization_id, e.classroom_id, w.window_kind,
           w.first_day AT TIME ZONE CASE WHEN w.window_kind = 'ALL_TIME' THEN 'UTC' ELSE o.time_zone END
             AS starts_at,
           a.learner_id, count(*)::int AS attempt_count,
           count(*) FILTER (WHERE a.correct)::int AS correct_count, sum(a.points)::bigint AS points
    FROM attempt a
    JOIN (SELECT organization_id, learner_id, classroom_id, enrolled_at, left_at FROM enrollment
          UNION ALL
          SELECT organization_id, learner_id, classroom_id, enrolled_at, left_at FROM past_enrollment) e
      ON e.organization_id = a.organization_id AND e.learner_id = a.learner_id
      AND e.enrolled_at <= a.recorded_at AND (e.left_at IS NULL OR a.recorded_at < e.left_at)
    JOIN classroom c ON c.organization_id = e.organization_id AND c.id = e.classroom_id
      AND (c.archived_at IS NULL OR a.recorded_at < c.archived_at)
    JOIN organization o ON o.id = e.organization_id
    CROSS JOIN LATERAL (SELECT a.answered_at AT TIME ZONE o.time_zone AS local) l
    CROSS JOIN LATERAL (VALUES
      ('DAY', date_trunc('day', l.local), interval '1 day'),
      ('WEEK', date_trunc('week', l.local), interval '7 days'),
      ('MONTH', date_trunc('month', l.local), interval '1 month'),
      ('TERM', date_trunc('year', l.local) + make_interval(months =>
        CASE WHEN extract(month FROM l.local) = 1 THEN -5
             WHEN extract(month FROM l.local) >= 8 THEN 7 ELSE 1 END), interval '6 months'),
      ('ALL_TIME', timestamp '1970-01-01', NULL)) AS w(window_kind, first_day, length)
    CROSS JOIN LATERAL (SELECT (w.first_day + w.length) AT TIME ZONE o.time_zone AS ends_at) x
    WHERE x.ends_at IS NULL OR a.recorded_at < x.ends_at
      OR to_timestamp(('x' || left(replace(c.id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) >= x.ends_at
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

    Consumers must have caught up (`drain`).
    """
    async with database.unit_of_work(None) as work:
        return await leaderboard_differences(work)


async def leaderboard_differences(reader: Reader) -> list[Difference]:
    """The same of what a reader sees: one organization, in the role that serves."""
    rows = await reader.fetch(_CHECK)
    return [Difference("leaderboard_score", row.key, row.stored, row.recomputed) for row in rows]
