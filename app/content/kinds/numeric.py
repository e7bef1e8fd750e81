"""A number typed in. Key: `{"value": x, "tolerance": absolute}`; feedback is keyed by wrong numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.feedback import PATH, Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring

ROUNDING = 1e-9
"""Relative slack for binary fractions, so that 0.1 + 0.2 is 0.3."""


@dataclass(frozen=True, slots=True)
class Numeric(Kind):
    """All or nothing: 1 when |number - value| <= tolerance, else 0. The unit is shown, not typed."""

    response_field: ClassVar[str | None] = "number"

    @classmethod
    def read(cls, content: JsonObject) -> Numeric:
        """A numeric item; nothing of its content is needed to score it."""
        return cls()

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless value and tolerance are finite, and feedback is written for numbers."""
        if finite(answer_key.get("value")) is None:
            raise ItemInvalid(("answer_key", "value"), "Give a finite number.")
        tolerance = finite(answer_key.get("tolerance", 0))
        if tolerance is None or tolerance < 0:
            raise ItemInvalid(("answer_key", "tolerance"), "Give a finite number, 0 or more.")
        for answer in Feedback.read(answer_key).choices:
            if written_number(answer) is None:
                raise ItemInvalid((*PATH, "choices", answer), "Give the wrong number it is written for.")

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless the number is finite."""
        if finite(response["number"]) is None:
            raise ResponseInvalid(("number",), "Give a finite number.")

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """1 within the tolerance, else 0, with the sentence written for this wrong number."""
        number = float(response["number"])
        value, tolerance = float(answer_key["value"]), float(answer_key.get("tolerance", 0))
        right = abs(number - value) <= tolerance + ROUNDING * max(1.0, abs(value))
        feedback = Feedback.read(answer_key)
        meant = [answer for answer in feedback.choices if not right and written_number(answer) == number]
        return feedback.scoring(float(right), meant)

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """The value of the key."""
        return {"number": answer_key["value"]}


def finite(raw: Any) -> float | None:
    """The number as a float; None when it is no number, infinite, NaN or beyond a float."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def written_number(text: str) -> float | None:
    """The finite number a text spells, with a point for the decimals; None when it spells none."""
    try:
        return finite(float(text))
    except ValueError:
        return None
