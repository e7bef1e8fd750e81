"""Items that live in another system: attempts at them are imported with their score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring


@dataclass(frozen=True, slots=True)
class External(Kind):
    """No response field and an empty key; never offered for practice, cannot be scored here."""

    @classmethod
    def read(cls, content: JsonObject) -> External:
        return cls()

    def check_key(self, answer_key: JsonObject) -> None:
        if answer_key:
            raise ItemInvalid(("answer_key",), "An external item is scored elsewhere; leave its key empty.")

    def check_response(self, response: JsonObject) -> None:
        raise ResponseInvalid((), "An external item takes no response; import its attempts.", mismatch=True)

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        raise ItemInvalid(("kind",), "An external item cannot be scored here.")

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        raise ItemInvalid(("kind",), "The answer to an external item is not known here.")
