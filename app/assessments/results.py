"""What sittings earned: scored when they end, by the keys of the form's versions; shown when released.

A regrade has put the key of a later version in the place of a wrong one.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.access.principal import Principal
from app.assessments.form import FormItem
from app.content.kinds import ItemKind, score
from app.kit.database import Reader, Row, UnitOfWork
from app.kit.loading import Columns, lists_by_key
from app.kit.pagination import Page
from app.kit.statements import sql

Ids = Sequence[uuid.UUID]

_FORMS = sql("""
    SELECT e.id AS exam_id, a.item_id, a.section, i.kind, v.version, v.content,
           coalesce(w.answer_key, v.answer_key) AS answer_key
    FROM (SELECT DISTINCT organization_id, exam_id FROM exam_sitting WHERE id = ANY(:sittings)) s
    JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment_item a
      ON a.organization_id = e.organization_id AND a.assessment_id = e.assessment_id
    JOIN item i ON i.organization_id = a.organization_id AND i.id = a.item_id
    JOIN item_version v
      ON v.organization_id = a.organization_id AND v.item_id = a.item_id AND v.version = a.item_version
    LEFT JOIN exam_key k
      ON k.organization_id = a.organization_id AND k.exam_id = e.id AND k.item_id = a.item_id
    LEFT JOIN item_version w
      ON w.organization_id = k.organization_id AND w.item_id = k.item_id AND w.version = k.version
    ORDER BY e.id, a.position
""")
_ANSWERS = sql("""
    SELECT DISTINCT ON (a.sitting_id, a.item_id) a.sitting_id, a.item_id, a.response
    FROM exam_answer a WHERE a.sitting_id = ANY(:sittings)
    ORDER BY a.sitting_id, a.item_id, a.sequence DESC
""")
_EXAMS = sql("SELECT id, exam_id FROM exam_sitting WHERE id = ANY(:sittings)")
_STORE = sql("""
    INSERT INTO exam_result (organization_id, sitting_id, score, maximum, items, scored_at)
    SELECT :tenant, g.sitting_id, g.score, g.maximum, g.earned -> 'items', :now
    FROM unnest(:sittings::uuid[], :scores::float8[], :maxima::int[], :earned::jsonb[])
      AS g(sitting_id, score, maximum, earned)
    ON CONFLICT (sitting_id, organization_id) DO UPDATE SET score = excluded.score,
      maximum = excluded.maximum, items = excluded.items, scored_at = excluded.scored_at
""")
_DROP = sql("DELETE FROM exam_result WHERE sitting_id = ANY(:sittings)")
_BY_SITTING = sql("""
    SELECT r.sitting_id, s.learner_id, s.classroom_id, r.score, r.maximum, r.items AS earned, r.scored_at,
           e.state = 'RELEASED' OR a.release_policy = 'AT_SUBMISSION' AS released
    FROM exam_result r
    JOIN exam_sitting s ON s.organization_id = r.organization_id AND s.id = r.sitting_id
    JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment a ON a.organization_id = e.organization_id AND a.id = e.assessment_id
    WHERE r.sitting_id = ANY(:keys)
""")
# The skills that each version asked for when it was made, or the item's now where that was not written down.
_SKILLS = sql("""
    SELECT s.id AS key, x.skill_id, a.item_id FROM exam_sitting s
    JOIN exam e ON e.organization_id = s.organization_id AND e.id = s.exam_id
    JOIN assessment_item a ON a.organization_id = e.organization_id AND a.assessment_id = e.assessment_id
    JOIN item_skill x ON x.organization_id = a.organization_id AND x.item_id = a.item_id
    JOIN skill k ON k.organization_id = x.organization_id AND k.id = x.skill_id
    WHERE s.id = ANY(:keys) ORDER BY k.name, k.id
""")


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What one item earned, 0 to 1; without an answer 0 and no feedback."""

    item_id: uuid.UUID
    answered: bool
    score: float
    correct: bool
    feedback: str | None


@dataclass(frozen=True, slots=True)
class SkillResult:
    """What the items of one skill earned together; `maximum` is how many they are."""

    skill_id: uuid.UUID
    score: float
    maximum: int


