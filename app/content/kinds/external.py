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
        """An external item; nothing of its content is needed."""
        return cls()

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless the key is empty."""
        if answer_key:
            raise ItemInvalid(("answer_key",), "An external item is scored elsewhere; leave its key empty.")

    def check_response(self, response: JsonObject) -> None:
        """Always ResponseInvalid: attempts are imported."""
        raise ResponseInvalid((), "An external item takes no response; import its attempts.", mismatch=True)

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """Always ItemInvalid: it is scored elsewhere."""
        raise ItemInvalid(("kind",), "An external item cannot be scored here.")

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """Always ItemInvalid: its answer is not known here."""
        raise ItemInvalid(("kind",), "The answer to an external item is not known here.")
