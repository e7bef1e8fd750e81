"""An exam sat and watched with the keyboard alone."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.async_api import Browser, expect

from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.web.conftest import DemoServer
from tests.web.every_kind import EXAMINED, make_items
from tests.web.exam_desks import DemoDesk
from tests.web.exam_hall import RIGHT, held
from tests.web.keyboard import Keyboard
from tests.web.visits import Visit, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

LEARNER = 151
TITLE = "By keys"


@dataclass
class Exam:
    """An exam of a class of two, open."""

    teacher: Client
    learner: Client
    classroom_id: str
    exam_id: str
    items: list[str]


@pytest.fixture
async def exam(demo_server: DemoServer) -> AsyncIterator[Exam]:
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        teacher, admin, learner = [
            await sign_in(Client(http), f"{name}@demo.example", PASSWORD)
            for name in ("teacher", "admin", f"learner{LEARNER}")
        ]
        _, items = await make_items(admin, EXAMINED)
        made = await teacher.do("createClassroom", {"name": "The keys"}, "classroom { id }")
        classroom_id = made["classroom"]["id"]
        emails = [{"email": f"learner{LEARNER + place}@demo.example"} for place in range(2)]
        given = {"classroomId": classroom_id, "learners": emails}
        await teacher.do("enrollLearners", given, "results { learner { id } }")
        form = {"title": TITLE, "itemIds": items, "durationSeconds": 1800, "releasePolicy": "AT_SUBMISSION"}
        assessment = (await teacher.do("createAssessment", form, "assessment { id }"))["assessment"]
        opening = {"assessmentId": assessment["id"], "classroomId": classroom_id}
        opened = await teacher.do("openExam", opening, "exam { id }")
        yield Exam(teacher, learner, classroom_id, opened["exam"]["id"], items)


async def sign_in_by_keys(visit: Visit, keys: Keyboard, name: str) -> None:
    """Type the address and the password."""
    await keys.to(visit.page.get_by_label("E-mail"))
    await keys.write(f"{name}@demo.example")
    await keys.press("Tab")
    await keys.write(PASSWORD)
    await visit.page.keyboard.press("Enter")
    await expect(visit.account).to_be_visible()
    await keys.look()


async def test_a_learner_sits_an_exam_with_the_keyboard_alone(
    browser: Browser, demo: str, exam: Exam
) -> None:
    async with visiting_place(browser, demo, "/learn", "keys") as visit:
        page, keys = visit.page, Keyboard(visit.page)
        stem = page.locator("#stem")
        await sign_in_by_keys(visit, keys, f"learner{LEARNER}")
        await keys.use(page.get_by_role("link", name="Exams", exact=True))
        await keys.use(page.get_by_role("link", name=re.compile(f"^{TITLE}")).first)
        await keys.use(page.get_by_role("button", name="Begin"))
        await expect(stem).to_be_focused()

        async def next_question() -> None:
            await keys.use(page.get_by_role("button", name="Next"))
            await expect(stem).to_be_focused()

        await keys.pick(page.locator(".choices"), "29")
        await visit.keep("1-choice")
        await next_question()
        await keys.use(page.get_by_label("2/4", exact=True), "Space")
        await keys.use(page.get_by_label("5/10", exact=True), "Space")
        await next_question()
        await keys.to(page.get_by_role("textbox"))
        await keys.write("80")
        await next_question()
        await keys.to(page.get_by_role("textbox"))
        await keys.write("Hexagon")
        await next_question()
        for text in ("900 mm", "35 cm"):
            await keys.to(page.get_by_role("button", name=f"{text}, "))
            await keys.press("ArrowUp", "ArrowUp")
        kept = page.get_by_role("button", name="Keep this order")
        if await kept.is_visible():
            await keys.use(kept)
        await visit.keep("2-order")
        await next_question()
        await keys.pick(page.get_by_role("group", name="apple"), "gram")
        await keys.pick(page.get_by_role("group", name="river"), "km")
        await next_question()
        await keys.to(page.get_by_label("kind of triangle"))
        await keys.write("equi")
        await keys.to(page.get_by_label("degrees"))
        await keys.write("60")

        submit = page.get_by_role("button", name="Hand in")
        await keys.use(submit)
        await expect(page.get_by_role("alertdialog")).to_contain_text("All 7 questions answered.")
        await keys.look()
        await keys.leave(page.get_by_role("alertdialog"))
        await expect(submit).to_be_focused()
        await keys.press("Enter")
        await keys.use(page.get_by_role("alertdialog").get_by_role("button", name="Hand in"))
        await expect(page.get_by_role("heading", name="Handed in")).to_be_visible()
        await keys.look()
        await keys.use(page.get_by_role("button", name="Leave the room"))
        await expect(page.get_by_role("heading", name="7 of 7")).to_be_visible()
        await keys.look()
    mine = "query($id: ID!) { exam(id: $id) { sittings(first: 1) { nodes { id } } } }"
    (sitting,) = (await exam.learner.ask(mine, id=exam.exam_id))["exam"]["sittings"]["nodes"]
    assert await held(exam.learner, sitting["id"], exam.items) == RIGHT


async def test_a_teacher_extends_undoes_and_looks_with_the_keyboard_alone(
    browser: Browser, demo: str, exam: Exam
) -> None:
    desk = await DemoDesk.join(exam.learner.with_token(None), LEARNER, exam.exam_id)
    place = f"/console/{exam.classroom_id}/exams"
    async with visiting_place(browser, demo, place, "keys-teacher", scheme="dark") as visit:
        page, keys = visit.page, Keyboard(visit.page)
        await sign_in_by_keys(visit, keys, "teacher")
        await keys.use(page.get_by_role("link", name=re.compile(TITLE)))
        row = page.locator(".sitting", has=page.get_by_role("button", name=desk.name, exact=True))
        await expect(row).to_contain_text("Working")

        await keys.use(page.get_by_label("Search a name"), "ControlOrMeta+a")
        await keys.write(desk.name)
        await expect(page.locator(".sitting")).to_have_count(1)
        await keys.to(row)
        await keys.press("Space", "e")
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text(f"Give time to {desk.name}")
        await keys.look()
        await keys.use(dialog.get_by_role("button", name="+15"))
        await keys.use(dialog.get_by_role("button", name="Give time"))
        await expect(row).to_contain_text("+15 min")
        await expect(row).to_be_focused()
        await visit.keep("1-extended")
        await keys.press("u")
        await expect(row).not_to_contain_text("+15 min")
        await expect(page.get_by_text("Extend undone.", exact=True)).to_be_visible()
        await expect(row).to_be_focused()

        await keys.press("Enter")
        await expect(page.locator(".sheet")).to_contain_text("15 min more")
        await keys.look()
        await keys.use(page.locator(".sheet").get_by_role("button", name="Message"))
        await expect(dialog.get_by_label("Message", exact=True)).to_be_focused()
        await keys.write("Take your time.")
        await keys.use(dialog.get_by_role("button", name="Send"))
        await expect(page.locator(".sheet")).to_contain_text("Take your time.")
        await keys.look()
        await keys.leave(page.locator(".sheet"))
        await expect(row).to_be_focused()

        everyone = page.get_by_role("button", name="Act on everyone")
        await keys.use(everyone)
        await expect(page.get_by_role("menuitem").first).to_be_visible()
        await keys.press("p")
        await visit.keep("2-menu")
        await page.keyboard.press("Enter")
        await expect(dialog).to_contain_text("Pause everyone?")
        await keys.look()
        await keys.leave(dialog)
        await expect(everyone).to_be_focused()
        assert await visit.barriers() == []
