"""Values as events carry them, and back."""

import uuid
from datetime import datetime, timedelta
from typing import Any


def plain(value: Any) -> Any:
    """An id as hex, a moment in ISO 8601, a duration in seconds; anything else as it is."""
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime):
        return value.isoformat()
    return value.total_seconds() if isinstance(value, timedelta) else value


def read_id(value: str | None) -> uuid.UUID | None:
    """The id that hex stands for."""
    return None if value is None else uuid.UUID(hex=value)


def read_moment(value: str | None) -> datetime | None:
    """The moment that ISO 8601 stands for."""
    return None if value is None else datetime.fromisoformat(value)
