"""The projection behind leaderboards: sums of attempts by class, window and learner, what moved on boards.

An attempt counts in every class that its learner was in when it was recorded, in the windows in which it was
answered, as far as these were open when it was recorded. Windows that were over before the class was made
take what is imported. Boards of current windows tell what moved, once for each board and batch.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from app.kit.database import Row, UnitOfWork
from app.kit.ids import from_hex, moment_of
from app.kit.statements import sql
from app.leaderboards.board import Entry, LeaderboardMetric, Member, Standings, Sums, entries, scores
from app.leaderboards.standings import LONGEST_STREAK_DAYS, Days, Slot, days_of, members_of, streaks, sums_of
from app.leaderboards.windows import LeaderboardWindow, Span, bounds, local_day, span, takes
from app.realtime import event_log
from app.realtime.consumers import LoggedEvent
from app.realtime.event_log import NewEvent, leaderboard_topic

LAST_RANK_TOLD = 100
"""Boards show a hundred entries; of those behind, only who made the change is told."""

_ENROLLMENTS = sql("""
    SELECT e.organization_id, e.learner_id, e.classroom_id, e.enrolled_at, e.left_at, c.archived_at,
           o.time_zone
    FROM (
      SELECT organization_id, learner_id, classroom_id, enrolled_at, left_at FROM enrollment
      WHERE learner_id = ANY(:learners)
      UNION ALL
      SELECT organization_id, learner_id, classroom_id, enrolled_at, left_at FROM past_enrollment
      WHERE learner_id = ANY(:learners)) e
    JOIN organization o ON o.id = e.organization_id
    JOIN classroom c ON c.organization_id = e.organization_id AND c.id = e.classroom_id
""")
_ADD = sql("""
    INSERT INTO leaderboard_score AS s (organization_id, classroom_id, window_kind, starts_at, learner_id,
                                        attempt_count, correct_count, points)
    SELECT * FROM unnest(:organizations::uuid[], :classrooms::uuid[], :windows::text[],
                         :starts::timestamptz[], :learners::uuid[], :attempts::int[], :corrects::int[],
                         :points::bigint[])
    ON CONFLICT (classroom_id, window_kind, starts_at, learner_id, organization_id) DO UPDATE SET
      attempt_count = s.attempt_count + excluded.attempt_count,
      correct_count = s.correct_count + excluded.correct_count, points = s.points + excluded.points
""")


class School(NamedTuple):
    """The organization of a class, and its time zone."""

    organization_id: uuid.UUID
    zone: str


@dataclass(slots=True)
class Increments:
    """What a batch adds: to each class's window, for each learner."""

    sums: dict[Slot, dict[uuid.UUID, Sums]] = field(default_factory=lambda: defaultdict(dict))
    days: dict[uuid.UUID, dict[uuid.UUID, set[date]]] = field(default_factory=lambda: defaultdict(dict))
    schools: dict[uuid.UUID, School] = field(default_factory=dict)

    def add(self, enrollment: Row, day: date, added: Sums, recorded_at: datetime) -> None:
        """Count a learner's attempts of one local day in a class, in the windows that take them."""
        classroom, learner = enrollment.classroom_id, enrollment.learner_id
        self.schools[classroom] = School(enrollment.organization_id, enrollment.time_zone)
        made_at = moment_of(classroom)
        days = self.days[classroom].setdefault(learner, set())
        for window, (start, end) in bounds(enrollment.time_zone, day).items():
            if not takes(end, recorded_at, made_at):
                continue
            if window is LeaderboardWindow.DAY:
                days.add(day)
            of_window = self.sums[classroom, window, start]
            of_window[learner] = _plus(of_window.get(learner), added)


