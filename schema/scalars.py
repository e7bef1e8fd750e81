"""Scalars of the graph."""

from datetime import UTC, datetime
from typing import Any, NewType

import strawberry
from graphql import GraphQLError

Cursor = NewType("Cursor", str)


def _serialize_moment(value: datetime) -> str:
    # The database gives moments in UTC; to turn them once more would cost as much as the rest.
    return (value if value.tzinfo is UTC else value.astimezone(UTC)).isoformat()[:-6] + "Z"


def _parse_moment(value: Any) -> datetime:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return moment.astimezone(UTC)
    raise GraphQLError("Give a date and time with its offset, such as 2026-11-21T09:30:00Z.")


def _parse_cursor(value: Any) -> str:
    if isinstance(value, str) and len(value) <= 512:
        return value
    raise GraphQLError("A cursor is the text that an earlier answer gave.")


SCALARS: dict[object, Any] = {
    Cursor: strawberry.scalar(
        name="Cursor",
        description="An opaque place in a list or stream; give it back as `after`.",
        serialize=str,
        parse_value=_parse_cursor,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant, RFC 3339 with offset; answers are in UTC.",
        specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
        serialize=_serialize_moment,
        parse_value=_parse_moment,
    ),
}
