"""Scoring of each item kind, with exact values."""

from __future__ import annotations

from typing import Any

import pytest

from app.content.kinds import KINDS, ItemInvalid, ItemKind, ResponseInvalid, check_item, check_response, score


def options(*ids: str) -> list[dict[str, str]]:
    return [{"id": entry, "text": f"text of {entry}"} for entry in ids]


CHOICE = {"stem": "1/2 + 1/3 = ?", "choices": options("a", "b", "c")}
CHOICE_KEY = {
    "correct": "a",
    "feedback": {"correct": "Yes.", "incorrect": "No.", "choices": {"b": "You added the denominators."}},
}
SEVERAL = {"stem": "Which are prime?", "choices": options("2", "3", "4", "5", "9")}
SEVERAL_KEY = {"correct": ["2", "3", "5"], "feedback": {"incorrect": "Not all.", "choices": {"9": "3 · 3."}}}
NUMBER = {"stem": "Circumference, r = 1?", "unit": "cm"}
NUMBER_KEY = {"value": 6.28, "tolerance": 0.01, "feedback": {"choices": {"3.14": "That is half of it."}}}
TEXT = {"stem": "A triangle with three equal sides is …"}
TEXT_KEY = {"accepted": ["equilateral", "regular"], "feedback": {"choices": {"isosceles": "Only two sides?"}}}
ORDER = {"stem": "Smallest first", "choices": options("w", "x", "y", "z")}
ORDER_KEY = {"order": ["x", "w", "z", "y"]}
MATCH = {"stem": "Match", "choices": options("a", "b", "c"), "targets": options("1", "2", "3")}
MATCH_KEY = {"pairs": [["a", "1"], ["b", "2"], ["c", "2"]]}
CLOZE: dict[str, Any] = {
    "stem": "3/4 is {g1} than 2/3; as a decimal it is {g2}.",
    "gaps": [{"id": "g1", "label": "comparison", "choices": options("more", "less")}, {"id": "g2"}],
}
CLOZE_KEY: dict[str, Any] = {
    "gaps": {"g1": ["text of more"], "g2": ["0.75", ".75"]},
    "feedback": {"incorrect": "Compare.", "choices": {"g2": "Divide 3 by 4."}},
}


def pairs(*joined: str) -> dict[str, Any]:
    return {"pairs": [{"choice_id": pair[0], "target_id": pair[1]} for pair in joined]}


def gaps(**filled: str) -> dict[str, Any]:
    return {"gaps": [{"gap_id": gap_id, "text": text} for gap_id, text in filled.items()]}


