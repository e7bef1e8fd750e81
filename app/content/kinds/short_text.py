"""A short answer typed in. Key: `{"accepted": [texts], "case_sensitive": false}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring
from app.content.kinds.text import check_typed, plain


@dataclass(frozen=True, slots=True)
class ShortText(Kind):
    """All or nothing: 1 when the text equals an accepted one as `plain` reads both, else 0.

    Feedback choices are keyed by typical wrong texts.
    """

    response_field: ClassVar[str | None] = "text"

    @classmethod
    def read(cls, content: JsonObject) -> ShortText:
        """A short text item; nothing of its content is needed to score it."""
        return cls()

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless one text or more is accepted, none of them blank."""
        accepted = answer_key.get("accepted")
        if not isinstance(accepted, list) or not accepted:
            raise ItemInvalid(("answer_key", "accepted"), "Give a list with at least one accepted text.")
        for index, text in enumerate(accepted):
            if not isinstance(text, str) or not plain(text):
                raise ItemInvalid(("answer_key", "accepted", str(index)), "Give a text that is not blank.")
        if not isinstance(answer_key.get("case_sensitive", False), bool):
            raise ItemInvalid(("answer_key", "case_sensitive"), "Give true or false.")
        Feedback.read(answer_key)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid for a blank text."""
        if not plain(check_typed(response["text"], ("text",))):
            raise ResponseInvalid(("text",), "Write an answer; it is blank.")

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """1 for an accepted text, else 0, with the sentence written for this wrong text."""
        exact = bool(answer_key.get("case_sensitive", False))
        typed = plain(response["text"], exact)
        right = any(plain(text, exact) == typed for text in answer_key["accepted"])
        feedback = Feedback.read(answer_key)
        meant = [text for text in feedback.choices if not right and plain(text, exact) == typed]
        return feedback.scoring(float(right), meant)

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """The first accepted text."""
        return {"text": answer_key["accepted"][0]}
