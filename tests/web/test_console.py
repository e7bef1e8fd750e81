"""The teacher's console as teachers use it, over a server of the demo school that is killed in the middle."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.async_api import Browser, Locator, Page, Route, WebSocket, expect

from tests.client import Client, sign_in
from tests.web.conftest import DemoServer
from tests.web.exam_desks import PASSWORD, DemoDesk
from tests.web.examples import response_to
from tests.web.visits import SERVER_AWAY, Scheme, Visit, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

SUPPLY = "id kind choices { id } matchTargets { id } gaps { id choices { text } }"


@dataclass
class DemoSchool:
    """The server of the demo school, and its teacher."""

    server: DemoServer
    teacher: Client

    @property
    def address(self) -> str:
        """Where it is served."""
        return self.server.address

    async def classroom(self, name: str) -> str:
        """The id of a class."""
        found = await self.teacher.ask("{ viewer { classrooms(first: 20) { nodes { id name } } } }")
        return next(each["id"] for each in found["viewer"]["classrooms"]["nodes"] if each["name"] == name)

    async def open_exam(self, class_name: str) -> tuple[str, str]:
        """Open the weekly check for a class; the class's id and the exam's."""
        found = await self.teacher.ask(
            "{ viewer { organization { assessments(first: 50) { nodes { id title } } } } }"
        )
        forms = found["viewer"]["organization"]["assessments"]["nodes"]
        form = next(each["id"] for each in forms if each["title"] == "Weekly check")
        classroom_id = await self.classroom(class_name)
        given = {"assessmentId": form, "classroomId": classroom_id}
        return classroom_id, (await self.teacher.do("openExam", given, "exam { id }"))["exam"]["id"]


@pytest.fixture
async def school(demo_server: DemoServer) -> AsyncIterator[DemoSchool]:
    """The demo school, its teacher signed in."""
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        teacher = await sign_in(Client(http), "teacher@demo.example", PASSWORD)
        yield DemoSchool(demo_server, teacher)


def row_of(visit: Visit, name: str) -> Locator:
    """A learner's row in the grid of an exam."""
    return visit.page.locator(".sitting", has=visit.page.get_by_role("button", name=name, exact=True))


def mark_of(visit: Visit) -> Locator:
    """The mark of the exam's connection."""
    return visit.page.locator(".exam .connection")


async def order_of(visit: Visit) -> list[str]:
    """The names in view, from the top."""
    rows = visit.page.locator(".sitting")
    places = await rows.evaluate_all(
        "rows => rows.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)"
        ".map(row => row.querySelector('.sitting-name button').textContent)"
    )
    names: list[str] = places
    return names