@pytest.mark.parametrize(
    ("kind", "content", "key", "response", "credit"),
    [
        (ItemKind.MULTIPLE_CHOICE, CHOICE, CHOICE_KEY, {"choice_ids": ["a"]}, 1.0),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, CHOICE_KEY, {"choice_ids": ["b"]}, 0.0),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["5", "2", "3"]}, 1.0),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "3"]}, 2 / 3),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "3", "9"]}, 1 / 3),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "3", "4", "5", "9"]}, 1 / 3),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["4", "9"]}, 0.0),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": []}, 0.0),
        (ItemKind.NUMERIC, NUMBER, NUMBER_KEY, {"number": 6.29}, 1.0),
        (ItemKind.NUMERIC, NUMBER, NUMBER_KEY, {"number": 6.27}, 1.0),
        (ItemKind.NUMERIC, NUMBER, NUMBER_KEY, {"number": 6.291}, 0.0),
        (ItemKind.NUMERIC, NUMBER, {"value": 0.3}, {"number": 0.1 + 0.2}, 1.0),
        (ItemKind.NUMERIC, NUMBER, {"value": 3, "tolerance": 0}, {"number": 3.0001}, 0.0),
        (ItemKind.SHORT_TEXT, TEXT, TEXT_KEY, {"text": "  EQUIlateral"}, 1.0),
        (ItemKind.SHORT_TEXT, TEXT, TEXT_KEY, {"text": "ｒｅｇｕｌａｒ"}, 1.0),
        (ItemKind.SHORT_TEXT, TEXT, TEXT_KEY, {"text": "equi lateral"}, 0.0),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["right  angle"]}, {"text": "Right\tangle\n"}, 1.0),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["Straße"]}, {"text": "STRASSE"}, 1.0),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["kB"], "case_sensitive": True}, {"text": "KB"}, 0.0),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["kB"], "case_sensitive": True}, {"text": " kB "}, 1.0),
        (ItemKind.ORDERING, ORDER, ORDER_KEY, {"ordering": ["x", "w", "z", "y"]}, 1.0),
        (ItemKind.ORDERING, ORDER, ORDER_KEY, {"ordering": ["w", "x", "z", "y"]}, 5 / 6),
        (ItemKind.ORDERING, ORDER, ORDER_KEY, {"ordering": ["w", "z", "y", "x"]}, 3 / 6),
        (ItemKind.ORDERING, ORDER, ORDER_KEY, {"ordering": ["y", "z", "w", "x"]}, 0.0),
        (ItemKind.MATCHING, MATCH, MATCH_KEY, pairs("c2", "b2", "a1"), 1.0),
        (ItemKind.MATCHING, MATCH, MATCH_KEY, pairs("a1", "b2", "c3"), 2 / 3),
        (ItemKind.MATCHING, MATCH, MATCH_KEY, pairs("a2", "b1", "c3"), 0.0),
        (ItemKind.CLOZE, CLOZE, CLOZE_KEY, gaps(g2=" .75 ", g1="Text of MORE"), 1.0),
        (ItemKind.CLOZE, CLOZE, CLOZE_KEY, gaps(g1="text of more", g2="0.7"), 0.5),
        (ItemKind.CLOZE, CLOZE, CLOZE_KEY, gaps(g1="", g2=""), 0.0),
    ],
)
def test_a_response_earns_its_share_of_credit(
    kind: ItemKind, content: dict[str, Any], key: dict[str, Any], response: dict[str, Any], credit: float
) -> None:
    check_item(kind, content, key)
    check_response(kind, content, response)
    scoring = score(kind, content, key, response)
    assert scoring.score == credit
    assert scoring.correct is (credit == 1.0)


@pytest.mark.parametrize(
    ("kind", "content", "key", "response", "feedback"),
    [
        (ItemKind.MULTIPLE_CHOICE, CHOICE, CHOICE_KEY, {"choice_ids": ["a"]}, "Yes."),
        (
            ItemKind.MULTIPLE_CHOICE,
            CHOICE,
            CHOICE_KEY,
            {"choice_ids": ["b"]},
            "You added the denominators.",
        ),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, CHOICE_KEY, {"choice_ids": ["c"]}, "No."),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "9"]}, "3 · 3."),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "4"]}, "Not all."),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, SEVERAL_KEY, {"choice_ids": ["2", "3", "5"]}, None),
        (ItemKind.NUMERIC, NUMBER, NUMBER_KEY, {"number": 3.14}, "That is half of it."),
        (ItemKind.NUMERIC, NUMBER, NUMBER_KEY, {"number": 2}, None),
        (ItemKind.SHORT_TEXT, TEXT, TEXT_KEY, {"text": "Isosceles"}, "Only two sides?"),
        (ItemKind.CLOZE, CLOZE, CLOZE_KEY, gaps(g1="text of more", g2="3.4"), "Divide 3 by 4."),
        (ItemKind.CLOZE, CLOZE, CLOZE_KEY, gaps(g1="text of less", g2=".75"), "Compare."),
    ],
)
def test_a_learner_is_told_what_was_written_for_their_mistake(
    kind: ItemKind,
    content: dict[str, Any],
    key: dict[str, Any],
    response: dict[str, Any],
    feedback: str | None,
) -> None:
    assert score(kind, content, key, response).feedback == feedback


