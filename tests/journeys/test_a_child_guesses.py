"""A wrong PIN: patience first, then pauses, never a lock-out, and never a word about what was nearly right (D2, R93)."""

import asyncio
import re

import pytest

from tests.browser import Browser, Page
from tests.house import ELSEWHERE, House, pupil_signs_in, to_the_tiles
from tests.inside import lapse, stored
from tests.journeys.stories import change_enrolment, ledger_actions, shortcut, step_of, to_the_secret


async def at_noors_pin(house: House, address: str = "192.0.2.10") -> tuple[Browser, Page]:
    browser = house.browser(address)
    return browser, await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6")


def waiting(page: Page) -> int:
    found = re.search(r'data-wait="(\d+)"', page.text)
    return int(found.group(1)) if found else 0


async def test_five_tries_are_free_and_the_sixth_waits_half_a_minute(house: House) -> None:
    browser, page = await at_noors_pin(house)
    for _ in range(5):
        assert waiting(page) == 0
        page = await browser.choose(page, "pin", "1111")
        assert "Dat was een andere pincode" in page.text
    page = await browser.choose(page, "pin", "4711")
    assert page.heading == "Even wachten"
    assert 28 <= waiting(page) <= 30
    assert page.offers("pin") == [], "nothing to type while waiting"


async def test_the_right_pin_after_the_pause_opens_the_door(house: House) -> None:
    browser, page = await at_noors_pin(house)
    for _ in range(6):
        page = await browser.choose(page, "pin", "1111") if page.offers("pin") else page
    await lapse(house, seconds=31)
    page = await browser.get(page.url)
    assert waiting(page) == 0
    assert (await browser.choose(page, "pin", "4711")).heading == "Hoi Noor!"


async def test_the_right_pin_during_the_pause_does_not_count_and_does_not_open(house: House) -> None:
    browser, page = await at_noors_pin(house)
    form = page.form("pin")
    for _ in range(5):
        await browser.post(form.action, {**form.hidden, "pin": "1111"})
    page = await browser.post(form.action, {**form.hidden, "pin": "4711"})
    assert page.heading == "Even wachten"
    assert await stored(house, "session") == 0


async def test_pauses_double_up_to_a_quarter_of_an_hour_and_the_child_still_gets_in(house: House) -> None:
    browser, page = await at_noors_pin(house)
    form = page.form("pin")
    for _ in range(5):
        await browser.post(form.action, {**form.hidden, "pin": "1111"})
    for pause in (30, 60, 120, 240, 480, 900, 900):
        page = await browser.post(form.action, {**form.hidden, "pin": "1111"})
        assert pause - 2 <= waiting(page) <= pause
        await lapse(house, seconds=pause)
        await browser.post(form.action, {**form.hidden, "pin": "1111"})
    await lapse(house, seconds=901)
    assert (await browser.post(form.action, {**form.hidden, "pin": "4711"})).heading == "Hoi Noor!"


async def test_a_hundred_guesses_at_once_are_five(house: House) -> None:
    """One script, ten tablets, every PIN from 0000 to 0099: what is looked at is what the policy allows, on any storage."""
    forms = [(await at_noors_pin(house, f"192.0.2.{host}")) for host in range(2, 12)]

    async def guess(number: int) -> None:
        browser, page = forms[number % 10]
        form = page.form("pin")
        await browser.request("POST", form.action, data={**form.hidden, "pin": f"{number:04}"})

    await asyncio.gather(*(guess(number) for number in range(100)))
    assert (await ledger_actions(house)).count("signin.failed") == 5
    assert await stored(house, "session") == 0


async def test_other_children_notice_nothing(house: House) -> None:
    browser, page = await at_noors_pin(house)
    form = page.form("pin")
    for _ in range(8):
        await browser.post(form.action, {**form.hidden, "pin": "1111"})
    finn = house.browser()
    page = await pupil_signs_in(finn, await finn.get(shortcut(house.school)), house, "Finn", "Groep 6", "0042")
    assert page.heading == "Hoi Finn!"


