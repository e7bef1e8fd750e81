"""A person who has only a keyboard, and looks whether the focus can be seen wherever it goes."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

FARTHEST = 90
TRIES = 10
SETTLED = 10.0  # seconds
_LOOK = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return 'nothing has the focus'
  if (at.tabIndex < 0) return ''
  const name = `${at.tagName} ${at.getAttribute('aria-label') ?? at.textContent.slice(0, 40)}`
  const shown = at.closest('label') ?? at
  const marked = [at, at.parentElement, shown].some((each) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(each)
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
  })
  if (!marked && !('highlighted' in at.dataset)) return `the focus cannot be seen on ${name}`
  const { left, top, width, height } = shown.getBoundingClientRect()
  const there = document.elementFromPoint(left + width / 2, top + height / 2)
  const seen = there && (shown.contains(there) || there.contains(shown))
  return seen ? '' : `the focus is out of view or covered on ${name}`
}"""


@dataclass
class Keyboard:
    """Presses keys; after each the focus has to be somewhere, to be seen."""

    page: Page

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            await self.page.keyboard.press(key)
            await self.look()

    async def write(self, text: str) -> None:
        """Type into what has the focus."""
        await self.page.keyboard.type(text)

    async def to(self, target: Locator) -> None:
        """Go on by Tab until something has the focus."""
        await target.wait_for(state="attached")
        for _ in range(FARTHEST):
            if await target.evaluate("each => each === document.activeElement"):
                await self.look()
                return
            await self.page.keyboard.press("Tab")
        raise AssertionError(f"Tab does not lead to {target}")

    async def use(self, target: Locator, key: str = "Enter") -> None:
        """Go to something and press it."""
        await self.to(target)
        await self.page.keyboard.press(key)

    async def pick(self, group: Locator, label: str) -> None:
        """Choose one of some by the arrow keys, wherever it stands."""
        await self.use(group.get_by_role("radio").first, "Space")
        while not await group.get_by_label(label, exact=True).is_checked():
            await self.press("ArrowDown")

    async def leave(self, dialog: Locator) -> None:
        """Leave a dialog by Escape, which one that is still opening does not hear."""
        for _ in range(TRIES):
            await self.page.keyboard.press("Escape")
            with suppress(AssertionError):
                await expect(dialog).to_have_count(0, timeout=2000)
                return
        raise AssertionError(f"Escape does not close {dialog}")

    async def look(self) -> None:
        """Whether something has the focus, and whether it can be seen, once the page has come to rest."""
        loop = asyncio.get_running_loop()
        until = loop.time() + SETTLED
        # A dialog covers the page for a moment before it takes the focus.
        while (fault := await self.page.evaluate(_LOOK)) and loop.time() < until:
            await asyncio.sleep(0.02)
        assert not fault, fault
