"""Dutch first; English for who chose it or whose browser puts it before Dutch (issue point 10)."""

import re

import pytest

from idp.http import cookies
from idp.http.language import preferred
from tests.house import House, authorize_url, staff_signs_in
from tests.journeys.stories import shortcut, step_of


@pytest.mark.parametrize(
    ("accepts", "language"),
    [
        ("", "nl"),
        ("en", "en"),
        ("en-GB,en;q=0.9,nl;q=0.8", "en"),
        ("nl-NL,nl;q=0.9,en;q=0.8", "nl"),
        ("de-DE,de;q=0.9,en;q=0.5", "en"),
        ("de,fr", "nl"),
        ("en;q=0,nl;q=0.1", "nl"),
        ("en;q=0", "nl"),
        ("en;q=zoveel", "nl"),
        ("EN-us", "en"),
        ("english", "nl"),
        (";;;,,,=", "nl"),
        ("*", "nl"),
        ("x," * 1000 + "en", "nl"),
    ],
)
def test_the_first_of_ours_that_the_browser_likes_best(accepts: str, language: str) -> None:
    assert preferred(accepts) == language


async def test_the_page_says_its_language_to_machines_too(house: House) -> None:
    assert '<html lang="nl">' in (await house.browser().get("/")).text
    page = await house.browser(language="en").get("/")
    assert '<html lang="en">' in page.text
    assert page.heading == "Who is at the gate?"


async def test_a_choice_outlasts_what_the_browser_prefers(house: House) -> None:
    browser = house.browser(language="nl")
    page = await browser.get(shortcut(house.school))
    assert page.heading == "In welke groep zit je?"
    switch = re.search(r'href="(/language/en[^"]*)"', page.text)
    assert switch is not None
    page = await browser.get(switch[1])
    assert step_of(page) == "group"
    assert '<html lang="en">' in page.text
    assert browser.cookies[cookies.LANG] == ("en", "Lax")
    page = await staff_signs_in(browser, page, "juf")
    assert '<html lang="en">' in page.text
    page = await browser.get("/language/nl?to=/account")
    assert page.heading == "Dag Juf"


async def test_every_page_that_can_be_shown_again_offers_the_other_language(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    path = page.url.removeprefix(browser.base)
    assert f'href="/language/en?to={path.replace("/", "%2F")}"' in page.text


@pytest.mark.parametrize("value", ["de", "", "NL", "\u00e9n"])
async def test_a_made_up_choice_is_none(house: House, value: str) -> None:
    browser = house.browser(language="en")
    browser.cookies[cookies.LANG] = value.encode("latin-1", "replace").decode("ascii", "ignore"), "Lax"
    assert '<html lang="en">' in (await browser.get("/")).text
