"""An invitation by mail becomes an account, or a second workplace of an account; nothing happens before the yes (R16, R95, D15)."""

import re
from datetime import date

import pytest

from directory import contacts, operators
from directory.lifecycle import employments, memberships, staff
from directory.lifecycle.memberships import Newcomer
from directory.roles import BOARD_DIRECTOR
from tests.board.seating import board_of, takes_office
from tests.browser import Browser, Page
from tests.house import PASSWORD, House
from tests.journeys.mailbox import NEW_PASSWORD, chooses_password, link, mailed_to, mailing, signs_in
from tests.journeys.stories import add_school, add_staff, ledger_actions, teacher_signs_in

NEW = "nienke@regenboog.example"


async def invite(house: House, email: str = NEW, *, school_id: int = 0) -> int:
    who = Newcomer(email, "Nienke", "de", "Nieuw", ("ib",), date(2027, 7, 31))
    async with house.floor.database.begin() as db:
        at = school_id or house.school.id
        return await memberships.invite(db, house.floor.keyring, at, who, **mailing(house))


async def opens(house: House, email: str = NEW) -> tuple[Browser, Page]:
    browser = house.browser()
    return browser, await browser.get(await link(house, email, "/account/invitation"))


async def test_who_is_new_says_yes_chooses_a_password_and_signs_in(house: House) -> None:
    await invite(house)
    browser, page = await opens(house)
    assert page.heading == "Werkt u bij De Regenboog?"
    assert "IB&#39;er" in page.text
    assert "31 juli 2027" in page.text
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "Kies een wachtwoord"
    assert NEW in page.text
    page = await chooses_password(browser, page)
    assert page.heading == "Uw wachtwoord is opgeslagen"
    assert (await signs_in(browser, NEW)).heading == "Dag Nienke"
    done = await ledger_actions(house)
    assert done[-5:-1] == ["staff.invited", "staff.joined", "terms.read", "account.activated"]


async def test_only_looking_changes_nothing(house: House) -> None:
    """Programs that look through mail follow every link."""
    await invite(house)
    for _ in range(3):
        _, page = await opens(house)
        assert page.heading == "Werkt u bij De Regenboog?"
    assert (await ledger_actions(house))[-1] == "staff.invited"


async def test_a_no_is_a_no(house: House) -> None:
    await invite(house)
    browser, page = await opens(house)
    assert (await browser.choose(page, "answer", "no")).heading == "U hebt nee gezegd"
    _, again = await opens(house)
    assert (again.status, again.heading) == (410, "Deze link werkt niet meer")
    assert await mailed_to(house, NEW) == ["Uitnodiging van De Regenboog"]


async def test_an_account_without_a_school_is_no_more_a_links_than_another(house: House) -> None:
    """D15, D37: who has a role on a board signs in first; a party's contact and the platform's own people work at no school by a link."""
    await takes_office(house, "boven", BOARD_DIRECTOR, await board_of(house, house.school))
    async with house.floor.database.begin() as db:
        await contacts.add(db, house.party_id, "bouwer@rekenrijk.example", now=house.clock.now)
        await operators.add(db, "wacht@poortwachter.example", "helpdesk", now=house.clock.now)
    await invite(house, "boven@regenboog.example")
    browser, page = await opens(house, "boven@regenboog.example")
    assert page.offers("answer") == ["sign-in"]
    form = page.form("answer")
    page = await browser.post(form.action, {**form.hidden, "answer": "yes"})
    assert page.offers("password")
    for email in ("bouwer@rekenrijk.example", "wacht@poortwachter.example"):
        await invite(house, email)
        assert (await opens(house, email))[1].status == 410
    assert "staff.joined" not in await ledger_actions(house)


