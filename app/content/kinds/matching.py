"""Choices matched with targets. Key: `{"pairs": [[choice, target], ...]}`, every choice once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.choices import Choice, first_repeated, read_choices
from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring

KEY = ("answer_key", "pairs")


@dataclass(frozen=True, slots=True)
class Matching(Kind):
    """Credit is the share of choices matched rightly. A target may serve several choices, or none.

    Feedback is that of the wrongly matched choices which have their own.
    """

    response_field: ClassVar[str | None] = "pairs"
    choices: tuple[Choice, ...]
    targets: tuple[Choice, ...]

    @classmethod
    def read(cls, content: JsonObject) -> Matching:
        """Two choices and two targets or more, their ids distinct; else ItemInvalid."""
        choices = read_choices(content.get("choices"), ("content", "choices"), minimum=2)
        targets = read_choices(content.get("targets"), ("content", "targets"), minimum=2)
        return cls(choices, targets)

    @property
    def ids(self) -> list[str]:
        """The choices' ids, in the order shown."""
        return [choice.id for choice in self.choices]

    @property
    def target_ids(self) -> list[str]:
        """The targets' ids, in the order shown."""
        return [target.id for target in self.targets]

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless each choice has one target of the item."""
        pairs = answer_key.get("pairs")
        if not isinstance(pairs, list):
            raise ItemInvalid(KEY, "Give a list of pairs of a choice id and a target id.")
        for index, pair in enumerate(pairs):
            self._check_key_pair(pair, index)
        if sorted(pair[0] for pair in pairs) != sorted(self.ids):
            raise ItemInvalid(KEY, "Match every choice exactly once.")
        Feedback.read(answer_key).check_ids(self.ids)

    def _check_key_pair(self, pair: Any, index: int) -> None:
        if not isinstance(pair, list | tuple) or len(pair) != 2:
            raise ItemInvalid((*KEY, str(index)), "Give a choice id and a target id.")
        if pair[0] not in self.ids or pair[1] not in self.target_ids:
            message = f"{pair[0]!r} with {pair[1]!r} does not join a choice and a target of the item."
            raise ItemInvalid((*KEY, str(index)), message)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless each choice is matched once, with a target of the item."""
        pairs = response["pairs"]
        if not isinstance(pairs, list) or not all(isinstance(pair, dict) for pair in pairs):
            raise ResponseInvalid(("pairs",), "Give a list of objects with choiceId and targetId.")
        for index, pair in enumerate(pairs):
            self._check_pair(pair, ("pairs", str(index)))
        repeated = first_repeated(pair["choice_id"] for pair in pairs)
        if repeated is not None:
            raise ResponseInvalid(("pairs",), f"The choice {repeated!r} is matched twice.")
        if len(pairs) != len(self.choices):
            message = f"Match all {len(self.choices)} choices; {len(pairs)} were matched."
            raise ResponseInvalid(("pairs",), message)

    def _check_pair(self, pair: JsonObject, path: tuple[str, ...]) -> None:
        if pair.get("choice_id") not in self.ids:
            message = f"{pair.get('choice_id')!r} is not a choice of this item."
            raise ResponseInvalid((*path, "choice_id"), message)
        if pair.get("target_id") not in self.target_ids:
            message = f"{pair.get('target_id')!r} is not a target of this item."
            raise ResponseInvalid((*path, "target_id"), message)

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """The share of the choices matched as in the key."""
        given = {pair["choice_id"]: pair["target_id"] for pair in response["pairs"]}
        wrong = [choice for choice, target in answer_key["pairs"] if given[choice] != target]
        return Feedback.read(answer_key).scoring((len(given) - len(wrong)) / len(given), wrong)

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """The pairs of the key."""
        pairs = [{"choice_id": choice, "target_id": target} for choice, target in answer_key["pairs"]]
        return {"pairs": pairs}
