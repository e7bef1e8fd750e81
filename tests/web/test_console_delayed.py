"""What a teacher sees of an exam while the server's Redis is away: changes come late, and every one comes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, expect

from tests.assessments.exam_room import Desk, exam_by_the_graph
from tests.client import PASSWORD, Client, School
from tests.processes import Operator, operator
from tests.realtime.redis_server import RedisServer, redis_server
from tests.web.visits import visiting_place

LATE = "Changes show here a second or two late for the moment."


@dataclass
class Watched:
    """An exam at a server with a Redis, its teacher's address, and the desk of the one learner."""

    address: str
    place: str
    email: str
    desk: Desk


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def alone(redis: RedisServer) -> Iterator[Operator]:
    with operator(REDIS_URL=redis.url, CONSUMERS="true") as found:
        yield found


@pytest.fixture
async def watched(alone: Operator) -> AsyncIterator[Watched]:
    serving = await asyncio.to_thread(alone.serve, "--no-demo")
    address = f"http://127.0.0.1:{serving.port}"
    nothing: Any = None
    async with httpx.AsyncClient(base_url=address, timeout=30) as http:
        school = await School.found(Client(http), nothing)
        classroom = await school.classroom()
        desk = Desk(await school.learner(classroom, "Ada"), "", [])
        desk.exam_id, desk.items = await exam_by_the_graph(school.admin, classroom["id"], 4)
        me = await school.admin.ask("{ viewer { user { email } } }")
        place = f"/console/{classroom['id']}/exams/{desk.exam_id}"
        yield Watched(address, place, me["viewer"]["user"]["email"], desk)


async def test_a_console_says_that_changes_are_late_while_redis_is_away_and_misses_none(
    browser: Browser, redis: RedisServer, watched: Watched
) -> None:
    async with visiting_place(browser, watched.address, watched.place, "delayed") as visit:
        page = visit.page
        await page.get_by_label("E-mail").fill(watched.email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        mark, row = page.locator(".exam .connection"), page.locator(".sitting")
        await expect(mark).to_have_text("Live")
        await watched.desk.join()
        await watched.desk.save(0)
        await expect(row).to_contain_text("1/4")

        redis.kill()
        await expect(mark).to_have_text("Delayed")
        await expect(page.get_by_text(LATE)).to_be_visible()
        await watched.desk.save(1)
        await expect(row).to_contain_text("2/4")
        assert await visit.barriers() == []
        await visit.keep("1-redis-away")

        redis.start()
        await expect(mark).to_have_text("Live")
        await expect(page.get_by_text(LATE)).to_have_count(0)
        await watched.desk.save(2)
        await expect(row).to_contain_text("3/4")
