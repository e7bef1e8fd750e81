"""Choosing the next item: success likely, but not certain."""

from collections.abc import Sequence
from dataclasses import dataclass

EASIEST = 0.85
HARDEST = 0.70
"""The target band of the chance of success: about 85 % right is where learning was fastest in Wilson et al.
2019, and tutoring systems aim a little lower."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that may come next, with the learner's chance of success on it, in (0, 1)."""

    item_id: str
    chance: float


def next_item(
    candidates: Sequence[Candidate], draw: float, *, lowest: float = HARDEST, highest: float = EASIEST
) -> Candidate | None:
    """Return the item to show next, or None when there is none.

    Items inside the band [lowest, highest] come first, all alike; without any, those nearest to it. `draw`,
    in [0, 1), picks among equals, in the order of their ids. ValueError for a draw or a band out of range.
    """
    if not 0.0 <= draw < 1.0:
        raise ValueError(f"the draw is {draw}; give a number from 0 up to, not including, 1")
    if not 0.0 <= lowest <= highest <= 1.0:
        raise ValueError(f"the band is {lowest} to {highest}; give two chances, the lower one first")
    if not candidates:
        return None
    distances = [distance_from_band(candidate.chance, lowest, highest) for candidate in candidates]
    nearest = min(distances)
    equals = [
        candidate for candidate, away in zip(candidates, distances, strict=True) if away <= nearest + 1e-9
    ]
    equals.sort(key=lambda candidate: candidate.item_id)
    return equals[int(draw * len(equals))]


def distance_from_band(chance: float, lowest: float = HARDEST, highest: float = EASIEST) -> float:
    """Return how far a chance lies outside the band, 0 inside."""
    return max(lowest - chance, chance - highest, 0.0)
