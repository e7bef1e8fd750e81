"""A difference between what is stored and what it should be, as a check of projections reports it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that differs: of which projection, under which key, what is stored and what was recomputed.

    `stored` or `recomputed` is empty where the row is missing on that side.
    """

    what: str
    key: str
    stored: str
    recomputed: str
