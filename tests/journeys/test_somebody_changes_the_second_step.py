"""The page about one's own second step: passkeys, the app, recovery codes; what goes, what stays, who is told (C-315, C-316, C-318)."""

import re

import pyotp
import pytest
from sqlalchemy import select

from directory import people
from idp.core.models import Mail
from idp.web import guarding
from mfa import factors, recovery_codes
from tests.authenticator import Passkey
from tests.browser import Browser, Page
from tests.desk.sitting import sits_down, ticket_on
from tests.house import BASE, PASSWORD, House, pupil_signs_in
from tests.inside import lapse
from tests.journeys.passkeys import asked_on, give, has_passkey
from tests.journeys.stories import (
    at_our_door,
    change_school,
    ledger_actions,
    mails,
    shortcut,
    step_of,
    teacher_signs_in,
)

HERE = "/account/two-steps"
HEADING = "Inloggen in twee stappen"


async def at_the_page(house: House, name: str = "juf") -> tuple[Browser, Page]:
    browser = await sits_down(house) if name == "ict" else house.browser()
    if name != "ict":
        await teacher_signs_in(browser, name)
    page = await browser.get(HERE)
    assert page.heading == HEADING
    return browser, page


def codes_on(page: Page) -> list[str]:
    return re.findall(r"<li><code>([^<]+)</code>", page.text)


def secret_on(page: Page) -> str:
    found = re.search(r'class="secret-text"><code>(.*?)</code>', page.text, re.S)
    return re.sub(r"<[^>]+>|\s", "", found.group(1)) if found else ""


async def owned(house: House, name: str) -> factors.Factors:
    async with house.floor.database.read() as db:
        return await factors.of(db, house.people[name])


