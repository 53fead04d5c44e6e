"""Another password, and the browsers in which somebody is signed in: seen, told apart, ended at once (C-318, C-320, D15)."""

import re

import pytest

from tests.browser import Browser, Page, forms_of
from tests.house import AT_SCHOOL, ELSEWHERE, PASSWORD, House, pupil_signs_in
from tests.inside import lapse
from tests.journeys.mailbox import NEW_PASSWORD, link, mailed_to, signs_in
from tests.journeys.stories import at_our_door, ledger_actions, shortcut, step_of, teacher_signs_in

EMAIL = "juf@regenboog.example"
CHANGE, LIST = "/account/password", "/account/sessions"
IPAD = (
    "Mozilla/5.0 (iPad; CPU OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/604.1"
)
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0"


async def signed_in(house: House, address: str = AT_SCHOOL, *, agent: str = EDGE) -> Browser:
    browser = house.browser(address)
    browser.client.headers["User-Agent"] = agent
    assert (await teacher_signs_in(browser)).heading == "Dag Juf"
    return browser


def seen(page: Page) -> list[str]:
    """The list, one line a browser, in its order."""
    lines = re.findall(r"<li>(.*?)</li>", page.text, re.S)
    return [re.sub(r"\s+", " ", re.sub(r"<form.*?</form>|<[^>]+>", " ", line, flags=re.S)).strip() for line in lines]


async def test_another_password_works_at_once_and_ends_every_other_session(house: House) -> None:
    there, here = await signed_in(house, ELSEWHERE), await signed_in(house)
    page = await here.get("/account")
    assert f'href="{CHANGE}"' in page.text
    before = here.cookies["__Host-session"]
    page = await here.choose(await here.get(CHANGE), "password", NEW_PASSWORD)
    assert page.heading == "Waar u bent ingelogd"
    assert "Uw nieuwe wachtwoord werkt" in page.text
    assert len(seen(page)) == 1
    assert here.cookies["__Host-session"] != before
    assert (await there.get("/account")).heading == "Wie staat er voor de poort?"
    replayed = house.browser()
    replayed.cookies["__Host-session"] = before
    assert (await replayed.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await signs_in(house.browser(), EMAIL)).heading == "Dag Juf"
    assert (await signs_in(house.browser(), EMAIL, PASSWORD)).heading == "Inloggen als medewerker"
    assert await mailed_to(house, EMAIL) == ["Uw wachtwoord is veranderd"]
    assert "password.changed" in await ledger_actions(house)


async def test_who_was_proven_too_long_ago_gives_the_old_password_first(house: House) -> None:
    browser = await signed_in(house)
    await lapse(house, minutes=15)
    page = await browser.get(CHANGE)
    assert step_of(page) == "password"
    assert EMAIL in page.text
    page = await browser.choose(page, "email", EMAIL, password="Verkeerd-wachtwoord-9")
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", EMAIL, password=PASSWORD)
    assert page.heading == "Wachtwoord veranderen"
    await lapse(house, minutes=31)
    late = await browser.choose(page, "password", NEW_PASSWORD)
    assert step_of(late) == "password"
    assert (await signs_in(house.browser(), EMAIL, PASSWORD)).heading == "Dag Juf"


@pytest.mark.parametrize("weak", ["kort-1", "Regenboog1", "welkom2026", "1qaz2wsx", "alleenletters", "8305716294"])
async def test_the_policy_holds_here_too(house: House, weak: str) -> None:
    browser = await signed_in(house)
    page = await browser.choose(await browser.get(CHANGE), "password", weak)
    assert page.status == 400
    assert 'aria-invalid="true"' in page.text
    assert (await signs_in(house.browser(), EMAIL, PASSWORD)).heading == "Dag Juf"


async def test_a_mailed_link_dies_by_a_password_that_was_changed_meanwhile(house: House) -> None:
    asking = house.browser(ELSEWHERE)
    await asking.choose(await asking.get("/password/forgotten"), "email", EMAIL)
    await house.resources.afterwards.done()
    mailed = await link(house, EMAIL, "/password/reset")
    browser = await signed_in(house)
    await browser.choose(await browser.get(CHANGE), "password", NEW_PASSWORD)
    assert (await house.browser().get(mailed)).status == 410


