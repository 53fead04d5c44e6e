"""A new address is the user name once its holder says so, and another coordinator where more hangs on it (D15)."""

from directory.lifecycle import addresses
from tests.house import PASSWORD, House
from tests.journeys.mailbox import link, mailed_to, mailing, signs_in
from tests.journeys.stories import add_school, add_staff, teacher_signs_in

NEW = "juffrouw@regenboog.example"


async def propose(house: House, name: str, email: str = NEW) -> None:
    async with house.floor.database.begin() as db:
        who = house.school.id, house.people[name]
        await addresses.propose(db, house.floor.keyring, *who, email, **mailing(house, by="system"))


async def test_the_new_address_signs_in_after_the_yes_and_the_old_one_no_more(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    await propose(house, "juf")
    page = await browser.get(await link(house, NEW, "/account/address"))
    assert page.heading == "Is dit uw nieuwe e-mailadres?"
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf", "looking changes nothing"
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "Uw e-mailadres is veranderd"
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await signs_in(house.browser(), NEW, PASSWORD)).heading == "Dag Juf"
    assert (await teacher_signs_in(house.browser())).heading == "Inloggen als medewerker"
    assert await mailed_to(house, "juf@regenboog.example") == [
        "Er is een nieuw e-mailadres voor uw account voorgesteld",
        "Het e-mailadres van uw account is veranderd",
    ]


async def test_a_coordinators_address_waits_for_another_coordinator(house: House) -> None:
    await propose(house, "ict")
    browser = house.browser()
    page = await browser.get(await link(house, NEW, "/account/address"))
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "Bedankt, nog één stap"
    page = await signs_in(house.browser(), NEW, PASSWORD)
    assert page.heading == "Inloggen als medewerker"


async def test_an_address_of_another_account_stays_where_it_is(house: House) -> None:
    """One at another school: of a colleague here it is refused at once."""
    await add_staff(house, "elders", "teacher", at=[await add_school(house, "De Overkant", "98XX")])
    await propose(house, "juf", "elders@regenboog.example")
    browser = house.browser()
    page = await browser.get(await link(house, "elders@regenboog.example", "/account/address"))
    page = await browser.choose(page, "answer", "yes")
    assert page.heading == "Dit adres hoort al bij een account"
    assert (await teacher_signs_in(browser)).heading == "Dag Juf"


async def test_whoever_reads_english_is_told_in_english(house: House) -> None:
    await propose(house, "juf")
    browser = house.browser(language="en")
    page = await browser.choose(await browser.get(await link(house, NEW, "/account/address")), "answer", "yes")
    assert page.status == 200
    assert "The e-mail address of your account has changed" in await mailed_to(house, NEW)