async def test_the_account_page_says_what_there_is_and_leads_here(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get("/account")
    assert "App voor codes" in page.text
    assert f'href="{HERE}"' in page.text


async def test_a_teacher_makes_the_first_passkey_and_gets_recovery_codes(house: House) -> None:
    browser, page = await at_the_page(house)
    mine = Passkey(BASE)
    page = await give(browser, page, mine.make(asked_on(page, "make")), name="Mijn laptop")
    assert len(codes_on(page)) == 10
    assert "Mijn laptop" in page.text
    assert (await browser.get("/account")).heading == "Dag Juf", "this session goes on, with two steps"
    assert await mails(house) == [("juf@regenboog.example", "Er is een passkey bij uw account gekomen")]
    assert (await ledger_actions(house))[-1] == "second_factor.changed"
    other = house.browser()
    page = await at_our_door(other)
    assert (await give(other, page, mine.prove(asked_on(page)))).heading == "Dag Juf"
    assert step_of(await teacher_signs_in(house.browser())) == "second_factor"


async def test_a_second_passkey_leaves_the_recovery_codes_alone(house: House) -> None:
    mine = await has_passkey(house, "ict")
    async with house.floor.database.begin() as db:
        [first, *_] = await recovery_codes.renew(db, house.floor.keyring, house.people["ict"])
    browser, page = await at_the_page(house, "ict")
    asked = asked_on(page, "make")
    assert '"excludeCredentials":[{' in asked
    assert mine.handle
    page = await give(browser, page, Passkey(BASE).make(asked))
    assert "De passkey is toegevoegd" in page.text
    assert codes_on(page) == []
    assert len((await owned(house, "ict")).passkeys) == 2
    async with house.floor.database.begin() as db:
        assert await recovery_codes.spend(db, house.floor.keyring, house.people["ict"], first, now=house.clock.now)


async def test_every_change_ends_all_other_sessions(house: House) -> None:
    elsewhere = house.browser()
    await teacher_signs_in(elsewhere)
    browser, page = await at_the_page(house)
    await give(browser, page, Passkey(BASE).make(asked_on(page, "make")))
    assert (await elsewhere.get("/account")).heading == "Wie staat er voor de poort?"
    assert (await browser.get("/account")).heading == "Dag Juf"


async def test_a_new_app_is_proven_before_the_old_one_goes(house: House) -> None:
    browser, page = await at_the_page(house, "ict")
    page = await browser.get(f"{HERE}/app")
    secret = secret_on(page)
    wrong = await browser.choose(page, "code", "000000")
    assert wrong.status == 400
    assert secret_on(wrong) == secret
    await lapse(house, seconds=60)
    old = house.browser()
    page = await teacher_signs_in(old, "ict")
    assert (await old.choose(page, "code", house.code())).heading == "Dag Ict", "the old one works"
    await lapse(house, seconds=60)
    page = await browser.choose(wrong, "code", pyotp.TOTP(secret).at(house.clock.now))
    assert "De app is ingesteld" in page.text
    await lapse(house, seconds=60)
    assert (await old.get("/account")).heading == "Wie staat er voor de poort?"
    page = await teacher_signs_in(old, "ict")
    page = await old.choose(page, "code", house.code())
    assert step_of(page) == "second_factor", "the old one works no more"
    page = await old.choose(page, "code", pyotp.TOTP(secret).at(house.clock.now))
    assert page.heading == "Dag Ict"
    assert (await mails(house))[-1] == ("ict@regenboog.example", "Uw account heeft een andere app voor codes")


async def test_a_coordinator_is_never_without(house: House) -> None:
    browser, page = await at_the_page(house, "ict")
    assert 'name="remove_app"' not in page.text
    refused = await browser.post(HERE, {"ticket": ticket_on(page), "remove_app": "1"})
    assert "Dit kan niet" in refused.text
    assert (await owned(house, "ict")).app_since is not None
    mine = Passkey(BASE)
    page = await give(browser, page, mine.make(asked_on(page, "make")))
    page = await browser.choose(page, "remove_app", "1")
    assert "De app is verwijderd" in page.text
    [passkey] = (await owned(house, "ict")).passkeys
    refused = await browser.post(HERE, {"ticket": ticket_on(page), "remove": str(passkey.id)})
    assert "Dit kan niet" in refused.text
    assert (await owned(house, "ict")).any


async def test_staff_of_a_school_that_wants_it_is_never_without(house: House) -> None:
    await has_passkey(house, "juf")
    await change_school(house, house.school, mfa_for_staff=True)
    browser = house.browser()
    page = await at_our_door(browser)
    mine = await has_passkey(house, "juf")
    await give(browser, page, mine.prove(asked_on(page)))
    page = await browser.get(HERE)
    page = await browser.choose(page, "remove", page.offers("remove")[0])
    assert "De passkey is verwijderd" in page.text
    [left] = (await owned(house, "juf")).passkeys
    refused = await browser.post(HERE, {"ticket": ticket_on(page), "remove": str(left.id)})
    assert "Dit kan niet" in refused.text


async def test_a_teacher_may_go_back_to_one_step(house: House) -> None:
    browser, page = await at_the_page(house)
    page = await give(browser, page, Passkey(BASE).make(asked_on(page, "make")))
    page = await browser.choose(page, "remove", page.offers("remove")[0])
    assert "De passkey is verwijderd" in page.text
    found = await owned(house, "juf")
    assert (found.any, found.codes_left) == (False, 0)
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"


async def test_new_recovery_codes_void_the_former_ones(house: House) -> None:
    async with house.floor.database.begin() as db:
        [old, *_] = await recovery_codes.renew(db, house.floor.keyring, house.people["ict"])
    browser, page = await at_the_page(house, "ict")
    page = await browser.choose(page, "codes", "1")
    [new, *_] = codes_on(page)
    assert (await mails(house))[-1] == ("ict@regenboog.example", "U hebt nieuwe herstelcodes")
    async with house.floor.database.begin() as db:
        keyring, ict, now = house.floor.keyring, house.people["ict"], house.clock.now
        assert not await recovery_codes.spend(db, keyring, ict, old, now=now)
        assert await recovery_codes.spend(db, keyring, ict, new, now=now)
    assert "Ongebruikte herstelcodes: 9" in (await browser.get("/account")).text


async def test_few_codes_left_are_an_offer_of_new_ones(house: House) -> None:
    async with house.floor.database.begin() as db:
        codes = await recovery_codes.renew(db, house.floor.keyring, house.people["ict"])
        for code in codes[: 10 - factors.FEW_CODES]:
            await recovery_codes.spend(db, house.floor.keyring, house.people["ict"], code, now=house.clock.now)
    browser, page = await at_the_page(house, "ict")
    assert "U hebt nog weinig herstelcodes" in page.text
    assert "U hebt nog weinig herstelcodes" in (await browser.get("/account")).text


async def test_who_has_nothing_to_recover_gets_no_codes(house: House) -> None:
    browser, page = await at_the_page(house)
    page = await browser.post(HERE, {"ticket": ticket_on(page), "codes": "1"})
    assert codes_on(page) == []


async def test_the_page_asks_for_a_fresh_proof_and_comes_back(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    await lapse(house, seconds=guarding.STEP_UP)
    page = await browser.get(HERE)
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password=PASSWORD)
    assert (page.heading, page.url) == (HEADING, f"{BASE}{HERE}")


async def test_a_passkey_is_a_fresh_proof(house: House) -> None:
    mine = await has_passkey(house, "ict")
    browser = await sits_down(house)
    await lapse(house, seconds=guarding.STEP_UP)
    page = await browser.get(HERE)
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert (page.heading, page.url) == (HEADING, f"{BASE}{HERE}")


async def test_a_child_has_no_such_page(house: House) -> None:
    browser = house.browser()
    await pupil_signs_in(browser, await browser.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    assert (await browser.get(HERE)).status == 403
    assert (await browser.get("/account")).heading == "Hoi Noor!"


@pytest.mark.parametrize("remove", ["0", "999999", "x", "-1", ""])
async def test_what_is_not_there_is_not_removed(house: House, remove: str) -> None:
    browser, page = await at_the_page(house)
    answer = await browser.post(HERE, {"ticket": ticket_on(page), "remove": remove})
    assert answer.status in {400, 404}
    async with house.floor.database.read() as db:
        assert (await people.identity(db, house.people["juf"]))[0] == 1


async def test_the_mail_about_a_used_code_says_how_many_are_left_and_offers_new_ones(house: House) -> None:
    async with house.floor.database.begin() as db:
        [code, *_] = await recovery_codes.renew(db, house.floor.keyring, house.people["ict"])
    browser = house.browser()
    page = await browser.choose(await teacher_signs_in(browser, "ict"), "code", code)
    assert page.heading == "Dag Ict"
    async with house.floor.database.read() as db:
        [body] = (await db.execute(select(Mail.body))).scalars()
    assert "U hebt er nog 9" in body
    assert "Nieuwe herstelcodes maakt u op uw accountpagina" in body
