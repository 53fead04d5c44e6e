"""The platform's own people: invited, always with two steps of our own, at their own pages only, and nobody at any school (D7, D37, C-324)."""

import re
from collections.abc import AsyncIterator

import pyotp
import pytest

from directory import operators, people
from directory.lifecycle import substitutes
from directory.lifecycle.substitutes import Substitute
from idp.credentials import activation
from idp.signin.sessions import IDLE_ON_DUTY, NETWORK
from mfa import changes
from tests.browser import Browser, Page
from tests.clock import Clock
from tests.helpdesk.working import HELPDESK, OFFICE, OPERATOR, appointed, below, comes_to_work
from tests.house import BASE, House, authorize_url, open_house, signed_in
from tests.inside import lapse
from tests.journeys.mailbox import chooses_password, link, signs_in
from tests.journeys.stories import step_of
from tests.storage import Storage
from tests.upstreams.kit import settings_for

PAGES = below("/helpdesk")


@pytest.fixture(scope="module")
async def kept(storage: Storage, shared: None) -> AsyncIterator[House]:
    """One house for what changes nothing that another test looks at."""
    async with open_house(settings_for(storage), Clock(), storage) as house:
        yield house


async def invited(house: House) -> Page:
    now = house.clock.now
    async with house.floor.database.begin() as db:
        made = await operators.add(db, HELPDESK, "helpdesk", now=now)
        said = {"start": f"{BASE}/helpdesk", "contact": "helpdesk@example.nl", "base_url": BASE}
        await activation.invite(db, house.floor.keyring, [made.person_id], kind="on_duty", now=now, **said)
    browser = house.browser(OFFICE)
    page = await chooses_password(browser, await browser.get(await link(house, HELPDESK, "/activate")))
    assert page.heading == "Uw wachtwoord is opgeslagen"
    return page


async def sets_up_an_app(browser: Browser, page: Page, house: House) -> Page:
    found = re.search(r'<p class="secret-text"><code>(.*?)</code>', page.text, re.S)
    assert found is not None
    secret = re.sub(r"<[^>]+>|\s", "", found[1])
    page = await browser.choose(page, "code", pyotp.TOTP(secret).at(house.clock.now))
    return await browser.choose(page, "kept", "1")


async def test_from_the_mail_to_the_helpdesk(house: House) -> None:
    """D7: a password alone opens nothing; nor is somebody of the platform told about to a party."""
    await invited(house)
    browser = house.browser(OFFICE)
    page = await signs_in(browser, HELPDESK)
    assert step_of(page) == "enrol"
    for method, address in PAGES:
        assert (await browser.request(method, address, data={})).heading != "Vandaag", address
    page = await sets_up_an_app(browser, await signs_in(browser, HELPDESK), house)
    assert "Naar de helpdesk" in page.text
    page = await browser.get("/helpdesk")
    assert (page.status, page.heading) == (200, "Vandaag")
    page = await browser.get("/helpdesk/schools?q=regenboog")
    page = await browser.get("/helpdesk/schools/99ZZ")
    assert (page.status, page.heading) == (200, "De Regenboog")
    assert "Rekenrijk" not in page.text
    assert step_of(await browser.get(authorize_url().url)) == "refused"
    assert (await browser.request("GET", authorize_url(prompt="none").url)).query["error"] == "access_denied"


async def test_without_a_second_factor_there_is_no_page_by_any_route(kept: House) -> None:
    """By an old session of one step, by one that a network provider opened, or by one that began before the duty did: prove it anew."""
    other = ("pwd", "otp", NETWORK), ("pwd", "otp")
    browsers = [await comes_to_work(kept, "operator", two_steps=False)]
    browsers += [await comes_to_work(kept, "operator", ways=ways) for ways in other]
    assert len(PAGES) > 2
    for browser in browsers:
        for method, address in PAGES:
            page = await browser.request(method, address, data={})
            assert (page.status, "/signin/" in (page.location or "")) == (303, True), (method, address)
    async with kept.floor.database.read() as db:
        person_id = await appointed(kept, "operator")
        assert await changes.required(db, person_id, now=kept.clock.now)


async def test_a_quarter_of_an_hour_without_a_touch_ends_it(house: House) -> None:
    """And a school's own staff go on as they did (C-319)."""
    browser, teacher = await comes_to_work(house, "operator"), await signed_in(house, "juf")
    for _ in range(2):
        await lapse(house, seconds=IDLE_ON_DUTY - 5)
        assert (await browser.get("/helpdesk")).status == 200
    await lapse(house, seconds=IDLE_ON_DUTY + 1)
    assert (await browser.get("/helpdesk")).offers("password")
    assert (await teacher.get("/account")).heading == "Dag Juf"


async def test_a_duty_ends_at_once_and_is_never_a_schools(house: House) -> None:
    browser, now = await comes_to_work(house, "operator"), house.clock.now
    async with house.floor.database.begin() as db:
        assert [(one.email, one.duty) for one in await operators.listed(db)] == [(OPERATOR, "operator")]
        with pytest.raises(ValueError, match="another account"):
            await operators.add(db, "juf@regenboog.example", "helpdesk", now=now)
        await operators.add(db, OPERATOR, "helpdesk", now=now)
    assert (await browser.get("/helpdesk")).offers("password")
    browser = await comes_to_work(house, "helpdesk", OPERATOR)
    person_id = await appointed(house, "helpdesk", OPERATOR)
    async with house.floor.database.begin() as db:
        await people.employ(db, house.school.id, person_id, ["teacher"])
        assert await operators.duty_of(db, person_id) is None
    assert (await browser.get("/helpdesk")).heading != "Vandaag"
    async with house.floor.database.begin() as db:
        assert await operators.listed(db) == []
        with pytest.raises(LookupError):
            await operators.remove(db, OPERATOR)


async def test_removed_means_at_once_and_for_good(house: House) -> None:
    browser = await comes_to_work(house, "helpdesk")
    async with house.floor.database.begin() as db:
        gone = await operators.remove(db, HELPDESK)
    assert (await browser.get("/helpdesk")).offers("password")
    async with house.floor.database.read() as db:
        assert await people.email_of(db, gone.person_id) is None


async def test_no_school_takes_the_helpdesk_away_by_binding_its_address_as_a_substitute(house: House) -> None:
    """D15: whatever a school does to an address without its owner's yes gives nothing, and takes nothing."""
    browser, now = await comes_to_work(house, "helpdesk"), house.clock.now
    who = Substitute(HELPDESK, "Hilde", None, "Hulp")
    async with house.floor.database.begin() as db:
        said = {"days": 2, "contact": "helpdesk@example.nl", "by": "system", "now": now}
        await substitutes.bind(db, house.school.id, house.groups["Groep 6"], who, **said)  # type: ignore[arg-type]
    assert (await browser.get("/helpdesk")).heading == "Vandaag"
    async with house.floor.database.begin() as db:
        assert [one.email for one in await operators.listed(db)] == [HELPDESK]
        assert (await operators.remove(db, HELPDESK)).duty == "helpdesk", "who goes can be sent away as before"
