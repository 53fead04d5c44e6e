"""One demonstration and one browser for every walk; each walk begins with a clean slate."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e import chromium
from tests.e2e.demo import Demo, running
from tests.e2e.profiles import Profiles
from tests.e2e.walk import Walk

Begin = Callable[..., Awaitable[Walk]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """A headless Chromium of the system."""
    if chromium.PATH is None:
        told = "no chromium on this machine (apt install chromium-headless-shell, or set E2E_CHROMIUM)"
        if chromium.REQUIRED:
            pytest.fail(told)
        pytest.skip(told)
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium.PATH, args=list(chromium.FLAGS))
        yield opened
        await opened.close()


@pytest.fixture(scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """The demonstration, with a storage of its own: which one the tests of others run on is nothing to it."""
    async with running(tmp_path_factory.mktemp("demo")) as started:
        yield started


@pytest.fixture(scope="session")
def seen() -> set[str]:
    """What axe has judged already."""
    return set()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    """What the browser has open and nobody uses."""
    return Profiles(browser)


@pytest.fixture
async def begin(demo: Demo, profiles: Profiles, seen: set[str]) -> AsyncIterator[Begin]:
    """Opens a window of a size; in the end nothing may have been complained about."""
    async with AsyncExitStack() as closing:
        walks: list[Walk] = []

        async def opened(width: int = 1024, height: int = 768, *, script: str = "on") -> Walk:
            page = await closing.enter_async_context(profiles.page(script=script))
            await page.set_viewport_size({"width": width, "height": height})
            walks.append(Walk.begin(page, demo.sites, seen))
            return walks[-1]

        yield opened
        assert [walk.complaints for walk in walks if walk.complaints] == []
