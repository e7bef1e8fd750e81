"""The learner's pages: practising, progress, the leaderboard, at a desk and on a phone, in light and dark."""

import re
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.async_api import Browser, Page, Route, expect

from app.operations.demo.loading import PASSWORD
from tests.client import Client, sign_in
from tests.web.conftest import ROOT, DemoServer
from tests.web.every_kind import ITEMS, SKILL, Sheet, make_items
from tests.web.visits import Scheme, Visit, visiting_place

# Loading the demo school takes a while on a busy machine.
pytestmark = pytest.mark.timeout(300)

LOOKS: list[tuple[Scheme, str]] = [
    ("light", "wide"),
    ("dark", "wide"),
    ("light", "narrow"),
    ("dark", "narrow"),
]
WRONG = {"MULTIPLE_CHOICE", "ORDERING"}
_COUNT = """query($id: ID!) {
  practiceSession(id: $id) { state attemptCount attempts(first: 20) { nodes { correct } } } }"""


@pytest.fixture
async def admin(demo_server: DemoServer) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=demo_server.address, timeout=30) as http:
        yield await sign_in(Client(http), "admin@demo.example", PASSWORD)


@pytest.fixture
async def learner(admin: Client) -> Client:
    return await sign_in(admin, "learner1@demo.example", PASSWORD)


async def start_practice(visit: Visit, skill_id: str, name: str) -> str:
    """Practise a skill from its page; the id of the session."""
    page = visit.page
    await page.goto(f"{page.url.split('/learn')[0]}/learn/skills/{skill_id}")
    await expect(page.get_by_role("heading", name=name)).to_be_visible()
    await page.get_by_role("button", name="Practise this").click()
    await expect(Sheet(page).heading).to_be_attached()
    return page.url.rsplit("/", 1)[1]


async def next_item(page: Page) -> None:
    """Go on to the next item."""
    await page.get_by_role("button", name="Next").click()
    await expect(page.get_by_role("region", name="Feedback")).to_be_hidden()
    await expect(page.get_by_role("button", name="Check")).to_be_visible()


