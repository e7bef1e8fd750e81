"""Who sees a leaderboard: who attends or teaches a class whose learners it may show."""

from collections.abc import Sequence
from typing import Any

from app.access.access import Access
from app.access.policies import policy


@policy
async def of_board(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are boards (`classroom_ids`): those of a class that one attends or teaches."""
    classroom_ids = list({each for row in rows for each in row.classroom_ids})
    seen = dict(zip(classroom_ids, await access.classrooms(classroom_ids), strict=True))
    return [any(seen[each] for each in row.classroom_ids) for row in rows]
