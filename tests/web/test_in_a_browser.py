"""The pages in a real Chromium under the product's own headers: nothing refused, nothing serious for axe, and a child's page in one view.

Skipped in one line where Debian's chromium is missing.
"""

import functools
import re
import socket
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl

import altcha
import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Route as PageRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from idp.http.headers import BASE, LEAVING, WITH_CAMERA
from idp.http.pages import shared
from tests.directory.uwlr.standing import serving_app
from tests.e2e import chromium
from tests.web import by_keyboard
from tests.web.by_axe import BY_COLOUR, BY_CONTENT, BY_LIGHT, SERIOUS
from tests.web.samples import LANGUAGES, SAMPLES
from tests.web.unpainted import Unpainted

pytestmark = pytest.mark.skipif(chromium.PATH is None, reason="no chromium on this machine")

PAGES = shared()
HEADERS = {name.decode(): value.decode() for name, value in BASE}
LOGO = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63b8"
    "21350900035201856357054b0000000049454e44ae426082"
)
"""A party's picture, as our own address gives it: one pixel."""
STATES = [(name, state) for name, states in SAMPLES.items() for state in states]
FORWARDS = {"saml/post.html", "saml/ask.html", "signout/forward.html", "oidc/form_post.html"}
"""Pages that leave by themselves as soon as they are read."""
CARD = "signin/card_shown.html"
ALONE = FORWARDS | {CARD, "signout/elsewhere.html"}
"""Pages that want a window of their own: their policy is another one, or their script names things in it."""
WIDTHS = {"nl": (1440, 820, 720, 320, 390), "en": (820, 320)}
"""Desk, tablet, a desk and a telephone twice as large (WCAG 2.2, 1.4.4 and 1.4.10), telephone; other words change little but the narrow ones."""
MEASURE = """() => [
  document.documentElement.scrollWidth,
  [...document.querySelectorAll(".table-frame")]
    .filter(frame => getComputedStyle(frame).overflowX === "clip" && frame.scrollWidth > frame.clientWidth + 1).length,
  document.getAnimations().some(one => one.effect.getComputedTiming().duration > 0),
]"""
"""How wide the page became, how many tables lost a column, whether anything moves for who asked for rest."""
WRITE = """page => {
  for (let timer = setTimeout(() => {}); timer; timer--) clearTimeout(timer);
  document.open();
  document.write(page);
  document.close();
  return new Promise(whole => addEventListener("load", whole, { once: true })).then(() => null);
}"""
"""Another page in the same window, under the same policy, with its own files and scripts; what the last one still meant to do is called off."""


@functools.cache
def html(lang: str, template: str, state: str) -> str:
    """The page in a state, as it goes out."""
    return PAGES.html(lang, template, **SAMPLES[template][state])


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


