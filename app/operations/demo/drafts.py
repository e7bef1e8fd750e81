"""How a stem becomes an item: the right answer, typical wrong ones with their feedback, and a kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from app.content.kinds import ItemKind

Value = int | Decimal | Fraction | str
Wrong = tuple[Value, str]
"""A typical wrong answer, and what the learner is told who gives it."""
Response = dict[str, Any]

LETTERS = "abcdefgh"


@dataclass(frozen=True, slots=True)
class Draft:
    """An item before it has a skill. `hardness` is in logits against the other items of its skill."""

    kind: ItemKind
    content: dict[str, Any]
    answer_key: dict[str, Any]
    hardness: float
    mistakes: tuple[Response, ...]

    @property
    def stem(self) -> str:
        stem: str = self.content["stem"]
        return stem


Stem = Callable[[Random], Draft]
"""Draws one item of a skill."""


def show(value: Value) -> str:
    """As a learner would write it: 0.5, 3/4, 12."""
    if isinstance(value, Decimal):
        return format(value.normalize() + Decimal(0), "f")
    return str(value)


def ask(
    r: Random,
    stem: str,
    right: Value,
    *wrong: Wrong,
    rule: str,
    hard: float = 0.0,
    unit: str | None = None,
    also: Sequence[str] = (),
) -> Draft:
    """One answer, either to be typed or to be chosen; `also` are further spellings of a typed text."""
    if r.random() < 0.45 and len(_distinct(right, wrong)) + 2 * (not isinstance(right, str)) >= 2:
        return pick(r, stem, right, *wrong, rule=rule, hard=hard, unit=unit)
    if isinstance(right, str | Fraction):
        return _write(stem, right, wrong, rule, hard, also)
    return _calculate(stem, right, wrong, rule, hard, unit)


def _calculate(
    stem: str, right: int | Decimal, wrong: Sequence[Wrong], rule: str, hard: float, unit: str | None
) -> Draft:
    typical = [(value, told) for value, told in _distinct(right, wrong) if not isinstance(value, str)]
    near = [value for value in _near(right) if value != right]
    numbers = [_plain_number(value) for value in [*(value for value, _ in typical), *near]]
    return Draft(
        kind=ItemKind.NUMERIC,
        content={"stem": stem, "unit": unit},
        answer_key={
            "value": _plain_number(right),
            "tolerance": 0,
            "feedback": _feedback(rule, {str(_plain_number(value)): told for value, told in typical}),
        },
        hardness=hard,
        mistakes=tuple({"number": number} for number in numbers),
    )


def _write(
    stem: str, right: Value, wrong: Sequence[Wrong], rule: str, hard: float, also: Sequence[str]
) -> Draft:
    spelt = show(right)
    # Without its blank the mixed number 2 3/4 would be 23/4.
    closed = spelt if re.search(r"\d \d", spelt) else spelt.replace(" ", "")
    accepted = list(dict.fromkeys([spelt, closed, *also]))
    typical = {show(value): told for value, told in _distinct(right, wrong) if show(value) not in accepted}
    return Draft(
        kind=ItemKind.SHORT_TEXT,
        content={"stem": stem},
        answer_key={"accepted": accepted, "case_sensitive": False, "feedback": _feedback(rule, typical)},
        hardness=hard + 0.2,
        mistakes=tuple({"text": text} for text in [*typical, "I do not know"]),
    )


def pick(
    r: Random,
    stem: str,
    right: Value,
    *wrong: Wrong,
    rule: str,
    hard: float = 0.0,
    unit: str | None = None,
) -> Draft:
    """One right choice; up to three typical wrong ones, filled up with near numbers where they coincide."""
    told = _distinct(right, wrong)[:3]
    near = [] if isinstance(right, str) else [(value, "") for value in _near(right)]
    told = _distinct(right, [*told, *near])[:3]
    options = [(right, ""), *told]
    r.shuffle(options)
    suffix = f" {unit}" if unit else ""
    ids = {show(value): letter for letter, (value, _) in zip(LETTERS, options, strict=False)}
    by_choice = {ids[show(value)]: text for value, text in options if text}
    return Draft(
        kind=ItemKind.MULTIPLE_CHOICE,
        content={"stem": stem, "choices": _choices(show(value) + suffix for value, _ in options)},
        answer_key={"correct": ids[show(right)], "feedback": _feedback(rule, by_choice)},
        hardness=hard - 0.3,
        mistakes=tuple({"choice_ids": [ids[show(value)]]} for value, _ in told),
    )


def several(
    r: Random, stem: str, right: Sequence[Value], wrong: Sequence[Wrong], *, rule: str, hard: float = 0.0
) -> Draft:
    """All right choices are to be found among wrong ones."""
    options = [*((value, "") for value in right), *wrong]
    r.shuffle(options)
    ids = {show(value): letter for letter, (value, _) in zip(LETTERS, options, strict=False)}
    correct = sorted(ids[show(value)] for value in right)
    traps = [ids[show(value)] for value, _ in wrong]
    chosen = [sorted([*correct, traps[0]]), sorted([*correct[:-1], traps[-1]]), traps[:1]]
    if len(correct) > 1:
        chosen += [correct[1:], correct[:-1]]
    return Draft(
        kind=ItemKind.MULTIPLE_RESPONSE,
        content={"stem": stem, "choices": _choices(show(value) for value, _ in options)},
        answer_key={
            "correct": correct,
            "feedback": _feedback(rule, {ids[show(value)]: told for value, told in wrong}),
        },
        hardness=hard + 0.5,
        mistakes=tuple({"choice_ids": ids} for ids in chosen),
    )


def arrange(r: Random, stem: str, in_order: Sequence[Value], *, rule: str, hard: float = 0.0) -> Draft:
    """Values to be put in the order given."""
    options = list(in_order)
    while options == list(in_order):
        r.shuffle(options)
    ids = {show(value): letter for letter, value in zip(LETTERS, options, strict=False)}
    order = [ids[show(value)] for value in in_order]
    swapped_first = [order[1], order[0], *order[2:]]
    swapped_last = [*order[:-2], order[-1], order[-2]]
    return Draft(
        kind=ItemKind.ORDERING,
        content={"stem": stem, "choices": _choices(show(value) for value in options)},
        answer_key={"order": order, "feedback": _feedback(rule, {})},
        hardness=hard + 0.2,
        mistakes=tuple({"ordering": ids} for ids in (swapped_first, swapped_last, order[::-1])),
    )


def match(
    r: Random, stem: str, pairs: Sequence[tuple[Value, Value]], *, rule: str, hard: float = 0.0
) -> Draft:
    """Each left value belongs to one right value; all are distinct."""
    targets = [target for _, target in pairs]
    r.shuffle(targets)
    ids = {show(target): str(number) for number, target in enumerate(targets, start=1)}
    joined = [(letter, ids[show(target)]) for letter, (_, target) in zip(LETTERS, pairs, strict=False)]
    (first, one), (second, other), *rest = joined
    crossed = [(first, other), (second, one), *rest]
    turned = [(letter, joined[index - 1][1]) for index, (letter, _) in enumerate(joined)]
    return Draft(
        kind=ItemKind.MATCHING,
        content={
            "stem": stem,
            "choices": _choices(show(choice) for choice, _ in pairs),
            "targets": [
                {"id": str(number), "text": show(target)} for number, target in enumerate(targets, start=1)
            ],
        },
        answer_key={"pairs": [list(pair) for pair in joined], "feedback": _feedback(rule, {})},
        hardness=hard,
        mistakes=tuple(
            {"pairs": [{"choice_id": choice, "target_id": target} for choice, target in way]}
            for way in (crossed, turned)
        ),
    )


@dataclass(frozen=True, slots=True)
class Blank:
    """A gap: the answer, a typical wrong one with its comment, and choices when it is not to be typed."""

    right: Value
    wrong: Value
    told: str
    choices: tuple[str, ...] = ()


def fill(stem: str, *blanks: Blank, rule: str, hard: float = 0.0) -> Draft:
    """A text whose gaps are written [1], [2] … in the stem and have these numbers as ids."""
    gaps = {str(number): blank for number, blank in enumerate(blanks, start=1)}
    right = {gap_id: show(blank.right) for gap_id, blank in gaps.items()}
    one_wrong = [{**right, gap_id: show(blank.wrong)} for gap_id, blank in gaps.items()]
    all_wrong = {gap_id: show(blank.wrong) for gap_id, blank in gaps.items()}
    return Draft(
        kind=ItemKind.CLOZE,
        content={
            "stem": stem,
            "gaps": [
                {"id": gap_id, "label": f"gap {gap_id}", "choices": _choices(blank.choices)}
                for gap_id, blank in gaps.items()
            ],
        },
        answer_key={
            "gaps": {gap_id: [text] for gap_id, text in right.items()},
            "feedback": _feedback(rule, {gap_id: blank.told for gap_id, blank in gaps.items()}),
        },
        hardness=hard + 0.2,
        mistakes=tuple(
            {"gaps": [{"gap_id": gap_id, "text": text} for gap_id, text in way.items()]}
            for way in (*one_wrong, all_wrong)
        ),
    )


def _choices(texts: Iterable[str]) -> list[dict[str, str]]:
    return [{"id": letter, "text": text} for letter, text in zip(LETTERS, texts, strict=False)]


def _feedback(rule: str, choices: dict[str, str]) -> dict[str, Any]:
    return {"correct": rule, "incorrect": rule, "choices": choices}


def _distinct(right: Value, wrong: Iterable[Wrong]) -> list[Wrong]:
    """Typical errors lead to the right number now and then; those are no distractors."""
    kept: dict[str, Wrong] = {}
    for value, told in wrong:
        if show(value) != show(right):
            kept.setdefault(show(value), (value, told))
    return list(kept.values())


def _near(right: int | Decimal | Fraction) -> list[Value]:
    if isinstance(right, Fraction):
        top, bottom = right.numerator, right.denominator
        return [Fraction(top + 1, bottom), Fraction(top, bottom + 1), Fraction(top + 1, bottom + 1)]
    step = Decimal(1).scaleb(int(right.as_tuple().exponent)) if isinstance(right, Decimal) else 1
    return [right + step, right + 2 * step, right + 10 * step]


def _plain_number(value: Value) -> int | float:
    return value if isinstance(value, int) else float(value)
