"""The steps of time series."""

from enum import StrEnum

from schema.enums import graph_enum


class Bucket(StrEnum):
    """How long one step of a series is."""

    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"


graph_enum(
    Bucket,
    "How long one step of a series is, in the organization's time zone unless one is given.",
    {
        Bucket.DAY: "From midnight to midnight.",
        Bucket.WEEK: "From Monday to Sunday.",
        Bucket.MONTH: "A month of the calendar.",
    },
)
