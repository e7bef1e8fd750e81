"""Rollups: sums of attempts by quarter of an hour and by skill and day, which dashboards read."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from app.kit.database import UnitOfWork
from app.kit.ids import from_hex
from app.kit.statements import sql
from app.realtime.consumers import LoggedEvent

SLOT_MINUTES = 15
MICROS = 1_000_000

_ADD_ACTIVITY = sql("""
    INSERT INTO learner_activity AS a (organization_id, learner_id, slot, attempt_count, correct_count,
                                       score_micros, practice_ms, skills_mastered)
    SELECT * FROM unnest(:organizations::uuid[], :learners::uuid[], :slots::timestamptz[], :attempts::int[],
                         :corrects::int[], :scores::bigint[], :practice::bigint[], :mastered::int[])
    ON CONFLICT (learner_id, slot, organization_id) DO UPDATE SET
      attempt_count = a.attempt_count + excluded.attempt_count,
      correct_count = a.correct_count + excluded.correct_count,
      score_micros = a.score_micros + excluded.score_micros,
      practice_ms = a.practice_ms + excluded.practice_ms,
      skills_mastered = a.skills_mastered + excluded.skills_mastered
""")
_ADD_SKILL_DAYS = sql("""
    INSERT INTO learner_skill_day AS d (organization_id, learner_id, skill_id, day, attempt_count,
                                        correct_count, score_micros)
    SELECT * FROM unnest(:organizations::uuid[], :learners::uuid[], :skills::uuid[], :days::date[],
                         :attempts::int[], :corrects::int[], :scores::bigint[])
    ON CONFLICT (learner_id, skill_id, day, organization_id) DO UPDATE SET
      attempt_count = d.attempt_count + excluded.attempt_count,
      correct_count = d.correct_count + excluded.correct_count,
      score_micros = d.score_micros + excluded.score_micros
""")

_ADD_FIRST_ANSWERS = sql("""
    INSERT INTO first_answer (organization_id, learner_id, item_id, day, correct)
    SELECT * FROM unnest(:organizations::uuid[], :learners::uuid[], :items::uuid[], :days::date[],
                         :corrects::boolean[])
    ON CONFLICT DO NOTHING
""")

Sums = dict[tuple[Any, ...], list[int]]


def slot_of(moment: datetime) -> datetime:
    """The beginning of the quarter of an hour (UTC) that a moment falls in."""
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % SLOT_MINUTES, second=0, microsecond=0)


class Rollups:
    """Adds each recorded attempt to the sums of its learner and its skills."""

    name = "rollups"
    kinds = frozenset({"attempts.recorded"})
    gather = 0.5

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Add a batch: summed here first, so that a row is written once however many attempts it sums."""
        activity: Sums = {}
        skill_days: Sums = {}
        for event in events:
            learner = from_hex(event.payload["learner"])
            for attempt in event.payload["attempts"]:
                _count(activity, skill_days, (event.organization_id, learner), attempt)
        if activity:
            await work.execute(
                _ADD_ACTIVITY,
                **_columns(activity, ("organizations", "learners", "slots"), _ACTIVITY_SUMS),
            )
        if skill_days:
            await work.execute(
                _ADD_SKILL_DAYS,
                **_columns(skill_days, ("organizations", "learners", "skills", "days"), _SKILL_SUMS),
            )


class FirstAnswers:
    """Keeps whether each learner's first answer to an item, in the order of recording, was right."""

    name = "first_answers"
    kinds = frozenset({"attempts.recorded"})
    gather = 1.0

    async def handle(self, work: UnitOfWork, events: Sequence[LoggedEvent]) -> None:
        """Add those that are the first; one statement."""
        first: dict[tuple[uuid.UUID, uuid.UUID, uuid.UUID], tuple[date, bool]] = {}
        for event in events:
            learner = from_hex(event.payload["learner"])
            for attempt in event.payload["attempts"]:
                day = datetime.fromisoformat(attempt["answered_at"]).astimezone(UTC).date()
                key = event.organization_id, learner, from_hex(attempt["item"])
                first.setdefault(key, (day, attempt["correct"]))
        if first:
            rows = [(*key, *value) for key, value in sorted(first.items())]
            names = ("organizations", "learners", "items", "days", "corrects")
            await work.execute(
                _ADD_FIRST_ANSWERS, **dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
            )


_ACTIVITY_SUMS = ("attempts", "corrects", "scores", "practice", "mastered")
_SKILL_SUMS = ("attempts", "corrects", "scores")


def _count(
    activity: Sums, skill_days: Sums, learner: tuple[uuid.UUID, uuid.UUID], attempt: Mapping[str, Any]
) -> None:
    slot = slot_of(datetime.fromisoformat(attempt["answered_at"]))
    correct = 1 if attempt["correct"] else 0
    micros = round(attempt["score"] * MICROS)
    mastered = sum(1 for change in attempt["changes"] if change["mastered"])
    _add(activity, (*learner, slot), (1, correct, micros, attempt["duration_ms"] or 0, mastered))
    day = slot.date()
    for skill in attempt["skills"]:
        _add(skill_days, (*learner, from_hex(skill), day), (1, correct, micros))


def _add(sums: Sums, key: tuple[Any, ...], values: Iterable[int]) -> None:
    found = sums.get(key)
    sums[key] = list(values) if found is None else [a + b for a, b in zip(found, values, strict=True)]


def _columns(sums: Sums, keys: Sequence[str], values: Sequence[str]) -> dict[str, list[Any]]:
    """The sums as one array for each column, in the order of their keys, so that writers never cross."""
    ordered = sorted(sums)
    columns = {name: [key[place] for key in ordered] for place, name in enumerate(keys)}
    return columns | {name: [sums[key][place] for key in ordered] for place, name in enumerate(values)}