@pytest.mark.parametrize(
    ("kind", "content", "key", "path"),
    [
        (ItemKind.NUMERIC, {"stem": "  "}, {"value": 1}, "content.stem"),
        (ItemKind.NUMERIC, {"stem": "?", "unit": 3}, {"value": 1}, "content.unit"),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"correct": "d"}, "answer_key.correct"),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {}, "answer_key.correct"),
        (
            ItemKind.MULTIPLE_CHOICE,
            {"stem": "?", "choices": options("a")},
            {"correct": "a"},
            "content.choices",
        ),
        (ItemKind.MULTIPLE_CHOICE, {"stem": "?", "choices": options("a", "a")}, {}, "content.choices"),
        (ItemKind.MULTIPLE_CHOICE, {"stem": "?", "choices": "ab"}, {}, "content.choices"),
        (
            ItemKind.MULTIPLE_CHOICE,
            {"stem": "?", "choices": [{"id": "a", "text": ""}]},
            {},
            "content.choices.0.text",
        ),
        (
            ItemKind.MULTIPLE_CHOICE,
            CHOICE,
            {"correct": "a", "feedback": {"choices": {"q": "?"}}},
            "answer_key.feedback.choices.q",
        ),
        (
            ItemKind.MULTIPLE_CHOICE,
            CHOICE,
            {"correct": "a", "feedback": {"right": "!"}},
            "answer_key.feedback.right",
        ),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, {"correct": []}, "answer_key.correct"),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, {"correct": ["2", "6"]}, "answer_key.correct.1"),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, {"correct": ["2", "2"]}, "answer_key.correct"),
        (ItemKind.NUMERIC, NUMBER, {"value": float("nan")}, "answer_key.value"),
        (ItemKind.NUMERIC, NUMBER, {"value": True}, "answer_key.value"),
        (ItemKind.NUMERIC, NUMBER, {"value": 10**400}, "answer_key.value"),
        (ItemKind.NUMERIC, NUMBER, {"value": 1, "tolerance": -1}, "answer_key.tolerance"),
        (
            ItemKind.NUMERIC,
            NUMBER,
            {"value": 1, "feedback": {"choices": {"one": "?"}}},
            "answer_key.feedback.choices.one",
        ),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": []}, "answer_key.accepted"),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["a", " "]}, "answer_key.accepted.1"),
        (ItemKind.SHORT_TEXT, TEXT, {"accepted": ["a"], "case_sensitive": 1}, "answer_key.case_sensitive"),
        (ItemKind.ORDERING, ORDER, {"order": ["w", "x", "y"]}, "answer_key.order"),
        (ItemKind.MATCHING, MATCH, {"pairs": [["a", "1"], ["b", "2"]]}, "answer_key.pairs"),
        (ItemKind.MATCHING, MATCH, {"pairs": [["a", "1"], ["b", "9"]]}, "answer_key.pairs.1"),
        (ItemKind.MATCHING, MATCH, {"pairs": [["a", "1"], ["a", "2"], ["c", "2"]]}, "answer_key.pairs"),
        (ItemKind.CLOZE, CLOZE, {"gaps": {"g1": ["text of more"]}}, "answer_key.gaps"),
        (ItemKind.CLOZE, CLOZE, {"gaps": {"g1": ["equal"], "g2": ["1"]}}, "answer_key.gaps.g1"),
        (ItemKind.CLOZE, {"stem": "?", "gaps": []}, {}, "content.gaps"),
        (ItemKind.EXTERNAL, {"stem": "?"}, {"correct": "a"}, "answer_key"),
        (ItemKind.CODE, {"stem": "?"}, {}, "kind"),
    ],
)
def test_an_author_is_told_where_the_item_does_not_hold_together(
    kind: ItemKind, content: dict[str, Any], key: dict[str, Any], path: str
) -> None:
    with pytest.raises(ItemInvalid) as refused:
        check_item(kind, content, key)
    assert ".".join(refused.value.path) == path


