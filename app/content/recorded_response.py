"""A response as it was given, its ids resolved to the texts of the version that was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.content.item import Gap, Option, read_gaps, read_options


@dataclass(frozen=True, slots=True)
class RecordedPair:
    """A choice and the target it was matched with."""

    choice: Option
    target: Option


@dataclass(frozen=True, slots=True)
class RecordedGap:
    """A gap and what was filled in."""

    gap: Gap
    text: str


@dataclass(frozen=True, slots=True)
class RecordedResponse:
    """Exactly one part is given, that of the item's kind."""

    choices: Sequence[Option] | None = None
    number: float | None = None
    text: str | None = None
    ordering: Sequence[Option] | None = None
    pairs: Sequence[RecordedPair] | None = None
    gaps: Sequence[RecordedGap] | None = None


def recorded_response(content: Mapping[str, Any], response: Mapping[str, Any]) -> RecordedResponse:
    """The response (`app.content.kinds`) with this content's texts; an id it does not have stays as text."""
    choices = {option.id: option for option in read_options(content, "choices")}
    targets = {option.id: option for option in read_options(content, "targets")}
    gaps = {gap.id: gap for gap in read_gaps(content)}
    return RecordedResponse(
        choices=_options(choices, response.get("choice_ids")),
        number=response.get("number"),
        text=response.get("text"),
        ordering=_options(choices, response.get("ordering")),
        pairs=_each(
            response.get("pairs"),
            lambda pair: RecordedPair(
                _option(choices, pair["choice_id"]), _option(targets, pair["target_id"])
            ),
        ),
        gaps=_each(
            response.get("gaps"),
            lambda filled: RecordedGap(
                gaps.get(filled["gap_id"], Gap(filled["gap_id"], None, ())), filled["text"]
            ),
        ),
    )


def _options(known: Mapping[str, Option], ids: Sequence[str] | None) -> Sequence[Option] | None:
    return _each(ids, lambda each: _option(known, each))


def _option(known: Mapping[str, Option], option_id: str) -> Option:
    return known.get(option_id) or Option(option_id, option_id)


def _each(given: Sequence[Any] | None, make: Any) -> list[Any] | None:
    return None if given is None else [make(each) for each in given]
