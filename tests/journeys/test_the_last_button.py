"""The last button of a sign-in, pressed more than once: one session, whatever the browser hears of it (C-135, C-320)."""

import asyncio
from dataclasses import replace

import pytest

from idp.http import cookies
from idp.http.visitors import browser_key
from idp.signin import attempts
from tests.browser import Browser, Page
from tests.house import CALLBACK, ELSEWHERE, PASSWORD, Asked, House, authorize_url
from tests.inside import lapse, stored
from tests.journeys.home import code_of
from tests.journeys.stories import add_child, to_the_password, to_the_secret

FETCHED = authorize_url(response_mode="form_post")
"""The answer to this question is a page, that is fetched when everything is asked."""
OFTEN = 4


async def to_the_last_button(house: House, who: str, asked: Asked | None) -> tuple[Browser, str, dict[str, str]]:
    """A browser before it, where the form goes, and what it holds."""
    browser = house.browser()
    page = await browser.get(asked.url if asked else "/")
    if who == "teacher":
        form = (await to_the_password(browser, page)).form("email")
        return browser, form.action, {**form.hidden, "email": "juf@regenboog.example", "password": PASSWORD}
    page = page if asked else await browser.choose(page, "way", "pupil")
    form = (await to_the_secret(browser, page, house, "Noor", "Groep 6")).form("pin")
    return browser, form.action, {**form.hidden, "pin": "4711"}


async def pressed_at_once(browser: Browser, action: str, given: dict[str, str]) -> list[tuple[Browser, Page]]:
    """Each answer, and the browser as it is if it hears that one."""

    async def presses() -> tuple[Browser, Page]:
        alike = replace(browser, cookies=dict(browser.cookies))
        return alike, await alike.request("POST", action, data=given)

    return await asyncio.gather(*(presses() for _ in range(OFTEN)))


@pytest.mark.parametrize("who", ["teacher", "pupil"])
@pytest.mark.parametrize("asked", [authorize_url(), FETCHED, None], ids=["at once", "fetched", "our own door"])
async def test_who_presses_often_has_one_session_whichever_answer_is_heard(
    house: House, who: str, asked: Asked | None
) -> None:
    browser, action, given = await to_the_last_button(house, who, asked)
    answers = await pressed_at_once(browser, action, given)
    assert await stored(house, "session") == 1
    leads = CALLBACK if asked and asked is not FETCHED else browser.base
    for hears, page in answers:
        assert page.status == 303
        assert (page.location or "").startswith(leads)
        assert (await hears.get("/account")).heading == ("Dag Juf" if who == "teacher" else "Hoi Noor!")
    hears, page = answers[-1]
    assert (await hears.follow(page)).status in {200, 303}


@pytest.mark.parametrize("who", ["teacher", "pupil"])
async def test_who_heard_nothing_and_presses_often_is_answered_each_time(house: House, who: str) -> None:
    browser, action, given = await to_the_last_button(house, who, authorize_url())
    before = dict(browser.cookies)
    await browser.request("POST", action, data=given)
    answers = await pressed_at_once(replace(browser, cookies=before), action, given)
    assert [(page.location or "").startswith(CALLBACK) for _, page in answers] == [True] * OFTEN
    assert await stored(house, "session") == 1


async def test_who_signed_out_and_comes_in_again_by_the_same_form_has_another_session(house: House) -> None:
    browser, action, given = await to_the_last_button(house, "pupil", FETCHED)
    await browser.request("POST", action, data=given)
    former = browser.cookies[cookies.SESSION]
    leave = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**leave.hidden, "answer": "yes"})
    await browser.get(action)
    await browser.request("POST", action, data=given)
    assert (await browser.get("/account")).heading == "Hoi Noor!"
    browser.cookies[cookies.SESSION] = former
    assert (await browser.get("/account")).heading != "Hoi Noor!"


@pytest.mark.parametrize("who", ["teacher", "pupil"])
@pytest.mark.parametrize("asked", [authorize_url(), FETCHED, None], ids=["at once", "fetched", "our own door"])
async def test_a_press_under_way_while_its_session_is_signed_out_brings_it_back_for_nobody(
    house: House, who: str, asked: Asked | None
) -> None:
    browser, action, given = await to_the_last_button(house, who, asked)
    floor, began = house.floor, browser_key(house.floor.keyring, browser.cookies[cookies.BROWSER][0])
    as_it_was = await attempts.find(floor.store, floor.keyring, action.split("/")[2], began)
    await browser.request("POST", action, data=given)
    former = browser.cookies[cookies.SESSION]
    leave = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**leave.hidden, "answer": "yes"})
    # The second press found this one, before the first was answered.
    await attempts.keep(floor.store, floor.keyring, as_it_was)
    assert (await browser.request("POST", action, data=given)).status == 410
    browser.cookies[cookies.SESSION] = former
    assert (await browser.get("/account")).heading not in {"Dag Juf", "Hoi Noor!"}
    assert await stored(house, "session") == 0