async def test_another_address_of_the_school_gives_no_fresh_tries(house: House) -> None:
    for host in range(5):
        browser, page = await at_noors_pin(house, f"2001:db8:5:{host}::1")
        assert "Dat was een andere pincode" in (await browser.choose(page, "pin", "1111")).text
    browser, page = await at_noors_pin(house, "192.0.2.11")
    assert (await browser.choose(page, "pin", "1111")).heading == "Even wachten"


async def test_a_right_pin_wipes_the_slate(house: House) -> None:
    for _ in range(3):
        browser, page = await at_noors_pin(house)
        for _ in range(3):
            page = await browser.choose(page, "pin", "1111")
        assert (await browser.choose(page, "pin", "4711")).heading == "Hoi Noor!"


@pytest.mark.parametrize("given", ["", "471", "47111", "471 1", "47\u0661\u0661", "tree,boat,apple", "4711\n", "null"])
async def test_what_is_no_pin_is_a_wrong_pin(house: House, given: str) -> None:
    browser, page = await at_noors_pin(house)
    form = page.form("pin")
    page = await browser.post(form.action, {**form.hidden, "pin": given})
    if given == "4711\n":
        # White space around the digits is forgiven: a keyboard adds it, a guess gains nothing.
        assert page.heading == "Hoi Noor!"
    else:
        assert "Dat was een andere pincode" in page.text


async def test_pictures_count_in_their_order(house: House) -> None:
    browser = house.browser()
    page = await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Sam", "Groep 2")
    for wrong in ("boat,tree,apple", "tree,boat", "tree,boat,apple,key", "tree,boat,pear"):
        form = page.form("pick")
        page = await browser.post(form.action, {**form.hidden, "picked": wrong})
        assert "Dat waren andere plaatjes" in page.text
    form = page.form("pick")
    page = await browser.post(form.action, {**form.hidden, "picked": "tree,boat,apple"})
    assert page.heading == "Hoi Sam!"


async def test_without_a_script_a_tap_can_be_taken_back(house: House) -> None:
    browser = house.browser()
    page = await to_the_secret(browser, await browser.get(shortcut(house.school)), house, "Sam", "Groep 2")
    page = await browser.choose(page, "pick", "tree")
    page = await browser.choose(page, "pick", "moon")
    assert page.form("pick").hidden["picked"] == "tree,moon"
    page = await browser.choose(page, "undo", "1")
    assert page.form("pick").hidden["picked"] == "tree"
    page = await browser.choose(page, "pick", "boat")
    assert (await browser.choose(page, "pick", "apple")).heading == "Hoi Sam!"


async def test_the_ledger_knows_what_happened_and_no_pin(house: House) -> None:
    browser, page = await at_noors_pin(house)
    page = await browser.choose(page, "pin", "1111")
    await browser.choose(page, "pin", "4711")
    assert (await ledger_actions(house))[-2:] == ["signin.failed", "signin.passed"]


async def test_a_child_that_went_away_meanwhile_is_asked_for_again(house: House) -> None:
    browser, page = await at_noors_pin(house)
    await change_enrolment(house, "Noor", active=False)
    page = await browser.choose(page, "pin", "4711")
    assert step_of(page) == "child"
    assert await stored(house, "session") == 0


async def test_who_went_home_with_the_page_keeps_no_classmate_waiting(house: House) -> None:
    school = house.browser()
    tiles = await to_the_tiles(school, await school.get(shortcut(house.school)), house, "Groep 6")
    form = (await school.choose(tiles, "child", str(house.people["Noor"]))).form("pin")
    home = house.browser(ELSEWHERE)
    home.cookies = dict(school.cookies)
    for _ in range(7):
        await home.request("POST", form.action, data={**form.hidden, "pin": "1111"})
    browser, page = await at_noors_pin(house)
    assert (await browser.choose(page, "pin", "4711")).heading == "Hoi Noor!"
