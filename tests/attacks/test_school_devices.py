"""Attacks with enrolled devices (D23): a stolen cookie, a withdrawn link, another school's device, a session that is carried away."""

import pytest
from sqlalchemy import select

from directory import device_links, devices
from directory.models import Device
from idp.http import cookies
from tests.house import ELSEWHERE, House, authorize_url, pupil_signs_in
from tests.journeys.stories import add_child, add_group, add_school, shortcut, step_of
from tests.journeys.test_an_enrolled_device import NOOR, link, opens


async def test_a_stolen_cookie_after_withdrawal_is_nothing_that_minute(house: House) -> None:
    tablet, thief = house.browser(ELSEWHERE), house.browser(ELSEWHERE)
    _, token = await link(house)
    page = await opens(tablet, token)
    thief.cookies[cookies.ENROLLED] = tablet.cookies[cookies.ENROLLED]
    await pupil_signs_in(tablet, page, house, *NOOR)
    thieves_page = await thief.get(shortcut(house.school))
    assert step_of(thieves_page) == "group", "until it is withdrawn, the cookie is the device"
    async with house.floor.database.begin() as db:
        device_id = (await db.execute(select(Device.id))).scalar_one()
        await devices.withdraw(db, house.school.id, device_id)
    assert step_of(await thief.get(thieves_page.url)) == "not_here", "also in the middle of a sign-in"
    assert step_of(await thief.get(shortcut(house.school))) == "not_here"
    assert "code" not in (await tablet.request("GET", authorize_url().url)).query, "the child's session ends with it"
    assert (await tablet.get("/account")).heading != "Hoi Noor!"


async def test_a_session_that_leaves_its_device_proves_nothing(house: House) -> None:
    tablet, elsewhere = house.browser(ELSEWHERE), house.browser(ELSEWHERE)
    _, token = await link(house)
    await pupil_signs_in(tablet, await opens(tablet, token), house, *NOOR)
    for name in (cookies.SESSION, cookies.BROWSER):
        elsewhere.cookies[name] = tablet.cookies[name]
    assert "code" not in (await elsewhere.request("GET", authorize_url().url)).query
    assert (await elsewhere.get("/account")).heading != "Hoi Noor!"
    assert "code" in (await tablet.request("GET", authorize_url().url)).query, "on the device it still does"


async def test_a_device_of_one_school_sees_nobody_of_another(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX", networks=["203.0.113.0/24"])
    group_id = await add_group(house, other, "Groep 5")
    mila = await add_child(house, other, group_id, "Mila", "Bos", pin="2468")
    tablet, there = house.browser(ELSEWHERE), house.browser("203.0.113.9")
    _, token = await link(house)
    await opens(tablet, token)
    assert step_of(await tablet.get(shortcut(other))) == "not_here"
    # An attempt that is at Mila's secret already, given to the device: the secret is compared for nobody who does not stand there.
    page = await there.choose(await there.get(shortcut(other)), "group", str(group_id))
    page = await there.choose(page, "child", str(mila))
    tablet.cookies[cookies.BROWSER] = there.cookies[cookies.BROWSER]
    form = page.form("pin")
    refused = await tablet.post(form.action, {**form.hidden, "pin": "2468"})
    assert step_of(refused) == "not_here"
    assert "Mila" not in refused.text


@pytest.mark.parametrize("forged", ["", "x", "x" * 43, "x; __Host-session=y", "'" * 43])
async def test_a_forged_cookie_is_no_device(house: House, forged: str) -> None:
    browser = house.browser(ELSEWHERE)
    browser.cookies[cookies.ENROLLED] = (forged, "Lax")
    page = await browser.get(shortcut(house.school))
    assert step_of(page) == "not_here"


async def test_a_link_after_withdrawal_and_a_forged_one_enrol_nothing(house: House) -> None:
    link_id, token = await link(house)
    async with house.floor.database.begin() as db:
        await device_links.withdraw(db, house.school.id, link_id)
    for given in (token, "x" * 43, ""):
        browser = house.browser(ELSEWHERE)
        page = await opens(browser, given)
        assert page.status == 410
        assert page.heading == "Dit apparaat is niet aangemeld"
        assert cookies.ENROLLED not in browser.cookies


async def test_a_link_that_is_passed_on_enrols_no_more_than_the_school_said(house: House) -> None:
    _, token = await link(house, most_a_day=1)
    assert step_of(await opens(house.browser(ELSEWHERE), token)) == "group"
    assert (await opens(house.browser(ELSEWHERE), token)).status == 410


async def test_no_other_site_makes_a_browser_a_device_of_its_school(house: House) -> None:
    _, token = await link(house)
    victim = house.browser(ELSEWHERE)
    await victim.get("/device")
    for ticket in ("", "0" * 32):
        page = await victim.request("POST", "/device", data={"ticket": ticket, "token": token}, cross_site=True)
        assert page.status == 403
    assert cookies.ENROLLED not in victim.cookies


async def test_looking_at_a_link_spends_nothing_and_its_token_is_never_in_an_address(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    _, token = await link(house, most_a_day=1)
    browser = house.browser(ELSEWHERE)
    for _ in range(3):
        await house.browser(ELSEWHERE).get("/device")
    page = await opens(browser, token)
    assert token not in page.url
    assert token not in page.text
    assert token not in caplog.text
    assert browser.cookies[cookies.ENROLLED][0] not in caplog.text
