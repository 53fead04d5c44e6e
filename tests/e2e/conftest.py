"""One demonstration and one browser for every walk; each walk begins with a clean slate."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Browser, async_playwright

from tests.e2e import chromium
from tests.e2e.demo import Demo, running
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


@pytest.fixture
async def begin(demo: Demo, browser: Browser, seen: set[str]) -> AsyncIterator[Begin]:
    """Opens a browser of a size; in the end nothing may have been complained about."""
    async with AsyncExitStack() as closing:
        walks: list[Walk] = []

        async def opened(width: int = 1024, height: int = 768, *, script: str = "on") -> Walk:
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                locale="nl-NL",
                java_script_enabled=script == "on",
                reduced_motion="reduce",
            )
            closing.push_async_callback(context.close)
            walks.append(Walk.begin(await context.new_page(), demo.sites, seen))
            return walks[-1]

        yield opened
        assert [walk.complaints for walk in walks if walk.complaints] == []
