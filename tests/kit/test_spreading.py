"""Regular work over many is done a few at a time."""

import asyncio

from app.kit.spreading import spread


async def test_all_are_given_out_in_their_order_a_few_at_a_time() -> None:
    groups = [list(some) async for some in spread(range(20), 0, together=8)]
    assert groups == [[*range(8)], [*range(8, 16)], [*range(16, 20)]]


async def test_of_nobody_nothing_is_given_out() -> None:
    nobody: list[int] = []
    assert [some async for some in spread(nobody, 5)] == []


async def test_as_few_as_go_together_do_not_wait() -> None:
    assert [list(some) async for some in spread([1, 2], 3600, together=2)] == [[1, 2]]


async def test_others_have_their_turn_between() -> None:
    heard: list[str] = []

    async def other() -> None:
        for _ in range(2):
            heard.append("other")
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as group:
        group.create_task(other())
        async for some in spread("abc", 0, together=1):
            heard += some
    assert heard == ["a", "other", "b", "other", "c"]


async def test_pauses_make_up_for_work_that_takes_long() -> None:
    loop = asyncio.get_running_loop()
    began, moments = loop.time(), []
    async for _ in spread(range(4), 0.2, together=1):
        moments.append(loop.time() - began)
        if len(moments) == 1:
            await asyncio.sleep(0.15)
    # The second and the third were due in the meantime or soon after; none is before its time.
    assert all(moment >= due - 0.001 for moment, due in zip(moments, (0, 0.05, 0.1, 0.15), strict=True))