class Site:
    """Every page and file, from memory, as a server would send them; it keeps what was posted. What leaves by itself stays, if told so."""

    def __init__(self, *, leaving: bool = True) -> None:
        self.posted: list[list[tuple[str, str]]] = []
        self.leaving = leaving
        every = ["GET", "POST"]
        self.app = Starlette(
            routes=[
                Route("/static/{place:path}", self._file),
                Route("/logos/{party:path}", self._logo),
                Route("/page/{lang}/{template:path}/{state}", self._page),
                Route("/{rest:path}", self._other, methods=every),
            ]
        )

    async def _file(self, request: Request) -> Response:
        place = request.path_params["place"]
        if place.endswith("/autosubmit.js") and not self.leaving:
            return Response("", media_type="text/javascript")
        found = PAGES.static.respond(place, accepts="gzip")
        assert found is not None, place
        found.headers.update({name: value for name, value in HEADERS.items() if name not in found.headers})
        return found

    async def _logo(self, _: Request) -> Response:
        return Response(LOGO, media_type="image/png")

    async def _page(self, request: Request) -> Response:
        lang, template, state = (request.path_params[name] for name in ("lang", "template", "state"))
        policy = LEAVING if template in FORWARDS else WITH_CAMERA if template == CARD else {}
        headers = HEADERS | {name.lower(): value for name, value in policy.items()}
        return HTMLResponse(html(lang, template, state), headers=headers)

    async def _other(self, request: Request) -> Response:
        if request.method == "POST":
            self.posted.append(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            return PlainTextResponse("posted")
        return PlainTextResponse("asked again")


class Shown:
    """A browser page that gets every page and file from a site, and keeps what was complained about."""

    def __init__(self, page: Page, site: Site, origin: str, unpainted: Unpainted | None) -> None:
        self.page = page
        self.origin = origin
        self.action = f"{origin}/signin/a1b2"
        self.posted = site.posted
        self.leaving = site.leaving
        self.complaints: list[str] = []
        self._unpainted = unpainted
        self._shared = False

    async def open(self, template: str, state: str, *, lang: str = "nl") -> None:
        # A page that leaves is never there whole; one that stays is looked at when it is.
        until: Literal["commit", "load"] = "commit" if self.leaving and template in FORWARDS else "load"
        await self._whole(self.page.goto(f"{self.origin}/page/{lang}/{template}/{state}", wait_until=until))
        self._shared = template not in ALONE

    async def write(self, template: str, state: str, *, lang: str) -> None:
        """The same page in the window that is there, where it may be: what axe is made of is compiled in it, which costs more than a page."""
        if not self._shared or template in ALONE:
            await self.open(template, state, lang=lang)
        else:
            await self._whole(self.page.evaluate(WRITE, html(lang, template, state)))

    async def says(self, question: str) -> Any:
        """What a function says on the page as it stands."""
        return await (self._unpainted.says(question) if self._unpainted else self.page.evaluate(question))

    async def _whole(self, coming: Coroutine[Any, Any, object]) -> None:
        await (self._unpainted.whole(coming) if self._unpainted else coming)


@asynccontextmanager
async def shown(
    browser: Browser,
    *,
    width: int = 1024,
    height: int = 768,
    script: str = "on",
    scheme: str = "light",
    painted: bool = True,
    site: Site | None = None,
) -> AsyncIterator[Shown]:
    site = site or Site()
    with socket.create_server(("127.0.0.1", 0)) as bound:
        async with serving_app(site.app, bound):
            context = await browser.new_context(
                viewport={"width": width, "height": height},
                java_script_enabled=script == "on",
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            unpainted = None if painted else await Unpainted.opened(context)
            page = unpainted.page if unpainted else await context.new_page()
            seen = Shown(page, site, f"http://pages.localhost:{bound.getsockname()[1]}", unpainted)
            page.on("console", lambda message: seen.complaints.extend(chromium.complaints(message.text)))
            page.on("pageerror", lambda error: seen.complaints.append(str(error)))
            yield seen
            await context.close()


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium.PATH, args=list(chromium.FLAGS))
        yield opened
        await opened.close()


@dataclass(slots=True)
class Walk:
    """What was found on a walk along every page in every state."""

    serious: list[tuple[str, str, str, str]] = field(default_factory=list)
    passes: int = 0
    by_keyboard: list[tuple[str, str, str]] = field(default_factory=list)
    cut: list[tuple[str, str, int]] = field(default_factory=list)
    moving: list[tuple[str, str]] = field(default_factory=list)
    wide: list[tuple[str, str, int]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
async def walk(browser: Browser) -> Walk:
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
            await examine(seen, found, (template, state, lang), BY_CONTENT, *([BY_COLOUR] if lang == "nl" else []))
            for width in WIDTHS[lang]:
                await seen.page.set_viewport_size({"width": width, "height": 844})
                wide, cut, moving = await seen.says(MEASURE)
                found.wide += [(template, state, width)] * (wide > width)
                found.cut += [(template, state, width)] * cut
                found.moving += [(template, state)] * moving
            if lang == "nl":
                await seen.page.emulate_media(color_scheme="dark")
                await examine(seen, found, (template, state, "dark"), BY_LIGHT, BY_COLOUR)
    found.complaints = fetched.complaints + seen.complaints
    return found


async def examine(page: Shown, found: Walk, which: tuple[str, str, str], *questions: str) -> None:
    """Adds what axe finds serious on the page as it stands."""
    for question in questions:
        result = await page.says(question)
        found.passes += result["passes"]
        found.serious += [(*which, v["id"]) for v in result["violations"] if v["impact"] in SERIOUS]


async def test_axe_finds_nothing_serious_on_any_page(walk: Walk) -> None:
    assert walk.serious == []
    assert walk.passes > 10 * len(views())


async def test_no_page_is_wider_than_its_window(walk: Walk) -> None:
    assert walk.wide == []


async def test_no_table_loses_its_last_column(walk: Walk) -> None:
    assert walk.cut == []


async def test_everything_is_reached_and_seen_with_the_keyboard_alone(walk: Walk) -> None:
    assert walk.by_keyboard == []


async def test_nothing_moves_for_who_asked_for_rest(walk: Walk) -> None:
    assert walk.moving == []


async def test_no_page_asks_for_what_its_policy_refuses(walk: Walk) -> None:
    assert walk.complaints == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_group_of_32_stands_on_one_landscape_tablet_page(browser: Browser, lang: str) -> None:
    """Design 3: tiles of at least 112 px, 16 px apart, no scrolling."""
    async with shown(browser, width=1024, height=768) as seen:
        await seen.open("signin/child.html", "thirty_two", lang=lang)
        boxes = await seen.page.eval_on_selector_all(".tile", "all => all.map(e => e.getBoundingClientRect().toJSON())")
        assert await seen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert len(boxes) == 32
    assert min(min(box["width"], box["height"]) for box in boxes) >= 112
    assert boxes[1]["left"] - boxes[0]["right"] >= 16


async def test_twelve_pictures_stand_on_one_landscape_tablet_page(browser: Browser) -> None:
    async with shown(browser, width=1024, height=768) as seen:
        for state in ("first", "wrong", "two_picked"):
            await seen.open("signin/pictures.html", state)
            assert await seen.page.evaluate("document.documentElement.scrollHeight <= innerHeight"), state


async def test_a_group_s_cards_are_a_row_and_a_button_each_on_a_phone(browser: Browser) -> None:
    async with shown(browser, width=390, height=844) as seen:
        await seen.open("classroom/cards.html", "some")
        heights = await seen.page.eval_on_selector_all(".pupils > li", "all => all.map(e => e.offsetHeight)")
        buttons = await seen.page.eval_on_selector_all(".pupils button", "all => all.map(e => e.offsetHeight)")
        assert await seen.page.evaluate("document.documentElement.scrollHeight") < 5 * 844
    assert len(heights) == len(buttons) == 30
    assert min(buttons) >= 44, "for a thumb"
    assert sorted(heights)[15] < 88, "two lines of words"


async def test_every_drawing_is_drawn(browser: Browser) -> None:
    """The sprite is a file of its own: the policy must let `use` fetch it."""
    async with shown(browser) as seen:
        await seen.open("signin/child.html", "thirty_two")
        await seen.page.wait_for_function("document.querySelector('.niche use').getBoundingClientRect().width > 20")
        widths = await seen.page.eval_on_selector_all(
            ".niche use", "all => all.map(e => e.getBoundingClientRect().width)"
        )
    assert len(widths) == 32
    assert min(widths) > 20


async def test_three_taps_are_one_answer(browser: Browser) -> None:
    async with shown(browser) as seen:
        await seen.open("signin/pictures.html", "first")
        for key in ("fish", "fish"):
            await seen.page.click(f"button[value={key}]")
        await seen.page.click("button[name=undo]")
        await seen.page.click("button[value=moon]")
        assert await seen.page.locator(".slot-full").count() == 2
        assert seen.posted == []
        await seen.page.click("button[value=tree]")
        await seen.page.wait_for_url(seen.action)
    assert seen.posted == [[("ticket", "t0"), ("step", "s0"), ("picked", "fish,moon,tree")]]


async def test_without_a_script_every_tap_is_a_form(browser: Browser) -> None:
    async with shown(browser, script="off") as seen:
        await seen.open("signin/pictures.html", "two_picked")
        await seen.page.click("button[value=tree]")
        await seen.open("signin/pictures.html", "two_picked")
        await seen.page.click("button[name=undo]")
        await seen.open("signin/pin.html", "first")
        assert not await seen.page.locator(".keypad").is_visible()
        await seen.page.fill("#pin", "4711")
        await seen.page.click(".button-main")
    form = [("ticket", "t0"), ("step", "s0")]
    two = ("picked", "fish,fish")
    assert seen.posted == [[*form, two, ("pick", "tree")], [*form, two, ("undo", "1")], [*form, ("pin", "4711")]]


async def test_a_pin_is_typed_or_tapped_and_sent_once(browser: Browser) -> None:
    async with shown(browser) as seen:
        await seen.open("signin/pin.html", "first")
        for digit in "08":
            await seen.page.click(f"[data-digit='{digit}']")
        await seen.page.click("[data-erase]")
        await seen.page.keyboard.press("Tab")
        await seen.page.focus("#pin")
        await seen.page.keyboard.press("End")
        await seen.page.keyboard.type("x8")
        for digit in "30":
            await seen.page.click(f"[data-digit='{digit}']")
        await seen.page.wait_for_url(seen.action)
    assert seen.posted == [[("ticket", "t0"), ("step", "s0"), ("pin", "0830")]]


async def test_a_scanner_types_a_card_which_is_sent_once_with_or_without_an_enter(browser: Browser) -> None:
    code = "abcdefghijklmnopqrstuvwxyz234567"
    for ending in ("", "\n"):
        async with shown(browser) as seen:
            await seen.open(CARD, "first")
            await seen.page.get_by_role("heading", level=1).click()
            await seen.page.keyboard.type(f"{code}{ending}")
            await seen.page.wait_for_url(seen.action)
            assert [dict(form)["card"] for form in seen.posted] == [code.upper()]


async def test_a_puzzle_is_solved_while_somebody_types_or_before_it_is_sent(browser: Browser) -> None:
    async with shown(browser) as seen:
        await seen.open("signin/password.html", "work")
        await seen.page.fill("#password", "Regenboog-fiets-7")
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url(seen.action)
    assert len(seen.posted) == 1
    sent = dict(seen.posted[0])
    assert sent["password"] == "Regenboog-fiets-7"
    assert altcha.verify_solution(sent["puzzle"], b"sample").verified


async def test_arrows_walk_over_the_tiles(browser: Browser) -> None:
    async with shown(browser) as seen:
        await seen.open("signin/child.html", "thirty_two")
        await seen.page.focus("[href$=child-0]")
        walked = []
        for key in ("ArrowDown", "ArrowRight", "End", "ArrowUp", "Home", "ArrowLeft"):
            await seen.page.keyboard.press(key)
            walked.append(await seen.page.evaluate("document.activeElement.pathname"))
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url(f"{seen.action}/group-6-child-0")
    assert walked == [f"/signin/a1b2/group-6-child-{number}" for number in (8, 9, 31, 23, 0, 0)]


async def test_waiting_counts_down_and_then_asks_again(browser: Browser) -> None:
    async with shown(browser) as seen:
        await seen.page.clock.install()
        await seen.open("signin/pin.html", "waiting")
        await seen.page.clock.run_for(20_000)
        assert await seen.page.inner_text("[data-wait]") == "40"
        async with seen.page.expect_request(seen.action) as asked:
            await seen.page.clock.run_for(41_000)
        assert (await asked.value).method == "GET"


async def test_the_token_of_a_link_goes_from_behind_the_hash_into_the_form_and_out_of_the_address(
    browser: Browser,
) -> None:
    async with shown(browser) as seen:
        await seen.page.goto(f"{seen.origin}/page/nl/device.html/plain#aB3-x_token", wait_until="commit")
        await seen.page.wait_for_url(f"{seen.origin}/device")
        assert seen.posted == [[("ticket", "t0"), ("token", "aB3-x_token")]]
        await seen.page.go_back()
        assert seen.page.url == "about:blank", "nobody reads the link out of the history of a shared device"
    async with shown(browser) as seen:
        await seen.open("device.html", "plain")
        assert await seen.page.get_by_text("Er ontbreekt een stuk van de link").is_visible()
        assert seen.posted == []
    async with shown(browser, script="off") as seen:
        await seen.open("device.html", "plain")
        assert await seen.page.get_by_text("Hiervoor moet JavaScript aan staan").is_visible()


async def taken_by_a_party(page: Page, address: str) -> list[list[tuple[str, str]]]:
    """What is posted to an address that is not ours; nothing leaves."""
    taken: list[list[tuple[str, str]]] = []

    async def take(route: PageRoute) -> None:
        taken.append(parse_qsl(route.request.post_data or ""))
        await route.fulfill(body="posted", content_type="text/plain")

    await page.route(address, take)
    return taken


async def test_an_answer_for_a_party_leaves_by_itself_and_by_hand(browser: Browser) -> None:
    for script in ("on", "off"):
        async with shown(browser, script=script) as seen:
            posted = await taken_by_a_party(seen.page, "http://127.0.0.1:8002/acs")
            await seen.open("saml/post.html", "relay")
            if script == "off":
                await seen.page.click("button")
            await seen.page.wait_for_url("http://127.0.0.1:8002/acs")
        assert posted == [[("SAMLResponse", "PHNhbWxwOlJlc3BvbnNlLz4="), ("RelayState", 'les"7&8')]]
