"""The item bank of the demo school: 1,500 items, twelve or thirteen for each skill."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Any

from app.content.kinds import ItemKind, solution
from app.operations.demo import (
    stems_algebra,
    stems_arithmetic,
    stems_data,
    stems_decimals,
    stems_equations,
    stems_fractions,
    stems_functions,
    stems_geometry,
    stems_ratio,
)
from app.operations.demo.curriculum import DemoSkill
from app.operations.demo.drafts import Draft, Response, Stem

ITEM_COUNT = 1_500
MOST_DRAWS = 2_000
"""A stem that cannot be told apart from earlier ones after so many draws has too few numbers to vary."""

LOGITS_PER_GRADE = 0.4
MIDDLE_GRADE = 6.5
JITTER = 0.35
"""Standard deviation, in logits, of what makes an item hard and cannot be read off its numbers."""

STEMS: Mapping[str, tuple[Stem, ...]] = {
    **stems_arithmetic.STEMS,
    **stems_fractions.STEMS,
    **stems_decimals.STEMS,
    **stems_ratio.STEMS,
    **stems_algebra.STEMS,
    **stems_equations.STEMS,
    **stems_functions.STEMS,
    **stems_geometry.STEMS,
    **stems_data.STEMS,
}


@dataclass(frozen=True, slots=True)
class DemoItem:
    """`difficulty` is a prior in logits; `mistakes` are responses that do not earn full credit."""

    skill_index: int
    kind: ItemKind
    content: dict[str, Any]
    answer_key: dict[str, Any]
    difficulty: float
    solution: Response
    mistakes: tuple[Response, ...]


def skill_difficulty(grade: int) -> float:
    """Where the items of a grade lie, in logits: 0 between grades 6 and 7."""
    return LOGITS_PER_GRADE * (grade - MIDDLE_GRADE)


def item_bank(r: Random, skills: Sequence[DemoSkill]) -> tuple[DemoItem, ...]:
    """`ITEM_COUNT` items in the order of their skills, no stem twice within a skill."""
    each, more = divmod(ITEM_COUNT, len(skills))
    bank: list[DemoItem] = []
    for index, skill in enumerate(skills):
        for draft in _distinct_drafts(r, skill.code, each + (index < more)):
            bank.append(_item(r, index, skill, draft))
    return tuple(bank)


def _distinct_drafts(r: Random, code: str, count: int) -> list[Draft]:
    drafts: dict[str, Draft] = {}
    for stem in islice(cycle(STEMS[code]), MOST_DRAWS):
        draft = stem(r)
        drafts.setdefault(draft.stem, draft)
        if len(drafts) == count:
            return list(drafts.values())
    raise ValueError(f"{code} has only {len(drafts)} different stems of {count}; let its numbers vary more.")


def _item(r: Random, skill_index: int, skill: DemoSkill, draft: Draft) -> DemoItem:
    return DemoItem(
        skill_index=skill_index,
        kind=draft.kind,
        content=draft.content,
        answer_key=draft.answer_key,
        difficulty=round(skill_difficulty(skill.grade) + draft.hardness + r.gauss(0, JITTER), 3),
        solution=solution(draft.kind, draft.content, draft.answer_key),
        mistakes=draft.mistakes,
    )
