"""The switch for everybody of a school, and a colleague's lost second step (R101 to R104, D7, D38)."""

import re
from typing import Any

import pytest

from directory import roles
from directory.lifecycle import two_steps
from directory.lifecycle.refusals import Refused
from idp.web.desk import guards
from mfa import factors, resets
from tests.browser import Browser, Page
from tests.desk.sitting import base, recorded, sits_down, ticket_on
from tests.house import House, pupil_signs_in
from tests.inside import lapse
from tests.journeys.passkeys import has_passkey
from tests.journeys.stories import add_school, add_staff, mails, shortcut, step_of, teacher_signs_in

CONTACT = "helpdesk@poortwachter.example"


async def number_of(house: House, browser: Browser, name: str) -> str:
    """The number of a colleague in the addresses of the desk."""
    page = await browser.get(f"{base(house)}/staff")
    found = re.search(rf'/staff/(\d+)">{name}', page.text)
    assert found is not None
    return found.group(1)


async def has_factor(house: House, name: str) -> bool:
    async with house.floor.database.read() as db:
        return await factors.enrolled(db, house.people[name])


async def turn(house: House, browser: Browser, wanted: str) -> Page:
    page = await browser.get(f"{base(house)}/two-steps")
    return await browser.choose(page, "wanted", wanted)


async def test_the_switch_says_what_it_does_in_numbers_and_holds_at_once(house: House) -> None:
    await add_staff(house, "inval", roles.SUBSTITUTE)
    teacher, browser = house.browser(), await sits_down(house)
    await teacher_signs_in(teacher)
    page = await browser.get(f"{base(house)}/two-steps")
    assert re.findall(r"<b>(\d+)</b>", page.text) == ["3", "2"]
    page = await turn(house, browser, "on")
    assert "staat aan voor alle medewerkers" in page.text
    assert (await teacher.get("/account")).heading == "Wie staat er voor de poort?"
    assert step_of(await teacher_signs_in(house.browser())) == "enrol"
    assert step_of(await teacher_signs_in(house.browser(), "inval")) == "enrol", "substitutes too"
    assert "Uw school heeft gekozen" in (await teacher_signs_in(house.browser())).text
    child = house.browser()
    page = await pupil_signs_in(child, await child.get(shortcut(house.school)), house, "Noor", "Groep 6", "4711")
    assert page.heading == "Hoi Noor!", "never for pupils (R103)"
    assert ("ict@regenboog.example", "Iedereen van De Regenboog logt in met twee stappen") in await mails(house)
    assert [entry[0] for entry in await recorded(house, "school.two_steps_on")] == [house.school.id]


async def test_off_again_is_off_at_once_and_twice_is_once(house: House) -> None:
    browser = await sits_down(house)
    await turn(house, browser, "on")
    page = await browser.get(f"{base(house)}/two-steps")
    await turn(house, browser, "off")
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"
    before = len(await mails(house))
    await browser.post(f"{base(house)}/two-steps", {"ticket": ticket_on(page), "wanted": "off"})
    assert len(await mails(house)) == before
    assert len(await recorded(house, "school.two_steps_off")) == 1


async def test_the_switch_needs_a_fresh_proof(house: House) -> None:
    browser = await sits_down(house)
    await lapse(house, seconds=guards.TO_OPEN)
    assert step_of(await browser.get(f"{base(house)}/two-steps")) == "password"


async def test_a_school_that_closed_wants_nothing(house: House) -> None:
    async with house.floor.database.begin() as db:
        assert not await two_steps.wanted_at(db, [])
        assert not await two_steps.wanted_at(db, [house.school.id])
        await two_steps.switch(db, house.school.id, wanted=True, by="test", contact=CONTACT, now=house.clock.now)
        assert await two_steps.wanted_at(db, [house.school.id])


