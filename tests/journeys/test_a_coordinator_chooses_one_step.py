"""One step for a coordinator: only where the operator allows it, after a warning, told to the others, and never against the school (D7, R105)."""

from collections.abc import AsyncIterator

import pytest

from directory import roles
from idp.core.settings import Settings
from idp.web import guarding
from mfa import factors
from tests.authenticator import Passkey
from tests.browser import Browser
from tests.clock import Clock
from tests.desk.sitting import base, sits_down, ticket_on
from tests.house import BASE, House, open_house
from tests.inside import lapse
from tests.journeys.passkeys import asked_on, give
from tests.journeys.stories import add_staff, change_school, ledger_actions, mails, step_of, teacher_signs_in

HERE = "/account/two-steps"
OFF = f"{HERE}/off"


@pytest.fixture
async def lenient(settings: Settings, clock: Clock) -> AsyncIterator[House]:
    """A house whose operator allows it."""
    async with open_house(settings.model_copy(update={"mfa_coordinator_opt_out": True}), clock) as opened:
        yield opened


async def chooses(house: House) -> Browser:
    browser = await sits_down(house)
    page = await browser.get(OFF)
    assert "Wij raden dit af" in page.text
    page = await browser.choose(page, "sure", "1")
    assert "Inloggen in twee stappen staat uit" in page.text
    return browser


async def test_usually_there_is_no_such_choice(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(HERE)
    assert OFF not in page.text
    assert (await browser.get(OFF)).status == 404
    assert (await browser.post(OFF, {"ticket": ticket_on(page), "sure": "1"})).status == 404
    async with house.floor.database.read() as db:
        assert await factors.enrolled(db, house.people["ict"])


async def test_a_choice_from_before_counts_no_more_when_the_operator_takes_it_back(house: House) -> None:
    async with house.floor.database.begin() as db:
        await factors.opt_out(db, house.people["ict"], now=house.clock.now)
    assert step_of(await teacher_signs_in(house.browser(), "ict")) == "enrol"


async def test_who_chooses_it_is_warned_and_the_others_are_told(lenient: House) -> None:
    await add_staff(lenient, "twee", roles.ICT_COORDINATOR)
    browser = await sits_down(lenient)
    assert OFF in (await browser.get(HERE)).text
    page = await browser.get(OFF)
    form = page.form("sure")
    assert (await browser.post(form.action, form.hidden)).status == 400, "not without saying so"
    await browser.choose(page, "sure", "1")
    assert dict(await mails(lenient)) == {
        "ict@regenboog.example": "U logt voortaan in met één stap",
        "twee@regenboog.example": "Een ICT-coördinator logt in met één stap",
    }
    assert (await ledger_actions(lenient))[-1] == "second_factor.changed"


async def test_afterwards_the_password_leads_to_the_desk_and_still_must_be_fresh(lenient: House) -> None:
    await chooses(lenient)
    browser = lenient.browser()
    page = await teacher_signs_in(browser, "ict")
    assert page.heading == "Dag Ict"
    assert (await browser.get(f"{base(lenient)}/networks/new")).status == 200
    await lapse(lenient, seconds=guarding.STEP_UP)
    assert step_of(await browser.get(f"{base(lenient)}/networks/new")) == "password"


async def test_it_needs_a_fresh_proof(lenient: House) -> None:
    browser = await sits_down(lenient)
    ticket = ticket_on(await browser.get(OFF))
    await lapse(lenient, seconds=guarding.STEP_UP)
    assert step_of(await browser.post(OFF, {"ticket": ticket, "sure": "1"})) == "password"


async def test_a_school_that_wants_two_steps_gets_them(lenient: House) -> None:
    await chooses(lenient)
    await change_school(lenient, lenient.school, mfa_for_staff=True)
    browser = lenient.browser()
    page = await teacher_signs_in(browser, "ict")
    assert step_of(page) == "enrol"
    page = await give(browser, page, Passkey(BASE).make(asked_on(page, "make")))
    await browser.choose(page, "kept", "1")
    page = await browser.choose(await browser.get(OFF), "sure", "1")
    assert "Dit kan niet" in page.text


async def test_a_colleague_who_is_no_coordinator_is_not_meant(lenient: House) -> None:
    browser = lenient.browser()
    await teacher_signs_in(browser)
    assert (await browser.get(OFF)).status == 404


async def test_setting_up_a_factor_again_is_two_steps_for_good(lenient: House) -> None:
    browser = await chooses(lenient)
    page = await browser.get(HERE)
    await give(browser, page, Passkey(BASE).make(asked_on(page, "make")))
    async with lenient.floor.database.begin() as db:
        assert not await factors.opted_out(db, lenient.people["ict"])
        await factors.forget(db, lenient.people["ict"])
    assert step_of(await teacher_signs_in(lenient.browser(), "ict")) == "enrol"
