"""Stretches of time that people ask for."""

from datetime import datetime

from app.kit.errors import BadInput

FIRST_YEAR, LAST_YEAR = 1970, 9000


def checked_moment(moment: datetime, path: str) -> datetime:
    """A moment whose neighbours can be reckoned with; BadInput for the far ends of the calendar."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise BadInput(f"Give a moment of the years {FIRST_YEAR} to {LAST_YEAR}.", path=(path,))
    return moment


def checked_stretch(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """A stretch that begins before it ends; BadInput otherwise."""
    if checked_moment(start, "from") >= checked_moment(end, "to"):
        raise BadInput("'from' must lie before 'to'.", path=("from",))
    return start, end
