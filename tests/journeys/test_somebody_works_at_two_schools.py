"""A person known at several schools chooses one after signing in (R6, D15)."""

from sqlalchemy import update

from directory import roles
from directory.models import Employment
from directory.schools import KnownSchool
from tests.browser import Browser, Page
from tests.house import PASSWORD, House, authorize_url, redeem, staff_signs_in
from tests.inside import stored
from tests.journeys.stories import (
    add_school,
    add_staff,
    change_school,
    step_of,
    teacher_signs_in,
)
from tests.journeys.test_a_child_goes_to_a_publisher import userinfo


async def two_schools(house: House) -> KnownSchool:
    """A second school, and `duo` who teaches at both."""
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await add_staff(house, "duo", roles.TEACHER, at=[house.school, other])
    return other


async def at_the_choice(house: House) -> tuple[Browser, Page]:
    browser = house.browser()
    return browser, await teacher_signs_in(browser, "duo")


async def test_both_schools_are_offered_and_nothing_is_open_before_the_choice(house: House) -> None:
    other = await two_schools(house)
    browser, page = await at_the_choice(house)
    assert page.heading == "Voor welke school werkt u nu?"
    assert page.offers("workplace") == [str(house.school.id), str(other.id)]
    assert await stored(house, "session") == 0
    assert (await browser.get("/account")).heading == "Wie staat er voor de poort?"


async def test_the_publisher_hears_of_the_chosen_school(house: House) -> None:
    other = await two_schools(house)
    for school in (house.school, other):
        browser, asked = house.browser(), authorize_url()
        page = await staff_signs_in(browser, await browser.get(asked.url), "duo")
        page = await browser.choose(page, "workplace", str(school.id))
        tokens = (await redeem(house, browser, page, asked)).json()
        told = await userinfo(browser, tokens["access_token"])
        assert str(school.brin) in str(told)
        assert ("98ZZ" in str(told)) is (school.id == other.id)


async def test_a_school_where_the_person_does_not_work_is_no_choice(house: House) -> None:
    await two_schools(house)
    foreign = await add_school(house, "De Vuurtoren", "97ZZ")
    browser, page = await at_the_choice(house)
    form = page.form("workplace")
    for number in (str(foreign.id), "0", "999999", "-1", "x", ""):
        page = await browser.post(form.action, {**form.hidden, "workplace": number})
        assert step_of(page) == "workplace"
        assert "De Vuurtoren" not in page.text
    assert await stored(house, "session") == 0


async def test_a_school_where_the_work_has_ended_is_no_choice(house: House) -> None:
    other = await two_schools(house)
    async with house.floor.database.begin() as db:
        mine = Employment.person_id == house.people["duo"], Employment.school_id == other.id
        await db.execute(update(Employment).where(*mine).values(ends_on=house.clock.now.date().replace(day=1)))
    assert (await teacher_signs_in(house.browser(), "duo")).heading == "Dag Duo"


async def test_the_chosen_school_may_want_a_second_factor(house: House) -> None:
    other = await two_schools(house)
    await change_school(house, other, mfa_for_staff=True)
    browser, page = await at_the_choice(house)
    assert (await browser.choose(page, "workplace", str(house.school.id))).heading == "Dag Duo"
    browser, page = await at_the_choice(house)
    assert step_of(await browser.choose(page, "workplace", str(other.id))) == "enrol"


async def test_the_next_publisher_needs_no_choice_again(house: House) -> None:
    other = await two_schools(house)
    browser, page = await at_the_choice(house)
    await browser.choose(page, "workplace", str(other.id))
    assert "code" in (await browser.get(authorize_url().url)).query


async def test_a_colleague_of_another_school_takes_over_the_keyboard(house: House) -> None:
    """With `prompt=login` the page begins with the school of the one before; the next one works elsewhere, at one school only."""
    other = await add_school(house, "De Zonnebloem", "98ZZ")
    await add_staff(house, "elders", roles.TEACHER, at=[other])
    browser = house.browser()
    await teacher_signs_in(browser)
    asked = authorize_url(prompt="login")
    page = await browser.get(asked.url)
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "elders@regenboog.example", password=PASSWORD)
    tokens = (await redeem(house, browser, page, asked)).json()
    assert "98ZZ" in str(await userinfo(browser, tokens["access_token"]))


async def test_who_works_nowhere_any_more_is_told_who_can_help(house: House) -> None:
    async with house.floor.database.begin() as db:
        mine = Employment.person_id == house.people["juf"]
        await db.execute(update(Employment).where(mine).values(active=False))
    page = await teacher_signs_in(house.browser())
    assert page.heading == "Uw account is inactief"
    assert await stored(house, "session") == 0


async def test_the_school_is_changed_without_signing_in_again(house: House) -> None:
    other = await two_schools(house)
    browser, page = await at_the_choice(house)
    page = await browser.choose(page, "workplace", str(house.school.id))
    assert "/account/school" in page.text
    before = browser.cookies["__Host-session"]
    page = await browser.get("/account/school")
    assert page.heading == "Een andere school kiezen"
    assert page.offers("school") == [str(other.id)], "not the one it is already"
    page = await browser.choose(page, "school", str(other.id))
    assert page.heading == "Dag Duo"
    assert browser.cookies["__Host-session"] != before
    asked = authorize_url()
    tokens = (await redeem(house, browser, await browser.request("GET", asked.url), asked)).json()
    assert "98ZZ" in str(await userinfo(browser, tokens["access_token"]))
    assert await stored(house, "session") == 1, "the former id is dead"


async def test_a_school_that_wants_two_steps_asks_for_the_second_before_it_is_taken(house: House) -> None:
    other = await two_schools(house)
    await change_school(house, other, mfa_for_staff=True)
    browser, page = await at_the_choice(house)
    await browser.choose(page, "workplace", str(house.school.id))
    page = await browser.choose(await browser.get("/account/school"), "school", str(other.id))
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "duo@regenboog.example", password=PASSWORD)
    assert step_of(page) == "enrol"
    asked = authorize_url()
    tokens = (await redeem(house, browser, await browser.request("GET", asked.url), asked)).json()
    assert "98ZZ" not in str(await userinfo(browser, tokens["access_token"])), "still the school of before"


async def test_nobody_takes_a_school_where_he_does_not_work(house: House) -> None:
    other = await two_schools(house)
    foreign = await add_school(house, "De Vuurtoren", "97ZZ")
    browser, page = await at_the_choice(house)
    await browser.choose(page, "workplace", str(house.school.id))
    form = (await browser.get("/account/school")).form("school")
    async with house.floor.database.begin() as db:
        mine = Employment.person_id == house.people["duo"], Employment.school_id == other.id
        await db.execute(update(Employment).where(*mine).values(active=False))
    for number in (str(foreign.id), str(other.id), "0", "x", ""):
        assert (await browser.post(form.action, {**form.hidden, "school": number})).status == 403, number
