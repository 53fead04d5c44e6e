"""Somebody forgot: asks, reads the mail, chooses another password, and proves himself as always (R85, R96, C-314)."""

import re

from sqlalchemy import delete, select, update

from directory import people
from directory.models import Person
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import MailedLink, Password
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, PASSWORD, House
from tests.inside import lapse
from tests.journeys.mailbox import NEW_PASSWORD, link, mailed_to, signs_in
from tests.journeys.stories import at_our_door, step_of, teacher_signs_in

EMAIL = "juf@regenboog.example"
ASK, RESET = "/password/forgotten", "/password/reset"


async def asks(house: House, email: str = EMAIL, *, browser: Browser | None = None) -> Page:
    """Asks for a link and waits until whatever follows the answer is done."""
    browser = browser or house.browser(ELSEWHERE)
    page = await browser.choose(await browser.get(ASK), "email", email)
    await house.resources.afterwards.done()
    return page


async def chooses(house: House, browser: Browser, password: str = NEW_PASSWORD, *, email: str = EMAIL) -> Page:
    page = await browser.get(await link(house, email, RESET))
    return await browser.choose(page, "password", password)


async def test_from_the_page_of_the_password_to_a_new_one(house: House) -> None:
    elsewhere = house.browser()
    await teacher_signs_in(elsewhere)
    browser = house.browser(ELSEWHERE)
    page = await at_our_door(browser)
    assert f'href="{ASK}"' in page.text
    assert "e-mailadres dat uw school" in (await browser.get(ASK)).text
    page = await asks(house, " Juf@Regenboog.example ", browser=browser)
    assert page.heading == "Kijk in uw postvak"
    assert "noreply@poortwachter.example" in page.text
    page = await chooses(house, browser)
    assert page.heading == "Uw nieuwe wachtwoord werkt"
    assert (await signs_in(house.browser(), EMAIL)).heading == "Dag Juf"
    assert (await signs_in(house.browser(), EMAIL, PASSWORD)).heading == "Inloggen als medewerker"
    assert (await elsewhere.get("/account")).heading == "Wie staat er voor de poort?", "every session ended"
    assert await mailed_to(house, EMAIL) == [
        "Kies een nieuw wachtwoord voor Poortwachter",
        "Uw wachtwoord is veranderd",
    ]
    async with house.floor.database.read() as db:
        bodies = list((await db.execute(select(Mail.body).where(Mail.recipient == EMAIL))).scalars())
        done = list((await db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id))).scalars())
    assert all("23 november 2026" in body and "198.51.100.x" in body and "helpdesk@" in body for body in bodies), bodies
    assert {"password.link_sent", "password.reset"} <= set(done)


async def test_the_second_factor_is_asked_for_all_the_same(house: House) -> None:
    await asks(house, "ict@regenboog.example")
    browser = house.browser()
    await chooses(house, browser, email="ict@regenboog.example")
    page = await signs_in(browser, "ict@regenboog.example")
    assert step_of(page) == "second_factor"
    assert (await browser.choose(page, "code", house.code())).heading == "Dag Ict"


async def test_the_token_stays_in_no_address(house: House) -> None:
    await asks(house)
    browser = house.browser()
    mailed = await link(house, EMAIL, RESET)
    first = await browser.request("GET", mailed)
    assert (first.status, first.location) == (303, f"{browser.base}{RESET}")
    assert first.response.headers["referrer-policy"] == "no-referrer"
    page = await browser.get(RESET)
    assert page.heading == "Kies een nieuw wachtwoord"
    assert re.findall(r'(?:href|src|action)="[^"]*[0-9a-f]{8}-', page.text) == []
    page = await browser.choose(page, "password", NEW_PASSWORD)
    assert "__Host-link" not in browser.cookies
    assert (await browser.get(RESET)).status == 410


async def test_a_link_works_once_and_for_half_an_hour_and_a_newer_one_ends_it(house: House) -> None:
    await asks(house)
    first = await link(house, EMAIL, RESET)
    await asks(house)
    assert (await house.browser().get(first)).status == 410
    browser = house.browser()
    newest = await browser.get(await link(house, EMAIL, RESET))
    house.clock.move(seconds=30 * 60)
    page = await browser.choose(newest, "password", NEW_PASSWORD)
    assert page.heading == "Er is een nieuwe link verstuurd", "what was opened in time is too late as well"
    page = await browser.get(await link(house, EMAIL, RESET))
    assert await browser.choose(page, "password", NEW_PASSWORD)
    assert (await signs_in(house.browser(), EMAIL)).heading == "Dag Juf"
    again = await browser.post(RESET, {**page.form("password").hidden, "password": "Nog-een-ander-woord-8"})
    assert again.status == 410
    assert (await signs_in(house.browser(), EMAIL)).heading == "Dag Juf"


