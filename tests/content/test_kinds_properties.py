"""What holds for every item of every kind, on generated items."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.content.kinds import KINDS, ItemKind, ResponseInvalid, check_item, check_response, score, solution
from app.content.kinds.text import plain

Item = tuple[ItemKind, dict[str, Any], dict[str, Any]]

words = st.text(min_size=1, max_size=12).filter(lambda text: bool(plain(text)))
id_lists = st.lists(words, min_size=2, max_size=6, unique=True)
numbers = st.floats(allow_nan=False, allow_infinity=False)


def options(ids: list[str]) -> list[dict[str, str]]:
    return [{"id": entry, "text": f"choice {entry}"} for entry in ids]


@st.composite
def items(draw: st.DrawFn) -> Item:
    kind = draw(st.sampled_from([kind for kind in KINDS if kind is not ItemKind.EXTERNAL]))
    content: dict[str, Any] = {"stem": "A question"}
    ids = draw(id_lists)
    key: dict[str, Any]
    if kind is ItemKind.NUMERIC:
        return kind, content, {"value": draw(numbers), "tolerance": draw(st.floats(0, 10))}
    if kind is ItemKind.SHORT_TEXT:
        key = {"accepted": draw(st.lists(words, min_size=1)), "case_sensitive": draw(st.booleans())}
        return kind, content, key
    if kind is ItemKind.CLOZE:
        content["gaps"] = [{"id": entry} for entry in ids]
        return (
            kind,
            content,
            {"gaps": {entry: draw(st.lists(words, min_size=1, max_size=3)) for entry in ids}},
        )
    content["choices"] = options(ids)
    if kind is ItemKind.MULTIPLE_CHOICE:
        key = {"correct": draw(st.sampled_from(ids))}
    elif kind is ItemKind.MULTIPLE_RESPONSE:
        key = {"correct": draw(st.lists(st.sampled_from(ids), min_size=1, unique=True))}
    elif kind is ItemKind.ORDERING:
        key = {"order": draw(st.permutations(ids))}
    else:
        targets = draw(id_lists)
        content["targets"] = options(targets)
        key = {"pairs": [[entry, draw(st.sampled_from(targets))] for entry in ids]}
    return kind, content, key


def any_response(draw: st.DrawFn, kind: ItemKind, content: dict[str, Any]) -> dict[str, Any]:
    ids = [choice["id"] for choice in content.get("choices", [])]
    if kind is ItemKind.MULTIPLE_CHOICE:
        return {"choice_ids": [draw(st.sampled_from(ids))]}
    if kind is ItemKind.MULTIPLE_RESPONSE:
        return {"choice_ids": draw(st.lists(st.sampled_from(ids), unique=True))}
    if kind is ItemKind.NUMERIC:
        return {"number": draw(numbers)}
    if kind is ItemKind.SHORT_TEXT:
        return {"text": draw(words)}
    if kind is ItemKind.ORDERING:
        return {"ordering": draw(st.permutations(ids))}
    if kind is ItemKind.MATCHING:
        targets = st.sampled_from([target["id"] for target in content["targets"]])
        return {"pairs": [{"choice_id": entry, "target_id": draw(targets)} for entry in ids]}
    return {"gaps": [{"gap_id": gap["id"], "text": draw(st.text(max_size=12))} for gap in content["gaps"]]}


@st.composite
def answered_items(draw: st.DrawFn) -> tuple[Item, dict[str, Any]]:
    item = draw(items())
    return item, any_response(draw, item[0], item[1])


@given(items())
def test_the_solution_of_any_item_earns_full_credit(item: Item) -> None:
    kind, content, key = item
    check_item(kind, content, key)
    scoring = score(kind, content, key, solution(kind, content, key))
    assert (scoring.score, scoring.correct) == (1.0, True)


@given(answered_items())
def test_any_fitting_response_earns_between_nothing_and_full_credit(
    answered: tuple[Item, dict[str, Any]],
) -> None:
    (kind, content, key), response = answered
    check_response(kind, content, response)
    scoring = score(kind, content, key, response)
    assert 0.0 <= scoring.score <= 1.0
    assert scoring.correct is (scoring.score == 1.0)


@given(answered_items(), items())
def test_a_response_of_another_kind_is_refused_as_a_mismatch(
    answered: tuple[Item, dict[str, Any]], other: Item
) -> None:
    (kind, _, _), response = answered
    if KINDS[kind].response_field == KINDS[other[0]].response_field:
        return
    with pytest.raises(ResponseInvalid) as refused:
        check_response(other[0], other[1], response)
    assert refused.value.mismatch is True


@given(words)
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)
