"""Profiles of one browser, lent to one walk after the other: a new one would read axe, and all it needs, for the first time again."""

from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, BrowserContext, Page


class Profiles:
    """Those that nobody uses, by whether they have scripts. Each has a blank page open, and with it the process that knows."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: defaultdict[str, list[BrowserContext]] = defaultdict(list)

    @asynccontextmanager
    async def page(self, *, script: str) -> AsyncIterator[Page]:
        """A page with a profile of its own: no cookie of another walk, which is all that any of our sites keeps in a browser."""
        profile = self._free[script].pop() if self._free[script] else await self._new(script)
        yield await profile.new_page()
        for page in profile.pages[1:]:
            await page.close()
        await profile.clear_cookies()
        self._free[script].append(profile)

    async def _new(self, script: str) -> BrowserContext:
        profile = await self._browser.new_context(
            locale="nl-NL", java_script_enabled=script == "on", reduced_motion="reduce"
        )
        await profile.new_page()
        return profile
