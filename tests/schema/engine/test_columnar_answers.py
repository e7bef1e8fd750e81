"""Answers made of columns that no row was made of are those that graphql-core makes of rows."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.policies import Policy
from app.bootstrap import Addresses
from app.content.repository import skills_by_id
from app.kit.database import Database
from app.kit.loading import Columns, Loader
from app.kit.pagination import Page
from app.runtime import Runtime
from schema.context import Context, contexts
from schema.engine.loading import Loaders
from schema.root import build
from tests.client import School
from tests.mastery.practised import practised_class, practised_in_this_test_alone
from tests.schema.engine.differential import Pair
from tests.schema.engine.making import Made

__all__ = ["practised_in_this_test_alone"]
pytestmark = pytest.mark.usefixtures("practised_in_this_test_alone")
CLASS = """{ viewer { organization { learners(first: 20) { nodes { id %s } } } } }"""
ALL = """id probability standardError level evidenceCount lastPracticedAt asOf
  skill { id name code referenceDifficulty prerequisites { id } } learner { id }"""
MASTERY = """mastery(first: %d) {"""
QUESTIONS = [
    f"{MASTERY} nodes {{ {ALL} }} }}",
    f"{MASTERY} totalCount pageInfo {{ endCursor startCursor hasNextPage }} nodes {{ level }} }}",
    f"{MASTERY} edges {{ cursor node {{ id skill {{ name }} }} }} }}",
    f"{MASTERY} nodes {{ again: skill {{ name }} skill {{ id }} explanation {{ summary }} }} }}",
    f"one: mastery(first: 1) {{ nodes {{ skill {{ name }} }} }} {MASTERY} nodes {{ node: id __typename }} }}",
    f"{MASTERY} nodes {{ learner {{ mastery(first: 2) {{ nodes {{ skill {{ name }} }} }} }} }} }}",
]


class Without(Loaders):
    """Loaders that do not find some skills, or fail at them."""

    error: Exception | None = None

    async def many(
        self,
        keys: Iterable[Any],
        loader: Loader,
        page: Page | None = None,
        columns: Columns = None,
        policy: Policy | None = None,
    ) -> dict[Any, Any]:
        """What the loader finds, but for every third skill."""
        wanted = list(keys)
        found = await super().many(wanted, loader, page, columns, policy)
        if loader is not skills_by_id:
            return found
        gone = sorted(found)[::3]
        return {**found, **dict.fromkeys(gone, self.error)}


class Failing(Without):
    """Loaders that end with an error for them."""

    error = RuntimeError("gone")


@pytest.mark.parametrize("loaders", [Loaders, Without, Failing])
async def test_masteries_of_a_class_are_answered_alike(
    school: School, runtime: Runtime, addresses: Addresses, loaders: Callable[..., Loaders]
) -> None:
    await practised_class(school, 6)
    principal = await runtime.principals.recognise(str(school.admin.token))
    now = datetime.now(UTC)
    database = Database(addresses.application, readers=4, writers=1, wait=60.0, clock=lambda: now)
    await database.open()
    still = replace(runtime, clock=lambda: now, database=database)

    def context() -> Context:
        made = contexts(still)(principal, "request", "127.0.0.1")
        made.loaders = loaders(database, principal)
        return made

    pair = Pair(build().schema)
    try:
        for question in QUESTIONS:
            for first in (1, 4, 100):
                made = Made(CLASS % (question % first), {})
                assert (await pair.compare(made, context)) is None
    finally:
        await database.close()
