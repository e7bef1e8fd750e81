"""A visit to a page in a real browser, which is refused every host but the server's own."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, ConsoleMessage, Locator, Page, Route, WebSocket, expect

from tests.web.conftest import OUTPUT, ROOT

SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PATIENCE_MS = 30_000
SERVER_AWAY = "Failed to load resource: net::ERR_|status of 503|WebSocket connection to"
"""What a browser says of a server that is killed, begins, or cannot be reached."""
expect.set_options(timeout=PATIENCE_MS)

Scheme = Literal["light", "dark"]


@dataclass
class Visit:
    """One person at one window, and what went wrong meanwhile."""

    page: Page
    name: str
    asked_elsewhere: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def sign_in_as(self, label: str) -> None:
        """One click on somebody of the demo school."""
        demo = self.page.get_by_role("group", name="Try the demo school")
        await demo.get_by_role("button", name=label, exact=True).click()
        await expect(self.account).to_be_visible()

    async def sign_out(self) -> None:
        """Two clicks, in the menu of the account."""
        await self.account.click()
        await self.page.get_by_role("menuitem", name="Sign out").click()
        await expect(self.page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()

    async def choose(self, title: str) -> None:
        """One click on an example; on a phone, after opening the list that covers the editor."""
        if not await self.page.get_by_role("heading", name="What would you like to know?").is_visible():
            await self.page.get_by_role("button", name="Show Examples").click()
        await self.page.get_by_role("button", name=title).click()

    @property
    def account(self) -> Locator:
        """Who is signed in."""
        return self.page.locator(".account")

    @property
    def outcome(self) -> Locator:
        """The line that says what became of the last operation."""
        return self.page.get_by_role("status")

    @property
    def response(self) -> Locator:
        """What the response editor shows, of as many lines as are in view."""
        return self.page.locator(".graphiql-response .view-lines")

    async def keep(self, moment: str) -> None:
        """A picture for whoever wants to look."""
        OUTPUT.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=OUTPUT / f"{self.name}-{moment}.png")

    async def barriers(self) -> list[str]:
        """What axe finds against WCAG 2.2 AA, nothing excluded."""
        if not AXE.is_file():
            pytest.skip("no axe-core: make web-dev")
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text())
        # What passes is neither described nor brought over: of a grid it is megabytes.
        found: list[dict[str, Any]] = await self.page.evaluate(
            """async rules => (await axe.run({runOnly: {type: 'tag', values: rules},
                resultTypes: ['violations']})).violations""",
            RULES,
        )
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found
            for node in violation["nodes"]
        ]


@asynccontextmanager
async def visiting(
    browser: Browser, address: str, name: str, *, scheme: Scheme = "light", size: str = "wide"
) -> AsyncIterator[Visit]:
    """GraphiQL, opened."""
    async with visiting_place(browser, address, "/graphql", name, scheme=scheme, size=size) as visit:
        await expect(visit.page.locator(".graphiql-query-editor .view-lines")).to_contain_text("WhoAmI")
        yield visit


@asynccontextmanager
async def visiting_place(
    browser: Browser,
    address: str,
    place: str,
    name: str,
    *,
    scheme: Scheme = "light",
    size: str = "wide",
    forgiven: str = "(?!)",
) -> AsyncIterator[Visit]:
    """A page, opened; at the end nothing was asked elsewhere and the browser has nothing to complain of.

    What matches `forgiven` is no complaint: where a server is killed, its absence is told too.
    """
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    visit = Visit(page, f"{name}-{size}-{scheme}")
    own = urlsplit(address).netloc

    async def guard(route: Route) -> None:
        url = urlsplit(route.request.url)
        if url.scheme in ("http", "https") and url.netloc != own:
            visit.asked_elsewhere.append(route.request.url)
            await route.abort()
        else:
            await route.continue_()

    def connected(socket: WebSocket) -> None:
        if urlsplit(socket.url).netloc != own:
            visit.asked_elsewhere.append(socket.url)

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not re.search(forgiven, message.text):
            visit.complaints.append(message.text)

    await context.route("**/*", guard)
    page.on("websocket", connected)
    page.on("console", said)
    page.on("pageerror", lambda error: visit.complaints.append(str(error)))
    await page.goto(f"{address}{place}")
    try:
        yield visit
    finally:
        await context.close()
    assert visit.asked_elsewhere == [], visit.asked_elsewhere
    assert visit.complaints == [], visit.complaints
