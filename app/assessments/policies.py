"""Who sees exams: teachers of the class all of it while its learners are theirs, a learner the own part.

A learner who leaves the class goes out of its teachers' sight here as everywhere.
"""

from collections.abc import Sequence
from typing import Any

from app.access.access import Access
from app.access.policies import open_to_admins, policy


@open_to_admins
@policy
async def of_sitting(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows of a sitting (`learner_id`, `classroom_id`): the learner's own, those of classes one teaches."""
    taught, own = await _taught(access, rows), access.principal.learner_id
    return [
        seen or (own is not None and row.learner_id == own) for seen, row in zip(taught, rows, strict=True)
    ]


@policy
async def of_result(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows of a result: those of classes one teaches, one's own once `released`."""
    taught, own = await _taught(access, rows), access.principal.learner_id
    return [
        seen or (row.released and own is not None and row.learner_id == own)
        for seen, row in zip(taught, rows, strict=True)
    ]


async def _taught(access: Access, rows: Sequence[Any]) -> list[bool]:
    """Which rows are of a class that one teaches, and of a learner whom one still teaches."""
    classrooms = await access.taught_classrooms([row.classroom_id for row in rows])
    if not any(classrooms):
        return classrooms
    learners = await access.learners([row.learner_id for row in rows])
    return [one and other for one, other in zip(classrooms, learners, strict=True)]


@policy
async def of_action(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are acts: those of classes one teaches, those that reached oneself (`reached`)."""
    taught = await access.taught_classrooms([row.classroom_id for row in rows])
    return [seen or row.reached for seen, row in zip(taught, rows, strict=True)]


@open_to_admins
@policy
async def of_taught_classroom(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that belong to a class (`classroom_id`) that one teaches; all for an admin."""
    return await access.taught_classrooms([row.classroom_id for row in rows])
