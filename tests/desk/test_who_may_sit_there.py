"""The desk is for ICT coordinators, with two factors, and freshly proven where something changes (C-133, C-317, C-318).

That it is closed for everybody else, all of it, is seen in tests/tenancy (C-324).
"""

from sqlalchemy import func, select

from directory import people
from idp.core.models import LedgerEntry
from idp.web.desk import guards
from tests.browser import forms_of
from tests.desk.sitting import base, paths, sits_down, ticket_on
from tests.house import House
from tests.inside import lapse
from tests.journeys.stories import add_school, add_staff, give_role, step_of, teacher_signs_in

NOT_YOURS = "Deze pagina is niet voor u"


async def entries(house: House) -> int:
    async with house.floor.database.read() as db:
        return (await db.execute(select(func.count()).select_from(LedgerEntry))).scalar_one()


async def test_a_coordinator_comes_in_by_the_account_page(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get("/account")
    assert 'href="/desk"' in page.text
    page = await browser.get("/desk")
    assert page.status == 200
    assert page.url.endswith(base(house))


async def test_nobody_else_is_shown_the_way(house: House) -> None:
    browser = house.browser()
    await teacher_signs_in(browser)
    assert "/desk" not in (await browser.get("/account")).text
    page = await browser.get("/desk")
    assert page.status == 403
    assert 'href="/account"' in page.text, "the way to the rooms that are theirs"


async def test_who_is_not_signed_in_signs_in_and_comes_back_to_the_page(house: House) -> None:
    browser = house.browser()
    page = await browser.get(f"{base(house)}/networks")
    assert page.heading == "Inloggen als medewerker"
    page = await browser.choose(page, "email", "ict@regenboog.example", password="Regenboog-fiets-7")
    assert step_of(page) == "second_factor"
    page = await browser.choose(page, "code", house.code())
    assert page.url.endswith(f"{base(house)}/networks")
    assert page.status == 200


async def test_who_coordinates_one_school_is_only_a_teacher_at_the_other(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "teacher", at=other)
    browser = await sits_down(house)
    for path in paths("GET", other.code):
        page = await browser.request("GET", path)
        assert (page.status, page.heading) == (403, NOT_YOURS), path
    assert (await browser.get("/desk")).url.endswith(base(house)), "one school is no choice"


async def test_without_the_ticket_of_this_page_no_form_does_anything(house: House) -> None:
    browser = await sits_down(house)
    before = await entries(house)
    for path in paths("POST", house.school.code):
        for data in ({}, {"ticket": "x" * 32}):
            assert (await browser.request("POST", path, data=data)).status == 403, path
    assert await entries(house) == before


async def test_a_ticket_is_of_one_session_and_one_school(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "ict-coordinator", at=other)
    browser = house.browser()
    page = await browser.choose(await teacher_signs_in(browser, "ict"), "code", house.code())
    page = await browser.choose(page, "workplace", str(house.school.id))
    here = ticket_on(await browser.get(f"{base(house)}/networks/new"))
    there = ticket_on(await browser.get(f"/desk/{other.code}/networks/new"))
    assert here != there
    form = {"ticket": here, "network": "198.51.100.9", "kind": "vast", "label": ""}
    assert (await browser.post(f"/desk/{other.code}/networks/new", form)).status == 403
    assert (await browser.post(f"{base(house)}/networks/new", form)).status == 200
    await lapse(house, minutes=1)
    again = house.browser()
    page = await again.choose(await teacher_signs_in(again, "ict"), "code", house.code())
    await again.choose(page, "workplace", str(house.school.id))
    assert (await again.post(f"{base(house)}/networks/new", form)).status == 403


async def test_two_schools_are_a_choice(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "ict", "ict-coordinator", at=other)
    browser = house.browser()
    page = await browser.choose(await teacher_signs_in(browser, "ict"), "code", house.code())
    await browser.choose(page, "workplace", str(house.school.id))
    page = await browser.get("/desk")
    assert page.heading == "Kies een school"
    assert f"/desk/{other.code}" in page.text
    assert (await browser.get(f"/desk/{other.code}/networks")).status == 200


async def test_looking_needs_no_new_proof_and_changing_does(house: House) -> None:
    browser = await sits_down(house)
    await lapse(house, seconds=guards.TO_OPEN)
    assert (await browser.get(f"{base(house)}/networks")).status == 200
    page = await browser.get(f"{base(house)}/networks/new")
    assert step_of(page) == "password"
    assert 'value="ict@regenboog.example"' in page.text
    page = await browser.choose(page, "email", "ict@regenboog.example", password="Regenboog-fiets-7")
    page = await browser.choose(page, "code", house.code())
    assert page.url.endswith("/networks/new")
    assert page.status == 200


async def test_who_began_in_time_finishes_and_not_later(house: House) -> None:
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{base(house)}/networks/new"))
    form = {"ticket": ticket, "network": "198.51.100.9", "kind": "vast", "label": ""}
    await lapse(house, minutes=25)
    page = await browser.post(f"{base(house)}/networks/new", form)
    assert "198.51.100.9" in page.text
    await lapse(house, minutes=5)
    page = await browser.post(f"{base(house)}/networks/new", {**form, "network": "198.51.100.10"})
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "ict@regenboog.example", password="Regenboog-fiets-7")
    page = await browser.choose(page, "code", house.code())
    assert page.heading == "Uw wijziging is nog niet gedaan"
    assert "198.51.100.10" not in (await browser.get(f"{base(house)}/networks")).text
    page = await browser.post(forms_of(page.text)[0].action, forms_of(page.text)[0].hidden)
    assert page.url.endswith(f"{base(house)}/networks?done=network_added")
    assert "198.51.100.10" in page.text


async def test_a_right_that_is_taken_away_ends_at_once(house: House) -> None:
    browser = await sits_down(house)
    assert (await browser.get(f"{base(house)}/networks")).status == 200
    async with house.floor.database.begin() as db:
        await people.end_sessions(db, house.people["ict"])
    assert (await browser.get(f"{base(house)}/networks")).heading == "Inloggen als medewerker"


async def test_a_right_given_to_an_old_session_without_a_second_factor_opens_nothing(house: House) -> None:
    """C-317: an old session from before the role was given."""
    await add_staff(house, "meester", "teacher")
    browser = house.browser()
    await teacher_signs_in(browser, "meester")
    await give_role(house, "meester", "ict-coordinator")
    page = await browser.get(f"{base(house)}/networks")
    assert page.heading == "Inloggen als medewerker"
    page = await browser.choose(page, "email", "meester@regenboog.example", password="Regenboog-fiets-7")
    assert step_of(page) == "enrol"
