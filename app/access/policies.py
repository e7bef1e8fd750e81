"""Policies: who may read a field. Each is a batch function from rows to a mask; each coordinate has one.

A policy of a field is asked about the objects that hold it; that of an edge also about the objects found.
Row-level security stands behind them: a row of another organization is never even fetched.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.access.access import Access

Check = Callable[[Access, Sequence[Any]], Awaitable[Sequence[bool]]]


# By identity: policies are keys of dictionaries, several times in every operation.
@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A named rule. `open` says that it lets every row through that was reached, so it need not be asked.

    `open_to_admins` says the same for administrators of the organization alone.
    """

    name: str
    check: Check
    open: bool = False
    open_to_admins: bool = False

    async def __call__(self, access: Access, rows: Sequence[Any]) -> Sequence[bool]:
        return await self.check(access, rows)


def policy(check: Check) -> Policy:
    """Make a policy of a batch function; its name is the function's."""
    return Policy(check.__name__, check)


def open_to_admins(policy: Policy) -> Policy:
    """The same policy, known to let administrators see every row of their organization."""
    return replace(policy, open_to_admins=True)


async def _all(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    return [True] * len(rows)


anyone = Policy("anyone", _all, open=True)
"""Whoever asks, signed in or not."""

with_object = Policy("with_object", _all, open=True)
"""Whoever may hold the object may read the field; the way to the object was checked."""


@policy
async def signed_in(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Members of the organization; what is read there is walled in by row-level security."""
    return [access.principal.signed_in] * len(rows)


@policy
async def staff(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Teachers and admins."""
    return [access.principal.is_staff] * len(rows)


@open_to_admins
@policy
async def admin(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Admins of the organization."""
    return [access.principal.is_admin] * len(rows)


@open_to_admins
@policy
async def learner_itself(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are learners: oneself, those one teaches, all for an admin."""
    return await access.learners([row.id for row in rows])


@open_to_admins
@policy
async def of_learner(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that belong to a learner (`learner_id`) whom one may see."""
    return await access.learners([row.learner_id for row in rows])


@open_to_admins
@policy
async def classroom_itself(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are classes: those one attends or teaches, all for an admin."""
    return await access.classrooms([row.id for row in rows])


@open_to_admins
@policy
async def of_classroom(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that belong to a class (`classroom_id`) that one attends or teaches."""
    return await access.classrooms([row.classroom_id for row in rows])


@open_to_admins
@policy
async def taught_classroom(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are classes which one teaches; all for an admin."""
    return await access.taught_classrooms([row.id for row in rows])


@policy
async def of_user(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that belong to a user (`user_id`): one's own only, for an admin too."""
    return [row.user_id is not None and row.user_id == access.principal.user_id for row in rows]


@policy
async def of_creator(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that somebody asked for (`created_by`): one's own; all of the organization for an admin."""
    principal = access.principal
    return [
        principal.is_admin or (row.created_by is not None and row.created_by == principal.user_id)
        for row in rows
    ]


@policy
async def own_user(access: Access, rows: Sequence[Any]) -> Sequence[bool]:
    """Rows that are users: oneself; all of the organization for an admin."""
    principal = access.principal
    return [principal.is_admin or row.id == principal.user_id for row in rows]
