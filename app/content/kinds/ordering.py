"""Choices to be put in order. Key: `{"order": [ids]}`, every choice once."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Any, ClassVar

from app.content.kinds.choices import Choice, check_answered_ids, read_choices, read_known_ids
from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring


@dataclass(frozen=True, slots=True)
class Ordering(Kind):
    """Credit is the share of all pairs kept in order, (1 + Kendall's tau) / 2: reversed earns 0.

    Pairs rather than neighbours, since one choice far out of place should cost more than two swapped ones.
    Feedback is that of the first choice out of its place, if it has its own.
    """

    response_field: ClassVar[str | None] = "ordering"
    choices: tuple[Choice, ...]

    @classmethod
    def read(cls, content: JsonObject) -> Ordering:
        """Two choices or more with distinct ids; else ItemInvalid."""
        return cls(read_choices(content.get("choices"), ("content", "choices"), minimum=2))

    @property
    def ids(self) -> list[str]:
        """The choices' ids, in the order shown."""
        return [choice.id for choice in self.choices]

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless the key puts each choice in order once."""
        order = read_known_ids(answer_key.get("order"), self.ids, ("answer_key", "order"))
        if len(order) != len(self.choices):
            message = f"Put all {len(self.choices)} choices in order; {len(order)} were given."
            raise ItemInvalid(("answer_key", "order"), message)
        Feedback.read(answer_key).check_ids(self.ids)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless each choice is put in order once."""
        check_answered_ids(response["ordering"], self.ids, "ordering")
        if len(response["ordering"]) != len(self.choices):
            message = f"Put all {len(self.choices)} choices in order; {len(response['ordering'])} were given."
            raise ResponseInvalid(("ordering",), message)

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """The share of the pairs kept in order, with the sentence of the first choice out of its place."""
        order, given = answer_key["order"], response["ordering"]
        place = {choice_id: index for index, choice_id in enumerate(given)}
        kept = [place[first] < place[second] for first, second in combinations(order, 2)]
        misplaced = [mine for mine, right in zip(given, order, strict=True) if mine != right]
        return Feedback.read(answer_key).scoring(sum(kept) / len(kept), misplaced[:1])

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """The order of the key."""
        return {"ordering": list(answer_key["order"])}