@pytest.mark.parametrize(
    ("kind", "content", "response", "path", "mismatch"),
    [
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"number": 1}, "number", True),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choice_ids": ["d"]}, "choice_ids.0", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choice_ids": ["a", "b"]}, "choice_ids", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choice_ids": []}, "choice_ids", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choice_ids": "a"}, "choice_ids", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choiceIds": ["a"]}, "choiceIds", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {}, "", False),
        (ItemKind.MULTIPLE_CHOICE, CHOICE, {"choice_ids": ["a"], "text": "a"}, "", False),
        (ItemKind.MULTIPLE_RESPONSE, SEVERAL, {"choice_ids": ["2", "2"]}, "choice_ids", False),
        (ItemKind.NUMERIC, NUMBER, {"number": float("nan")}, "number", False),
        (ItemKind.NUMERIC, NUMBER, {"number": float("inf")}, "number", False),
        (ItemKind.NUMERIC, NUMBER, {"number": 10**400}, "number", False),
        (ItemKind.NUMERIC, NUMBER, {"number": "6.28"}, "number", False),
        (ItemKind.NUMERIC, NUMBER, {"number": True}, "number", False),
        (ItemKind.SHORT_TEXT, TEXT, {"text": "x" * 2_001}, "text", False),
        (ItemKind.SHORT_TEXT, TEXT, {"text": " \n"}, "text", False),
        (ItemKind.SHORT_TEXT, TEXT, {"text": 5}, "text", False),
        (ItemKind.ORDERING, ORDER, {"ordering": ["w", "x", "y"]}, "ordering", False),
        (ItemKind.ORDERING, ORDER, {"ordering": ["w", "x", "y", "y"]}, "ordering", False),
        (ItemKind.ORDERING, ORDER, {"ordering": ["w", "x", "y", "q"]}, "ordering.3", False),
        (ItemKind.MATCHING, MATCH, pairs("a1", "b2"), "pairs", False),
        (ItemKind.MATCHING, MATCH, pairs("a1", "a2", "c3"), "pairs", False),
        (ItemKind.MATCHING, MATCH, pairs("a1", "b9", "c3"), "pairs.1.target_id", False),
        (ItemKind.MATCHING, MATCH, pairs("a1", "q2", "c3"), "pairs.1.choice_id", False),
        (ItemKind.CLOZE, CLOZE, gaps(g1="text of more"), "gaps", False),
        (ItemKind.CLOZE, CLOZE, gaps(g1="text of more", g3="1"), "gaps.1.gap_id", False),
        (ItemKind.CLOZE, CLOZE, gaps(g1="equal", g2="1"), "gaps.0.text", False),
        (ItemKind.CLOZE, CLOZE, gaps(g1="text of more", g2="1" * 2_001), "gaps.1.text", False),
        (ItemKind.EXTERNAL, {"stem": "?"}, {"text": "a"}, "", True),
    ],
)
def test_a_response_that_does_not_fit_is_refused_where_it_is_wrong(
    kind: ItemKind, content: dict[str, Any], response: dict[str, Any], path: str, mismatch: bool
) -> None:
    with pytest.raises(ResponseInvalid) as refused:
        check_response(kind, content, response)
    assert ".".join(refused.value.path) == path
    assert refused.value.mismatch is mismatch


def test_a_text_of_two_thousand_characters_is_still_read() -> None:
    check_response(ItemKind.SHORT_TEXT, TEXT, {"text": "x" * 2_000})


def test_fields_that_are_none_count_as_not_given() -> None:
    check_response(ItemKind.NUMERIC, NUMBER, {"number": 1, "text": None, "choice_ids": None})


def test_scoring_refuses_what_checking_refuses() -> None:
    with pytest.raises(ResponseInvalid):
        score(ItemKind.MULTIPLE_CHOICE, CHOICE, CHOICE_KEY, {"choice_ids": ["d"]})


def test_an_external_item_is_accepted_with_an_empty_key_only() -> None:
    check_item(ItemKind.EXTERNAL, {"stem": "Problem 51 of an imported log"}, {})
    assert len(KINDS) == 8


def test_choices_of_a_gap_that_read_alike_are_refused() -> None:
    content = {
        "stem": "?",
        "gaps": [{"id": "g", "choices": [{"id": "1", "text": "More"}, {"id": "2", "text": "more "}]}],
    }
    with pytest.raises(ItemInvalid, match="read 'more'"):
        check_item(ItemKind.CLOZE, content, {"gaps": {"g": ["more"]}})
