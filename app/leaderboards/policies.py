"""Who sees a leaderboard: who attends or teaches a class whose learners it may show."""

from collections.abc import Sequence
from typing import Any

from app.access.access import Access
from app.access.policies import policy


@policy
async def of_board(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are boards (`classroom_ids`): those of a class that one attends or teaches.

    Who was found in the class as the board was read (`attended_by`) need not be looked for again.
    """
    own = access.principal.learner_id
    found = [own is not None and getattr(row, "attended_by", None) == own for row in rows]
    unknown = {
        each for row, known in zip(rows, found, strict=True) if not known for each in row.classroom_ids
    }
    if not unknown:
        return found
    classroom_ids = list(unknown)
    seen = dict(zip(classroom_ids, await access.classrooms(classroom_ids), strict=True))
    return [
        known or any(seen[each] for each in row.classroom_ids) for row, known in zip(rows, found, strict=True)
    ]
