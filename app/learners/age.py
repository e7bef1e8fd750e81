"""How old a learner is, as far as anybody needs to know: a minor or not."""

from datetime import datetime

from app.kit.errors import BadInput

OLDEST = 120
MINOR = """coalesce(extract(year FROM :now::timestamptz AT TIME ZONE o.time_zone) - l.birth_year <= 18,
                        o.learners_are_minors)"""
"""SQL over a learner `l` and its organization `o`: whether it may be under 18.

The day of birth is not kept, so who turns 18 in the course of a year is a minor until it ends. Where the year
is unknown the organization says what its learners are.
"""
THIS_YEAR = "extract(year FROM :now::timestamptz AT TIME ZONE o.time_zone)::int"
"""SQL over an organization `o`: the year that it is there."""
MINOR_THIS_YEAR = "coalesce(o.year - l.birth_year <= 18, o.learners_are_minors)"
"""The same as MINOR, where `o` has that year already."""


def checked_birth_year(year: int | None, now: datetime) -> int | None:
    """The year, or BadInput when nobody alive was born in it."""
    if year is not None and not now.year - OLDEST <= year <= now.year:
        raise BadInput("Give the year of birth with four digits, or leave it out.", path=("birthYear",))
    return year
