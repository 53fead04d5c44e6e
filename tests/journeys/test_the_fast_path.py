"""Who is signed in and allowed goes through: no page, no redirect to ourselves, no row for a pending sign-in (architecture, section 2)."""

from dataclasses import replace

import pyotp
import pytest
from sqlalchemy import func, select

from consent.models import Release
from directory import home
from mfa import totp
from tests.house import BASE, CALLBACK, ELSEWHERE, House, authorize_url, pupil_signs_in, redeem
from tests.inside import lapse, stored
from tests.journeys.home import code_of, types_code
from tests.journeys.stories import shortcut, step_of, teacher_signs_in
from tests.journeys.test_a_publisher_asks_over_saml import answered, publish, request, status_of
from tests.protocols.saml import party as sp


async def releases(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(Release))).scalar_one()


@pytest.mark.parametrize("kind", ["pupil", "staff"])
async def test_one_request_one_answer_and_nothing_kept_of_the_question(house: House, kind: str) -> None:
    browser = house.browser()
    if kind == "pupil":
        await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    else:
        await teacher_signs_in(browser)
    before = await stored(house, "attempt")
    for _ in range(3):
        asked = authorize_url()
        page = await browser.request("GET", asked.url)
        assert page.status == 302
        assert (page.location or "").startswith(CALLBACK + "?code=")
        assert await stored(house, "attempt") == before
        assert (await redeem(house, browser, page, asked)).status_code == 200
    assert await releases(house) == 3


async def test_over_saml_the_answer_is_the_page_that_carries_it(house: House) -> None:
    await publish(house)
    browser = house.browser()
    await teacher_signs_in(browser)
    before = await stored(house, "attempt")
    query = sp.redirect(request(house)).decode()
    page = await browser.request("GET", f"/saml/sso?{query}")
    assert page.status == 200
    assert status_of(answered(page)[0]) == ["Success"]
    assert await stored(house, "attempt") == before
    assert await releases(house) == 1


async def test_over_saml_a_childs_session_ends_at_the_schools_fence_too(house: House) -> None:
    await publish(house)
    at_school, at_home = house.browser(), house.browser(ELSEWHERE)
    await pupil_signs_in(at_school, await at_school.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    at_home.cookies = at_school.cookies
    query = sp.redirect(request(house)).decode()
    page = await at_home.get(f"/saml/sso?{query}")
    assert page.heading == "Wie staat er voor de poort?"
    assert "SAMLResponse" not in page.text
    page = await at_school.request("GET", f"/saml/sso?{query}")
    assert status_of(answered(page)[0]) == ["Success"]
    assert await releases(house) == 1


async def test_over_saml_what_was_opened_at_home_ends_when_the_school_sends_its_children_elsewhere(
    house: House,
) -> None:
    await publish(house)
    browser, query = house.browser(ELSEWHERE), sp.redirect(request(house)).decode()
    await types_code(browser, await code_of(house, "Noor"), "4711")
    page = await browser.request("GET", f"/saml/sso?{query}")
    assert status_of(answered(page)[0]) == ["Success"]
    async with house.floor.database.begin() as db:
        await home.decide(db, house.school.id, replace(home.USUAL, way="network", network_name="Schoolplein"))
    page = await browser.get(f"/saml/sso?{query}")
    assert page.heading == "Wie staat er voor de poort?"
    assert await releases(house) == 1


async def test_a_passive_question_of_a_stranger_leaves_nothing_behind_either(house: House) -> None:
    page = await house.browser().request("GET", authorize_url(prompt="none").url)
    assert page.status == 302
    assert page.query["error"] == "login_required"
    assert page.query["iss"] == BASE
    assert await stored(house, "attempt") == 0


async def test_a_session_in_use_stays_awake(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    for _ in range(5):
        await lapse(house, minutes=50)
        assert "code" in (await browser.request("GET", authorize_url().url)).query


async def test_staff_sleep_after_an_hour_and_leave_after_twelve(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    await lapse(house, minutes=61)
    assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"
    await teacher_signs_in(browser)
    for _ in range(14):
        await lapse(house, minutes=50)
        assert "code" in (await browser.request("GET", authorize_url().url)).query
    await lapse(house, minutes=50)
    assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"


async def test_a_step_up_begins_no_new_day(house: House) -> None:
    """C-319: twelve hours count from the password, also where a second factor is given in the tenth."""
    browser = house.browser()
    await teacher_signs_in(browser)
    for _ in range(12):
        await lapse(house, minutes=50)
        assert "code" in (await browser.request("GET", authorize_url().url)).query
    secret = totp.new_secret()
    async with house.floor.database.begin() as db:
        await totp.enrol(db, house.floor.keyring, house.people["juf"], secret, used_step=0, now=house.clock.now)
    page = await browser.get(authorize_url().url)
    assert step_of(page) == "second_factor"
    assert "code" in (await browser.choose(page, "code", pyotp.TOTP(secret).at(house.clock.now))).query
    for _ in range(2):
        await lapse(house, minutes=50)
        assert "code" in (await browser.request("GET", authorize_url().url)).query
    await lapse(house, minutes=50)
    assert (await browser.get(authorize_url(prompt="none").url)).query["error"] == "login_required"
