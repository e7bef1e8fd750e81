"""A learner answers an item of each kind: exact credit, what is told, the answer in the item's words."""

from typing import Any

import pytest

from tests.client import Client, School
from tests.content.authoring import CHOICE, GAPS, MATCH, NUMBER, ORDER, SEVERAL, TEXT, item, skill

ATTEMPT = """attempt { id itemVersion correct score feedback response {
  choices { id text } number text ordering { id text }
  pairs { choice { text } target { text } } gaps { gap { id label } text } } }"""
EMPTY = dict.fromkeys(("choices", "number", "text", "ordering", "pairs", "gaps"))


def told(draft: dict[str, Any], **responses: str) -> dict[str, Any]:
    """The draft with feedback for right, for wrong, and for particular responses."""
    feedback = {
        "correct": "Well done.",
        "incorrect": "Look again.",
        "responses": [{"response": each, "text": text} for each, text in responses.items()],
    }
    return {**draft, "answerKey": {**draft["answerKey"], "feedback": feedback}}


class AtWork:
    """A learner in a session over one item."""

    def __init__(self, school: School, learner: Client, item_id: str, session_id: str) -> None:
        self.school, self.learner = school, learner
        self.item_id, self.session_id = item_id, session_id

    @classmethod
    async def on(cls, school: School, draft: dict[str, Any]) -> "AtWork":
        """Make the item, and begin."""
        skill_id = await skill(school.admin, "practised")
        item_id = await item(school.admin, skill_id, draft)
        ada = await school.learner(await school.classroom(), "Ada")
        started = await ada.do("startPracticeSession", {"skillIds": [skill_id]}, "session { id }")
        return cls(school, ada, item_id, started["session"]["id"])

    def answer(self, response: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The input of an answer."""
        return {"sessionId": self.session_id, "itemId": self.item_id, "response": response, **more}

    async def attempt(self, response: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The attempt, read again by its id after it was told."""
        payload = await self.learner.do("recordAttempt", self.answer(response, **more), ATTEMPT)
        now: dict[str, Any] = payload["attempt"]
        later = await self.read(now["id"])
        assert later == now
        return now

    async def read(self, attempt_id: str) -> dict[str, Any]:
        """The attempt as it is read now."""
        data = await self.learner.ask(
            f"query($id: ID!) {{ node(id: $id) {{ ... on Attempt {ATTEMPT.removeprefix('attempt')} }} }}",
            id=attempt_id,
        )
        found: dict[str, Any] = data["node"]
        return found

    async def scored(self, response: dict[str, Any]) -> tuple[float, bool, str | None]:
        """Score, whether it is full credit, and what is told."""
        attempt = await self.attempt(response)
        return attempt["score"], attempt["correct"], attempt["feedback"]


async def test_one_choice_is_right_and_a_wrong_one_is_told_why(school: School) -> None:
    work = await AtWork.on(school, told(CHOICE, c="Add the numbers, do not join them."))

    right = await work.attempt({"choiceIds": ["b"]})

    assert right["response"] == {**EMPTY, "choices": [{"id": "b", "text": "4"}]}
    assert (right["score"], right["correct"], right["feedback"]) == (1.0, True, "Well done.")
    assert await work.scored({"choiceIds": ["a"]}) == (0.0, False, "Look again.")
    assert await work.scored({"choiceIds": ["c"]}) == (0.0, False, "Add the numbers, do not join them.")


async def test_of_several_right_choices_each_counts_and_a_wrong_one_takes_one_away(school: School) -> None:
    work = await AtWork.on(school, told(SEVERAL, **{"3": "3 leaves a remainder."}))

    some = await work.attempt({"choiceIds": ["4"]})

    assert some["response"] == {**EMPTY, "choices": [{"id": "4", "text": "4"}]}
    assert (some["score"], some["correct"], some["feedback"]) == (0.5, False, "Look again.")
    assert await work.scored({"choiceIds": ["6", "4"]}) == (1.0, True, "Well done.")
    assert await work.scored({"choiceIds": ["3", "4", "6"]}) == (0.5, False, "3 leaves a remainder.")
    assert await work.scored({"choiceIds": ["3"]}) == (0.0, False, "3 leaves a remainder.")
    assert await work.scored({"choiceIds": []}) == (0.0, False, "Look again.")


async def test_a_number_is_right_up_to_the_edge_of_its_tolerance(school: School) -> None:
    work = await AtWork.on(school, told(NUMBER, **{"61715": "Mind the point."}))

    edge = await work.attempt({"number": 6171.75})
    shown = await work.learner.ask("query($id: ID!) { item(id: $id) { unit } }", id=work.item_id)

    assert edge["response"] == {**EMPTY, "number": 6171.75}
    assert (edge["score"], edge["correct"], edge["feedback"]) == (1.0, True, "Well done.")
    assert shown["item"]["unit"] == "cm"
    assert await work.scored({"number": 6171.25}) == (1.0, True, "Well done.")
    assert await work.scored({"number": 6171.76}) == (0.0, False, "Look again.")
    assert await work.scored({"number": 6171.24}) == (0.0, False, "Look again.")
    assert await work.scored({"number": 61715}) == (0.0, False, "Mind the point.")


async def test_a_short_text_is_compared_without_regard_to_capitals_spaces_and_forms(school: School) -> None:
    draft = {**TEXT, "answerKey": {"accepted": ["right angle", "90°"]}}
    work = await AtWork.on(school, told(draft, acute="Less than that is acute."))

    wide = await work.attempt({"text": "  RIGHT \u00a0 \uff41ngle "})

    assert wide["response"] == {**EMPTY, "text": "  RIGHT \u00a0 \uff41ngle "}
    assert (wide["score"], wide["correct"], wide["feedback"]) == (1.0, True, "Well done.")
    assert await work.scored({"text": "90°"}) == (1.0, True, "Well done.")
    assert await work.scored({"text": "rightangle"}) == (0.0, False, "Look again.")
    assert await work.scored({"text": "Acute"}) == (0.0, False, "Less than that is acute.")


async def test_capitals_count_where_the_author_says_so(school: School) -> None:
    draft = {**TEXT, "answerKey": {"accepted": ["NaCl"], "caseSensitive": True}}
    work = await AtWork.on(school, draft)

    assert await work.scored({"text": " NaCl "}) == (1.0, True, None)
    assert await work.scored({"text": "NACL"}) == (0.0, False, None)


async def test_an_order_earns_the_share_of_pairs_that_are_kept(school: School) -> None:
    work = await AtWork.on(school, told(ORDER, x="A quarter is more than an eighth."))

    swapped = await work.attempt({"ordering": ["x", "w", "y", "z"]})

    assert swapped["response"] == {
        **EMPTY,
        "ordering": [
            {"id": "x", "text": "1/4"},
            {"id": "w", "text": "1/8"},
            {"id": "y", "text": "1/2"},
            {"id": "z", "text": "3/4"},
        ],
    }
    assert (swapped["score"], swapped["correct"]) == (5 / 6, False)
    assert swapped["feedback"] == "A quarter is more than an eighth."
    assert await work.scored({"ordering": ["w", "x", "y", "z"]}) == (1.0, True, "Well done.")
    assert await work.scored({"ordering": ["z", "w", "x", "y"]}) == (0.5, False, "Look again.")
    assert await work.scored({"ordering": ["z", "y", "x", "w"]}) == (0.0, False, "Look again.")


async def test_a_matching_earns_the_share_of_right_pairs(school: School) -> None:
    work = await AtWork.on(school, told(MATCH, h="A half is 0.5.", q="A quarter is 0.25."))

    def pairs(targets: str) -> dict[str, Any]:
        return {
            "pairs": [{"choiceId": c, "targetId": t} for c, t in zip("hqet", targets, strict=True)],
        }

    crossed = await work.attempt(pairs("jikl"))

    assert crossed["response"] == {
        **EMPTY,
        "pairs": [
            {"choice": {"text": choice}, "target": {"text": target}}
            for choice, target in [("1/2", "0.25"), ("1/4", "0.5"), ("1/8", "0.125"), ("1/5", "0.2")]
        ],
    }
    assert (crossed["score"], crossed["correct"]) == (0.5, False)
    assert crossed["feedback"] == "A half is 0.5. A quarter is 0.25."
    assert await work.scored(pairs("ijkl")) == (1.0, True, "Well done.")
    assert await work.scored(pairs("ijlk")) == (0.5, False, "Look again.")
    assert await work.scored(pairs("jlik")) == (0.0, False, "A half is 0.5. A quarter is 0.25.")


async def test_a_cloze_earns_the_share_of_gaps_that_are_filled_rightly(school: School) -> None:
    work = await AtWork.on(school, told(GAPS, g2="Count the sides of the square."))

    def gaps(first: str, second: str) -> dict[str, Any]:
        return {"gaps": [{"gapId": "g1", "text": first}, {"gapId": "g2", "text": second}]}

    half = await work.attempt(gaps(" Three", "five"))

    assert half["response"] == {
        **EMPTY,
        "gaps": [
            {"gap": {"id": "g1", "label": "(1)"}, "text": " Three"},
            {"gap": {"id": "g2", "label": "(2)"}, "text": "five"},
        ],
    }
    assert (half["score"], half["correct"]) == (0.5, False)
    assert half["feedback"] == "Count the sides of the square."
    assert await work.scored(gaps("three", "four")) == (1.0, True, "Well done.")
    assert await work.scored(gaps("", "four")) == (0.5, False, "Look again.")
    assert await work.scored(gaps("two", "")) == (0.0, False, "Count the sides of the square.")


@pytest.mark.parametrize(
    ("draft", "response", "path"),
    [
        (CHOICE, {"choiceIds": ["z"]}, "choiceIds.0"),
        (CHOICE, {"choiceIds": ["a", "b"]}, "choiceIds"),
        (SEVERAL, {"choiceIds": ["4", "4"]}, "choiceIds"),
        (TEXT, {"text": " "}, "text"),
        (ORDER, {"ordering": ["w", "x", "y"]}, "ordering"),
        (MATCH, {"pairs": [{"choiceId": "h", "targetId": "x"}]}, "pairs.0.targetId"),
        (MATCH, {"pairs": [{"choiceId": "h", "targetId": "i"}]}, "pairs"),
        (GAPS, {"gaps": [{"gapId": "g9", "text": "three"}]}, "gaps.0.gapId"),
        (
            GAPS,
            {"gaps": [{"gapId": "g1", "text": "three"}, {"gapId": "g2", "text": "six"}]},
            "gaps.1.text",
        ),
    ],
)
async def test_a_response_that_does_not_fit_the_item_is_refused_and_not_counted(
    school: School, draft: dict[str, Any], response: dict[str, Any], path: str
) -> None:
    work = await AtWork.on(school, draft)

    refused = await work.learner.attempt("recordAttempt", work.answer(response), "attempt { id }")
    counted = await work.learner.ask(
        "query($id: ID!) { practiceSession(id: $id) { attemptCount } }", id=work.session_id
    )

    (error,) = refused["userErrors"]
    assert refused["attempt"] is None
    assert (error["code"], ".".join(error["path"])) == ("BAD_INPUT", f"response.{path}")
    assert counted["practiceSession"]["attemptCount"] == 0


async def test_an_attempt_keeps_the_version_it_answered_when_the_item_is_edited_and_restored(
    school: School,
) -> None:
    work = await AtWork.on(school, CHOICE)
    before = await work.attempt({"choiceIds": ["c"]})
    content = {
        "stem": "What is 2 · 11?",
        "choices": [{"id": "b", "text": "13"}, {"id": "c", "text": "twenty-two"}],
    }
    edit = {"itemId": work.item_id, "content": content, "answerKey": {"correctChoiceIds": ["c"]}}
    await school.admin.do("updateItem", edit, "item { version }")

    after = await work.attempt({"choiceIds": ["c"]})
    late = await work.attempt({"choiceIds": ["a"]}, itemVersion=1)
    await school.admin.do("restoreItemVersion", {"itemId": work.item_id, "version": 1}, "item { id }")
    restored = await work.attempt({"choiceIds": ["b"]})

    def summary(attempt: dict[str, Any]) -> tuple[int, float, str]:
        return attempt["itemVersion"], attempt["score"], attempt["response"]["choices"][0]["text"]

    assert summary(await work.read(before["id"])) == (1, 0.0, "22")
    assert summary(await work.read(after["id"])) == (2, 1.0, "twenty-two")
    assert summary(await work.read(late["id"])) == (1, 0.0, "3")
    assert summary(await work.read(restored["id"])) == (3, 1.0, "4")
