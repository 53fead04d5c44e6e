"""Attack: two hundred wrong passwords on one account at once, from one place or everywhere, to guess it or to shut its owner out (D2, C-312)."""

import asyncio
import time

import pytest

from idp.http import cookies
from idp.signin import attempts
from tests.browser import Browser, Page
from tests.house import PASSWORD, House
from tests.inside import lapse
from tests.journeys.stories import at_our_door, ledger_actions, shortcut, teacher_signs_in
from tests.puzzles import asked_of, solved

JUF = "juf@regenboog.example"
AT_ONCE = 200
WITHIN = 5.0
"""Seconds for the owner."""


async def flood(house: House, *, everywhere: bool) -> list[int]:
    """All at once, in one attempt; the statuses of the answers."""
    first = house.browser("203.0.113.1")
    form = (await at_our_door(first)).form("email")

    async def one(number: int) -> int:
        browser = house.browser(f"198.51.{100 + number // 100}.{number % 100}") if everywhere else first
        browser.cookies = dict(first.cookies)
        wrong = {**form.hidden, "email": JUF, "password": f"Verkeerd-{number}"}
        return (await browser.request("POST", form.action, data=wrong)).status

    return await asyncio.gather(*(one(number) for number in range(AT_ONCE)))


async def owner(house: House, address: str, device: tuple[str, str] | None = None) -> Page:
    browser = house.browser(address)
    if device is not None:
        browser.cookies = {cookies.DEVICE: device}
    return await give(browser, await at_our_door(browser))


async def give(browser: Browser, page: Page, **more: str) -> Page:
    """The owner's right password; who is told that it is busy presses again."""
    until = time.perf_counter() + WITHIN
    while True:
        answer = await browser.choose(page, "email", JUF, password=PASSWORD, **more)
        if answer.status != 503 or time.perf_counter() > until:
            return answer


@pytest.mark.parametrize("everywhere", [False, True], ids=["from_one_place", "from_everywhere"])
async def test_the_owner_is_in_within_five_seconds_and_next_to_nothing_was_guessed(
    house: House, everywhere: bool
) -> None:
    known = house.browser()
    await teacher_signs_in(known)
    began = time.perf_counter()
    statuses, at_home, at_school = await asyncio.gather(
        flood(house, everywhere=everywhere),
        owner(house, "192.0.2.77", known.cookies[cookies.DEVICE]),
        owner(house, "203.0.113.77"),
    )
    assert at_home.heading == "Dag Juf", "a known device is asked for nothing more"
    if asked_of(at_school):
        newcomer = house.browser("203.0.113.77")
        page = await give(newcomer, await at_our_door(newcomer))
        page = await give(newcomer, page, puzzle="x")
        assert asked_of(page), "a try without the work is not looked at"
        at_school = await give(newcomer, page, puzzle=solved(asked_of(page)))
    assert at_school.heading == "Dag Juf"
    assert time.perf_counter() - began < WITHIN
    assert set(statuses) <= {303, 503}, "the same for each, or too busy for it"
    # Those that come while the first ones are computed are told that it is busy: at most ten are looked at, whichever way they come.
    assert (await ledger_actions(house)).count("signin.failed") <= (10 if everywhere else 5)


async def under_attack(house: House) -> tuple[Browser, Page]:
    """A new device of the owner while work is asked about the account: the page after the first try on it."""
    for number in range(10):
        browser = house.browser(f"198.51.100.{number}")
        await browser.choose(await at_our_door(browser), "email", JUF, password="Verkeerd-1")
    browser = house.browser("203.0.113.77")
    return browser, await give(browser, await at_our_door(browser))


async def test_without_scripts_half_a_minute_is_the_way_through(house: House) -> None:
    browser, page = await under_attack(house)
    assert "Laat deze pagina 30 seconden openstaan" in page.text
    assert page.offers("password")
    assert asked_of(await give(browser, page)), "too early"
    page = await browser.get(page.url)
    await lapse(house, seconds=30)
    assert (await give(browser, page)).heading == "Dag Juf"


async def test_a_puzzle_of_one_attempt_is_none_of_another(house: House) -> None:
    browser, page = await under_attack(house)
    done = solved(asked_of(page))
    other = house.browser("203.0.113.78")
    assert asked_of(await give(other, await at_our_door(other), puzzle=done))
    assert (await give(browser, page, puzzle=done)).heading == "Dag Juf"


async def test_whoever_proves_himself_ends_the_asking(house: House) -> None:
    browser, page = await under_attack(house)
    await give(browser, page, puzzle=solved(asked_of(page)))
    later = house.browser("203.0.113.80")
    assert (await give(later, await at_our_door(later))).heading == "Dag Juf"


async def test_attempts_begun_by_the_thousand_do_not_fill_the_store(house: House) -> None:
    floor = house.floor
    begun = floor.keyring.mac("token", "begun", "203.0.113.1/32")
    await floor.store.add("begun", begun, attempts.MOST_BEGUN - 1, attempts.LIFETIME)
    browser = house.browser("203.0.113.1")
    assert (await at_our_door(browser)).offers("password")
    for begin in (browser.get(shortcut(house.school)), browser.request("POST", "/signin", data={"way": "staff"})):
        page = await begin
        assert (page.status, page.response.headers["retry-after"]) == (429, "60")
    elsewhere = house.browser("203.0.113.2")
    assert (await at_our_door(elsewhere)).offers("password"), "another network notices nothing"
    await lapse(house, seconds=attempts.LIFETIME)
    assert (await at_our_door(browser)).offers("password")