@pytest.mark.parametrize(("scheme", "size"), LOOKS)
async def test_a_learner_sees_what_to_practise_progress_and_ranks_and_meets_no_barrier(
    browser: Browser, demo: str, scheme: Scheme, size: str
) -> None:
    async with visiting_place(browser, demo, "/learn", "learn", scheme=scheme, size=size) as visit:
        page = visit.page
        await expect(page.get_by_role("button", name="Learner")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("1-arrived")
        await visit.sign_in_as("Learner")

        await expect(page.get_by_role("heading", name=re.compile("^Hello, "))).to_be_visible()
        await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("2-what-to-practise")

        await page.get_by_role("link", name="Progress").click()
        await expect(page.get_by_role("heading", name="My progress")).to_be_visible()
        drawn = (
            page.get_by_role("region", name="Map of skills")
            if size == "wide"
            else page.locator(".skill-rows")
        )
        await expect(drawn.first).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("3-progress")

        await drawn.get_by_role("link", name=re.compile(r"\d %")).first.click()
        await expect(page.get_by_role("heading", name="Why this is so")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("4-skill")

        await page.get_by_role("link", name="Leaderboard").click()
        # On a Monday morning nobody has a place this week.
        await page.get_by_label("Time").select_option("ALL_TIME")
        await expect(page.locator(".place-row.mine")).to_contain_text("you")
        assert await visit.barriers() == []
        await visit.keep("5-leaderboard")
        await page.get_by_label("Practice or an exam").select_option("Half-term test")
        await page.get_by_role("button", name="Top").click()
        await expect(page.get_by_role("heading", name="Half-term test")).to_be_visible()
        await expect(page.locator(".place-row").first).to_contain_text(re.compile(r"[5-8](\.\d+)? points"))
        await visit.keep("5-leaderboard-exam")

        await page.get_by_role("link", name="Exams").click()
        await expect(page.get_by_role("link", name=re.compile("Half-term test"))).to_contain_text("of 8")
        assert await visit.barriers() == []
        await visit.keep("6-exams")


@pytest.mark.parametrize(("scheme", "size"), [("light", "wide"), ("dark", "narrow")])
async def test_every_kind_of_item_is_answered_judged_and_moves_the_mastery(
    browser: Browser, demo: str, admin: Client, learner: Client, scheme: Scheme, size: str
) -> None:
    skill_id, _ = await make_items(admin)
    async with visiting_place(browser, demo, "/learn", "practise", scheme=scheme, size=size) as visit:
        await visit.sign_in_as("Learner")
        session = await start_practice(visit, skill_id, SKILL)
        page, sheet = visit.page, Sheet(visit.page)
        seen: dict[str, bool] = {}
        while len(seen) < len(ITEMS):
            kind = await sheet.kind()
            right = kind not in WRONG
            await sheet.answer(kind, right=right)
            if kind in ("ORDERING", "MATCHING", "CLOZE"):
                assert await visit.barriers() == []
                await visit.keep(kind.lower())
            await page.get_by_role("button", name="Check").click()
            feedback = page.get_by_role("region", name="Feedback")
            await expect(feedback).to_contain_text(
                "That is right." if right else re.compile("Not quite|Partly right")
            )
            await expect(feedback).to_contain_text(SKILL)
            seen[kind] = right
            told = {"MULTIPLE_CHOICE": "Try to divide it by 3."}.get(kind, "")
            await expect(feedback).to_contain_text(told)
            if kind == "MULTIPLE_CHOICE":
                assert await visit.barriers() == []
                await visit.keep("feedback")
            if len(seen) < len(ITEMS):
                await next_item(page)
        await expect(feedback).to_contain_text(re.compile(r"\d+ % → \d+ %"))
        await expect(feedback).to_contain_text(re.compile(r"success on a typical item has a chance of"))
        await page.get_by_role("button", name="Finish").first.click()
        await expect(page.get_by_role("heading", name="Done for now")).to_be_visible()
        await expect(page.get_by_text("5 of 7 answers right")).to_be_visible()
        assert await visit.barriers() == []
        await visit.keep("done")
    held = (await learner.ask(_COUNT, id=session))["practiceSession"]
    assert (held["state"], held["attemptCount"]) == ("COMPLETED", 7)
    assert [each["correct"] for each in reversed(held["attempts"]["nodes"])] == list(seen.values())


async def test_an_answer_counts_once_after_a_double_click_and_after_a_lost_connection(
    browser: Browser, demo: str, admin: Client, learner: Client
) -> None:
    skill_id, _ = await make_items(admin)
    async with visiting_place(browser, demo, "/learn", "once", forgiven="ERR_FAILED") as visit:
        await visit.sign_in_as("Learner")
        session = await start_practice(visit, skill_id, SKILL)
        page, sheet = visit.page, Sheet(visit.page)
        await sheet.answer(await sheet.kind())
        await page.get_by_role("button", name="Check").dblclick(no_wait_after=True)
        await expect(page.get_by_role("region", name="Feedback")).to_be_visible()
        assert (await learner.ask(_COUNT, id=session))["practiceSession"]["attemptCount"] == 1

        lost: list[str] = []

        async def lose(route: Route) -> None:
            """The server takes the answer; its word does not come back, at first."""
            if "recordAttempt" in (route.request.post_data or "") and not lost:
                lost.append(await (await route.fetch()).text())
                await route.abort()
            else:
                await route.fallback()

        await page.route("**/graphql", lose)
        await next_item(page)
        await sheet.answer(await sheet.kind())
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_text("Your answer is kept")).to_be_visible()
        await visit.keep("kept")
        await expect(page.get_by_role("region", name="Feedback")).to_be_visible()
        assert len(lost) == 1
        assert (await learner.ask(_COUNT, id=session))["practiceSession"]["attemptCount"] == 2


async def test_an_answer_that_could_not_be_sent_outlives_a_reload(
    browser: Browser, demo: str, admin: Client, learner: Client
) -> None:
    skill_id, _ = await make_items(admin)
    async with visiting_place(browser, demo, "/learn", "reload", forgiven="ERR_FAILED") as visit:
        await visit.sign_in_as("Learner")
        session = await start_practice(visit, skill_id, SKILL)
        page, sheet = visit.page, Sheet(visit.page)
        kind = await sheet.kind()
        await sheet.answer(kind)

        async def refuse(route: Route) -> None:
            await route.abort() if "recordAttempt" in (
                route.request.post_data or ""
            ) else await route.fallback()

        await page.route("**/graphql", refuse)
        await page.get_by_role("button", name="Check").click()
        await expect(page.get_by_text("Your answer is kept")).to_be_visible()
        await page.unroute("**/graphql", refuse)
        await page.reload()
        await expect(page.get_by_role("region", name="Feedback")).to_contain_text("That is right.")
        assert await sheet.kind() == kind
    assert (await learner.ask(_COUNT, id=session))["practiceSession"]["attemptCount"] == 1


async def test_a_session_is_paused_and_resumed_where_it_was(
    browser: Browser, demo: str, admin: Client, learner: Client
) -> None:
    skill_id, _ = await make_items(admin)
    async with visiting_place(browser, demo, "/learn", "paused") as visit:
        await visit.sign_in_as("Learner")
        session = await start_practice(visit, skill_id, SKILL)
        page, sheet = visit.page, Sheet(visit.page)
        await sheet.answer(await sheet.kind())
        await page.get_by_role("button", name="Check").click()
        await next_item(page)
        waits = await sheet.kind()
        await page.get_by_role("button", name="Pause").click()
        await expect(page.get_by_role("heading", name=re.compile("^Hello, "))).to_be_visible()
        assert (await learner.ask(_COUNT, id=session))["practiceSession"]["state"] == "PAUSED"

        await page.get_by_role("link", name=re.compile(f"{SKILL}.*Paused, 1 answer")).click()
        await page.get_by_role("button", name="Resume").click()
        await expect(page.get_by_role("button", name="Check")).to_be_visible()
        assert await sheet.kind() == waits
        await page.get_by_role("button", name="Finish").click()
        await expect(page.get_by_text("1 of 1 answer right")).to_be_visible()


async def test_who_hides_sees_the_own_place_and_the_others_do_not(
    browser: Browser, demo: str, learner: Client
) -> None:
    me = (await learner.ask("{ viewer { learner { alias classrooms { nodes { id } } } } }"))["viewer"][
        "learner"
    ]
    other = await sign_in(learner, "learner2@demo.example", PASSWORD)
    aliases = (
        "query($id: ID!) { leaderboard(scopeId: $id, window: ALL_TIME, first: 100) { entries { alias } } }"
    )

    async def seen() -> bool:
        board = (await other.ask(aliases, id=me["classrooms"]["nodes"][0]["id"]))["leaderboard"]
        return any(entry["alias"] == me["alias"] for entry in board["entries"])

    async with visiting_place(browser, demo, "/learn/leaderboard", "hidden") as visit:
        await visit.sign_in_as("Learner")
        page = visit.page
        await page.get_by_label("Time").select_option("ALL_TIME")
        mine = page.locator(".place-row.mine")
        await expect(mine).to_contain_text(me["alias"])
        assert await seen()
        await page.get_by_role("switch", name="Hide me").click()
        await expect(mine).to_contain_text("you, seen by nobody else")
        assert not await seen()
        await visit.keep("hidden")
        await page.get_by_role("switch", name="Hide me").press("Space")
        await expect(mine).not_to_contain_text("nobody else")
        assert await seen()


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_device_whose_clock_is_wrong_by_hours_stays_signed_in_and_asks_for_no_new_token(
    browser: Browser, demo: str, hours: int
) -> None:
    async with visiting_place(browser, demo, "/learn", "clock") as visit:
        page = visit.page
        renewed: list[str] = []
        page.on(
            "request", lambda request: renewed.append(request.url)
            if '"RefreshTokens"' in (request.post_data or "") else None,
        )  # fmt: skip
        await page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
        await page.reload()
        await visit.sign_in_as("Learner")
        await page.get_by_role("link", name="Progress").click()
        await expect(page.get_by_role("heading", name="My progress")).to_be_visible()
        ends = await page.evaluate("JSON.parse(sessionStorage['masterygraph.session']).tokens.accessEndsAt")
        left = ends / 1000 - (datetime.now(UTC) + timedelta(hours=hours)).timestamp()
        assert 0 < left < 3600
        assert renewed == []


async def test_a_teacher_is_told_where_to_go(browser: Browser, demo: str) -> None:
    async with visiting_place(browser, demo, "/learn", "learn-teacher") as visit:
        await visit.sign_in_as("Teacher")
        await expect(visit.page.get_by_role("link", name="console")).to_have_attribute("href", "/console")
        assert await visit.barriers() == []


async def test_what_cannot_be_loaded_says_why_and_is_tried_again(browser: Browser, demo: str) -> None:
    async with visiting_place(browser, demo, "/learn", "failed", forgiven="ERR_FAILED") as visit:
        await visit.sign_in_as("Learner")
        page = visit.page

        async def away(route: Route) -> None:
            await route.abort()

        await page.route("**/graphql", away)
        await page.get_by_role("link", name="Progress").click()
        await expect(page.get_by_role("alert")).to_contain_text("The server cannot be reached.")
        assert await visit.barriers() == []
        await visit.keep("failed")
        await page.unroute("**/graphql", away)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("heading", name="My progress")).to_be_visible()


def test_the_page_loads_at_most_250_kilobytes_of_script() -> None:
    node = ROOT / ".venv" / "node" / "bin" / "node"
    if not node.exists() or not (ROOT / "web" / "dist" / "learn.html").is_file():
        pytest.skip("the pages are not built: make web")
    command = [str(node), str(ROOT / "web" / "size.mjs"), "learn", "250"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.stderr, done.returncode) == ("", 0)
    assert re.search(r"learn +\d+\.\d KB at first", done.stdout)
