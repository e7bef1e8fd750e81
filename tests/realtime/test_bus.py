"""The bus, in one process and over Redis: one contract for both, and what Redis adds."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import pytest

from app.realtime.bus import ANY_TOPIC, Bus, InProcessBus
from app.realtime.redis_bus import RedisBus, redis_bus
from tests.realtime.redis_server import RedisServer, redis_server

PATIENCE = 30.0


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture(params=["in process", "redis"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """Each adapter in turn."""
    if request.param == "in process":
        yield InProcessBus()
        return
    server = request.getfixturevalue("redis")
    async with redis_bus(server.url) as opened:
        await _until(opened, degraded=False)
        yield opened


async def _until(bus: RedisBus, *, degraded: bool) -> None:
    async with asyncio.timeout(PATIENCE):
        while bus.degraded is not degraded:
            await asyncio.sleep(0.02)


async def test_who_waits_for_a_topic_is_woken_by_it(bus: Bus) -> None:
    async with bus.waiting("exam:1") as news:
        bus.wake(["exam:1"])
        assert await news.wait(PATIENCE) is True


async def test_a_wake_up_that_came_before_one_waits_counts(bus: Bus) -> None:
    async with bus.waiting("exam:1") as news:
        bus.wake(["exam:1"])
        await asyncio.sleep(0)
        assert await news.wait(0.0) is True


async def test_who_waits_for_another_topic_sleeps_on(bus: Bus) -> None:
    async with bus.waiting("exam:2") as news:
        bus.wake(["exam:1"])
        assert await news.wait(0.1) is False


async def test_who_waits_for_any_topic_is_woken_by_each(bus: Bus) -> None:
    async with bus.waiting(ANY_TOPIC) as news:
        bus.wake(["exam:1"])
        assert await news.wait(PATIENCE) is True
        bus.wake(["exam:2"])
        assert await news.wait(PATIENCE) is True


async def test_two_who_wait_for_one_topic_are_both_woken(bus: Bus) -> None:
    async with bus.waiting("exam:1") as first, bus.waiting("exam:1") as second:
        bus.wake(["exam:1"])
        assert (await first.wait(PATIENCE), await second.wait(PATIENCE)) == (True, True)


async def test_one_wake_up_wakes_once(bus: Bus) -> None:
    async with bus.waiting("exam:1") as news:
        bus.wake(["exam:1"])
        assert await news.wait(PATIENCE) is True
        assert await news.wait(0.2) is False


async def test_a_bus_in_working_order_is_not_degraded(bus: Bus) -> None:
    assert bus.degraded is False


async def _two(stack: AsyncExitStack, server: RedisServer) -> tuple[RedisBus, RedisBus]:
    """The buses of two processes."""
    one = await stack.enter_async_context(redis_bus(server.url))
    other = await stack.enter_async_context(redis_bus(server.url))
    await _until(one, degraded=False)
    await _until(other, degraded=False)
    return one, other


async def test_a_process_wakes_another(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        one, other = await _two(stack, redis)
        async with other.waiting("exam:1") as news, other.waiting("exam:2") as quiet:
            one.wake(["exam:1"])
            assert await news.wait(PATIENCE) is True
            assert await quiet.wait(0.1) is False


async def test_many_topics_at_once_all_arrive(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        one, other = await _two(stack, redis)
        topics = [f"learner:{n}" for n in range(1_203)]
        waiting = [await stack.enter_async_context(other.waiting(topic)) for topic in topics]
        one.wake(topics)
        assert all(await asyncio.gather(*(news.wait(PATIENCE) for news in waiting)))


async def test_while_redis_is_away_its_own_process_is_woken_all_the_same(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        one, other = await _two(stack, redis)
        redis.kill()
        await _until(one, degraded=True)
        async with one.waiting("exam:1") as news:
            one.wake(["exam:1"])
            assert await news.wait(PATIENCE) is True
        assert await _degraded_soon(other)


async def _degraded_soon(bus: RedisBus) -> bool:
    await _until(bus, degraded=True)
    return bus.degraded


async def test_when_redis_is_back_everyone_looks_and_wake_ups_arrive_again(redis: RedisServer) -> None:
    async with AsyncExitStack() as stack:
        one, other = await _two(stack, redis)
        redis.kill()
        await _until(one, degraded=True)
        await _until(other, degraded=True)
        async with other.waiting("exam:1") as news:
            one.wake(["exam:1"])
            assert await news.wait(0.1) is False
            redis.start()
            # What was lost meanwhile is looked for at once, not at the next tick of the clock.
            assert await news.wait(PATIENCE) is True
            await _until(one, degraded=False)
            one.wake(["exam:1"])
            assert await news.wait(PATIENCE) is True


async def test_a_process_begins_while_redis_is_away(redis: RedisServer) -> None:
    redis.kill()
    async with redis_bus(redis.url) as bus:
        async with bus.waiting("exam:1") as news:
            bus.wake(["exam:1"])
            assert await news.wait(PATIENCE) is True
        assert bus.degraded is True
        redis.start()
        await _until(bus, degraded=False)