async def test_the_list_says_what_a_person_recognises(house: House) -> None:
    there = await signed_in(house, ELSEWHERE, agent=IPAD)
    await lapse(house, minutes=5)
    here = await signed_in(house)
    await lapse(house, minutes=4)
    page = await here.get(LIST)
    mine, other = seen(page)
    assert mine.startswith("Edge op een Windows-computer deze browser Netwerk van De Regenboog · 192.0.2.x")
    assert other.startswith("Safari op een iPad Ander netwerk · 198.51.100.x Sinds 23 november 2026, 08:30")
    assert other.endswith("laatst gezien 23 november 2026, 08:30")
    await there.get("/account")
    assert seen(await here.get(LIST))[1].endswith("laatst gezien 23 november 2026, 08:39")
    assert ELSEWHERE not in page.text


async def test_one_session_is_ended_at_once_and_the_others_are_not(house: House) -> None:
    one, two, here = await signed_in(house, ELSEWHERE), await signed_in(house, agent=IPAD), await signed_in(house)
    page = await here.get(LIST)
    names = page.offers("end")
    assert len(names) == 1, "one button a form"
    ipad = next(
        form for form in re.findall(r"<form.*?</form>", page.text, re.S) if "iPad" in form and 'name="end"' in form
    )
    name = re.findall(r'name="end" value="([^"]+)"', ipad)[0]
    page = await here.post(LIST, {**page.form("others").hidden, "end": name})
    assert "U bent daar uitgelogd" in page.text
    assert len(seen(page)) == 2
    assert (await two.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await one.get("/account")).heading == "Dag Juf"
    assert (await here.get("/account")).heading == "Dag Juf"
    assert "session.ended" in await ledger_actions(house)


async def test_all_others_are_ended_at_once(house: House) -> None:
    others = [await signed_in(house, ELSEWHERE) for _ in range(3)]
    here = await signed_in(house)
    page = await here.choose(await here.get(LIST), "others", "1")
    assert "in alle andere browsers uitgelogd" in page.text
    assert len(seen(page)) == 1
    assert 'name="others"' not in page.text, "there is no other one left"
    for other in others:
        assert (await other.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await here.get("/account")).heading == "Dag Juf"


async def test_nobody_ends_or_sees_somebody_elses_session(house: House) -> None:
    await signed_in(house, ELSEWHERE)
    here = await signed_in(house)
    page = await here.get(LIST)
    name = page.offers("end")[0]
    for stranger in (house.browser(ELSEWHERE), house.browser()):
        await lapse(house, minutes=1)
        asked = await at_our_door(stranger)
        asked = await stranger.choose(asked, "email", "ict@regenboog.example", password=PASSWORD)
        await stranger.choose(asked, "code", house.code())
    theirs = await stranger.get(LIST)
    assert len(seen(theirs)) == 2
    await stranger.post(LIST, {**theirs.form("others").hidden, "end": name})
    assert len(seen(await here.get(LIST))) == 2


async def test_what_ended_by_itself_leaves_the_list(house: House) -> None:
    there, here = await signed_in(house, ELSEWHERE), await signed_in(house)
    page = await there.get("/account")
    await there.post("/signout", _out(page))
    assert len(seen(await here.get(LIST))) == 1
    await signed_in(house, ELSEWHERE)
    for _ in range(3):
        await lapse(house, minutes=25)
        await here.get("/account")
    assert len(seen(await here.get(LIST))) == 1, "idle for an hour"


def _out(page: Page) -> dict[str, str]:
    return next(form.hidden for form in forms_of(page.text) if form.action == "/signout")


async def test_a_child_has_no_such_pages(house: House) -> None:
    browser = house.browser()
    await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    for path in (CHANGE, LIST):
        assert (await browser.get(path)).status in {403, 404}
