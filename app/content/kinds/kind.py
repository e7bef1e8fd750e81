"""What every item kind promises.

    ItemError
    ├── ItemInvalid        the author's content or answer key does not hold together
    └── ResponseInvalid    the learner's response does not fit the item

An item version is two JSON objects: `content`, which a learner may see, and `answer_key`, which never leaves
the server. A response is a JSON object with exactly one of `choice_ids`, `number`, `text`, `ordering`,
`pairs` (`[{"choice_id", "target_id"}]`) and `gaps` (`[{"gap_id", "text"}]`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Self

JsonObject = Mapping[str, Any]
Path = tuple[str, ...]

RESPONSE_FIELDS = ("choice_ids", "number", "text", "ordering", "pairs", "gaps")
AS_CLIENTS_WRITE = {
    "choice_ids": "choiceIds",
    "choice_id": "choiceId",
    "target_id": "targetId",
    "gap_id": "gapId",
}
"""Names of parts that clients write otherwise than they are stored."""


def named(part: str) -> str:
    """The name of a part of a response as clients write it, for messages."""
    return AS_CLIENTS_WRITE.get(part, part)


class ItemKind(StrEnum):
    """The closed vocabulary of the graph. A kind can be used once it stands in the registry."""

    EXTERNAL = "EXTERNAL"
    MULTIPLE_CHOICE = "MULTIPLE_CHOICE"
    MULTIPLE_RESPONSE = "MULTIPLE_RESPONSE"
    NUMERIC = "NUMERIC"
    SHORT_TEXT = "SHORT_TEXT"
    ORDERING = "ORDERING"
    MATCHING = "MATCHING"
    CLOZE = "CLOZE"
    CODE = "CODE"


class ItemError(ValueError):
    """Something about an item or a response to it is wrong; `path` says where, the message what to do."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path = path
        self.message = message

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" if self.path else self.message


class ItemInvalid(ItemError):
    """`path` starts with `kind`, `content` or `answer_key`."""


class ResponseInvalid(ItemError):
    """`path` starts inside the response; `mismatch` is true when the response is one of another item kind."""

    def __init__(self, path: Path, message: str, mismatch: bool = False) -> None:
        super().__init__(path, message)
        self.mismatch = mismatch


@dataclass(frozen=True, slots=True)
class Scoring:
    """`score` is credit from 0 to 1; `correct` means full credit; `feedback` is what the learner is told."""

    score: float
    correct: bool
    feedback: str | None


class Kind(ABC):
    """An item as its learner sees it; the answer key is passed in, so that it cannot be shown by accident."""

    response_field: ClassVar[str | None] = None

    @classmethod
    @abstractmethod
    def read(cls, content: JsonObject) -> Self:
        """Raises ItemInvalid when a part that this kind needs is missing or contradicts another."""

    @abstractmethod
    def check_key(self, answer_key: JsonObject) -> None:
        """Raises ItemInvalid when the key does not fit the content."""

    @abstractmethod
    def check_response(self, response: JsonObject) -> None:
        """Raises ResponseInvalid; the response is known to have this kind's field and no other."""

    @abstractmethod
    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """Credit for a response that passed `check_response`."""

    @abstractmethod
    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """A response that earns full credit, for showing the right answer afterwards."""
