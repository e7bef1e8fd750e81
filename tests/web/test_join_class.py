"""A learner joins a class with the code that its teacher gave."""

import uuid

import httpx
import pytest
from playwright.async_api import Browser, expect

from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.web.visits import Scheme, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(("size", "scheme"), [("wide", "dark"), ("narrow", "light")])
async def test_a_learner_of_no_class_joins_one_by_its_code_and_is_on_its_board(
    browser: Browser, demo: str, demo_http: httpx.AsyncClient, size: str, scheme: Scheme
) -> None:
    admin = await sign_in(Client(demo_http), "admin@demo.example", PASSWORD)
    email = f"joining-{uuid.uuid4().hex[:8]}@demo.example"
    given = {"email": email, "roles": ["LEARNER"], "displayName": "Jo Joining", "password": PASSWORD}
    await admin.do("addMember", given, "member { id }")
    made = await admin.do("createClassroom", {"name": "Joined by code"}, "classroom { id joinCode }")
    async with visiting_place(
        browser, demo, "/learn/leaderboard", "join-class", size=size, scheme=scheme
    ) as visit:
        page = visit.page
        await page.get_by_label("E-mail").fill(email)
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign in", exact=True).click()
        await expect(page.get_by_text("You are in no class yet.")).to_be_visible()
        code = page.get_by_label("The code of a class, from your teacher")
        await code.fill("2222-2222")
        await code.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("code")
        assert await visit.barriers() == []
        await visit.keep("1-refused")
        await code.fill(made["classroom"]["joinCode"].lower())
        await code.press("Enter")
        await expect(page.get_by_role("status").get_by_text("You are in Joined by code now.")).to_be_visible()
        await expect(page.get_by_role("heading", name="Joined by code")).to_be_visible()
        await expect(code).to_have_value("")
        assert await visit.barriers() == []
        await visit.keep("2-joined")
    found = await admin.ask(
        "query($id: ID!) { classroom(id: $id) { learners { nodes { displayName } } } }",
        id=made["classroom"]["id"],
    )
    assert found["classroom"]["learners"]["nodes"] == [{"displayName": "Jo Joining"}]
