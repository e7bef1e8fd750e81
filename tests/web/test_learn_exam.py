"""Exams as learners sit them in the browser, while pages are reloaded, servers killed and devices changed."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from playwright.async_api import Browser, Route, expect

from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.web.conftest import DemoServer
from tests.web.every_kind import EXAMINED, ITEMS, Sheet, make_items
from tests.web.exam_hall import KINDS, RIGHT, held
from tests.web.visits import SERVER_AWAY, Scheme, Visit, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

_SITTING = """query($id: ID!) { exam(id: $id) { sittings(first: 50) { nodes { id state learner { displayName }
  answeredCount incidents(first: 5) { nodes { kind endedAt } } } } } }"""
_SEEN = """query($id: ID!) { exam(id: $id) { actions(first: 1) { nodes {
  acknowledgements { deliveredAt seenAt } } } } }"""


@dataclass
class Hall:
    """The demo school's teacher and first learner, and the exam that is open."""

    teacher: Client
    learner: Client
    items: list[str]
    classroom_id: str
    exam_id: str = ""

    async def open_exam(self, title: str, **opening: Any) -> None:
        form = {
            "title": title,
            "itemIds": self.items,
            "durationSeconds": 1800,
            "releasePolicy": "AT_SUBMISSION",
        }
        made = await self.teacher.do("createAssessment", form, "assessment { id }")
        given = {"assessmentId": made["assessment"]["id"], "classroomId": self.classroom_id, **opening}
        self.exam_id = (await self.teacher.do("openExam", given, "exam { id }"))["exam"]["id"]

    async def sitting(self) -> dict[str, Any]:
        """The learner's sitting, as the teacher sees it."""
        found = (await self.learner.ask(_SITTING, id=self.exam_id))["exam"]["sittings"]["nodes"]
        sitting: dict[str, Any] = found[0]
        return sitting

    async def held(self) -> dict[str, dict[str, Any]]:
        """What the server holds of the learner's answers, by the item's kind."""
        return await held(self.learner, (await self.sitting())["id"], self.items)

    async def act(self, mutation: str, **more: Any) -> None:
        """Something that the teacher does to the learner's sitting."""
        target = {"sittingIds": [(await self.sitting())["id"]]}
        kind = {"messageExamLearners": "MessageExamLearnersInput", "extendExamTime": "ExtendExamTimeInput"}
        query = (
            f"mutation($input: {kind.get(mutation, 'ExamActionInput')}!) {{ {mutation}(input: $input) "
            "{ userErrors { message } } }"
        )
        data = await self.teacher.ask(query, input={"examId": self.exam_id, "target": target, **more})
        assert data[mutation]["userErrors"] == []


@pytest.fixture
async def hall(demo_server: DemoServer) -> AsyncIterator[Hall]:
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        teacher, admin, learner = [
            await sign_in(Client(http), f"{name}@demo.example", PASSWORD)
            for name in ("teacher", "admin", "learner1")
        ]
        _, items = await make_items(admin, EXAMINED)
        mine = await learner.ask("{ viewer { learner { classrooms(first: 1) { nodes { id } } } } }")
        yield Hall(teacher, learner, items, mine["viewer"]["learner"]["classrooms"]["nodes"][0]["id"])


async def enter(visit: Visit, title: str, door: str = "Begin") -> None:
    """Sign in by one click, find the exam, go in."""
    await visit.sign_in_as("Learner")
    await visit.page.get_by_role("link", name=re.compile(f"^{title}")).first.click()
    await visit.page.get_by_role("button", name=door).click()


def saved(visit: Visit) -> Any:
    return visit.page.locator(".saved").get_by_text(re.compile(r"^Saved \d+ s ago$"))


async def answer_next(visit: Visit, *kinds: str) -> None:
    """Answer the item that is shown and those that follow, each right."""
    for kind in kinds:
        sheet = Sheet(visit.page)
        await visit.page.get_by_role("button", name=re.compile(f"^Question {KINDS.index(kind) + 1},")).click()
        await expect(sheet.heading).to_contain_text(ITEMS[kind][0]["stem"].split("[")[0].strip())
        await sheet.answer(kind)
        await visit.page.get_by_role("button", name=f"Question {KINDS.index(kind) + 1}, answered").wait_for()


