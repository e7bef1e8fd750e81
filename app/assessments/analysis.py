"""How the items of an exam did: facility, discrimination, what its choices drew; how reliable the score is.

Each learner counts once, with the first sitting that has ended: a second one is no longer that of a newcomer.
"""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.access.principal import Principal
from app.content.item import Option, read_options
from app.content.kinds import ItemKind, solution
from app.kit.database import Reader, Row
from app.kit.loading import Columns, lists_by_key
from app.kit.pagination import Page
from app.kit.statements import sql
from app.science.item_analysis import FormStatistics, analyse, with_rest

_FORMS = sql("""
    SELECT e.id AS key, m.item_id, i.kind, v.content, coalesce(w.answer_key, v.answer_key) AS answer_key
    FROM exam e
    JOIN assessment_item m ON m.organization_id = e.organization_id AND m.assessment_id = e.assessment_id
    JOIN item i ON i.organization_id = m.organization_id AND i.id = m.item_id
    JOIN item_version v
      ON v.organization_id = m.organization_id AND v.item_id = m.item_id AND v.version = m.item_version
    LEFT JOIN exam_key k
      ON k.organization_id = m.organization_id AND k.exam_id = e.id AND k.item_id = m.item_id
    LEFT JOIN item_version w
      ON w.organization_id = k.organization_id AND w.item_id = k.item_id AND w.version = k.version
    WHERE e.id = ANY(:keys) ORDER BY e.id, m.position
""")
_RESULTS = sql("""
    SELECT DISTINCT ON (s.exam_id, s.learner_id) s.exam_id AS key, s.id AS sitting_id, r.items AS earned
    FROM exam_sitting s
    JOIN exam_result r ON r.organization_id = s.organization_id AND r.sitting_id = s.id
    WHERE s.exam_id = ANY(:keys) ORDER BY s.exam_id, s.learner_id, s.number
""")
_CHOSEN = sql("""
    SELECT DISTINCT ON (a.sitting_id, a.item_id) a.sitting_id, a.item_id,
           a.response -> 'choice_ids' AS choice_ids
    FROM exam_answer a WHERE a.sitting_id = ANY(:sittings)
    ORDER BY a.sitting_id, a.item_id, a.sequence DESC
""")
CHOSEN_FROM = frozenset({ItemKind.MULTIPLE_CHOICE, ItemKind.MULTIPLE_RESPONSE})


@dataclass(frozen=True, slots=True)
class ChoiceAnalysis:
    """A choice: how many took it, their share, and how taking it goes with the rest of the score."""

    choice: Option
    correct: bool
    count: int
    share: float
    discrimination: float | None


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """An item of the form, `number` counting from 1; `choices` of kinds that are chosen from."""

    item_id: uuid.UUID
    number: int
    answered_count: int
    facility: float | None
    discrimination: float | None
    choices: Sequence[ChoiceAnalysis]


@dataclass(frozen=True, slots=True)
class ExamAnalysis:
    """What the results of an exam say of its form."""

    sitting_count: int
    mean_score: float | None
    score_standard_deviation: float | None
    reliability: float | None
    standard_error_of_measurement: float | None
    items: Sequence[ItemAnalysis]


async def analyses_by_exam(
    reader: Reader, keys: Sequence[uuid.UUID], page: Page | None, columns: Columns, principal: Principal
) -> list[ExamAnalysis]:
    """The analysis of each exam, of what has been submitted so far."""
    forms = lists_by_key(await reader.fetch(_FORMS, keys=list(keys)), keys)
    results = lists_by_key(await reader.fetch(_RESULTS, keys=list(keys)), keys)
    sittings = [row.sitting_id for of_exam in results for row in of_exam]
    chosen: defaultdict[uuid.UUID, dict[uuid.UUID, Collection[str]]] = defaultdict(dict)
    for row in await reader.fetch(_CHOSEN, sittings=sittings) if sittings else ():
        chosen[row.sitting_id][row.item_id] = row.choice_ids or ()
    return [_analysis(form, found, chosen) for form, found in zip(forms, results, strict=True)]


def _analysis(
    form: Sequence[Row],
    results: Sequence[Row],
    chosen: Mapping[uuid.UUID, Mapping[uuid.UUID, Collection[str]]],
) -> ExamAnalysis:
    earned = [{uuid.UUID(hex=each["item"]): each for each in row.earned} for row in results]
    scores = [[each[item.item_id]["score"] for item in form] for each in earned]
    found = analyse(scores, len(form))
    totals = [sum(row) for row in scores]
    items = []
    for place, item in enumerate(form):
        taken = [chosen[row.sitting_id].get(item.item_id, ()) for row in results]
        answered = sum(each[item.item_id]["answered"] for each in earned)
        rest = [total - row[place] for total, row in zip(totals, scores, strict=True)]
        items.append(_item(item, place, found, answered, _choices(item, taken, rest)))
    return ExamAnalysis(
        found.learners, found.mean, found.standard_deviation, found.reliability, found.standard_error, items
    )


def _item(
    item: Row, place: int, found: FormStatistics, answered: int, choices: Sequence[ChoiceAnalysis]
) -> ItemAnalysis:
    facility = found.facilities[place] if found.learners else None
    return ItemAnalysis(item.item_id, place + 1, answered, facility, found.discriminations[place], choices)


def _choices(item: Row, taken: Sequence[Collection[str]], rest: Sequence[float]) -> list[ChoiceAnalysis]:
    """What each choice drew: a good distractor is taken, and by those who score lower in the rest."""
    if ItemKind(item.kind) not in CHOSEN_FROM:
        return []
    right: Any = solution(ItemKind(item.kind), item.content, item.answer_key)["choice_ids"]
    found = []
    for choice in read_options(item.content, "choices"):
        took = [float(choice.id in each) for each in taken]
        count = int(sum(took))
        share = count / len(took) if took else 0.0
        found.append(ChoiceAnalysis(choice, choice.id in right, count, share, with_rest(took, rest)))
    return found
