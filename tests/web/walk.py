"""A walk along every page in every state, with axe, a keyboard and windows of all widths."""

import functools
import re
from dataclasses import dataclass, field

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

from tests.web import by_keyboard
from tests.web.by_axe import BY_COLOUR, BY_CONTENT, BY_LIGHT, SERIOUS
from tests.web.samples import SAMPLES
from tests.web.shown import FORWARDS, Shown, Site, html, shown

STATES = [(name, state) for name, states in SAMPLES.items() for state in states]
WIDTHS = {"nl": (1440, 820, 720, 320, 390), "en": (820, 320)}
"""Desk, tablet, a desk and a telephone twice as large (WCAG 2.2, 1.4.4 and 1.4.10), telephone; other words change little but the narrow ones."""
MEASURE = """() => [
  document.documentElement.scrollWidth,
  [...document.querySelectorAll(".table-frame")]
    .filter(frame => getComputedStyle(frame).overflowX === "clip" && frame.scrollWidth > frame.clientWidth + 1).length,
  document.getAnimations().some(one => one.effect.getComputedTiming().duration > 0),
]"""
"""How wide the page became, how many tables lost a column, whether anything moves for who asked for rest."""


def _controls(template: str, state: str) -> int:
    return len(re.findall(r"<(?:a|button|input|select|textarea|summary)\b", html("nl", template, state)))


@functools.cache
def fullest() -> dict[str, str]:
    """Of every page the state with the most to reach: the others offer some of the same."""
    return {
        name: max(states, key=lambda state: _controls(name, state))
        for name, states in SAMPLES.items()
        if name not in FORWARDS
    }


def views() -> list[tuple[str, str, str]]:
    """Every state in Dutch, every page in English."""
    return [(*which, "nl") for which in STATES] + [(*which, "en") for which in fullest().items()]


@dataclass(slots=True)
class Walk:
    """What was found."""

    serious: list[tuple[str, str, str, str]] = field(default_factory=list)
    passes: int = 0
    by_keyboard: list[tuple[str, str, str]] = field(default_factory=list)
    cut: list[tuple[str, str, int]] = field(default_factory=list)
    moving: list[tuple[str, str]] = field(default_factory=list)
    wide: list[tuple[str, str, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


async def along_every_page(browser: Browser) -> Walk:
    """Every page in both languages and at each width; in Dutch in each state, with its colours in daylight on a tablet and in the dark on a phone.

    Colours know no language. Tab walks where there is most to reach, on pages that were fetched one by one.
    """
    found = Walk()
    # The pages that carry an answer on would leave at once; they stay to be looked at.
    site = Site(leaving=False)
    async with shown(browser, site=site, painted=False) as fetched:
        for template, state in fullest().items():
            await fetched.open(template, state)
            found.by_keyboard += [(template, state, told) for told in await by_keyboard.walked(fetched.page)]
    async with shown(browser, site=site, painted=False) as seen:
        await seen.page.add_init_script(Axe().axe_script)
        for template, state, lang in views():
            await seen.page.emulate_media(color_scheme="light")
            await seen.page.set_viewport_size({"width": 1024, "height": 768})
            await seen.write(template, state, lang=lang)
            await _examine(seen, found, (template, state, lang), BY_CONTENT, *([BY_COLOUR] if lang == "nl" else []))
            for width in WIDTHS[lang]:
                await seen.page.set_viewport_size({"width": width, "height": 844})
                wide, cut, moving = await seen.says(MEASURE)
                found.wide += [(template, state, width)] * (wide > width)
                found.cut += [(template, state, width)] * cut
                found.moving += [(template, state)] * moving
            if lang == "nl":
                await seen.page.emulate_media(color_scheme="dark")
                await _examine(seen, found, (template, state, "dark"), BY_LIGHT, BY_COLOUR)
    found.complaints = fetched.complaints + seen.complaints
    return found


async def _examine(page: Shown, found: Walk, which: tuple[str, str, str], *questions: str) -> None:
    """Adds what axe finds serious on the page as it stands."""
    for question in questions:
        result = await page.says(question)
        found.passes += result["passes"]
        found.serious += [(*which, v["id"]) for v in result["violations"] if v["impact"] in SERIOUS]
