"""Learners who have practised at random, as attempts would have left them."""

import random
import uuid
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.bootstrap import Addresses
from app.kit.database import UnitOfWork
from app.kit.ids import new_id
from app.kit.statements import sql
from app.mastery.packed_states import packed
from app.science.mastery_model import model_named
from tests.client import School
from tests.mastery.curriculum import tenant_of

MODEL = model_named("online-logistic/1")
NAMES = ["add", "add", "carry", "divide", "estimate", "estimate", "factor", "graph", "halve", "integrate"]
_LEARNER = sql("""
    INSERT INTO learner (organization_id, id, display_name, alias, created_at)
    VALUES (:tenant, :id, 'Ada', :alias, :now)
""")
_SKILL = sql("""
    INSERT INTO skill (organization_id, id, code, name, reference_difficulty, created_at)
    VALUES (:tenant, :id, :code, :name, :difficulty, :now)
""")
_STATE = sql("""
    INSERT INTO learner_state (organization_id, learner_id, model, state)
    VALUES (:tenant, :id, :model, :state)
""")
_MASTERY = sql("""
    INSERT INTO mastery (organization_id, id, learner_id, skill_id, model, state, probability, evidence_count,
                         last_practiced_at)
    VALUES (:tenant, :id, :learner_id, :skill_id, :model, :state, 0.5, :count, :at)
""")


class Class:
    """Learners with random answers behind them."""

    def __init__(self, work: UnitOfWork, seed: int) -> None:
        self._work = work
        self._random = random.Random(seed)
        self.skills: list[uuid.UUID] = []
        self.learners: list[uuid.UUID] = []

    async def has_skills(self, names: Sequence[str]) -> None:
        """Skills of these names, their ids in no order."""
        places = [new_id() for _ in names]
        self._random.shuffle(places)
        for place, (skill_id, name) in enumerate(zip(places, names, strict=True)):
            await self._work.execute(
                _SKILL, tenant=self._work.tenant, id=skill_id, code=f"S{place}", name=name,
                difficulty=self._random.gauss(0, 1), now=self._work.now,
            )  # fmt: skip
            self.skills.append(skill_id)

    async def attends(self, skills: Sequence[int], model: str = "online-logistic/1", own: str = "") -> None:
        """A learner who has practised these skills; `own` is the model of its own state if it differs."""
        r, learner_id = self._random, new_id()
        await self._work.execute(
            _LEARNER, tenant=self._work.tenant, id=learner_id, alias=f"Otter {learner_id}", now=self._work.now
        )
        learner, item = MODEL.new_learner(), MODEL.new_item()
        at = datetime(2026, 3, 1, tzinfo=UTC)
        for place in r.sample(list(skills), len(skills)):
            skill, count = MODEL.new_skill(), r.randint(1, 6)
            for _ in range(count):
                at += timedelta(seconds=r.uniform(1, 1e5))
                moved = MODEL.update(learner, [skill], item, float(r.random() < 0.7), at.timestamp())
                learner, (skill,), item = moved.learner, moved.skills, moved.item
            await self._work.execute(
                _MASTERY, tenant=self._work.tenant, id=uuid.UUID(int=r.getrandbits(128)),
                learner_id=learner_id, skill_id=self.skills[place], model=model, state=packed(skill),
                count=count, at=at,
            )  # fmt: skip
        if own != "none":
            await self._work.execute(
                _STATE, tenant=self._work.tenant, id=learner_id, model=own or model, state=list(learner)
            )
        self.learners.append(learner_id)


@pytest.fixture
async def practised_in_this_test_alone(school: School, addresses: Addresses) -> AsyncIterator[None]:
    """Takes the masteries away again: other tests verify all there are, and these no attempts made."""
    yield
    connection = await asyncpg.connect(addresses.owner)
    try:
        for table in ("mastery", "learner_state"):
            await connection.execute(f"DELETE FROM {table} WHERE organization_id = $1", tenant_of(school))
    finally:
        await connection.close()


async def practised_class(school: School, seed: int) -> Class:
    """Seven learners: some of all skills, some of few, one of none, and one without a state."""
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        class_ = Class(work, seed)
        await class_.has_skills(NAMES)
        await class_.attends(range(10))
        await class_.attends(range(10))
        await class_.attends(range(7, 10))
        await class_.attends(range(6))
        await class_.attends([])
        await class_.attends([0, 1, 2], own="none")
        await class_.attends(range(0, 10, 2), own="elo/0")
        return class_