@pytest.mark.parametrize("size", ["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_a_teacher_finds_class_exam_and_ranks_and_meets_no_barrier(
    browser: Browser, school: DemoSchool, scheme: Scheme, size: str
) -> None:
    async with visiting_place(
        browser, school.address, "/console", "console", scheme=scheme, size=size
    ) as visit:
        page = visit.page
        await expect(page.get_by_role("heading", name="Your classes, as they learn")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("1-arrived")

        await visit.sign_in_as("Teacher")
        grid = page.get_by_role("grid", name="What each learner knows of each skill")
        await expect(grid.get_by_role("gridcell").first).to_be_visible()
        assert await grid.get_attribute("aria-rowcount") == "31"
        await expect(page.locator(".connection")).to_have_text("Live")
        await expect(page.get_by_role("region", name="Trouble spots").get_by_role("listitem")).to_have_count(
            5
        )
        assert await visit.barriers() == []
        await visit.keep("2-overview")

        await page.get_by_role("link", name="Exams", exact=True).click()
        await page.get_by_role("link", name=re.compile("Half-term test")).click()
        await expect(page.get_by_role("button", name="Finished 30")).to_be_visible()
        await page.locator(".sitting-name button").first.click()
        await expect(page.get_by_role("dialog").get_by_text("Submitted", exact=True).first).to_be_visible()
        await expect(
            page.get_by_role("dialog").get_by_text(re.compile(r"^\d(\.\d\d?)? of 8$"))
        ).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("3-sheet")
        await page.get_by_role("dialog").get_by_role("button", name="Close").click()

        await page.get_by_role("link", name="Leaderboard", exact=True).click()
        ranks = page.get_by_role("list", name="Ranks").get_by_role("listitem")
        # On a Monday morning nobody has a place this week.
        await page.get_by_label("Stretch of time").select_option("ALL_TIME")
        await expect(ranks.first).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("4-leaderboard")
        await page.get_by_label("Practice or an exam").select_option(index=1)
        await expect(ranks.first).to_contain_text(re.compile(r"[5-8](\.\d+)? points"))
        await expect(page.get_by_label("Stretch of time")).to_have_count(0)
        await visit.keep("5-leaderboard-exam")


async def test_a_cell_says_why_and_arrows_move_from_cell_to_cell(
    browser: Browser, school: DemoSchool
) -> None:
    async with visiting_place(browser, school.address, "/console", "console-cell") as visit:
        await visit.sign_in_as("Teacher")
        cell = visit.page.get_by_role("gridcell", name=re.compile(r": \d+ %")).first
        await cell.focus()
        reason = visit.page.get_by_role("tooltip")
        await expect(reason).to_contain_text("success on a typical item has a chance of")
        await expect(reason).to_contain_text("Last practised")
        assert await visit.barriers() == []
        await visit.keep("1-why")

        before = await visit.page.evaluate("document.activeElement.dataset")
        await visit.page.keyboard.press("ArrowDown")
        await visit.page.keyboard.press("ArrowRight")
        await expect(
            visit.page.locator(
                f"[data-row='{int(before['row']) + 1}'][data-column='{int(before['column']) + 1}']"
            )
        ).to_be_focused()
        await visit.page.keyboard.press("Escape")
        await expect(reason).to_have_count(0)


async def test_a_learners_answer_shows_without_a_reload(browser: Browser, school: DemoSchool) -> None:
    learner = await sign_in(school.teacher.with_token(None), "learner5@demo.example", PASSWORD)
    name = (await learner.ask("{ viewer { learner { displayName } } }"))["viewer"]["learner"]["displayName"]
    classroom_id = await school.classroom("Mathematics 5a")
    async with visiting_place(browser, school.address, f"/console/{classroom_id}", "console-live") as visit:
        await visit.sign_in_as("Teacher")
        now = visit.page.get_by_role("region", name="Now")
        await expect(now.locator(".connection")).to_have_text("Live")
        await expect(now.get_by_text("practised", exact=False)).to_have_count(0)

        started = await learner.do(
            "startPracticeSession",
            {"kind": "PRACTICE"},
            f"session {{ id nextItem {{ {SUPPLY} skills {{ name }} }} }}",
        )
        session = started["session"]
        item = session["nextItem"]
        given = {"sessionId": session["id"], "itemId": item["id"], "response": response_to(item)}
        await learner.do("recordAttempt", given, "attempt { id }")

        happened = now.get_by_role("list", name="What happened last").get_by_role("listitem").first
        await expect(happened).to_contain_text(name)
        await expect(happened).to_contain_text(item["skills"][0]["name"])
        await expect(visit.page.locator(".figures")).to_contain_text(re.compile(r"here now ?[1-9]\d* of 30"))
        await visit.keep("1-answered")


async def test_a_teacher_opens_an_exam_from_skills_and_sees_everybody_not_started(
    browser: Browser, school: DemoSchool
) -> None:
    classroom_id = await school.classroom("Mathematics 9b")
    place = f"/console/{classroom_id}/exams"
    async with visiting_place(browser, school.address, place, "console-open", forgiven=SERVER_AWAY) as visit:
        await visit.sign_in_as("Teacher")
        page = visit.page
        await expect(page.get_by_text("This class has sat no exam yet.")).to_be_visible()
        await page.get_by_role("button", name="Open an exam").click()
        await page.get_by_label("What is asked").select_option("new")
        await page.get_by_label("Title").fill("Friday check")
        await page.get_by_role("group", name="Skills").get_by_role("checkbox").first.check()
        await expect(page.get_by_text("2 items of 1 skill will be asked.")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("1-form")
        await _lose_first(page, "OpenExam")
        await page.get_by_role("button", name="Open now").click()
        await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
        # The assessment is made; under another title it is another one.
        await page.get_by_label("Title").fill("Saturday check")
        await page.get_by_role("button", name="Open now").click()
        await expect(page.get_by_role("heading", name="Saturday check")).to_be_visible()
        await expect(page.get_by_role("button", name="Not started 30")).to_be_visible()


async def _lose_first(page: Page, operation: str) -> None:
    """Let the network lose the first request of an operation."""
    lost = False

    async def lose(route: Route) -> None:
        nonlocal lost
        if not lost and f'"{operation}"' in (route.request.post_data or ""):
            lost = True
            await route.abort()
        else:
            await route.fallback()

    await page.route("**/graphql", lose)


async def test_an_exam_is_followed_acted_on_undone_and_resumed_after_the_server_was_killed(
    browser: Browser, school: DemoSchool
) -> None:
    classroom_id, exam_id = await school.open_exam("Mathematics 6b")
    anonymous = school.teacher.with_token(None)
    asked_behind: list[bool] = []

    def opened(socket: WebSocket) -> None:
        socket.on(
            "framesent",
            lambda frame: (
                asked_behind.append('"after":null' not in str(frame)) if "examMonitor" in str(frame) else None
            ),
        )

    place = f"/console/{classroom_id}/exams/{exam_id}"
    async with visiting_place(browser, school.address, place, "console-exam", forgiven=SERVER_AWAY) as visit:
        page = visit.page
        page.on("websocket", opened)
        await visit.sign_in_as("Teacher")
        await expect(mark_of(visit)).to_have_text("Live")
        await expect(page.get_by_role("button", name="Not started 30")).to_be_visible()

        desk = await DemoDesk.join(anonymous, 31, exam_id)
        await page.get_by_label("Search a name").fill(desk.name)
        row = row_of(visit, desk.name)
        await expect(row).to_contain_text("Working")
        await desk.answer(0)
        await expect(row).to_contain_text("1/5")
        await desk.signal("HAND_RAISED")
        await expect(row).to_contain_text("Hand raised")
        await expect(page.get_by_role("button", name="Needs a look 1")).to_be_visible()
        await visit.keep("1-followed")

        await row.get_by_role("checkbox").check()
        bar = page.get_by_role("toolbar", name="Act on who is selected")
        await bar.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("dialog")).to_contain_text(f"Pause {desk.name}?")
        await visit.keep("2-confirm")
        await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
        await expect(row).to_contain_text("Paused")
        await visit.keep("3-undo")
        await page.get_by_role("button", name=re.compile("^Undo")).click()
        await expect(row).to_contain_text("Working")

        await row.get_by_role("button", name=desk.name).click()
        sheet = page.locator(".sheet")
        await sheet.get_by_role("button", name="I am going").click()
        await expect(sheet).to_contain_text("Miriam Okonkwo goes there.")
        await sheet.get_by_role("button", name="Message").click()
        await page.get_by_label("Message", exact=True).fill("Ten minutes are left.")
        await page.get_by_role("button", name="Send").click()
        await expect(sheet).to_contain_text("Not delivered yet")
        assert await desk.see_last_message() == "Ten minutes are left."
        await expect(sheet).to_contain_text("Seen at")
        assert await visit.barriers() == []
        await visit.keep("4-seen")

        school.server.kill()
        await expect(mark_of(visit)).to_have_text("Reconnecting")
        await expect(page.get_by_role("alert").first).to_contain_text("The connection is lost")
        await expect(row).to_contain_text("1/5")
        await visit.keep("5-lost")
        school.server.start_again()
        await desk.answer(1)
        await expect(row).to_contain_text("2/5")
        await expect(mark_of(visit)).to_have_text(re.compile("Resumed|Live"))
        await visit.keep("6-resumed")
        assert asked_behind[0] is False
        assert asked_behind[-1] is True


async def test_rows_stay_under_the_pointer_and_keys_do_what_the_mouse_does(
    browser: Browser, school: DemoSchool
) -> None:
    classroom_id, exam_id = await school.open_exam("Mathematics 7a")
    anonymous = school.teacher.with_token(None)
    async with visiting_place(
        browser, school.address, f"/console/{classroom_id}/exams/{exam_id}", "console-keys"
    ) as visit:
        page = visit.page
        await visit.sign_in_as("Teacher")
        await expect(mark_of(visit)).to_have_text("Live")
        before = await order_of(visit)
        await row_of(visit, before[3]).hover()
        desk = await DemoDesk.join(anonymous, 70, exam_id)
        await desk.signal("HAND_RAISED")
        await expect(page.get_by_role("button", name="Needs a look 1")).to_be_visible()
        await page.wait_for_timeout(3500)
        assert await order_of(visit) == before
        button = page.get_by_role("button", name="Sort now")
        await button.hover()
        await page.wait_for_timeout(3500)
        assert await order_of(visit) == before
        await button.click()
        assert (await order_of(visit))[0] == desk.name

        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Shortcuts")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("1-shortcuts")
        await page.keyboard.press("Escape")
        await page.mouse.move(5, 5)

        await page.locator(".sitting").first.focus()
        await page.keyboard.press("j")
        await page.keyboard.press("k")
        await page.keyboard.press("x")
        await expect(page.get_by_text("1 selected")).to_be_visible()
        await page.keyboard.press("e")
        await expect(page.get_by_role("dialog")).to_contain_text(f"Give time to {desk.name}")
        await page.keyboard.press("Tab")
        await page.get_by_role("dialog").get_by_label("Reason, for the record").press("Enter")
        await expect(row_of(visit, desk.name)).to_contain_text("+10 min")
        await page.keyboard.press("/")
        await page.keyboard.type(desk.name[:5])
        others = page.locator(".sitting").filter(has_not_text=desk.name[:5])
        await expect(others).to_have_count(0)
        assert desk.name in await order_of(visit)
        await visit.keep("2-extended")


async def test_a_teacher_turns_minors_on_and_off_on_the_boards_of_a_class(
    browser: Browser, school: DemoSchool
) -> None:
    classroom_id = await school.classroom("Mathematics 8c")
    place = f"/console/{classroom_id}/leaderboard"

    async def shown() -> bool:
        query = "query($id: ID!) { classroom(id: $id) { leaderboardForMinors } }"
        found: bool = (await school.teacher.ask(query, id=classroom_id))["classroom"]["leaderboardForMinors"]
        return found

    async with visiting_place(browser, school.address, place, "console-minors") as visit:
        await visit.sign_in_as("Teacher")
        minors = visit.page.get_by_label("Show minors on the boards of this class")
        for on, told in ((True, "are shown on"), (False, "are left out of")):
            await minors.click()
            await expect(
                visit.page.get_by_text(f"Minors {told} the boards of this class.", exact=True)
            ).to_be_visible()
            await expect(minors).to_be_checked(checked=on)
            assert await shown() is on


async def test_a_learner_is_sent_to_the_own_pages(browser: Browser, school: DemoSchool) -> None:
    async with visiting_place(browser, school.address, "/console", "console-learner") as visit:
        await visit.sign_in_as("Learner")
        await expect(visit.page.get_by_text("The console is for teachers.")).to_be_visible()
        assert await visit.barriers() == []


async def test_the_console_paints_as_soon_as_it_is_there(browser: Browser, school: DemoSchool) -> None:
    first = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
    async with visiting_place(browser, school.address, "/console", "console-paint") as visit:
        await visit.sign_in_as("Teacher")
        painted = []
        for _ in range(3):
            await visit.page.reload()
            await expect(visit.page.get_by_role("gridcell").first).to_be_visible()
            # What is there to be seen may be counted as painted a moment later.
            await visit.page.wait_for_function(first)
            painted.append(await visit.page.evaluate(first))
        # Wanted is a second and a half; other tests run meanwhile, so that only what is far from it fails.
        assert min(painted) < 7500
