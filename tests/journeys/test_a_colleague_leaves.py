"""Ended means no sign-in that same minute, and no right that comes back by itself (R80, D20)."""

from datetime import date

from directory.lifecycle import employments, roles, staff
from tests.house import House, authorize_url
from tests.inside import lapse
from tests.journeys.mailbox import mailing
from tests.journeys.stories import add_staff, teacher_signs_in


async def employment(house: House, name: str) -> int:
    async with house.floor.database.read() as db:
        return await employments.by_address(db, house.school.id, f"{name}@regenboog.example")


async def test_who_is_ended_is_out_everywhere_at_once(house: House) -> None:
    browser = house.browser()
    assert (await teacher_signs_in(browser)).heading == "Dag Juf"
    who = await employment(house, "juf")
    async with house.floor.database.begin() as db:
        await staff.end(db, house.school.id, who, by="x", now=house.clock.now)
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"
    assert "code" not in (await browser.get(authorize_url().url)).query
    assert (await teacher_signs_in(house.browser())).heading == "Uw account is inactief"
    async with house.floor.database.begin() as db:
        await staff.take_up(db, house.school.id, who, date(2027, 7, 31), by="x", now=house.clock.now)
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf", "the same account and password"


async def test_a_last_day_is_a_whole_day(house: House) -> None:
    await add_staff(house, "rt", "rt")
    who = await employment(house, "rt")
    last = house.clock.now.date()
    async with house.floor.database.begin() as db:
        await staff.change_last_day(db, house.school.id, who, last, by="x", now=house.clock.now)
    browser = house.browser()
    assert (await teacher_signs_in(browser, "rt")).heading == "Dag Rt"
    await lapse(house, days=1)
    assert (await teacher_signs_in(house.browser(), "rt")).heading == "Uw account is inactief"


async def test_a_coordinator_is_asked_for_a_second_factor_and_a_teacher_is_not(house: House) -> None:
    context = mailing(house)
    context.pop("base_url")
    who = await employment(house, "juf")
    async with house.floor.database.begin() as db:
        await roles.give(db, house.school.id, who, "ict-coordinator", **context)
    page = await teacher_signs_in(house.browser())
    assert "code" in page.text
    assert page.heading != "Dag Juf"
    async with house.floor.database.begin() as db:
        await roles.take(db, house.school.id, who, "ict-coordinator", **context)
    assert (await teacher_signs_in(house.browser())).heading == "Dag Juf"
