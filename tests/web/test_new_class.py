"""A teacher makes a class in the console, with the keyboard alone."""

import uuid
from collections.abc import AsyncIterator

import httpx
import pytest
from playwright.async_api import Browser, expect

from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.web.conftest import DemoServer
from tests.web.keyboard import Keyboard
from tests.web.visits import Scheme, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

MADE = "{ viewer { classrooms { nodes { name joinCode leaderboardForMinors } } } }"


@pytest.fixture
async def newcomer(demo_server: DemoServer) -> AsyncIterator[tuple[str, Client]]:
    """A teacher of the demo school who has no class yet: the address, and the same person as a client."""
    email = f"newcomer-{uuid.uuid4().hex[:8]}@demo.example"
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        admin = await sign_in(Client(http), "admin@demo.example", PASSWORD)
        given = {"email": email, "roles": ["TEACHER"], "displayName": "Nia Newcomer", "password": PASSWORD}
        await admin.do("addMember", given, "member { id }")
        yield email, await sign_in(admin.with_token(None), email, PASSWORD)


@pytest.mark.parametrize(("size", "scheme"), [("wide", "light"), ("narrow", "dark")])
async def test_a_teacher_makes_the_first_class_and_another_one_by_keys(
    browser: Browser, demo: str, newcomer: tuple[str, Client], size: str, scheme: Scheme
) -> None:
    email, teacher = newcomer
    async with visiting_place(browser, demo, "/console", "new-class", scheme=scheme, size=size) as visit:
        page, keys = visit.page, Keyboard(visit.page)
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_text("You teach no class yet.")).to_be_visible()
        assert await visit.barriers() == []

        await keys.use(page.get_by_role("button", name="Make a class", exact=True))
        dialog = page.get_by_role("dialog", name="Make a class")
        await expect(dialog.get_by_label("Name")).to_be_focused()
        await keys.write(" ")
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_role("alert")).to_contain_text("A class's name")
        assert await visit.barriers() == []
        await visit.keep("1-refused")
        await keys.write("Algebra")
        await keys.use(dialog.get_by_label("Show minors on the boards of this class"), "Space")
        await keys.use(dialog.get_by_role("button", name="Make the class"))
        await expect(page).to_have_title("Algebra · MasteryGraph")
        (made,) = (await teacher.ask(MADE))["viewer"]["classrooms"]["nodes"]
        assert (made["name"], made["leaderboardForMinors"]) == ("Algebra", True)
        await expect(page.locator(".empty")).to_contain_text(
            f"Learners join with the code {made['joinCode']}"
        )
        assert await visit.barriers() == []
        await visit.keep("2-made")

        again = page.get_by_role("button", name="New class")
        await keys.use(again)
        await expect(dialog.get_by_label("Name")).to_be_focused()
        await keys.leave(dialog)
        await expect(again).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(dialog.get_by_label("Name")).to_be_focused()
        await keys.write("Geometry")
        await page.keyboard.press("Enter")
        await expect(page).to_have_title("Geometry · MasteryGraph")
        names = [each["name"] for each in (await teacher.ask(MADE))["viewer"]["classrooms"]["nodes"]]
        assert names == ["Algebra", "Geometry"]
