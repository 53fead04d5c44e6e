"""A session is new at every proof, dead after the last one, and nobody else ends it (C-133, C-135, C-318 to C-321)."""

import pytest
from sqlalchemy import update

from directory import people
from directory.models import Person
from idp.http import cookies
from tests.house import PASSWORD, House, authorize_url, pupil_signs_in, staff_signs_in
from tests.inside import stored
from tests.journeys.stories import (
    at_our_door,
    teacher_signs_in,
    to_the_password,
)

NOOR = ("Noor", "Groep 6", "4711")


async def test_every_sign_in_has_a_new_session_and_the_old_one_is_dead(house: House) -> None:
    browser = house.browser()
    seen = []
    for _ in range(3):
        await teacher_signs_in(browser)
        seen.append(browser.cookies[cookies.SESSION])
    assert len(set(seen)) == 3
    for cookie in seen[:-1]:
        browser.cookies[cookies.SESSION] = cookie
        assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert await stored(house, "session") == 1


async def test_a_cookie_that_somebody_planted_becomes_nobodys_session(house: House) -> None:
    """Session fixation: the value that was there before the sign-in is not the value after it."""
    browser = house.browser()
    browser.cookies[cookies.SESSION] = ("planted-by-an-attacker", "Lax")
    await teacher_signs_in(browser)
    assert browser.cookies[cookies.SESSION][0] != "planted-by-an-attacker"
    other = house.browser()
    other.cookies[cookies.SESSION] = ("planted-by-an-attacker", "Lax")
    assert (await other.get("/account")).heading == "Wie staat er voor de poort?"


async def test_stepping_up_and_proving_again_change_the_session_too(house: House) -> None:
    browser = house.browser()
    page = await staff_signs_in(browser, await browser.get(authorize_url().url), "juf")
    before = browser.cookies[cookies.SESSION]
    page = await to_the_password(browser, await browser.get(authorize_url(prompt="login").url))
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert "code" in page.query
    assert browser.cookies[cookies.SESSION] != before
    browser.cookies[cookies.SESSION] = before
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"


async def test_after_signing_out_the_cookie_opens_nothing_and_back_shows_nothing(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    kept = browser.cookies[cookies.SESSION]
    form = (await browser.get("/signout")).form("answer")
    assert (await browser.post("/signout", {**form.hidden, "answer": "yes"})).heading == "U bent uitgelogd"
    browser.cookies[cookies.SESSION] = kept
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"
    assert await stored(house, "session") == 0


async def test_the_last_page_of_a_finished_sign_in_does_not_open_it_again(house: House) -> None:
    browser = house.browser()
    page = await at_our_door(browser)
    where = page.url
    await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    form = (await browser.get("/signout")).form("answer")
    await browser.post("/signout", {**form.hidden, "answer": "yes"})
    page = await browser.get(where)
    assert page.heading == "Wie staat er voor de poort?"
    assert cookies.SESSION not in browser.cookies


@pytest.mark.parametrize("how", ["ended", "disabled"])
@pytest.mark.parametrize("kind", ["pupil", "staff"])
async def test_a_session_ends_everywhere_at_once_with_the_epoch_or_the_account(
    house: House, how: str, kind: str
) -> None:
    """C-319, D26: what a school or the person ends holds on the very next request, in every browser and half way through a sign-in."""
    browsers = [house.browser(), house.browser()]
    for browser in browsers:
        if kind == "pupil":
            await pupil_signs_in(browser, await browser.get(authorize_url().url), house, *NOOR)
        else:
            await teacher_signs_in(browser)
    who = house.people["Noor" if kind == "pupil" else "juf"]
    half_way = await browsers[0].get(authorize_url(prompt="login").url)
    async with house.floor.database.begin() as db:
        if how == "ended":
            await people.end_sessions(db, who)
        else:
            await db.execute(update(Person).where(Person.id == who).values(disabled=True))
    for browser in browsers:
        assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
        assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"
        assert "code" not in (await browser.get(authorize_url().url)).query
    assert (await browsers[0].get(half_way.url)).status == 200


@pytest.mark.parametrize("ticket", ["", "0" * 32], ids=["missing", "made up"])
async def test_nobody_is_signed_out_by_a_strangers_form(house: House, ticket: str) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    answer = await browser.post("/signout", {"ticket": ticket, "answer": "yes"})
    assert answer.status == 403
    assert (await browser.get("/account")).heading == "Dag Juf"


async def test_a_sign_out_ticket_is_of_one_session(house: House) -> None:
    one, other = house.browser(), house.browser()
    await teacher_signs_in(one)
    await teacher_signs_in(other)
    form = (await one.get("/signout")).form("answer")
    assert (await other.post("/signout", {**form.hidden, "answer": "yes"})).status == 403
