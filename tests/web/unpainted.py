"""A browser's page that is laid out like any other and never painted: painting is a quarter of the work of looking at all of them."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, Self

from playwright.async_api import BrowserContext, CDPSession, Page

from tests.e2e import chromium

PATIENCE: Final = 0.02
"""Seconds from one frame to the next: what a page fetches to draw is there with the frame after it came."""


@dataclass(frozen=True, slots=True)
class Unpainted:
    """A page of which a frame is made only while `whole` waits. In a browser with windows it is any page, and painted."""

    page: Page
    _session: CDPSession

    @classmethod
    async def opened(cls, context: BrowserContext) -> Self:
        """An empty one."""
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        if not chromium.WINDOWLESS:
            return cls(page, session)
        about = (await session.send("Target.getTargetInfo"))["targetInfo"]
        wanted = {"url": "about:blank", "browserContextId": about["browserContextId"], "enableBeginFrameControl": True}
        async with context.expect_page() as opened:
            await session.send("Target.createTarget", wanted)
        await page.close()
        page = await opened.value
        return cls(page, await context.new_cdp_session(page))

    async def whole(self, coming: Coroutine[Any, Any, object]) -> None:
        """Waits until what brings a page is done."""
        there = asyncio.ensure_future(coming)
        while chromium.WINDOWLESS and not there.done():
            await self._session.send("HeadlessExperimental.beginFrame", {"noDisplayUpdates": True})
            await asyncio.wait([there], timeout=PATIENCE)
        await there

    async def says(self, question: str) -> Any:
        """What a function says on the page as it stands, for half of what it costs to hand anything over."""
        asked = {"expression": f"({question})()", "awaitPromise": True, "returnByValue": True}
        answered = await self._session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answered, answered
        return answered["result"]["value"]
