"""Streaks: runs of days with practice. A day is a number, such as a date's ordinal, in the learner's zone."""

from collections.abc import Iterable


def current_streak(days: Iterable[int], today: int) -> int:
    """Return the days in a row with practice up to today, or up to yesterday while today is still open."""
    practised = set(days)
    day = today if today in practised else today - 1
    length = 0
    while day - length in practised:
        length += 1
    return length


def longest_streak(days: Iterable[int]) -> int:
    """Return the most days in a row with practice."""
    practised = set(days)
    longest = 0
    for day in practised:
        if day - 1 not in practised:
            length = 1
            while day + length in practised:
                length += 1
            longest = max(longest, length)
    return longest
