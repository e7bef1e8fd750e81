"""Pools of items: the nearest first, and never one that is not asked any more, though a pool is old."""

import uuid
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from app.practice.item_pools import ItemPools, Pool, PooledItem
from app.practice.states import current_model
from tests.client import School
from tests.mastery.curriculum import new_item, new_skill, tenant_of
from tests.practice.learner_at_work import LearnerAtWork


@given(
    st.lists(st.sampled_from([-2.0, -0.5, 0.0, 0.25, 1.0]) | st.floats(-4, 4), max_size=30), st.floats(-5, 5)
)
def test_items_come_by_their_distance_each_once(difficulties: list[float], target: float) -> None:
    items = [
        PooledItem(difficulty, uuid.UUID(int=number), (), ())
        for number, difficulty in enumerate(difficulties)
    ]
    items.sort()
    found = list(Pool(items, datetime.now(UTC)).nearest(target))

    assert sorted(item for _, item in found) == items
    assert [distance for distance, _ in found] == sorted(abs(item.difficulty - target) for item in items)


async def test_an_item_retired_since_the_pool_was_read_is_not_offered(school: School) -> None:
    ada = await LearnerAtWork.begin(school)
    first = await _next_item(ada)
    second = await _answer(ada, first)
    left = {ada.item(number) for number in range(6)} - {first, second}
    kept = left.pop()
    for item_id in left:
        await school.admin.do("retireItem", {"itemId": item_id}, "item { id }")

    assert await _answer(ada, second) == kept
    assert await _answer(ada, kept) is None


async def test_an_item_made_since_the_pool_was_read_comes_before_nothing_is_left(school: School) -> None:
    ada = await LearnerAtWork.begin(school, items=2)
    last = await _answer(ada, await _next_item(ada))
    async with school.runtime.database.unit_of_work(tenant_of(school)) as work:
        added = await new_item(work, [ada.skills[0]])

    assert await _answer(ada, last) == f"itm_{added.hex}"


async def test_pools_beyond_the_limit_are_given_up_the_longest_unused_first(school: School) -> None:
    model, tenant = current_model(), tenant_of(school)
    async with school.runtime.database.unit_of_work(tenant) as work:
        skills = [await new_skill(work, f"skill {number}") for number in range(3)]
        for skill in skills:
            await new_item(work, [skill])
        pools = ItemPools(most_items=2)
        first = (await pools.of(work, tenant, skills[:1], model))[skills[0]]
        await pools.of(work, tenant, skills[1:2], model)
        again = (await pools.of(work, tenant, skills[:1], model))[skills[0]]
        await pools.of(work, tenant, skills[2:], model)

        second = (await pools.of(work, tenant, skills[1:2], model))[skills[1]]

        assert again is first
        assert (await pools.of(work, tenant, skills[1:2], model))[skills[1]] is second
        assert (await pools.of(work, tenant, skills[:1], model))[skills[0]] is not first


async def _next_item(ada: LearnerAtWork) -> str:
    session = await ada.learner.ask(
        "query($id: ID!) { practiceSession(id: $id) { nextItem { id } } }", id=ada.session_id
    )
    item_id: str = session["practiceSession"]["nextItem"]["id"]
    return item_id


async def _answer(ada: LearnerAtWork, item_id: str | None) -> str | None:
    """Answer an item; the session's next one."""
    assert item_id is not None
    payload = await ada.learner.do("recordAttempt", ada.answer(item_id), "session { nextItem { id } }")
    found = payload["session"]["nextItem"]
    return found["id"] if found else None
