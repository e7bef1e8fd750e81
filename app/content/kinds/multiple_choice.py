"""One right choice among several. Key: `{"correct": id}`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.choices import Choice, check_answered_ids, read_choices
from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring


@dataclass(frozen=True, slots=True)
class MultipleChoice(Kind):
    """All or nothing: 1 for the right choice, 0 for any other."""

    response_field: ClassVar[str | None] = "choice_ids"
    choices: tuple[Choice, ...]

    @classmethod
    def read(cls, content: JsonObject) -> MultipleChoice:
        """Two choices or more with distinct ids; else ItemInvalid."""
        return cls(read_choices(content.get("choices"), ("content", "choices"), minimum=2))

    @property
    def ids(self) -> list[str]:
        """The choices' ids, in the order shown."""
        return [choice.id for choice in self.choices]

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless the correct id is one of the choices."""
        if answer_key.get("correct") not in self.ids:
            message = f"{answer_key.get('correct')!r} is not among the choices; give the id of one of them."
            raise ItemInvalid(("answer_key", "correct"), message)
        Feedback.read(answer_key).check_ids(self.ids)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless exactly one of the choices is chosen."""
        chosen = response["choice_ids"]
        check_answered_ids(chosen, self.ids, "choice_ids")
        if len(chosen) != 1:
            raise ResponseInvalid(("choice_ids",), f"Choose exactly one; {len(chosen)} were given.")

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """1 for the right choice, else 0, with the sentence of the chosen one."""
        chosen: str = response["choice_ids"][0]
        return Feedback.read(answer_key).scoring(float(chosen == answer_key["correct"]), [chosen])

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """The right choice."""
        return {"choice_ids": [answer_key["correct"]]}