async def test_who_has_an_account_signs_in_first(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await invite(house, "juf@regenboog.example", school_id=other.id)
    browser, page = await opens(house, "juf@regenboog.example")
    assert page.offers("answer") == ["sign-in"]
    form = page.form("answer")
    # The link alone does not do it, whatever the form says.
    page = await browser.post(form.action, {**form.hidden, "answer": "yes"})
    assert "staff.joined" not in await ledger_actions(house)
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert page.heading == "Werkt u bij De Zonnebloem?"
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "Dag Juf"
    assert "De Zonnebloem" in page.text
    page = await teacher_signs_in(house.browser())
    assert page.heading == "Voor welke school werkt u nu?"


async def test_the_own_page_tells_of_an_invitation(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    browser = house.browser()
    assert "/account/invitations" not in (await teacher_signs_in(browser)).text
    await invite(house, "juf@regenboog.example", school_id=other.id)
    assert "/account/invitations" in (await browser.get("/account")).text
    page = await browser.get("/account/invitations")
    page = await browser.choose(page, "answer", "no")
    assert page.heading == "Dag Juf"
    assert "/account/invitations" not in page.text


async def test_an_invitation_to_somebody_else_cannot_be_answered(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await add_staff(house, "duo", "teacher")
    await invite(house, "juf@regenboog.example", school_id=other.id)
    foreign = await invite(house, "duo@regenboog.example", school_id=other.id)
    browser = house.browser()
    await teacher_signs_in(browser)
    page = await browser.get("/account/invitations")
    form = page.form("answer")
    page = await browser.post(form.action, {**form.hidden, "offer": str(foreign), "answer": "yes"})
    assert page.status == 410
    assert "staff.joined" not in await ledger_actions(house)


async def test_whose_account_works_nowhere_any_more_needs_the_link_only(house: House) -> None:
    async with house.floor.database.begin() as db:
        juf = await employments.by_address(db, house.school.id, "juf@regenboog.example")
        await staff.end(db, house.school.id, juf, by="x", now=house.clock.now)
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await invite(house, "juf@regenboog.example", school_id=other.id)
    browser, page = await opens(house, "juf@regenboog.example")
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "U werkt nu ook hier"
    assert (await teacher_signs_in(browser)).heading == "Dag Juf"


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("kort1", "te kort"),
        ("alleen-maar-letters", "geen cijfer"),
        ("1234-5678-90", "geen letter"),
        ("wachtwoord1", "te makkelijk"),
        ("Nieuw-nienke-1", "uw naam"),
        ("deregenboog-1", "van de school"),
        ("lang" * 50 + "1", "te lang"),
    ],
)
async def test_a_weak_first_password_is_refused_with_the_reason(house: House, password: str, said: str) -> None:
    await invite(house)
    browser, page = await opens(house)
    page = await browser.choose(page, "answer", "yes")
    page = await chooses_password(browser, page, password)
    assert page.status == 400
    assert page.heading == "Kies een wachtwoord"
    assert said in page.text
    assert password not in page.text
    assert re.search(r'name="terms"[^>]* checked', page.text), "what was agreed to is not asked again"
    assert (await chooses_password(browser, page)).heading == "Uw wachtwoord is opgeslagen"


async def test_an_old_link_brings_a_fresh_one_to_the_same_address(house: House) -> None:
    await invite(house)
    browser, page = await opens(house)
    page = await browser.choose(page, "answer", "yes")
    first = page.form("password").hidden
    house.clock.move(hours=24)
    page = await browser.get(f"/activate?token={first['token']}")
    assert page.heading == "Deze link is te oud"
    assert page.offers("password") == []
    page = await browser.choose(page, "again", "1")
    assert page.heading == "Er is een nieuwe link verstuurd"
    assert (await browser.post("/activate", {**first, "password": NEW_PASSWORD})).status == 410
    page = await browser.get(await link(house, NEW, "/activate"))
    assert (await chooses_password(browser, page)).heading == "Uw wachtwoord is opgeslagen"


async def test_a_link_makes_one_password(house: House) -> None:
    await invite(house)
    browser, page = await opens(house)
    page = await browser.choose(page, "answer", "yes")
    await chooses_password(browser, page)
    assert (await chooses_password(browser, page, "Een-heel-ander-woord-9")).status == 410
    assert (await signs_in(browser, NEW)).heading == "Dag Nienke"