async def test_two_at_home_with_one_pin_and_one_form_never_have_one_cookie(house: House) -> None:
    """The form of home says whose secret it asks for no more than the page does."""
    house.people["Finn"] = await add_child(house, house.school, house.groups["Groep 6"], "Finn", "Bos", pin="4711")
    codes = {name: await code_of(house, name) for name in ("Noor", "Finn")}
    browser = house.browser(ELSEWHERE)
    asks = await browser.choose(await browser.get(authorize_url().url), "way", "home")
    page = await browser.choose(asks, "code", codes["Finn"], kind="pin")
    form, floor = page.form("pin"), house.floor
    given = {**form.hidden, "pin": "4711"}
    began = browser_key(floor.keyring, browser.cookies[cookies.BROWSER][0])
    of_finn = await attempts.find(floor.store, floor.keyring, form.action.split("/")[2], began)
    page = await browser.choose(asks, "code", codes["Noor"], kind="pin")
    await browser.request("POST", form.action, data=given)
    assert (await browser.get("/account")).heading == "Hoi Noor!"
    of_noor = browser.cookies[cookies.SESSION]
    # The press for Finn found this one, before the one for Noor was answered.
    await attempts.keep(floor.store, floor.keyring, of_finn)
    await browser.request("POST", form.action, data=given)
    assert (await browser.get("/account")).heading == "Hoi Finn!"
    assert browser.cookies[cookies.SESSION] != of_noor
    browser.cookies[cookies.SESSION] = of_noor
    assert (await browser.get("/account")).heading not in {"Hoi Noor!", "Hoi Finn!"}


async def test_who_heard_nothing_of_his_code_begins_with_his_password(house: House) -> None:
    """A code is used by then: it brings no second session, and the first is over."""
    browser = house.browser()
    page = await to_the_password(browser, await browser.get(authorize_url().url))
    page = await browser.choose(page, "email", "ict@regenboog.example", password=PASSWORD)
    form, before = page.form("code"), dict(browser.cookies)
    given = {**form.hidden, "code": house.code()}
    first = await browser.request("POST", form.action, data=given)
    assert (first.location or "").startswith(CALLBACK)
    browser.cookies = before
    assert "password" in (await browser.post(form.action, given)).form("email").choices
    assert await stored(house, "session") == 0


@pytest.mark.parametrize("heard", [True, False], ids=["heard the first", "heard only the second"])
async def test_who_presses_the_last_button_twice_is_answered_twice(house: House, heard: bool) -> None:
    """Whether or not the first answer brought its cookie along: the browser shows what the second one says."""
    browser = house.browser()
    page = await to_the_password(browser, await browser.get(authorize_url().url))
    form, before = page.form("email"), dict(browser.cookies)
    given = {**form.hidden, "email": "juf@regenboog.example", "password": PASSWORD}
    first = await browser.request("POST", form.action, data=given)
    if not heard:
        browser.cookies = before
    second = await browser.request("POST", form.action, data=given)
    for page in (first, second):
        assert page.status == 303
        assert (page.location or "").startswith(CALLBACK + "?code=")
    assert (await browser.get("/account")).heading == "Dag Juf"
    assert await stored(house, "session") == 1
    await lapse(house, seconds=attempts.ANSWERED)
    assert (await browser.post(form.action, given)).status == 410


async def test_who_signed_out_presses_no_old_button(house: House) -> None:
    """The form of an answered attempt: nobody comes in by it, with its secret or with a wrong one."""
    browser, action, given = await to_the_last_button(house, "teacher", authorize_url())
    await browser.request("POST", action, data=given)
    leave = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**leave.hidden, "answer": "yes"})
    for password in (PASSWORD, "verkeerd"):
        assert (await browser.post(action, {**given, "password": password})).status == 410
    assert await stored(house, "session") == 0


async def test_another_button_of_an_answered_attempt_is_no_yes(house: House) -> None:
    """Back to the party, back to the groups, another account: only the form that was answered is answered again."""
    browser, action, given = await to_the_last_button(house, "teacher", authorize_url())
    await browser.request("POST", action, data=given)
    hidden = {name: value for name, value in given.items() if name not in {"email", "password"}}
    for other in ({**hidden, "back": "party"}, {**given, "email": "meester@regenboog.example"}):
        assert (await browser.post(action, other)).status == 410


async def test_of_five_that_resume_at_once_one_gets_a_code(house: House) -> None:
    browser, action, given = await to_the_last_button(house, "teacher", FETCHED)
    answer = await browser.request("POST", action, data=given)
    resume = answer.location or ""
    pages = await asyncio.gather(*(browser.request("GET", resume) for _ in range(5)))
    assert sorted(page.status for page in pages) == [200, 410, 410, 410, 410]
