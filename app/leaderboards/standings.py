"""What boards are made of: who is in the classes, sums of windows, days in a row."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from app.kit.database import Reader
from app.kit.statements import sql
from app.leaderboards.board import Member, Standings, Sums
from app.leaderboards.windows import LeaderboardWindow, local_day, midnight
from app.learners.age import MINOR
from app.science.streaks import current_streak

LONGEST_STREAK_DAYS = 366
"""How far back days in a row are counted."""

Members = dict[uuid.UUID, dict[uuid.UUID, Member]]
"""The learners of classes, as boards show them."""
Slot = tuple[uuid.UUID, LeaderboardWindow, datetime]
"""A class's window: class, kind of window, its beginning."""

_SHOWN = f"l.id, l.alias, l.leaderboard_hidden OR NOT c.leaderboard_for_minors AND {MINOR} AS hidden"
_MEMBERS = sql(f"""
    SELECT e.classroom_id, {_SHOWN}
    FROM enrollment e JOIN learner l ON l.organization_id = e.organization_id AND l.id = e.learner_id
    JOIN classroom c ON c.organization_id = e.organization_id AND c.id = e.classroom_id
    JOIN organization o ON o.id = e.organization_id
    WHERE e.classroom_id = ANY(:classrooms) AND e.left_at IS NULL AND l.erased_at IS NULL
""")
_SUMS = sql("""
    SELECT s.classroom_id, s.window_kind, s.starts_at, s.learner_id, s.attempt_count, s.correct_count,
           s.points
    FROM unnest(:classrooms::uuid[], :windows::text[], :starts::timestamptz[])
      AS k(classroom_id, window_kind, starts_at)
    JOIN leaderboard_score s USING (classroom_id, window_kind, starts_at)
""")
_WITH_SUMS = f"{_SHOWN}, s.attempt_count, s.correct_count, s.points"
_SUMS_OF_MEMBERS = """leaderboard_score s
    JOIN enrollment e ON e.organization_id = s.organization_id AND e.classroom_id = s.classroom_id
      AND e.learner_id = s.learner_id AND e.left_at IS NULL
    JOIN learner l ON l.organization_id = s.organization_id AND l.id = s.learner_id AND l.erased_at IS NULL
    JOIN classroom c ON c.organization_id = s.organization_id AND c.id = s.classroom_id
    JOIN organization o ON o.id = s.organization_id
"""
_MEMBERS_WITH_SUMS = sql(f"""
    SELECT k.place, {_WITH_SUMS}
    FROM unnest(:classrooms::uuid[], :windows::text[], :starts::timestamptz[])
      WITH ORDINALITY AS k(classroom_id, window_kind, starts_at, place)
    CROSS JOIN {_SUMS_OF_MEMBERS}
    WHERE s.classroom_id = k.classroom_id AND s.window_kind = k.window_kind AND s.starts_at = k.starts_at
""")
_DAYS = sql("""
    SELECT s.classroom_id, s.learner_id, array_agg(s.starts_at) AS days
    FROM unnest(:classrooms::uuid[], :since::timestamptz[], :until::timestamptz[])
      AS k(classroom_id, since, until)
    JOIN leaderboard_score s ON s.classroom_id = k.classroom_id AND s.window_kind = 'DAY'
      AND s.starts_at >= k.since AND s.starts_at <= k.until
    GROUP BY 1, 2
""")


async def members_of(
    reader: Reader, classroom_ids: Collection[uuid.UUID]
) -> Mapping[uuid.UUID, dict[uuid.UUID, Member]]:
    """The learners of each class, as boards show them: without minors unless that is turned on."""
    found: defaultdict[uuid.UUID, dict[uuid.UUID, Member]] = defaultdict(dict)
    for row in await reader.fetch(_MEMBERS, classrooms=list(classroom_ids), now=reader.now):
        found[row.classroom_id][row.id] = Member(row.alias, row.hidden)
    return found


async def sums_of(reader: Reader, slots: Collection[Slot]) -> Mapping[Slot, Standings]:
    """The sums of each learner in each of these windows."""
    found: defaultdict[Slot, dict[uuid.UUID, Sums]] = defaultdict(dict)
    rows = await reader.fetch(
        _SUMS,
        classrooms=[classroom for classroom, _, _ in slots],
        windows=[window for _, window, _ in slots],
        starts=[start for _, _, start in slots],
    )
    for row in rows:
        slot = (row.classroom_id, LeaderboardWindow(row.window_kind), row.starts_at)
        found[slot][row.learner_id] = Sums(row.attempt_count, row.correct_count, row.points)
    return found


async def members_with_sums(reader: Reader, slots: Collection[Slot]) -> tuple[dict[Slot, Standings], Members]:
    """The sums of those who are in the classes, and who they are; of others nothing, whatever they did."""
    places = list(slots)
    rows = await reader.fetch(
        _MEMBERS_WITH_SUMS,
        classrooms=[classroom for classroom, _, _ in places],
        windows=[window for _, window, _ in places],
        starts=[start for _, _, start in places],
        now=reader.now,
    )
    sums: dict[Slot, dict[uuid.UUID, Sums]] = {slot: {} for slot in places}
    members: Members = {classroom: {} for classroom, _, _ in places}
    for place, learner, alias, hidden, attempts, correct, points in rows:
        slot = places[place - 1]
        sums[slot][learner] = Sums(attempts, correct, points)
        members[slot[0]][learner] = Member(alias, hidden)
    return {**sums}, members


Days = Mapping[uuid.UUID, set[int]]
"""The days (ordinals) on which each learner practised."""


async def days_of(reader: Reader, until: Mapping[tuple[uuid.UUID, str], date]) -> Mapping[uuid.UUID, Days]:
    """The days of practice in each class (with its time zone), in the year up to a day."""
    since = timedelta(days=LONGEST_STREAK_DAYS - 1)
    rows = await reader.fetch(
        _DAYS,
        classrooms=[classroom for classroom, _ in until],
        since=[midnight(zone, day - since) for (_, zone), day in until.items()],
        until=[midnight(zone, day) for (_, zone), day in until.items()],
    )
    zones = dict(until.keys())
    found: defaultdict[uuid.UUID, dict[uuid.UUID, set[int]]] = defaultdict(dict)
    for row in rows:
        zone = zones[row.classroom_id]
        found[row.classroom_id][row.learner_id] = {local_day(zone, start).toordinal() for start in row.days}
    return found


def streaks(days: Days, today: date) -> dict[uuid.UUID, int]:
    """Days in a row up to a day, or to the one before while that day is still open."""
    ordinal = today.toordinal()
    return {learner: current_streak(practised, ordinal) for learner, practised in days.items()}