@pytest.mark.parametrize(
    ("scheme", "size", "killed"), [("light", "wide", True), ("dark", "narrow", False)], ids=["killed", "away"]
)
async def test_an_exam_outlives_a_reload_and_a_server_that_is_killed_or_away_with_every_answer(
    browser: Browser, demo_server: DemoServer, hall: Hall, scheme: Scheme, size: str, killed: bool
) -> None:
    title = f"Every kind, {scheme}"
    await hall.open_exam(title)
    async with visiting_place(
        browser, demo_server.address, "/learn/exams", "exam", scheme=scheme, size=size, forgiven=SERVER_AWAY
    ) as visit:
        page = visit.page
        await visit.sign_in_as("Learner")
        await page.get_by_role("link", name=re.compile(f"^{title}")).first.click()
        await expect(page.get_by_text("Your time starts when you begin.")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("1-door")
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_text("Nothing to save yet").first).to_be_attached()
        await answer_next(visit, *KINDS[:3])
        await expect(saved(visit)).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("2-at-work")

        await page.reload()
        await expect(page.get_by_role("button", name=re.compile("^Question [1-3], answered"))).to_have_count(
            3
        )
        await expect(page.get_by_role("textbox")).to_have_value("80")
        assert (await hall.sitting())["answeredCount"] == 3

        if killed:
            demo_server.kill()
        else:
            await page.context.set_offline(True)
        sheet = Sheet(page)
        await page.get_by_role("button", name="Question 4, not answered").click()
        await sheet.answer("SHORT_TEXT")
        await expect(page.get_by_text("1 answer kept here, not saved yet").first).to_be_attached()
        assert await visit.barriers() == []
        await visit.keep("3-server-away")
        if killed:
            demo_server.start_again()
        else:
            await page.context.set_offline(False)
        await expect(saved(visit)).to_be_visible()
        await expect(page.locator(".connection")).to_have_text(re.compile("Resumed|Live"))

        await hall.act("messageExamLearners", text="Five minutes of fresh air, then on.")
        await hall.act("extendExamTime", seconds=300)
        await expect(page.get_by_role("region", name="Message")).to_contain_text("Five minutes of fresh air")
        await expect(page.get_by_role("region", name="More time")).to_contain_text("You have 5 min more.")
        await page.get_by_role("button", name="Raise hand").click()
        await expect(page.get_by_role("button", name="Hand is up")).to_have_attribute("aria-pressed", "true")
        assert await visit.barriers() == []
        await visit.keep("4-message")
        for _ in range(2):
            await page.get_by_role("button", name="Got it").first.click()
        await expect(page.get_by_role("button", name="Got it")).to_have_count(0)

        await answer_next(visit, *KINDS[4:6])
        await page.get_by_role("button", name="Hand in").click()
        await expect(page.get_by_role("alertdialog")).to_contain_text("6 questions of 7 answered.")
        assert await visit.barriers() == []
        await visit.keep("5-hand-in")
        await page.get_by_role("button", name="Go to question 7").click()
        await answer_next(visit, "CLOZE")
        await expect(saved(visit)).to_be_visible()
        assert await hall.held() == RIGHT

        await page.get_by_role("button", name="Hand in").press("Enter")
        dialog = page.get_by_role("alertdialog")
        await expect(dialog).to_contain_text("All 7 questions answered.")
        await dialog.get_by_role("button", name="Hand in").click()
        await expect(page.get_by_role("heading", name="Handed in")).to_be_visible()
        await page.get_by_role("button", name="Leave the room").click()
        await expect(page.get_by_role("heading", name="7 of 7")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("6-result")
    sitting = await hall.sitting()
    assert (sitting["state"], sitting["answeredCount"]) == ("SUBMITTED", 7)
    kinds = [each["kind"] for each in sitting["incidents"]["nodes"]]
    assert "HAND_RAISED" in kinds
    # Who reloads the page has not left it.
    assert "FOCUS_LOST" not in kinds
    assert await hall.held() == RIGHT
    (last,) = (await hall.teacher.ask(_SEEN, id=hall.exam_id))["exam"]["actions"]["nodes"]
    assert all(each["deliveredAt"] and each["seenAt"] for each in last["acknowledgements"])


async def test_another_device_takes_over_and_the_first_one_may_take_it_back(
    browser: Browser, demo: str, hall: Hall
) -> None:
    await hall.open_exam("Two devices")
    async with visiting_place(browser, demo, "/learn/exams", "devices") as visit:
        page = visit.page
        await enter(visit, "Two devices")
        await answer_next(visit, "MULTIPLE_CHOICE")
        await expect(saved(visit)).to_be_visible()

        given = {"examId": hall.exam_id, "deviceId": "tablet"}
        joined = await hall.learner.do("joinExam", given, "nextSequence sitting { id }")
        there = {
            "sittingId": joined["sitting"]["id"], "deviceId": "tablet", "itemId": hall.items[2],
            "response": {"number": 7}, "sequence": joined["nextSequence"],
        }  # fmt: skip
        await hall.learner.do("saveExamAnswer", there, "savedSequence")
        await page.get_by_role("button", name="Question 4, not answered").click()
        await Sheet(page).answer("SHORT_TEXT")
        await expect(page.get_by_role("heading", name="Your exam goes on at another device")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("elsewhere")

        await page.get_by_role("button", name="Go on here").click()
        await expect(page.get_by_role("button", name=re.compile(", answered$"))).to_have_count(3)
        await expect(saved(visit)).to_be_visible()
    assert await hall.held() == {
        "MULTIPLE_CHOICE": RIGHT["MULTIPLE_CHOICE"],
        "NUMERIC": {"number": 7.0},
        "SHORT_TEXT": RIGHT["SHORT_TEXT"],
    }


async def test_an_answer_that_was_not_acknowledged_outlives_a_reload(
    browser: Browser, demo: str, hall: Hall
) -> None:
    await hall.open_exam("Kept here")

    async def refuse(route: Route) -> None:
        saving = "saveExamAnswer" in (route.request.post_data or "")
        await route.abort() if saving else await route.fallback()

    async with visiting_place(browser, demo, "/learn/exams", "kept", forgiven="ERR_FAILED") as visit:
        page = visit.page
        await enter(visit, "Kept here")
        await page.route("**/graphql", refuse)
        await Sheet(page).answer("MULTIPLE_CHOICE")
        await expect(page.get_by_text("1 answer kept here, not saved yet").first).to_be_attached()
        assert await hall.held() == {}
        await page.unroute("**/graphql", refuse)
        await page.reload()
        await expect(saved(visit)).to_be_visible()
    assert await hall.held() == {"MULTIPLE_CHOICE": RIGHT["MULTIPLE_CHOICE"]}


async def test_an_exam_that_is_opened_stands_in_the_list_without_a_reload(
    browser: Browser, demo: str, hall: Hall
) -> None:
    async with visiting_place(browser, demo, "/learn/exams", "opened") as visit:
        page = visit.page
        await visit.sign_in_as("Learner")
        await expect(page.get_by_role("heading", name="Now and next")).to_be_visible()
        await expect(page.get_by_role("link", name=re.compile("^Just opened"))).to_have_count(0)
        await hall.open_exam("Just opened")
        # As when somebody comes back to the tab; who stays in it is told some seconds later.
        await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await expect(page.get_by_role("link", name=re.compile("^Just opened"))).to_be_visible()


async def test_who_waits_inside_begins_when_the_exam_opens(browser: Browser, demo: str, hall: Hall) -> None:
    opens_at = datetime.now(UTC) + timedelta(seconds=8)
    await hall.open_exam("Later", opensAt=opens_at.isoformat())
    async with visiting_place(browser, demo, "/learn/exams", "waiting", size="narrow") as visit:
        page = visit.page
        await enter(visit, "Later", door="Go to the waiting room")
        await expect(page.get_by_role("heading", name="You are in the waiting room")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("room")
        await expect(page.get_by_text("Question 1 of 7")).to_be_visible()
        await answer_next(visit, "MULTIPLE_CHOICE")
    assert set(await hall.held()) == {"MULTIPLE_CHOICE"}


async def test_a_pause_stops_the_clock_and_what_was_typed_is_there_afterwards(
    browser: Browser, demo: str, hall: Hall
) -> None:
    await hall.open_exam("With a pause")
    async with visiting_place(browser, demo, "/learn/exams", "pause", scheme="dark") as visit:
        page = visit.page
        await enter(visit, "With a pause")
        await answer_next(visit, "NUMERIC")
        await expect(saved(visit)).to_be_visible()
        await hall.act("pauseExam")
        await expect(page.get_by_role("heading", name="Your teacher has paused the exam")).to_be_visible()
        await expect(page.get_by_text(re.compile(r"Your clock stands at 29:\d\d"))).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("paused")
        await hall.act("resumeExam")
        await expect(page.get_by_role("textbox")).to_have_value("80")
        await answer_next(visit, "SHORT_TEXT")
        await expect(saved(visit)).to_be_visible()
    assert set(await hall.held()) == {"NUMERIC", "SHORT_TEXT"}