@dataclass(frozen=True, slots=True)
class SittingResult:
    """What a sitting earned; `released` says whether its learner may see it."""

    sitting_id: uuid.UUID
    learner_id: uuid.UUID
    classroom_id: uuid.UUID
    score: float
    maximum: int
    scored_at: datetime
    released: bool
    items: Sequence[ItemResult]
    skills: Sequence[SkillResult]


def scored(items: Sequence[FormItem], responses: Mapping[uuid.UUID, Mapping[str, Any]]) -> list[ItemResult]:
    """Each item of a form with what its answer earned."""
    return [_scored(item, responses.get(item.item_id)) for item in items]


def _scored(item: FormItem, response: Mapping[str, Any] | None) -> ItemResult:
    if response is None or item.answer_key is None:
        return ItemResult(item.item_id, False, 0.0, False, None)
    found = score(ItemKind(item.kind), item.content, item.answer_key, response)
    return ItemResult(item.item_id, True, found.score, found.correct, found.feedback)


def by_skill(items: Sequence[ItemResult], skills: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> list[SkillResult]:
    """What each skill earned, from pairs of skill and item, in the order of the pairs."""
    earned = {item.item_id: item.score for item in items}
    found: dict[uuid.UUID, list[float]] = {}
    for skill_id, item_id in skills:
        if item_id in earned:
            found.setdefault(skill_id, []).append(earned[item_id])
    return [SkillResult(skill_id, sum(scores), len(scores)) for skill_id, scores in found.items()]


async def score_sittings(work: UnitOfWork, sittings: Ids) -> None:
    """Score sittings that have ended, by the answers saved last."""
    if not sittings:
        return
    forms: defaultdict[uuid.UUID, list[FormItem]] = defaultdict(list)
    for row in await work.fetch(_FORMS, sittings=list(sittings)):
        forms[row.exam_id].append(
            FormItem(row.item_id, row.section, row.kind, row.version, row.content, row.answer_key)
        )
    responses: defaultdict[uuid.UUID, dict[uuid.UUID, Any]] = defaultdict(dict)
    for row in await work.fetch(_ANSWERS, sittings=list(sittings)):
        responses[row.sitting_id][row.item_id] = row.response
    exams = {row.id: row.exam_id for row in await work.fetch(_EXAMS, sittings=list(sittings))}
    found = {each: scored(forms[exams[each]], responses[each]) for each in sorted(exams)}
    await work.execute(
        _STORE, tenant=work.tenant, now=work.now, sittings=list(found),
        scores=[sum(item.score for item in items) for items in found.values()],
        maxima=[len(items) for items in found.values()],
        earned=[{"items": [_as_json(item) for item in items]} for items in found.values()],
    )  # fmt: skip


async def drop_results(work: UnitOfWork, sittings: Ids) -> None:
    """Forget the results of sittings that go on after all."""
    if sittings:
        await work.execute(_DROP, sittings=list(sittings))


async def results_by_sitting(
    reader: Reader, keys: Ids, page: Page | None, columns: Columns, principal: Principal
) -> list[SittingResult | None]:
    """What each sitting earned; None before it has ended."""
    rows = {row.sitting_id: row for row in await reader.fetch(_BY_SITTING, keys=list(keys))}
    skills = dict(zip(keys, lists_by_key(await reader.fetch(_SKILLS, keys=list(keys)), keys), strict=True))
    return [_result(rows[key], skills[key]) if key in rows else None for key in keys]


def _result(row: Row, skills: Sequence[Row]) -> SittingResult:
    items = [_from_json(each) for each in row.earned]
    pairs = [(each.skill_id, each.item_id) for each in skills]
    return SittingResult(
        row.sitting_id, row.learner_id, row.classroom_id, row.score, row.maximum, row.scored_at, row.released,
        items, by_skill(items, pairs),
    )  # fmt: skip


def _as_json(item: ItemResult) -> dict[str, Any]:
    return {
        "item": item.item_id.hex, "answered": item.answered, "score": item.score, "correct": item.correct,
        "feedback": item.feedback,
    }  # fmt: skip


def _from_json(kept: Mapping[str, Any]) -> ItemResult:
    return ItemResult(
        uuid.UUID(hex=kept["item"]), kept["answered"], kept["score"], kept["correct"], kept["feedback"]
    )
