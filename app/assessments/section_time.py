"""Sections that end by themselves: when, in a sitting whose end moves with pauses and extra time.

Sections with a time of their own come first, one after the other; those behind them end with the sitting. All
are open from the start: who is done early goes on. A section ends when the time of those up to it has run,
with its share of the accommodation and all that teachers granted before it ended. What is kept is by how
much it ends before the sitting does, so that whatever moves the sitting's end moves the section's too.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class SectionTime:
    """A section of one sitting; `seconds` is its own time, None where it ends with the sitting."""

    title: str
    item_count: int
    seconds: int | None
    before_end: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class SittingSection:
    """A section as a learner sees it; `ends_at` is None while the clock stands."""

    title: str
    first_item_number: int
    item_count: int
    duration_seconds: int | None
    ends_at: datetime | None
    time_left_when_paused_seconds: int | None


def at_start(
    sections: Iterable[SectionTime],
    *,
    at: datetime,
    closes_at: datetime | None,
    ends_at: datetime,
    base_seconds: int,
    accommodation_seconds: int,
    granted_seconds: int,
) -> tuple[SectionTime, ...]:
    """The sections of a sitting from `at` to `ends_at`; the window `closes_at` cuts base time alone."""
    found, run = [], 0
    for section in sections:
        before_end = timedelta(0)
        if section.seconds is not None:
            run += section.seconds
            end = at + timedelta(seconds=run)
            if closes_at is not None:
                end = min(end, closes_at)
            share = accommodation_seconds * run // base_seconds
            end += timedelta(seconds=share + granted_seconds)
            before_end = max(timedelta(0), ends_at - end)
        found.append(replace(section, before_end=before_end))
    return tuple(found)


def after_extension(
    sections: Iterable[SectionTime], left: timedelta, seconds: int
) -> tuple[SectionTime, ...]:
    """The sections after time was given while `left` was left: one that has ended stays so."""
    more = timedelta(seconds=seconds)
    return tuple(
        replace(each, before_end=max(timedelta(0), each.before_end + more)) if has_ended(each, left) else each
        for each in sections
    )


def has_ended(section: SectionTime, left: timedelta) -> bool:
    """Whether a section has ended when so much of the sitting is left; at its end it has."""
    return section.seconds is not None and left <= section.before_end


def section_of(sections: Sequence[SectionTime], item_number: int | None) -> int | None:
    """The place of the section that has this item, from 0; items are numbered from 1."""
    if item_number is None:
        return None
    last = 0
    for place, section in enumerate(sections):
        last += section.item_count
        if item_number <= last:
            return place
    return None


def as_seen(
    sections: Sequence[SectionTime], ends_at: datetime | None, left_when_paused: timedelta | None
) -> list[SittingSection]:
    """The sections with their ends, of a sitting that ends then or stands with so much left."""
    found, first = [], 1
    for each in sections:
        left = None if left_when_paused is None else max(timedelta(0), left_when_paused - each.before_end)
        found.append(
            SittingSection(
                each.title,
                first,
                each.item_count,
                each.seconds,
                None if ends_at is None else ends_at - each.before_end,
                None if left is None else int(left.total_seconds()),
            )
        )
        first += each.item_count
    return found


def sections_as_json(sections: Sequence[SectionTime]) -> dict[str, Any] | None:
    """The sections as a sitting keeps and tells them; None where none ends by itself."""
    if not sections:
        return None
    return {
        "sections": [
            {
                "title": each.title,
                "items": each.item_count,
                "seconds": each.seconds,
                "before_end": each.before_end.total_seconds(),
            }
            for each in sections
        ]
    }


def sections_from_json(kept: Mapping[str, Any] | None) -> tuple[SectionTime, ...]:
    """The sections that a sitting keeps."""
    return tuple(
        SectionTime(
            each["title"], each["items"], each["seconds"], timedelta(seconds=each.get("before_end", 0))
        )
        for each in (kept or {"sections": ()})["sections"]
    )
