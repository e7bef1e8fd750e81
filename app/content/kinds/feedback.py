"""What the learner is told: `{"correct"?, "incorrect"?, "choices"?: {id: text}}` in the answer key."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from app.content.kinds.kind import ItemInvalid, JsonObject, Scoring

PATH = ("answer_key", "feedback")


@dataclass(frozen=True, slots=True)
class Feedback:
    """General sentences, and one for each choice or typical wrong answer that has its own."""

    correct: str | None = None
    incorrect: str | None = None
    choices: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, answer_key: JsonObject) -> Feedback:
        """The feedback in an answer key, none where there is none; ItemInvalid for another shape."""
        raw = answer_key.get("feedback")
        if raw is None:
            return cls()
        if not isinstance(raw, dict):
            raise ItemInvalid(PATH, "Give an object with correct, incorrect and choices.")
        unknown = sorted(set(raw) - {"correct", "incorrect", "choices"})
        if unknown:
            raise ItemInvalid((*PATH, unknown[0]), "Feedback has correct, incorrect and choices only.")
        return cls(_sentence(raw, "correct"), _sentence(raw, "incorrect"), _sentences(raw.get("choices")))

    def check_ids(self, known: Collection[str]) -> None:
        """ItemInvalid when a sentence belongs to an id that the item does not have."""
        for choice_id in self.choices:
            if choice_id not in known:
                raise ItemInvalid((*PATH, "choices", choice_id), f"{choice_id!r} is not an id of the item.")

    def scoring(self, score: float, concerned: Iterable[str] = ()) -> Scoring:
        """The sentences of the ids `concerned` if there are any, else the general one for right or wrong."""
        correct = score >= 1.0
        own = [self.choices[entry] for entry in concerned if entry in self.choices]
        general = self.correct if correct else self.incorrect
        return Scoring(score=score, correct=correct, feedback=" ".join(own) if own else general)


def _sentence(raw: dict[str, Any], name: str) -> str | None:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise ItemInvalid((*PATH, name), "Give a text, or leave it out.")
    return value


def _sentences(raw: Any) -> dict[str, str]:
    if raw is None:
        return {}
    if not isinstance(raw, dict) or not all(isinstance(text, str) for text in raw.values()):
        raise ItemInvalid((*PATH, "choices"), "Give an object from id to text.")
    return raw