async def test_an_expired_link_offers_a_fresh_one_to_the_same_address_and_shows_none(house: House) -> None:
    await asks(house)
    mailed = await link(house, EMAIL, RESET)
    house.clock.move(seconds=30 * 60)
    browser = house.browser()
    page = await browser.get(mailed)
    assert page.heading == "Deze link is te oud"
    page = await browser.choose(page, "again", "1")
    assert page.heading == "Er is een nieuwe link verstuurd"
    fresh = await link(house, EMAIL, RESET)
    assert fresh != mailed
    assert fresh.partition("=")[2] not in page.text
    assert (await chooses(house, house.browser())).heading == "Uw nieuwe wachtwoord werkt"


async def test_a_link_is_for_the_address_that_it_was_mailed_to(house: House) -> None:
    await asks(house)
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.email == EMAIL).values(email="nieuw@regenboog.example"))
    assert (await house.browser().get(await link(house, EMAIL, RESET))).status == 410


async def test_who_has_no_password_gets_an_activation_instead(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(Password).where(Password.person_id == house.people["juf"]))
    await asks(house)
    assert await mailed_to(house, EMAIL) == ["Maak uw account aan bij Poortwachter"]
    page = await house.browser().get(await link(house, EMAIL, "/activate"))
    assert page.heading == "Kies een wachtwoord"


async def test_nobody_else_is_mailed_anything(house: House) -> None:
    async with house.floor.database.begin() as db:
        ex = await people.new_person(
            db, kind="staff", first_name="Ex", prefix=None, surname="Jansen", email="ex@x.example", now=house.clock.now
        )
        await db.execute(update(Person).where(Person.id == ex).values(disabled=True))
    for email in ("wie@regenboog.example", "ex@x.example", "", "Noor", "juf@regenboog.example\nBcc: x@x.example"):
        assert (await asks(house, email)).heading == "Kijk in uw postvak"
    async with house.floor.database.read() as db:
        assert list((await db.execute(select(Mail.recipient))).scalars()) == []
        assert list((await db.execute(select(MailedLink.person_id))).scalars()) == []


async def test_a_weak_password_is_refused_and_the_link_goes_on_working(house: House) -> None:
    email = "sterrenkijker@regenboog.example"
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.email == EMAIL).values(email=email))
    await asks(house, email)
    browser = house.browser()
    page = await chooses(house, browser, "Regenboog1", email=email)
    assert page.status == 400
    page = await browser.choose(page, "password", "sterrenkijker-7")
    assert page.status == 400, "the name before the @ is a name too"
    assert (await browser.choose(page, "password", NEW_PASSWORD)).heading == "Uw nieuwe wachtwoord werkt"


async def test_mails_to_one_address_have_pauses_and_the_newest_works_all_the_while(house: House) -> None:
    for _ in range(20):
        assert (await asks(house)).heading == "Kijk in uw postvak"
    assert len(await mailed_to(house, EMAIL)) == 3
    for _ in range(8):
        await lapse(house, seconds=15 * 60)
        await asks(house, browser=house.browser("203.0.113.9"))
        assert (await house.browser().get(await link(house, EMAIL, RESET))).heading == "Kies een nieuw wachtwoord"


async def test_a_remembered_user_name_is_easily_forgotten(house: House) -> None:
    browser = house.browser()
    page = await browser.choose(await at_our_door(browser), "email", EMAIL, password=PASSWORD, remember="1")
    await browser.post("/signout", page.form("ticket").hidden) if page.offers("ticket") else None
    page = await at_our_door(browser)
    assert f'value="{EMAIL}"' in page.text
    page = await browser.choose(page, "forget_name", "1")
    assert step_of(page) == "password"
    assert EMAIL not in page.text
    assert EMAIL not in (await at_our_door(browser)).text


async def test_a_tablet_of_the_class_remembers_nobody(house: House) -> None:
    browser = house.browser()
    page = await browser.get(f"/login/leerlingen/snelkoppelaar?INSTELLING_REF={house.school.instelling_ref}")
    assert step_of(page) == "group"
    page = await browser.choose(page, "back", "way")
    page = await browser.choose(page, "way", "staff")
    assert page.offers("remember") == []
    form = page.form("email")
    await browser.post(form.action, {**form.hidden, "email": EMAIL, "password": PASSWORD, "remember": "1"})
    assert "__Host-email" not in browser.cookies


async def test_english_gets_english(house: House) -> None:
    browser = house.browser(language="en")
    page = await asks(house, browser=browser)
    assert page.heading == "Look in your mailbox"
    assert await mailed_to(house, EMAIL) == ["Choose a new password for Poortwachter"]
