"""A party's contact: invited by mail, always with two steps, at the own party only, and nobody at any school (D7, D37)."""

import re

import pyotp
import pytest
from sqlalchemy import select

from directory import contacts
from directory import people as people_of_all
from directory.lifecycle import substitutes
from directory.lifecycle.substitutes import Substitute
from directory.models import Person
from idp.credentials import activation
from idp.web.party import rooms
from mfa import changes
from tests.browser import Browser, Page
from tests.conformance.relying_party import register
from tests.house import BASE, House, authorize_url, signed_in
from tests.inside import lapse
from tests.journeys.mailbox import chooses_password, link, signs_in
from tests.journeys.stories import step_of
from tests.sandbox.trying import EMAIL, OUTSIDE, contact_comes, plays, put_under_test


async def invited(house: House) -> Page:
    now = house.clock.now
    async with house.floor.database.begin() as db:
        made = await contacts.add(db, house.party_id, EMAIL, now=now)
        said = {"party": "Rekenrijk", "start": f"{BASE}/party", "contact": "helpdesk@example.nl", "base_url": BASE}
        await activation.invite(db, house.floor.keyring, [made.person_id], kind="party_contact", now=now, **said)
    browser = house.browser(OUTSIDE)
    page = await chooses_password(browser, await browser.get(await link(house, EMAIL, "/activate")))
    assert page.heading == "Uw wachtwoord is opgeslagen"
    return await signs_in(browser, EMAIL)


async def sets_up_an_app(browser: Browser, page: Page, house: House) -> Page:
    found = re.search(r'<p class="secret-text"><code>(.*?)</code>', page.text, re.S)
    assert found is not None
    secret = re.sub(r"<[^>]+>|\s", "", found[1])
    page = await browser.choose(page, "code", pyotp.TOTP(secret).at(house.clock.now))
    return await browser.choose(page, "kept", "1")


async def test_from_the_mail_to_the_test_environment(house: House) -> None:
    """D7: without a second factor a contact gets nowhere."""
    await put_under_test(house)
    page = await invited(house)
    browser = house.browser(OUTSIDE)
    page = await signs_in(browser, EMAIL)
    assert step_of(page) == "enrol"
    assert (await browser.get("/party")).heading != "Testomgeving van Rekenrijk"
    page = await signs_in(browser, EMAIL)
    page = await sets_up_an_app(browser, page, house)
    assert "Testomgeving van Rekenrijk" in page.text
    assert "De Regenboog" not in page.text
    page = await browser.get("/party")
    assert (page.status, page.heading) == (200, "Testomgeving van Rekenrijk")
    for copied in (BASE, f"{BASE}/.well-known/openid-configuration", "rekenrijk", "client_secret_basic"):
        assert copied in page.text


async def test_every_page_is_there_for_the_own_contact_alone(house: House) -> None:
    """C-324: for another party's contact, a school's coordinator and a child it is as if there were no such page."""
    people = await put_under_test(house)
    other = await register(house, "taalpaleis")
    await put_under_test(house, other)
    strangers = [
        await contact_comes(house, other, "bouwer@taalpaleis.example"),
        await signed_in(house, "ict", two_steps=True),
        await signed_in(house, "juf"),
    ]
    own, one = await contact_comes(house), people["Zoë"].person_id
    elsewhere = {"/party", "/party/{party}/exchanges/{exchange}", "/party/{party}/entities/{entity}/metadata"}
    paths = {route.path for route in rooms.ROUTES} - elsewhere
    for path in sorted(paths):
        address = path.replace("{party}", str(house.party_id)).replace("{person}", str(one))
        address = address.replace("{client}", "1")
        if "POST" not in next(iter(route.methods or () for route in rooms.ROUTES if route.path == path)):
            assert (await own.get(address)).status == 200, address
        for stranger in strangers:
            for method in ("GET", "POST"):
                assert (await stranger.request(method, address, data={})).status in {404, 405, 403}, address
            assert (await stranger.request("GET", address)).status in {404, 405}, address
    assert (await house.browser(OUTSIDE).get(f"/party/{house.party_id}")).offers("password")


