"""A text with gaps, some with choices. Key: `{"gaps": {gap id: [accepted texts]}}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.content.kinds.choices import Choice, first_repeated, read_choices, read_text
from app.content.kinds.feedback import Feedback
from app.content.kinds.kind import ItemInvalid, JsonObject, Kind, ResponseInvalid, Scoring
from app.content.kinds.text import check_typed, plain

KEY = ("answer_key", "gaps")


@dataclass(frozen=True, slots=True)
class Gap:
    """Typed freely when it has no choices."""

    id: str
    choices: tuple[Choice, ...]

    @classmethod
    def read(cls, raw: Any, path: tuple[str, ...]) -> Gap:
        """A gap as its author wrote it; ItemInvalid when a part is wrong or two choices read alike."""
        if not isinstance(raw, dict):
            raise ItemInvalid(path, "Give an object with id and, if you like, label and choices.")
        label = raw.get("label")
        if label is not None and not isinstance(label, str):
            raise ItemInvalid((*path, "label"), "Give a text, or leave it out.")
        choices = read_choices(raw.get("choices") or [], (*path, "choices"), minimum=0)
        # The response is a text, so two choices that read alike could not be told apart.
        repeated = first_repeated(plain(choice.text) for choice in choices)
        if repeated is not None:
            raise ItemInvalid((*path, "choices"), f"Two choices read {repeated!r}; make them differ.")
        return cls(read_text(raw, "id", path), choices)

    @property
    def offered(self) -> list[str]:
        """The choices as `plain` reads them; empty for a gap typed freely."""
        return [plain(choice.text) for choice in self.choices]


@dataclass(frozen=True, slots=True)
class Cloze(Kind):
    """Credit is the share of gaps filled rightly, each compared as `plain` reads it; a blank gap is wrong.

    Feedback choices are keyed by gap id; a learner gets those of the wrong gaps.
    """

    response_field: ClassVar[str | None] = "gaps"
    gaps: tuple[Gap, ...]

    @classmethod
    def read(cls, content: JsonObject) -> Cloze:
        """A text with one gap or more, their ids distinct; else ItemInvalid."""
        raw = content.get("gaps")
        if not isinstance(raw, list) or not raw:
            raise ItemInvalid(("content", "gaps"), "Give at least one gap.")
        gaps = tuple(Gap.read(entry, ("content", "gaps", str(index))) for index, entry in enumerate(raw))
        repeated = first_repeated(gap.id for gap in gaps)
        if repeated is not None:
            raise ItemInvalid(("content", "gaps"), f"The id {repeated!r} is given twice; ids must differ.")
        return cls(gaps)

    @property
    def ids(self) -> list[str]:
        """The gaps' ids, in the order of the text."""
        return [gap.id for gap in self.gaps]

    def check_key(self, answer_key: JsonObject) -> None:
        """ItemInvalid unless each gap, and no other, has accepted texts, one of its choices among them."""
        accepted = answer_key.get("gaps")
        if not isinstance(accepted, Mapping) or set(accepted) != set(self.ids):
            raise ItemInvalid(KEY, f"Give the accepted texts of each gap: {', '.join(self.ids)}.")
        for gap in self.gaps:
            _check_accepted(gap, accepted[gap.id])
        Feedback.read(answer_key).check_ids(self.ids)

    def check_response(self, response: JsonObject) -> None:
        """ResponseInvalid unless each gap is filled once, with one of its choices if it has some."""
        gaps = response["gaps"]
        if not isinstance(gaps, list) or not all(isinstance(entry, dict) for entry in gaps):
            raise ResponseInvalid(("gaps",), "Give a list of objects with gapId and text.")
        for index, entry in enumerate(gaps):
            self._check_filled(entry, ("gaps", str(index)))
        repeated = first_repeated(entry["gap_id"] for entry in gaps)
        if repeated is not None:
            raise ResponseInvalid(("gaps",), f"The gap {repeated!r} is filled twice.")
        if len(gaps) != len(self.gaps):
            message = f"Fill all {len(self.gaps)} gaps (a blank one with an empty text); {len(gaps)} came."
            raise ResponseInvalid(("gaps",), message)

    def _check_filled(self, entry: JsonObject, path: tuple[str, ...]) -> None:
        gap = next((gap for gap in self.gaps if gap.id == entry.get("gap_id")), None)
        if gap is None:
            raise ResponseInvalid((*path, "gap_id"), f"{entry.get('gap_id')!r} is not a gap of this item.")
        typed = plain(check_typed(entry.get("text"), (*path, "text")))
        if typed and gap.choices and typed not in gap.offered:
            raise ResponseInvalid((*path, "text"), f"{entry['text']!r} is not among the choices of the gap.")

    def score(self, answer_key: JsonObject, response: JsonObject) -> Scoring:
        """The share of the gaps whose text is an accepted one."""
        filled = {entry["gap_id"]: plain(entry["text"]) for entry in response["gaps"]}
        wrong = list(_wrong_gaps(answer_key["gaps"], filled))
        return Feedback.read(answer_key).scoring((len(self.gaps) - len(wrong)) / len(self.gaps), wrong)

    def solution(self, answer_key: JsonObject) -> dict[str, Any]:
        """In each gap the first accepted text that can be given."""
        accepted: Mapping[str, list[str]] = answer_key["gaps"]
        return {
            "gaps": [{"gap_id": gap.id, "text": _offered_first(gap, accepted[gap.id])} for gap in self.gaps]
        }


def _wrong_gaps(accepted: Mapping[str, list[str]], filled: Mapping[str, str]) -> Iterator[str]:
    for gap_id, texts in accepted.items():
        if filled[gap_id] not in {plain(text) for text in texts}:
            yield gap_id


def _offered_first(gap: Gap, accepted: list[str]) -> str:
    return next((text for text in accepted if not gap.choices or plain(text) in gap.offered), accepted[0])


def _check_accepted(gap: Gap, accepted: Any) -> None:
    path = (*KEY, gap.id)
    if not isinstance(accepted, list) or not accepted:
        raise ItemInvalid(path, "Give a list with at least one accepted text.")
    if not all(isinstance(text, str) and plain(text) for text in accepted):
        raise ItemInvalid(path, "Accepted texts must not be blank.")
    if gap.choices and not any(plain(text) in gap.offered for text in accepted):
        raise ItemInvalid(path, "None of the accepted texts is among the choices of the gap.")