async def test_a_colleague_who_lost_everything_begins_anew(house: House) -> None:
    await add_staff(house, "twee", roles.ICT_COORDINATOR)
    await has_passkey(house, "twee")
    browser = await sits_down(house)
    number = await number_of(house, browser, "Twee")
    page = await browser.get(f"{base(house)}/staff/{number}")
    assert f"{base(house)}/staff/{number}/second-step" in page.text
    page = await browser.get(f"{base(house)}/staff/{number}/second-step")
    assert "bel terug op een nummer dat u al had" in page.text
    form = page.form("sure")
    unsure = await browser.post(form.action, form.hidden)
    assert unsure.status == 400
    assert await has_factor(house, "twee")
    page = await browser.choose(page, "sure", "1")
    assert "De tweede stap is weggehaald" in page.text
    assert not await has_factor(house, "twee")
    assert step_of(await teacher_signs_in(house.browser(), "twee")) == "enrol"
    told = dict(await mails(house))
    assert told["twee@regenboog.example"] == "Uw tweede stap is weggehaald"
    assert told["ict@regenboog.example"] == "De tweede stap van een collega is weggehaald"
    [(school_id, _, _)] = await recorded(house, "second_factor.reset")
    assert school_id == house.school.id


async def test_sessions_of_that_colleague_end(house: House) -> None:
    await add_staff(house, "twee", roles.TEACHER)
    elsewhere = house.browser()
    await teacher_signs_in(elsewhere, "twee")
    await has_passkey(house, "twee")
    browser = await sits_down(house)
    number = await number_of(house, browser, "Twee")
    await browser.choose(await browser.get(f"{base(house)}/staff/{number}/second-step"), "sure", "1")
    assert (await elsewhere.get("/account")).heading == "Wie staat er voor de poort?"


async def test_never_ones_own(house: House) -> None:
    browser = await sits_down(house)
    number = await number_of(house, browser, "Ict")
    assert "second-step" not in (await browser.get(f"{base(house)}/staff/{number}")).text
    page = await browser.get(f"{base(house)}/staff/{number}/second-step")
    assert "een andere ICT-coördinator van uw school" in page.text
    ticket = ticket_on(await browser.get(f"{base(house)}/two-steps"))
    page = await browser.post(f"{base(house)}/staff/{number}/second-step", {"ticket": ticket, "sure": "1"})
    assert page.status == 400
    assert await has_factor(house, "ict")


async def test_not_somebody_of_another_school(house: House) -> None:
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await add_staff(house, "elders", roles.TEACHER, at=[other])
    await has_passkey(house, "elders")
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/two-steps"))
    for number in range(1, 8):
        await browser.post(f"{base(house)}/staff/{number}/second-step", {"ticket": ticket, "sure": "1"})
    assert await has_factor(house, "elders")


async def test_where_there_is_nothing_it_says_so(house: House) -> None:
    browser = await sits_down(house)
    number = await number_of(house, browser, "Juf")
    page = await browser.choose(await browser.get(f"{base(house)}/staff/{number}/second-step"), "sure", "1")
    assert "Deze collega heeft geen tweede stap" in page.text


async def test_an_operator_on_a_signed_request(house: House) -> None:
    await add_staff(house, "twee", roles.ICT_COORDINATOR)
    told: dict[str, Any] = {
        "reference": "brief 2026-114",
        "contact": CONTACT,
        "by": "operator:cli",
        "now": house.clock.now,
    }
    async with house.floor.database.begin() as db:
        await resets.by_operator(db, " ICT@regenboog.example", **told)
    assert not await has_factor(house, "ict")
    assert dict(await mails(house)) == {
        "ict@regenboog.example": "Uw tweede stap is weggehaald",
        "twee@regenboog.example": "De tweede stap van een collega is weggehaald",
    }
    [(_, by, detail)] = await recorded(house, "second_factor.reset")
    assert (by, detail) == ("operator:cli", {"reference": "brief 2026-114"})
    async with house.floor.database.begin() as db:
        with pytest.raises(Refused):
            await resets.by_operator(db, "ict@regenboog.example", **told)
        with pytest.raises(LookupError):
            await resets.by_operator(db, "niemand@regenboog.example", **told)