class Leaderboards:
    """Adds each recorded attempt to the boards of its learner's classes."""

    name = "leaderboards"
    kinds = frozenset({"attempts.recorded"})
    gather = 0.4

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Add a batch, and tell what it changed on the boards of current windows."""
        added = await _increments(work, events)
        if not added.sums:
            return
        boards = _Boards(added, work.now)
        await boards.read(work)
        await work.execute(_ADD, **_columns(added))
        changes = boards.changes()
        if changes:
            await event_log.append(work, changes)


async def _increments(work: UnitOfWork, events: Sequence[LoggedEvent]) -> Increments:
    of_learner: defaultdict[uuid.UUID, list[Row]] = defaultdict(list)
    learners = {from_hex(event.payload["learner"]) for event in events}
    for row in await work.fetch(_ENROLLMENTS, learners=list(learners)):
        of_learner[row.learner_id].append(row)
    added = Increments()
    for event in events:
        current = [row for row in of_learner[from_hex(event.payload["learner"])] if _counts(row, event.at)]
        if current:
            for day, sums in _by_day(event.payload["attempts"], current[0].time_zone).items():
                for row in current:
                    added.add(row, day, sums, event.at)
    return added


def _counts(enrollment: Row, at: datetime) -> bool:
    """Whether the learner was in the class, and the class open, when the attempts were recorded."""
    return (
        enrollment.enrolled_at <= at
        and (enrollment.left_at is None or at < enrollment.left_at)
        and (enrollment.archived_at is None or at < enrollment.archived_at)
    )


def _by_day(attempts: Iterable[Mapping[str, Any]], zone: str) -> dict[date, Sums]:
    found: dict[date, Sums] = {}
    for attempt in attempts:
        day = local_day(zone, datetime.fromisoformat(attempt["answered_at"]))
        found[day] = _plus(found.get(day), Sums(1, 1 if attempt["correct"] else 0, attempt["points"]))
    return found


def _plus(one: Sums | None, other: Sums) -> Sums:
    if one is None:
        return other
    return Sums(one.attempts + other.attempts, one.correct + other.correct, one.points + other.points)


def _columns(added: Increments) -> dict[str, list[Any]]:
    rows = [
        (added.schools[classroom].organization_id, classroom, str(window), start, learner, *sums)
        for (classroom, window, start), of_window in added.sums.items()
        for learner, sums in of_window.items()
    ]
    rows.sort()
    names = (
        "organizations", "classrooms", "windows", "starts", "learners", "attempts", "corrects", "points",
    )  # fmt: skip
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


class _Boards:
    """The boards of current windows that a batch touches, as they were before it."""

    def __init__(self, added: Increments, now: datetime) -> None:
        self._added = added
        self._now = now
        self._spans: dict[tuple[uuid.UUID, LeaderboardWindow], Span] = {}
        for classroom, school in added.schools.items():
            for window in LeaderboardWindow:
                self._spans[classroom, window] = span(window, school.zone, now)
        self._touched = [key for key, found in self._spans.items() if self._is_touched(key, found)]
        self._members: Mapping[uuid.UUID, Mapping[uuid.UUID, Member]] = {}
        self._sums: Mapping[Slot, Standings] = {}
        self._days: Mapping[uuid.UUID, Days] = {}

    async def read(self, work: UnitOfWork) -> None:
        """Read what the boards are made of, before the batch is added; at most three statements."""
        if not self._touched:
            return
        self._members = await members_of(work, {classroom for classroom, _ in self._touched})
        self._sums = await sums_of(work, self._slots())
        streaking = await self._streaking()
        if streaking:
            found = await days_of(work, streaking)
            self._days = {classroom: found.get(classroom, {}) for classroom, _ in streaking}

    def changes(self) -> list[NewEvent]:
        """An event for each board on which a rank or a score moved."""
        found = []
        for classroom, window in self._touched:
            for metric in (
                LeaderboardMetric.SCORE, LeaderboardMetric.ACCURACY, LeaderboardMetric.IMPROVEMENT,
            ):  # fmt: skip
                before, after = (self._scores(classroom, window, metric, later) for later in (False, True))
                found += self._change(classroom, window, metric, before, after)
        for classroom in self._days:
            before, after = (self._streaks(classroom, later) for later in (False, True))
            for window in LeaderboardWindow:
                found += self._change(classroom, window, LeaderboardMetric.STREAK, before, after)
        return found

    def _is_touched(self, key: tuple[uuid.UUID, LeaderboardWindow], found: Span) -> bool:
        """Whether the batch adds to this window, or to the one before, with which improvement compares."""
        return any(
            (*key, start) in self._added.sums for start in (found.starts_at, found.previous_at) if start
        )

    def _slots(self) -> list[Slot]:
        return [
            (classroom, window, start)
            for classroom, window in self._touched
            for start in _both(self._spans[classroom, window])
        ]

    async def _streaking(self) -> dict[tuple[uuid.UUID, str], date]:
        """Classes in which a learner may have practised on another day of the last year than before."""
        found = {}
        for classroom, school in self._added.schools.items():
            today = local_day(school.zone, self._now)
            known = self._sums.get((classroom, LeaderboardWindow.DAY, self._start(classroom)), {})
            for learner, days in self._added.days[classroom].items():
                recent = {day for day in days if 0 <= (today - day).days < LONGEST_STREAK_DAYS}
                if recent - ({today} if learner in known else set()):
                    found[classroom, school.zone] = today
        return found

    def _start(self, classroom: uuid.UUID) -> datetime:
        return self._spans[classroom, LeaderboardWindow.DAY].starts_at

    def _standings(self, slot: Slot, later: bool) -> Standings:
        before = self._sums.get(slot, {})
        if not later or slot not in self._added.sums:
            return before
        added = self._added.sums[slot]
        return {**before, **{learner: _plus(before.get(learner), sums) for learner, sums in added.items()}}

    def _scores(
        self, classroom: uuid.UUID, window: LeaderboardWindow, metric: LeaderboardMetric, later: bool
    ) -> dict[uuid.UUID, float]:
        found = self._spans[classroom, window]
        current = self._standings((classroom, window, found.starts_at), later)
        previous = found.previous_at
        return scores(
            metric, current, self._standings((classroom, window, previous), later) if previous else {}, {}
        )

    def _streaks(self, classroom: uuid.UUID, later: bool) -> dict[uuid.UUID, float]:
        days = {learner: set(practised) for learner, practised in self._days[classroom].items()}
        if later:
            for learner, added in self._added.days[classroom].items():
                days.setdefault(learner, set()).update(day.toordinal() for day in added)
        today = local_day(self._added.schools[classroom].zone, self._now)
        return scores(LeaderboardMetric.STREAK, {}, {}, streaks(days, today))

    def _change(
        self,
        classroom: uuid.UUID,
        window: LeaderboardWindow,
        metric: LeaderboardMetric,
        before: Mapping[uuid.UUID, float],
        after: Mapping[uuid.UUID, float],
    ) -> list[NewEvent]:
        members = self._members.get(classroom, {})
        moved, removed = _moved(
            entries(before, members), entries(after, members), self._added.days[classroom]
        )
        if not moved and not removed:
            return []
        payload = {
            "window": window,
            "metric": metric,
            "starts_at": self._spans[classroom, window].starts_at.isoformat(),
            "entries": [
                {"learner": e.learner_id.hex, "rank": e.rank, "alias": e.alias, "score": e.score}
                for e in moved
            ],
            "removed": [learner.hex for learner in removed],
        }
        organization = self._added.schools[classroom].organization_id
        return [NewEvent(leaderboard_topic(classroom), "leaderboard.changed", payload, organization)]


def _moved(
    before: Sequence[Entry], after: Sequence[Entry], touched: Collection[uuid.UUID]
) -> tuple[list[Entry], list[uuid.UUID]]:
    """The entries whose rank or score is another, as they are now, and the learners who left the board."""
    was = {entry.learner_id: entry for entry in before}
    moved = [
        entry
        for entry in after
        if was.get(entry.learner_id) != entry
        and (
            min(entry.rank, _rank(was.get(entry.learner_id))) <= LAST_RANK_TOLD or entry.learner_id in touched
        )
    ]
    staying = {entry.learner_id for entry in after}
    return moved, [learner for learner in was if learner not in staying]


def _rank(entry: Entry | None) -> int:
    return entry.rank if entry is not None else LAST_RANK_TOLD + 1


def _both(found: Span) -> list[datetime]:
    return [found.starts_at] if found.previous_at is None else [found.starts_at, found.previous_at]
