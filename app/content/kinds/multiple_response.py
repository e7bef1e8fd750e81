"""Any number of right choices. Key: `{"correct": [ids]}`, at least one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.choices import Choice, check_answered_ids, read_choices, read_known_ids
from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, Scoring


@dataclass(frozen=True, slots=True)
class MultipleResponse(Kind):
    """Credit is (hits - false hits) / correct choices, never below 0, so that choosing all does not pay.

    Feedback is that of the wrongly chosen choices; missed ones are not named. Choosing none is a response.
    """

    response_field: ClassVar[str | None] = "choice_ids"
    choices: tuple[Choice, ...]

    @classmethod
    def read(cls, content: JsonObject) -> MultipleResponse:
        """Two choices or more with distinct ids; else ItemInvalid."""
        return cls(read_choices(content.get("choices"), ("content", "choices"), minimum=2))

    @property
    def ids(self) -> list[str]:
        """The choices' ids, in the order shown."""
        return [choice.id for choice in self.choices]

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless one choice or more is correct, each given once."""
        if not read_known_ids(answer_key.get("correct"), self.ids, ("answer_key", "correct")):
            raise ItemInvalid(("answer_key", "correct"), "Give at least one correct choice.")
        Feedback.read(answer_key).check_ids(self.ids)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless distinct choices are chosen; none will do."""
        check_answered_ids(response["choice_ids"], self.ids, "choice_ids")

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """(hits - false hits) / correct choices, 0 at least, with the sentences of the false hits."""
        correct, chosen = set(answer_key["correct"]), set(response["choice_ids"])
        credit = max(0, len(chosen & correct) - len(chosen - correct)) / len(correct)
        false_hits = [choice_id for choice_id in self.ids if choice_id in chosen - correct]
        return Feedback.read(answer_key).scoring(credit, false_hits)

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """All correct choices."""
        return {"choice_ids": list(answer_key["correct"])}
