"""Policies that are said to let administrators see every row: they do, whatever it is, and ask nothing."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from app.access.access import Access
from app.access.policies import Policy
from app.access.principal import Principal, Role
from app.kit.ids import new_id
from schema.root import build

build()
OPEN = {
    found.name: found
    for name, module in list(sys.modules.items())
    if name.startswith("app.")
    for found in vars(module).values()
    if isinstance(found, Policy) and found.open_to_admins
}


def _row() -> Any:
    """A row of nobody's."""
    names = ("id", "classroom_id", "learner_id", "user_id", "created_by")
    return SimpleNamespace(**{name: new_id() for name in names})


@pytest.mark.parametrize("name", sorted(OPEN))
async def test_an_admin_sees_any_row_without_a_question_to_the_database(name: str) -> None:
    nothing: Any = None
    admin = Principal(new_id(), new_id(), None, frozenset({Role.ORGANIZATION_ADMIN}))
    access = Access(admin, nothing)
    assert list(await OPEN[name](access, [_row(), _row()])) == [True, True]
    assert not access.has_asked


def test_those_that_streams_go_by_are_among_them() -> None:
    assert {"of_taught_classroom", "of_sitting", "taught_classroom", "learner_itself"} <= OPEN.keys()
