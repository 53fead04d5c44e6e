"""The *gebruikersovereenkomst*: shown with the activation, and once more when there is a newer version; who read which, and when, is kept (R16)."""

from sqlalchemy import delete, select, update

from directory.models import Person
from idp.credentials import terms
from idp.credentials.models import Password, TermsRead
from tests.browser import Browser, Page
from tests.house import ELSEWHERE, PASSWORD, House, authorize_url
from tests.journeys.mailbox import NEW_PASSWORD, link, signs_in
from tests.journeys.stories import ledger_actions, step_of, teacher_signs_in

EMAIL = "juf@regenboog.example"
OLDER = "2020-01"


async def read(house: House, name: str = "juf") -> dict[str, object]:
    """The versions that somebody read, and when."""
    async with house.floor.database.read() as db:
        mine = TermsRead.person_id == house.people[name]
        rows = (await db.execute(select(TermsRead.version, TermsRead.read_at).where(mine))).all()
    return {row.version: row.read_at for row in rows}


async def read_an_older_one(house: House, name: str = "juf") -> None:
    async with house.floor.database.begin() as db:
        await db.execute(update(TermsRead).where(TermsRead.person_id == house.people[name]).values(version=OLDER))


async def opens_activation(house: House, browser: Browser) -> Page:
    async with house.floor.database.begin() as db:
        await db.execute(delete(Password).where(Password.person_id == house.people["juf"]))
        await db.execute(delete(TermsRead).where(TermsRead.person_id == house.people["juf"]))
    asking = house.browser(ELSEWHERE)
    await asking.choose(await asking.get("/password/forgotten"), "email", EMAIL)
    await house.resources.afterwards.done()
    return await browser.get(await link(house, EMAIL, "/activate"))


async def test_activation_shows_it_and_keeps_version_and_moment(house: House) -> None:
    browser = house.browser()
    page = await opens_activation(house, browser)
    assert "Belangrijk om te weten" in page.text
    assert f"Gebruikersovereenkomst (versie {terms.VERSION})" in page.text
    unread = await browser.choose(page, "password", NEW_PASSWORD)
    assert unread.status == 400
    assert await read(house) == {}
    old = await browser.choose(unread, "password", NEW_PASSWORD, terms=OLDER)
    assert old.status == 400
    page = await browser.choose(old, "password", NEW_PASSWORD, terms=terms.VERSION)
    assert page.heading == "Uw wachtwoord is opgeslagen"
    assert await read(house) == {terms.VERSION: house.clock.now}
    assert (await signs_in(browser, EMAIL)).heading == "Dag Juf", "and is not shown again"
    assert "terms.read" in await ledger_actions(house)


async def test_a_newer_version_is_shown_once_at_the_next_sign_in(house: House) -> None:
    signed_in = house.browser()
    await teacher_signs_in(signed_in)
    await read_an_older_one(house)
    assert (await signed_in.get("/account")).heading == "Dag Juf", "who is signed in is left in peace"
    browser = house.browser()
    page = await teacher_signs_in(browser)
    assert (step_of(page), page.heading) == ("terms", "Lees dit even")
    assert "__Host-session" not in browser.cookies
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    refused = await browser.choose(page, "terms", OLDER)
    assert step_of(refused) == "terms"
    page = await browser.choose(refused, "terms", terms.VERSION)
    assert page.heading == "Dag Juf"
    assert set(await read(house)) == {OLDER, terms.VERSION}
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"


async def test_it_comes_after_the_second_factor_and_before_the_publisher(house: House) -> None:
    await read_an_older_one(house, "ict")
    browser, asked = house.browser(), authorize_url()
    page = await browser.get(asked.url)
    page = await browser.choose(page, "back", "way")
    page = await browser.choose(page, "way", "staff")
    page = await browser.choose(page, "email", "ict@regenboog.example", password=PASSWORD)
    assert step_of(page) == "second_factor"
    page = await browser.choose(page, "code", house.code())
    assert step_of(page) == "terms"
    page = await browser.choose(page, "terms", terms.VERSION)
    assert page.location is not None
    assert page.location.startswith("https://rekenrijk.example/callback")
    assert "code" in page.query


async def test_no_form_of_another_page_counts_as_having_read_it(house: House) -> None:
    await read_an_older_one(house)
    browser = house.browser()
    page = await teacher_signs_in(browser)
    form = page.form("terms")
    for forged in ({}, {"terms": ""}, {"workplace": str(house.school.id)}):
        after = await browser.post(form.action, {**form.hidden, **forged})
        assert step_of(after) == "terms"
    assert set(await read(house)) == {OLDER}


async def test_what_one_person_read_another_one_in_the_same_browser_has_not(house: House) -> None:
    await read_an_older_one(house)
    await read_an_older_one(house, "ict")
    browser = house.browser()
    first = await teacher_signs_in(browser)
    again = await browser.get("/")
    second = await browser.choose(again, "way", "staff")
    second = await browser.choose(second, "email", "ict@regenboog.example", password=PASSWORD)
    second = await browser.choose(second, "code", house.code())
    assert step_of(second) == "terms"
    await browser.choose(first, "terms", terms.VERSION)
    assert step_of(await browser.get(second.url)) == "terms"
    assert (set(await read(house)), set(await read(house, "ict"))) == ({OLDER, terms.VERSION}, {OLDER})


async def test_what_was_read_goes_with_the_person(house: House) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(delete(Person).where(Person.id == house.people["juf"]))
    assert await read(house) == {}
