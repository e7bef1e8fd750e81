"""What boards tell that is no answer in practice: results that are released, learners who are shown or not.

Practice has its own projection. What boards of exams have told is kept in `exam_score`, so that a batch tells
what moved. Who is shown is told in full: it changes seldom.
"""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from app.assessments.changes import RESULTS_CHANGED
from app.kit.database import UnitOfWork
from app.kit.statements import sql
from app.leaderboards.board import EXAM_METRICS, Entry, LeaderboardMetric, Member, Standings, entries, scores
from app.leaderboards.exam_board import Earned, exam_scores, members_of_classes, released_results
from app.leaderboards.projection import LAST_RANK_TOLD
from app.leaderboards.standings import Slot, days_of, members_of, streaks, sums_of
from app.leaderboards.windows import LeaderboardWindow, Span, local_day, span
from app.realtime.consumers import LoggedEvent
from app.realtime.event_log import VISIBILITY_CHANGED, NewEvent, append, leaderboard_topic

LATELY = timedelta(days=7)
"""Exams whose results are older have boards that nobody follows any more: who is shown is not told there."""

_EXAMS = sql("""
    SELECT e.id, e.assessment_id, e.organization_id, o.time_zone FROM exam e
    JOIN organization o ON o.id = e.organization_id
    WHERE e.assessment_id IN (SELECT assessment_id FROM exam WHERE id = ANY(:exams))
""")
_TOLD = sql("""
    SELECT e.assessment_id, c.exam_id, e.classroom_id, c.learner_id, c.number, c.score, c.maximum,
           c.submitted_at
    FROM exam_score c JOIN exam e ON e.organization_id = c.organization_id AND e.id = c.exam_id
    WHERE e.assessment_id = ANY(:assessments)
""")
_FORGET = sql("DELETE FROM exam_score WHERE exam_id = ANY(:exams)")
_KEEP = sql("""
    INSERT INTO exam_score (organization_id, exam_id, learner_id, number, score, maximum, submitted_at)
    SELECT * FROM unnest(:organizations::uuid[], :exams::uuid[], :learners::uuid[], :numbers::int[],
                         :scores::float8[], :maxima::int[], :ats::timestamptz[])
""")
_CLASSROOMS = sql("""
    SELECT c.id, c.organization_id, o.time_zone
    FROM classroom c JOIN organization o ON o.id = c.organization_id
    WHERE c.archived_at IS NULL AND (
      c.id = ANY(:classrooms) OR c.organization_id = ANY(:organizations)
      OR c.id IN (SELECT classroom_id FROM enrollment WHERE learner_id = ANY(:learners) AND left_at IS NULL))
""")
_RECENT = sql("""
    SELECT id FROM exam WHERE classroom_id = ANY(:classrooms)
      AND coalesce(released_at, created_at) > :since
""")


class _Scope(NamedTuple):
    """What a board is of, where its changes are told, and its time zone."""

    kind: str
    id: uuid.UUID
    organization_id: uuid.UUID
    zone: str


