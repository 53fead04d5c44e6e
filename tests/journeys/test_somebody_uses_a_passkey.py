"""A passkey as the way in, as the second step, and as the first second factor; everything ends where the journey began."""

import json
import re

import pytest
from sqlalchemy import update

from directory import roles
from directory.models import Person
from mfa import factors
from tests.authenticator import Passkey, raw
from tests.house import BASE, PASSWORD, House, authorize_url, redeem, staff_signs_in
from tests.inside import lapse
from tests.journeys.passkeys import asked_on, give, has_passkey, offers_passkey
from tests.journeys.stories import (
    add_staff,
    at_our_door,
    ledger_actions,
    mails,
    step_of,
    teacher_signs_in,
    to_the_password,
)


async def test_a_teacher_is_in_with_one_touch(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    assert "Inloggen met passkey" in page.text
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert page.heading == "Dag Juf"
    assert (await ledger_actions(house))[-1] == "signin.passed"


async def test_a_coordinator_is_in_without_a_code_and_at_the_desk(house: House) -> None:
    mine = await has_passkey(house, "ict")
    browser = house.browser()
    page = await at_our_door(browser)
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert page.heading == "Dag Ict"
    assert (await browser.get(f"/desk/{house.school.code}")).heading == "Wat vandaag aandacht vraagt"


async def test_a_publisher_that_wants_two_factors_gets_them(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser, asked = house.browser(), authorize_url(acr_values="https://refeds.org/profile/mfa")
    page = await to_the_password(browser, await browser.get(asked.url))
    page = await give(browser, page, mine.prove(asked_on(page)))
    tokens = (await redeem(house, browser, page, asked)).json()
    claims = json.loads(raw(tokens["id_token"].split(".")[1]))
    assert (claims["acr"], claims["amr"]) == ("https://refeds.org/profile/mfa", ["hwk", "user", "mfa"])


async def test_after_the_password_the_passkey_comes_first_and_the_code_is_there_too(house: House) -> None:
    mine = await has_passkey(house, "ict")
    browser, asked = house.browser(), authorize_url()
    page = await staff_signs_in(browser, await browser.get(asked.url), "ict")
    assert step_of(page) == "second_factor"
    assert page.text.index("data-asked=") < page.text.index('name="code"')
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert (await redeem(house, browser, page, asked)).status_code == 200
    assert "second_factor.passed" in await ledger_actions(house)


async def test_who_has_only_a_passkey_is_asked_for_no_code_of_an_app(house: House) -> None:
    await has_passkey(house, "juf")
    page = await teacher_signs_in(house.browser())
    assert step_of(page) == "second_factor"
    assert offers_passkey(page)
    assert "Code uit de app" not in page.text
    assert "Herstelcode" in page.text


async def test_who_has_only_an_app_sees_no_passkey_after_the_password(house: House) -> None:
    page = await teacher_signs_in(house.browser(), "ict")
    assert step_of(page) == "second_factor"
    assert not offers_passkey(page)


async def test_the_first_second_factor_is_a_passkey(house: House) -> None:
    await add_staff(house, "nieuw", roles.ICT_COORDINATOR)
    browser, mine = house.browser(), Passkey(BASE)
    browser.client.headers["User-Agent"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/126.0 Safari/537.36"
    page = await teacher_signs_in(browser, "nieuw")
    assert step_of(page) == "enrol"
    page = await give(browser, page, mine.make(asked_on(page, "make")))
    assert step_of(page) == "keep_codes"
    assert len(re.findall(r"<li><code>", page.text)) == 10
    page = await browser.choose(page, "kept", "1")
    assert page.heading == "Dag Nieuw"
    assert ("nieuw@regenboog.example", "Inloggen in twee stappen staat aan") in await mails(house)
    async with house.floor.database.read() as db:
        found = await factors.of(db, house.people["nieuw"])
    assert [one.name for one in found.passkeys] == ["Chrome op een Windows-computer"]
    assert found.codes_left == 10
    other = house.browser()
    page = await at_our_door(other)
    page = await give(other, page, mine.prove(asked_on(page)))
    assert page.heading == "Dag Nieuw"


async def test_a_wrong_answer_shows_the_page_again_with_a_fresh_question(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    before = asked_on(page)
    page = await give(browser, page, mine.but(origin="https://elders.example").prove(before))
    assert step_of(page) == "password"
    assert "De passkey werd niet herkend" in page.text
    assert asked_on(page) != before
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert page.heading == "Dag Juf"


async def test_a_page_that_stood_open_too_long_asks_anew(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    told = mine.prove(asked_on(page))
    await lapse(house, minutes=5)
    page = await give(browser, page, told)
    assert step_of(page) == "password"
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert page.heading == "Dag Juf"


async def test_two_tabs_each_have_their_own_question(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    first, second = await at_our_door(browser), await at_our_door(browser)
    reloaded = await browser.get(first.url)
    assert (await give(browser, first, mine.prove(asked_on(reloaded)))).heading == "Dag Juf"
    assert (await give(browser, second, mine.prove(asked_on(second)))).heading == "Dag Juf"


async def test_an_expired_attempt_says_so(house: House) -> None:
    mine = await has_passkey(house, "juf")
    browser = house.browser()
    page = await at_our_door(browser)
    told = mine.prove(asked_on(page))
    await lapse(house, minutes=31)
    assert (await give(browser, page, told)).status == 410


async def test_who_was_switched_off_is_not_let_in(house: House) -> None:
    mine = await has_passkey(house, "juf")
    async with house.floor.database.begin() as db:
        await db.execute(update(Person).where(Person.id == house.people["juf"]).values(disabled=True))
    browser = house.browser()
    page = await at_our_door(browser)
    page = await give(browser, page, mine.prove(asked_on(page)))
    assert step_of(page) == "password"


@pytest.mark.parametrize("address", ["/", "/account"])
async def test_the_password_still_works_beside_it(house: House, address: str) -> None:
    await has_passkey(house, "ict")
    browser = house.browser()
    page = await browser.choose(await at_our_door(browser), "email", "ict@regenboog.example", password=PASSWORD)
    page = await browser.choose(page, "code", house.code())
    assert page.heading == "Dag Ict"
    assert (await browser.get(address)).status == 200
