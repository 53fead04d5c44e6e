"""`make screenshots`: every page of the samples, in each state, at three widths, into docs/screens/ for people to look at.

Dutch and by daylight, for that is what most people see; axe walks the other language and the dark (`walk.py`). The pictures have 64
colours, so that all of them stay small; they are made, not kept: each change of the stylesheet would add all of them to the history again.
"""

import asyncio
import io
import sys
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from tests.e2e import chromium
from tests.web.shown import Shown, Site, shown
from tests.web.walk import STATES

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screens"
WIDTHS = (390, 820, 1440)
HEIGHT = {390: 844, 820: 1180, 1440: 900}
COLOURS = 64


def place_of(template: str, state: str, width: int) -> Path:
    """Where a picture stands: a folder for each width, a name that sorts pages together."""
    return FOLDER / str(width) / f"{template.removesuffix('.html').replace('/', '-')}.{state}.png"


async def take(seen: Shown, template: str, state: str) -> int:
    """Writes the pictures of one page; returns their size in bytes."""
    written = 0
    await seen.page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT[WIDTHS[0]]})
    await seen.open(template, state)
    for width in WIDTHS:
        await seen.page.set_viewport_size({"width": width, "height": HEIGHT[width]})
        whole = Image.open(io.BytesIO(await seen.page.screenshot(full_page=True)))
        place = place_of(template, state, width)
        place.parent.mkdir(parents=True, exist_ok=True)
        whole.convert("RGB").quantize(COLOURS).save(place, optimize=True)
        written += place.stat().st_size
    return written


async def take_all(wanted: str) -> None:
    """Every page whose name holds the wanted text."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium.PATH)
        async with shown(browser, site=Site(leaving=False)) as seen:
            chosen = [(template, state) for template, state in STATES if wanted in f"{template} {state}"]
            sizes = [await take(seen, template, state) for template, state in chosen]
        await browser.close()
    print(f"{len(sizes) * len(WIDTHS)} pictures of {len(sizes)} pages in docs/screens, {sum(sizes) / 1e6:.1f} MB")


if __name__ == "__main__":
    if chromium.PATH is None:
        sys.exit("no chromium on this machine (Debian: apt install chromium-headless-shell)")
    asyncio.run(take_all(" ".join(sys.argv[1:])))
