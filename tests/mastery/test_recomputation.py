"""Recomputed equals stored, exactly, whatever mix of answers came."""

import random
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from app.kit.statements import sql
from app.learners.service import create_learner
from app.practice.attempt_writer import record_bulk
from app.practice.folding import NewAttempt
from app.practice.verification import SNAPSHOT, verify_mastery
from tests.client import School
from tests.mastery.curriculum import new_item, new_skill, tenant_of

START = datetime(2026, 3, 2, 8, tzinfo=UTC)


async def test_states_recomputed_from_a_random_mix_of_attempts_equal_the_stored_ones(school: School) -> None:
    chance = random.Random(7)
    database = school.runtime.database
    async with database.unit_of_work(tenant_of(school)) as work:
        skills = [await new_skill(work, f"s{number}", chance.gauss(0, 1)) for number in range(4)]
        items = [await new_item(work, chance.sample(skills, chance.choice((0, 1, 1, 2)))) for _ in range(9)]
        learners = [await create_learner(work, f"Learner {number}") for number in range(5)]
    for size in (1, 300, 40, 1, 120):
        attempts = [
            NewAttempt(
                chance.choice(learners), chance.choice(items), 1,
                score := chance.choice((0.0, 0.5, 1.0, 1.0)), score == 1.0,
                START + timedelta(seconds=chance.uniform(0, 5e6)),
                hints_used=chance.choice((0, 0, 0, 2)),
            )
            for _ in range(size)
        ]  # fmt: skip
        async with database.unit_of_work(tenant_of(school)) as work:
            assert len(await record_bulk(work, attempts)) == size

    async with database.unit_of_work(tenant_of(school), first=SNAPSHOT) as reader:
        assert await reader.fetch_value(sql("SELECT count(*) FROM attempt")) == 462
        assert await verify_mastery(reader) == []


class Undone(Exception):
    """Ends a unit of work without its changes: other tests verify the same database."""


async def test_a_state_that_was_tampered_with_is_found(school: School) -> None:
    database = school.runtime.database
    async with database.unit_of_work(tenant_of(school)) as work:
        skill = await new_skill(work, "add")
        item = await new_item(work, [skill])
        learner = await create_learner(work, "Ada")
        await record_bulk(work, [NewAttempt(learner, item, 1, 1.0, True, START)] * 4)
    found = []
    with suppress(Undone):
        async with database.unit_of_work(tenant_of(school)) as work:
            await work.execute(sql("UPDATE mastery SET probability = probability + 1e-15"))
            await work.execute(sql("UPDATE item_parameter SET state[1] = state[1] + 1e-15"))
            found = await verify_mastery(work)
            raise Undone

    assert [(each.kind, each.id, each.figure) for each in found] == [
        ("item", item, "state 4"),
        ("skill", skill, "probability"),
    ]


async def test_attempts_of_another_system_are_recorded_once(school: School) -> None:
    database = school.runtime.database
    async with database.unit_of_work(tenant_of(school)) as work:
        item = await new_item(work, [await new_skill(work, "add")])
        learner = await create_learner(work, "Ada")
    given = [NewAttempt(learner, item, 1, 1.0, True, START, external_id=name) for name in ("a", "b", "a")]
    async with database.unit_of_work(tenant_of(school)) as work:
        first = await record_bulk(work, given, source="old-system")
    async with database.unit_of_work(tenant_of(school)) as work:
        again = await record_bulk(work, given, source="old-system")

    assert [each.attempt.external_id for each in first] == ["a", "b"]
    assert again == []
