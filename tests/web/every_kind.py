"""An item of every kind, made through the graph, and how a learner answers each in the page."""

from dataclasses import dataclass
from typing import Any

from playwright.async_api import Locator, Page, expect

from tests.client import Client

SKILL = "Everything at once"
EXAMINED = "Everything in an exam"


def _named(*texts: str) -> list[dict[str, str]]:
    return [{"id": f"c{place}", "text": text} for place, text in enumerate(texts, 1)]


ITEMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "MULTIPLE_CHOICE": (
        {"stem": "Which of these is a prime number?", "choices": _named("21", "27", "29", "33")},
        {"correctChoiceIds": ["c3"], "feedback": {"incorrect": "Try to divide it by 3."}},
    ),
    "MULTIPLE_RESPONSE": (
        {"stem": "Which are equal to one half?", "choices": _named("2/4", "3/5", "5/10", "4/6")},
        {"correctChoiceIds": ["c1", "c3"]},
    ),
    "NUMERIC": (
        {"stem": "A train takes 2.5 hours for 200 km. How fast is it on average?", "unit": "km/h"},
        {"value": 80, "feedback": {"incorrect": "Divide the distance by the time."}},
    ),
    "SHORT_TEXT": ({"stem": "What is a polygon with six sides called?"}, {"accepted": ["hexagon"]}),
    "ORDERING": (
        {"stem": "Put these in order, the shortest first.", "choices": _named("1.2 m", "35 cm", "900 mm")},
        {"order": ["c2", "c3", "c1"]},
    ),
    "MATCHING": (
        {"stem": "Which unit fits best?", "choices": _named("Weight of an apple", "Length of a river"),
         "matchTargets": [{"id": "t1", "text": "km"}, {"id": "t2", "text": "gram"}]},
        {"pairs": [{"choiceId": "c1", "targetId": "t2"}, {"choiceId": "c2", "targetId": "t1"}]},
    ),
    "CLOZE": (
        {"stem": "A triangle with three equal sides is called [1]; each of its angles measures [2]°.",
         "gaps": [{"id": "1", "label": "kind of triangle", "choices": _named("scalene", "equilateral")},
                  {"id": "2", "label": "degrees"}]},
        {"gaps": [{"gapId": "1", "accepted": ["equilateral"]}, {"gapId": "2", "accepted": ["60"]}]},
    ),
}  # fmt: skip
_KIND_BY_STEM = {content["stem"].split("[")[0]: kind for kind, (content, _) in ITEMS.items()}


async def make_items(admin: Client, skill_name: str = SKILL) -> tuple[str, list[str]]:
    """The skill, and an item of each kind, made once; their ids.

    What an open exam asks is not practised meanwhile: exams have a skill with items of their own.
    """
    code = skill_name.upper().replace(" ", ".")
    given = {"code": code, "name": skill_name, "idempotencyKey": code}
    skill: str = (await admin.do("createSkill", given, "skill { id }"))["skill"]["id"]
    made = []
    for kind, (content, key) in ITEMS.items():
        item = {
            "kind": kind,
            "skillIds": [skill],
            "content": content,
            "answerKey": key,
            "idempotencyKey": f"{code} {kind}",
        }
        made.append((await admin.do("createItem", item, "item { id }"))["item"]["id"])
    return skill, made


@dataclass
class Sheet:
    """The item that a page shows."""

    page: Page

    @property
    def heading(self) -> Locator:
        """What is asked."""
        return self.page.locator("#stem")

    async def kind(self) -> str:
        """The kind of the item that is shown."""
        shown = (await self.heading.inner_text()).split("…")[0]
        return next(kind for stem, kind in _KIND_BY_STEM.items() if shown.strip() == stem.strip())

    async def answer(self, kind: str, *, right: bool = True) -> None:
        """Give an answer, by mouse, touch or keys."""
        page = self.page
        match kind:
            case "MULTIPLE_CHOICE":
                await page.get_by_label("29" if right else "21", exact=True).check(force=True)
            case "MULTIPLE_RESPONSE":
                await page.get_by_label("2/4", exact=True).check(force=True)
                await page.get_by_label("5/10" if right else "3/5", exact=True).press("Space")
            case "NUMERIC":
                await page.get_by_role("textbox").fill("80,0" if right else "500")
            case "SHORT_TEXT":
                await page.get_by_role("textbox").fill("Hexagon" if right else "octagon")
            case "ORDERING" if right:
                await self._order("35 cm", "900 mm")
            case "ORDERING":
                await self._drag_up("1.2 m")
            case "MATCHING":
                for row, unit in (("apple", "gram"), ("river", "km" if right else "gram")):
                    group = page.get_by_role("group", name=row)
                    await group.get_by_label(unit, exact=True).check(force=True)
            case _:
                await page.get_by_label("kind of triangle").select_option("equilateral")
                await page.get_by_label("degrees").fill("60" if right else "90")

    async def _order(self, first: str, second: str) -> None:
        """By the arrow keys on the grip, then by the buttons beside."""
        grip = self.page.get_by_role("button", name=f"{first}, ")
        for _ in range(2):
            await grip.press("ArrowUp")
        up = self.page.get_by_role("button", name=f"Move {second} up")
        rows = self.page.locator(".row-text")
        await expect(rows.first).to_have_text(first)
        while await rows.nth(1).inner_text() != second:
            await up.click()
        # They may have stood so from the beginning.
        kept = self.page.get_by_role("button", name="Keep this order")
        if await kept.is_visible():
            await kept.click()

    async def _drag_up(self, text: str) -> None:
        """To the first place, by the mouse."""
        rows = self.page.locator(".ordering .row")
        await self.page.get_by_role("button", name=f"{text}, ").hover()
        await self.page.mouse.down()
        while await rows.first.locator(".row-text").inner_text() != text:
            box = await rows.first.bounding_box()
            assert box is not None
            await self.page.mouse.move(box["x"] + 20, box["y"] + 4, steps=5)
        await self.page.mouse.up()
