"""The pages in a real Chromium under the product's own headers: nothing refused, nothing serious for axe, and a child's page in one view.

Skipped in one line where Debian's chromium is missing.
"""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

import altcha
import pytest
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Route as PageRoute

from tests.e2e import chromium
from tests.web.samples import LANGUAGES
from tests.web.shown import CARD, shown
from tests.web.walk import Walk, along_every_page, views

pytestmark = pytest.mark.skipif(chromium.PATH is None, reason="no chromium on this machine")


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=chromium.PATH, args=list(chromium.FLAGS))
        yield opened
        await opened.close()


@pytest.fixture(scope="module")
async def walk(browser: Browser) -> Walk:
    """One for all."""
    return await along_every_page(browser)


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
