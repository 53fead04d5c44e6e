"""Too late, or answered already: everybody reads where it goes on, and a shared tablet begins anew by itself (C-134, C-236)."""

import re
from urllib.parse import urlsplit

from sqlalchemy import update

from metadata.models import Party
from tests.browser import Page
from tests.house import ELSEWHERE, House, authorize_url, pupil_signs_in
from tests.inside import lapse
from tests.journeys.stories import (
    attempt_of,
    shortcut,
    step_of,
    teacher_signs_in,
    to_the_secret,
)

NOOR = ("Noor", "Groep 6", "4711")


async def test_half_an_hour_later_an_untouched_attempt_is_over(house: House) -> None:
    browser = house.browser()
    page = await browser.get(authorize_url().url)
    await lapse(house, minutes=31)
    page = await browser.get(page.url)
    assert (page.status, page.heading) == (410, "Uw inlogpoging is verlopen")


def way_on(page: Page) -> tuple[str, str]:
    """What the one button of a page says, and where it leads."""
    found = re.findall(r'<a class="button[^>]*href="([^"]*)">(.*?)</a>', page.text, re.S)
    assert len(found) == 1, "one useful button"
    return re.sub(r"<[^>]+>", "", found[0][1]).strip(), found[0][0].replace("&amp;", "&")


def drawn_on(page: Page) -> str:
    """What a child that cannot read sees above the words."""
    return str(re.findall(r'<div class="meet"><svg.*?#([\w-]+)"', page.text)[0])


async def test_a_tablet_that_lay_there_for_a_night_begins_anew_by_itself(house: House) -> None:
    """Issue of every morning: the tiles of yesterday. Nobody reads a word about it, and no session is ended by looking back."""
    tablet = house.browser()
    page = await tablet.get(shortcut(house.school))
    await lapse(house, hours=15)
    again = await tablet.choose(page, "group", str(house.groups["Groep 6"]))
    assert (step_of(again), again.heading) == ("group", "In welke groep zit je?")
    assert attempt_of(again) != attempt_of(page)
    await pupil_signs_in(tablet, again, house, *NOOR)
    await lapse(house, minutes=40)
    assert (await tablet.get(f"/signin/{attempt_of(again)}")).heading == "Hoi Noor!"
    parent = house.browser(ELSEWHERE)
    page = await parent.get("/thuis")
    await lapse(house, minutes=31)
    assert step_of(await parent.get(page.url)) == "home"


async def test_whoever_came_from_a_publisher_finds_the_way_back_to_it(house: House) -> None:
    """In the words of a child where children use the browser; a publisher without an address of its own, and a number of nobody, leave the front
    door."""
    tablet = house.browser()
    await pupil_signs_in(tablet, await tablet.get(shortcut(house.school)), house, *NOOR)
    page = await tablet.get(authorize_url(prompt="login").url)
    where = urlsplit(page.url).path
    await lapse(house, minutes=31)
    inside = await tablet.get(where)
    assert (inside.heading, drawn_on(inside)) == ("Je bent al binnen", "ui-inside")
    assert way_on(inside) == ("Verder", "/account")
    assert inside.text.index('href="/account"') < inside.text.index('class="ask"'), "the way on comes before the help"
    await lapse(house, minutes=61)
    assert way_on(await tablet.get(where)) == ("Naar de voordeur", "/")
    teacher = house.browser()
    await teacher_signs_in(teacher)
    back = await teacher.get(where)
    assert (back.heading, way_on(back)) == ("U bent al ingelogd", ("Naar mijn account", "/account"))
    async with house.floor.database.begin() as db:
        await db.execute(update(Party).where(Party.id == house.party_id).values(url="https://rekenrijk.example/"))
    for path in (where, where.replace("/signin/", "/oidc/authorize/")):
        over = await tablet.get(path)
        assert (over.status, over.heading, drawn_on(over)) == (410, "Je was te lang weg", "ui-closed")
        assert way_on(over) == ("Verder naar Rekenrijk", "https://rekenrijk.example/")
    of_staff = await house.browser(ELSEWHERE).get(where)
    assert of_staff.heading == "Uw inlogpoging is verlopen"
    assert way_on(of_staff) == ("Verder naar Rekenrijk", "https://rekenrijk.example/")
    for nobody in ("p0", "p99999", "s99999", "s", "px", "x1", ""):
        over = await tablet.get(where[: len("/signin/") + 22] + nobody)
        assert (over.status, way_on(over)) == (410, ("Naar de voordeur", "/")), nobody


async def test_a_browser_that_keeps_no_cookies_is_told_once_and_not_sent_in_circles(house: House) -> None:
    begun = await house.browser().get(shortcut(house.school))
    page = await house.browser().get(f"/signin/{attempt_of(begun)}")
    assert (page.status, page.heading) == (403, "Begin hier opnieuw")
    assert way_on(page) == ("Opnieuw beginnen", shortcut(house.school))


async def test_a_tap_on_a_picture_of_a_page_that_is_over_shows_the_present_one(house: House) -> None:
    """Without a script every tap is a form: a picture, on a tablet that left the school half-way."""
    tablet = house.browser()
    page = await to_the_secret(tablet, await tablet.get(shortcut(house.school)), house, "Sam", "Groep 2")
    form = page.form("pick")
    tap = {**form.hidden, "pick": "tree"}
    away = house.browser(ELSEWHERE)
    away.cookies = dict(tablet.cookies)
    assert step_of(await away.post(form.action, tap)) == "not_here"
    assert step_of(await tablet.post(form.action, tap)) == "secret"