class BoardNews:
    """Tells boards of released results, and of learners who are shown now, or no longer."""

    name = "board_news"
    kinds = frozenset({RESULTS_CHANGED, VISIBILITY_CHANGED})
    gather = 0.25

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Tell each board once."""
        changed = {uuid.UUID(hex=each.payload["exam"]) for each in events if each.kind == RESULTS_CHANGED}
        told = await _results(work, changed) if changed else []
        seen = [each for each in events if each.kind == VISIBILITY_CHANGED]
        told += await _visibility(work, seen) if seen else []
        if told:
            await append(work, told)


async def _results(work: UnitOfWork, changed: set[uuid.UUID]) -> list[NewEvent]:
    """What moved on the boards of these exams and of their assessments."""
    exams = await work.fetch(_EXAMS, exams=list(changed))
    assessments = {row.assessment_id for row in exams}
    rows = await work.fetch(_TOLD, assessments=list(assessments))
    before = [Earned(*row.values()) for row in rows]
    fresh = await released_results(work, exams=changed)
    after = [each for each in before if each.exam_id not in changed] + fresh
    if sorted(before) == sorted(after):
        return []
    organizations = {row.id: row.organization_id for row in exams}
    await work.execute(_FORGET, exams=list(changed))
    await work.execute(_KEEP, **_columns(fresh, organizations))
    members = await members_of(work, {each.classroom_id for each in (*before, *after)})
    was, now = _by_scope(before), _by_scope(after)
    told = []
    for scope in _scopes(exams, changed):
        of_scope = (was[scope.kind, scope.id], now[scope.kind, scope.id])
        in_classes = members_of_classes(members, {each.classroom_id for part in of_scope for each in part})
        for window, metric, within in _exam_boards(scope, work):
            old, new = (entries(exam_scores(metric, part, within), in_classes) for part in of_scope)
            moved, gone = _moved(old, new)
            if moved or gone:
                told.append(_changed(scope, window, metric, within, moved, gone))
    return told


async def _visibility(work: UnitOfWork, events: Sequence[LoggedEvent]) -> list[NewEvent]:
    """The boards of the classes in question, as they are now."""
    everywhere = [each for each in events if each.payload["learner"] is each.payload["classroom"] is None]
    rows = await work.fetch(
        _CLASSROOMS,
        learners=_named(events, "learner"),
        classrooms=_named(events, "classroom"),
        organizations=[each.organization_id for each in everywhere],
    )
    if not rows:
        return []
    classrooms = [_Scope("cls", row.id, row.organization_id, row.time_zone) for row in rows]
    members = await members_of(work, [each.id for each in classrooms])
    return [
        *await _of_classes(work, classrooms, members),
        *await _of_exams(work, [each.id for each in classrooms]),
    ]


async def _of_classes(
    work: UnitOfWork,
    classrooms: Sequence[_Scope],
    members: Mapping[uuid.UUID, Mapping[uuid.UUID, Member]],
) -> list[NewEvent]:
    windows = {
        (each.id, window): span(window, each.zone, work.now)
        for each in classrooms
        for window in LeaderboardWindow
    }
    slots: list[Slot] = [
        (classroom, window, start)
        for (classroom, window), found in windows.items()
        for start in (found.starts_at, found.previous_at)
        if start is not None
    ]
    sums = await sums_of(work, slots)
    today = {(each.id, each.zone): local_day(each.zone, work.now) for each in classrooms}
    days = await days_of(work, today)
    told = []
    for each in classrooms:
        practised = streaks(days.get(each.id, {}), today[each.id, each.zone])
        for window in LeaderboardWindow:
            within = windows[each.id, window]
            current, previous = (
                _sums(sums, each.id, window, start) for start in (within.starts_at, within.previous_at)
            )
            for metric in LeaderboardMetric:
                found = scores(metric, current, previous, practised)
                told += _in_full(each, window, metric, within, found, members.get(each.id, {}))
    return told


async def _of_exams(work: UnitOfWork, classrooms: Sequence[uuid.UUID]) -> list[NewEvent]:
    recent = await work.fetch(_RECENT, classrooms=list(classrooms), since=work.now - LATELY)
    exams = {row.id for row in recent}
    rows = await work.fetch(_EXAMS, exams=list(exams)) if exams else []
    found = await work.fetch(_TOLD, assessments=list({row.assessment_id for row in rows}))
    results = [Earned(*row.values()) for row in found]
    members = await members_of(work, {each.classroom_id for each in results})
    of_scope = _by_scope(results)
    told = []
    for scope in _scopes(rows, exams):
        earned = of_scope[scope.kind, scope.id]
        in_classes = members_of_classes(members, {each.classroom_id for each in earned})
        for window, metric, within in _exam_boards(scope, work):
            told += _in_full(scope, window, metric, within, exam_scores(metric, earned, within), in_classes)
    return told


def _in_full(
    scope: _Scope,
    window: LeaderboardWindow,
    metric: LeaderboardMetric,
    within: Span,
    found: Mapping[uuid.UUID, float],
    members: Mapping[uuid.UUID, Member],
) -> list[NewEvent]:
    shown = entries(found, members)
    hidden = set(found) - {each.learner_id for each in shown}
    if not found:
        return []
    moved = [each for each in shown if each.rank <= LAST_RANK_TOLD]
    return [_changed(scope, window, metric, within, moved, sorted(hidden))]


def _changed(
    scope: _Scope,
    window: LeaderboardWindow,
    metric: LeaderboardMetric,
    within: Span,
    moved: Iterable[Entry],
    removed: Iterable[uuid.UUID],
) -> NewEvent:
    payload: dict[str, Any] = {
        "window": window,
        "metric": metric,
        "starts_at": within.starts_at.isoformat(),
        "entries": [
            {"learner": e.learner_id.hex, "rank": e.rank, "alias": e.alias, "score": e.score} for e in moved
        ],
        "removed": [learner.hex for learner in removed],
    }
    return NewEvent(leaderboard_topic(scope.id), "leaderboard.changed", payload, scope.organization_id)


def _moved(before: Sequence[Entry], after: Sequence[Entry]) -> tuple[list[Entry], list[uuid.UUID]]:
    """The entries that are others now, and the learners who have left the board."""
    was = {each.learner_id: each for each in before}
    staying = {each.learner_id for each in after}
    moved = [each for each in after if was.get(each.learner_id) != each and each.rank <= LAST_RANK_TOLD]
    return moved, [learner for learner in was if learner not in staying]


def _scopes(exams: Iterable[Any], wanted: set[uuid.UUID]) -> list[_Scope]:
    """Those exams, and the assessments of them all."""
    found: dict[tuple[str, uuid.UUID], _Scope] = {}
    for row in exams:
        for kind, key in (("exm", row.id), ("asm", row.assessment_id)):
            if kind == "asm" or key in wanted:
                found[kind, key] = _Scope(kind, key, row.organization_id, row.time_zone)
    return list(found.values())


def _exam_boards(scope: _Scope, work: UnitOfWork) -> list[tuple[LeaderboardWindow, LeaderboardMetric, Span]]:
    return [
        (window, metric, span(window, scope.zone, work.now))
        for window in LeaderboardWindow
        for metric in EXAM_METRICS
    ]


def _by_scope(results: Iterable[Earned]) -> dict[tuple[str, uuid.UUID], list[Earned]]:
    found: defaultdict[tuple[str, uuid.UUID], list[Earned]] = defaultdict(list)
    for each in results:
        found["exm", each.exam_id].append(each)
        found["asm", each.assessment_id].append(each)
    return found


def _sums(
    sums: Mapping[Slot, Standings], classroom: uuid.UUID, window: LeaderboardWindow, start: Any
) -> Standings:
    return sums.get((classroom, window, start), {}) if start is not None else {}


def _named(events: Iterable[LoggedEvent], what: str) -> list[uuid.UUID]:
    return [uuid.UUID(hex=each.payload[what]) for each in events if each.payload[what] is not None]


def _columns(results: Sequence[Earned], organizations: Mapping[uuid.UUID, uuid.UUID]) -> dict[str, list[Any]]:
    return {
        "organizations": [organizations[each.exam_id] for each in results],
        "exams": [each.exam_id for each in results],
        "learners": [each.learner_id for each in results],
        "numbers": [each.number for each in results],
        "scores": [each.score for each in results],
        "maxima": [each.maximum for each in results],
        "ats": [each.submitted_at for each in results],
    }