async def test_a_contact_is_nobody_at_a_school_and_nobody_to_another_party(house: House) -> None:
    """D37: no school, no tile, no answer about the contact itself."""
    await put_under_test(house)
    await register(house, "taalpaleis")
    browser = await contact_comes(house)
    for path in (f"/desk/{house.school.code}", f"/classroom/{house.school.code}/1"):
        assert (await browser.get(path)).status == 403
    asked = authorize_url(client_id="taalpaleis")
    assert step_of(await browser.get(asked.url)) == "refused"
    page = await browser.request("GET", authorize_url(client_id="taalpaleis", prompt="none").url)
    assert page.query["error"] == "access_denied"


async def test_who_asks_silently_gets_whom_the_contact_played_last(house: House) -> None:
    """`prompt=none` can be tried too: nobody at first, then the last one chosen, for half an hour; and never the contact himself."""
    people = await put_under_test(house)
    browser, silently = await contact_comes(house), authorize_url(prompt="none").url
    assert (await browser.request("GET", silently)).query["error"] == "login_required"
    await plays(browser, people["Robin"])
    page = await browser.request("GET", silently)
    assert "code" in page.query
    async with house.floor.database.begin() as db:
        await people_of_all.end_sessions(db, people["Robin"].person_id)
    assert (await browser.request("GET", silently)).query["error"] == "login_required"
    await plays(browser, people["Sem"])
    assert "code" in (await browser.request("GET", silently)).query
    await lapse(house, minutes=31)
    assert (await browser.request("GET", silently)).query["error"] == "login_required"


async def test_no_school_keeps_a_contact_from_trying_by_binding_its_address_as_a_substitute(house: House) -> None:
    """D15: whatever a school does to an address without its owner's yes gives nothing, and takes nothing."""
    robin = (await put_under_test(house))["Robin"]
    browser = await contact_comes(house)
    who, said = Substitute(EMAIL, "Bo", None, "Uwer"), {"contact": "x", "by": "system", "now": house.clock.now}
    async with house.floor.database.begin() as db:
        await substitutes.bind(db, house.school.id, house.groups["Groep 6"], who, days=2, **said)  # type: ignore[arg-type]
    page, _ = await plays(browser, robin)
    assert "code" in page.query


async def test_a_party_that_is_not_under_test_has_a_first_page_only(house: House) -> None:
    browser = await contact_comes(house)
    page = await browser.get(f"/party/{house.party_id}")
    assert "staat nog uit" in page.text
    assert (await browser.get(f"/party/{house.party_id}/exchanges")).status == 404
    assert step_of(await browser.get(authorize_url().url)) == "refused"


async def test_the_last_second_factor_stays(house: House) -> None:
    """D7: without exception; nor does somebody else get in at the address that knows no party."""
    await contact_comes(house)
    async with house.floor.database.read() as db:
        [contact] = await contacts.of_party(db, house.party_id)
        assert await changes.required(db, contact.person_id, now=house.clock.now)
        assert not await changes.required(db, house.people["juf"], now=house.clock.now)
    assert (await (await signed_in(house, "juf")).get("/party")).status == 404
    assert (await house.browser(OUTSIDE).get("/party")).offers("password")


async def test_removed_means_at_once_and_for_good(house: House) -> None:
    people = await put_under_test(house)
    browser = await contact_comes(house)
    page = await browser.get(authorize_url().url)
    async with house.floor.database.begin() as db:
        gone = await contacts.remove(db, house.party_id, EMAIL)
    page = await browser.choose(page, "person", str(people["Zoë"].person_id))
    assert not (page.location or "").startswith("https://rekenrijk.example")
    assert (await browser.get(f"/party/{house.party_id}")).offers("password")
    async with house.floor.database.read() as db:
        assert (await db.execute(select(Person.id).where(Person.id == gone.person_id))).scalar() is None
        with pytest.raises(LookupError):
            await contacts.remove(db, house.party_id, EMAIL)


async def test_an_account_of_a_school_becomes_nobodys_contact(house: House) -> None:
    async with house.floor.database.begin() as db:
        with pytest.raises(ValueError, match="another account"):
            await contacts.add(db, house.party_id, "juf@regenboog.example", now=house.clock.now)
