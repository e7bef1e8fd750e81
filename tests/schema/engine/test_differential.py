"""Plans and graphql-core give the same answer to documents made at random, whoever asks.

`DIFFERENTIAL_DOCUMENTS=20000 DIFFERENTIAL_SEED=1 python -m pytest tests/schema/engine/test_differential.py`
makes more of them, or others.
"""

import os
import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.access.principal import ANONYMOUS, Principal
from app.bootstrap import Addresses
from app.kit.database import Database
from app.runtime import Runtime
from schema.context import Context, contexts
from schema.root import build
from tests.access.walker import PRINCIPALS, World
from tests.access.world import NOBODY, make_world
from tests.client import Client, School
from tests.schema.engine.differential import Mismatch, Pair
from tests.schema.engine.faults import FaultyLoaders
from tests.schema.engine.making import Maker

# Of graphql-core: where one error ends a level, its siblings are left where they are.
pytestmark = [
    pytest.mark.filterwarnings("ignore:coroutine '.*' was never awaited:RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

DOCUMENTS = int(os.environ.get("DIFFERENTIAL_DOCUMENTS", "500"))
SEED = int(os.environ.get("DIFFERENTIAL_SEED", "1"))
ASKING = (*PRINCIPALS, *("self", "own teacher", "admin") * 6)
"""Those who see something ask most."""
REPEATABLE = (
    "updateClassroom", "updateLearner", "joinClassroom", "addClassroomTeacher", "updateSkill",
    "setSkillPrerequisites", "importSkillGraph", "updateCourse", "updateModule", "retireItem", "unretireItem",
    "setMemberRoles", "recordAttempt", "pausePracticeSession", "resumePracticeSession",
)  # fmt: skip
"""Mutations that may be sent twice: what they answer the second time is what they answered the first."""


@dataclass(frozen=True)
class Scene:
    """A school in a moment that does not pass, and those who look at it."""

    runtime: Runtime
    world: World
    principals: dict[str, Principal]

    def context(self, who: str, seed: int | None) -> Context:
        """A context of one operation; with a seed its rows are spoilt."""
        principal = self.principals[who]
        made = contexts(self.runtime)(principal, "request", "127.0.0.1")
        if seed is not None:
            made.loaders = FaultyLoaders(self.runtime.database, principal, seed)
        return made

    def maker(self, seed: int) -> Maker:
        """What makes documents about this school."""
        known = {name: value.strip('"[]') for name, value in self.world.arguments.items()}
        objects = list(self.world.objects.values())
        ids = [*objects, f"lrn_{NOBODY}", f"cls_{NOBODY}", "nothing", "", "lrn_x"]
        return Maker(build().schema, known, ids, seed)


@pytest.fixture
async def scene(
    school: School, anonymous: Client, addresses: Addresses, runtime: Runtime
) -> AsyncIterator[Scene]:
    """A school with something of everything, and a runtime whose clock stands."""
    world = await make_world(school, anonymous)
    principals = {}
    for who in PRINCIPALS:
        token = world.people[who].token
        principals[who] = await runtime.principals.recognise(token) if token else ANONYMOUS
    now = datetime.now(UTC)
    # Patient: on a busy machine an answer must not differ because a connection was long in coming.
    database = Database(
        addresses.application, readers=4, writers=2, wait=60.0, statement_timeout=60.0, clock=lambda: now
    )
    await database.open()
    still = replace(runtime, clock=lambda: now, database=database)
    yield Scene(still, world, principals)
    await database.close()


async def _tell(pair: Pair, mismatch: Mismatch | None, make_context: Any) -> None:
    if mismatch is not None:
        shrunk = await pair.shrunk(mismatch, make_context)
        pytest.fail(f"plan and graphql-core differ:\n{shrunk}")


@pytest.mark.timeout(120 + DOCUMENTS)
async def test_made_queries_are_answered_alike_whoever_asks(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair, maker, r = Pair(build().schema), scene.maker(SEED), random.Random(SEED)
    for number in range(DOCUMENTS):
        made, who = maker.query(), r.choice(ASKING)
        # Objects that stand alone: by functions written for them, or as columns.
        monkeypatch.setattr("schema.engine.plan.WORTH_IT", 0 if number % 4 else 1_000)
        # Masteries that come as columns, which otherwise those of a single learner do not.
        monkeypatch.setattr("app.mastery.repository.TOGETHER", 1 if number % 2 else 2)
        seed = number if number % 3 == 0 else None

        def make_context(who: str = who, seed: int | None = seed) -> Context:
            return scene.context(who, seed)

        await _tell(pair, await pair.compare(made, make_context), make_context)


async def test_made_payloads_of_mutations_are_answered_alike(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("schema.engine.plan.WORTH_IT", 0)
    pair, maker, r = Pair(build().schema), scene.maker(SEED), random.Random(SEED)
    for _ in range(max(40, DOCUMENTS // 10)):
        mutation, who = r.choice(REPEATABLE), r.choice(PRINCIPALS)
        kind, given = scene.world.mutations[mutation]
        if mutation == "recordAttempt":
            given = {**given, "idempotencyKey": "the same"}
        made = maker.payload(mutation, kind, given)

        def make_context(who: str = who) -> Context:
            return scene.context(who, None)

        await pair.compare(made, make_context)  # the first changes something, perhaps
        await _tell(pair, await pair.compare(made, make_context), make_context)
