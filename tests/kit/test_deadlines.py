"""Time limits that share one timer."""

import asyncio

import pytest

from app.kit.deadlines import Deadlines


async def test_what_takes_too_long_is_ended_and_says_so() -> None:
    deadlines = Deadlines(0.02)
    with pytest.raises(TimeoutError), deadlines.limit():
        await asyncio.sleep(60)
    assert len(deadlines) == 0
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_what_is_done_in_time_is_left_alone_also_when_the_timer_comes_round() -> None:
    deadlines = Deadlines(0.05)
    for _ in range(3):
        with deadlines.limit():
            await asyncio.sleep(0)
    await asyncio.sleep(0.1)
    with deadlines.limit():
        await asyncio.sleep(0)
    assert len(deadlines) == 0


async def test_each_of_many_has_its_own_time() -> None:
    deadlines = Deadlines(0.2)
    ended: list[str] = []

    async def work(name: str, begin: float, takes: float) -> None:
        await asyncio.sleep(begin)
        try:
            with deadlines.limit():
                await asyncio.sleep(takes)
        except TimeoutError:
            ended.append(name)

    await asyncio.gather(work("first", 0, 60), work("short", 0.01, 0), work("second", 0.1, 60))
    assert ended == ["first", "second"]
    assert len(deadlines) == 0


async def test_who_is_cancelled_by_another_is_told_that_and_not_of_time() -> None:
    deadlines = Deadlines(60)

    async def work() -> None:
        with deadlines.limit():
            await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(deadlines) == 0


async def test_an_error_of_the_work_itself_passes() -> None:
    deadlines = Deadlines(60)
    with pytest.raises(KeyError), deadlines.limit():
        raise KeyError("a")
    assert len(deadlines) == 0


async def test_limits_stand_within_each_other() -> None:
    outer, inner = Deadlines(0.05), Deadlines(60)
    with pytest.raises(TimeoutError), outer.limit(), inner.limit():
        await asyncio.sleep(60)
    assert (len(outer), len(inner)) == (0, 0)


def test_a_new_loop_has_a_new_timer() -> None:
    deadlines = Deadlines(0.02)

    async def work() -> None:
        with deadlines.limit():
            await asyncio.sleep(60)

    for _ in range(2):
        with pytest.raises(TimeoutError):
            asyncio.run(work())
