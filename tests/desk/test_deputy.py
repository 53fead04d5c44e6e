"""The colleague who may give substitute accounts (D4): that page and nothing else, by the rules for every member of staff (D7, C-317, C-318)."""

import re

import pytest
from sqlalchemy import select

from directory.lifecycle import seats
from directory.models import Employment, Person
from idp.web.desk import guards
from tests.browser import Browser, Page
from tests.desk.sitting import base, paths, recorded, sits_down, ticket_on
from tests.house import House
from tests.inside import lapse
from tests.journeys.stories import (
    add_group,
    add_school,
    add_staff,
    change_school,
    give_role,
    mails,
    step_of,
    teacher_signs_in,
)

NOT_YOURS = "Deze pagina is niet voor u"
WHO = {"first_name": "Ien", "prefix": "de", "surname": "Groot", "days": "7"}


def place(house: House) -> str:
    return f"{base(house)}/deputy"


async def choose(house: House, name: str | None) -> None:
    async with house.floor.database.begin() as db:
        here = Employment.school_id == house.school.id
        who = None
        if name is not None:
            found = await db.execute(select(Employment.id).where(here, Employment.person_id == house.people[name]))
            who = found.scalar_one()
        contact, now = "helpdesk@example.org", house.clock.now
        await seats.delegate(db, house.school.id, who, contact=contact, by="test", now=now)


async def chosen(house: House, name: str = "juf") -> Browser:
    await choose(house, name)
    browser = house.browser()
    await teacher_signs_in(browser, name)
    return browser


async def given(browser: Browser, house: House, email: str = "ien@pool.example") -> Page:
    page = await browser.get(f"{place(house)}/{house.groups['Groep 6']}")
    return await browser.choose(page, "email", email, **WHO)


async def test_the_coordinator_names_a_colleague_who_gives_a_seat_and_takes_it_back(house: House) -> None:
    ict = await sits_down(house)
    page = await ict.get(f"{base(house)}/substitutes/helper")
    (colleague,) = re.findall(r'<option value="(\d+)">Juf Jansen', page.text)
    await ict.post(page.url, {"ticket": ticket_on(page), "colleague": colleague})
    assert await mails(house) == [("juf@regenboog.example", "U mag invalaccounts geven bij De Regenboog")]
    browser = house.browser()
    page = await teacher_signs_in(browser)
    assert f'href="{place(house)}"' in page.text
    page = await browser.get(place(house))
    assert "Groep 6" in page.text
    assert "/staff" not in page.text, "no way from here to the rest of the desk"
    page = await given(browser, house)
    assert page.url.startswith(f"https://inloggen.example{place(house)}?")
    assert "ien@pool.example" in page.text
    async with house.floor.database.read() as db:
        juf = await db.scalar(select(Person.ledger_id).where(Person.id == house.people["juf"]))
    assert [(school, by) for school, by, _ in await recorded(house, "substitute.bound")] == [(house.school.id, juf)]
    (binding,) = re.findall(r'name="binding" value="(\d+)"', page.text)
    page = await browser.post(f"{place(house)}/end", {"ticket": ticket_on(page), "binding": binding})
    assert "De invalbeurt is beëindigd" in page.text
    assert [by for _, by, _ in await recorded(house, "substitute.ended")] == [juf]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_other_page_of_the_desk_stays_closed(house: House, method: str) -> None:
    browser = await chosen(house)
    for path in paths(method, house.school.code):
        if not path.startswith(place(house)):
            page = await browser.request(method, path, data={} if method == "POST" else None)
            assert (page.status, page.heading) == (403, NOT_YOURS), path


async def test_the_right_ends_at_once(house: House) -> None:
    browser = await chosen(house)
    page = await browser.get(f"{place(house)}/{house.groups['Groep 6']}")
    await choose(house, None)
    form = {"ticket": ticket_on(page), "email": "ien@pool.example", **WHO}
    assert (await browser.post(page.url, form)).status == 403
    assert (await browser.get(place(house))).heading == NOT_YOURS
    assert "/deputy" not in (await browser.get("/account")).text
    assert await recorded(house, "substitute.bound") == []


async def test_it_is_a_right_at_one_school(house: House) -> None:
    other = await add_school(house, "De Overkant", "98XX")
    theirs = await add_group(house, other, "Groep 5")
    await give_role(house, "juf", "teacher", at=other)
    await choose(house, "juf")
    browser = house.browser()
    page = await teacher_signs_in(browser)
    page = await browser.choose(page, "workplace", str(house.school.id))
    assert (await browser.get("/desk/98XX/deputy")).heading == NOT_YOURS
    assert (await browser.get("/desk/97XX/deputy")).heading == NOT_YOURS
    page = await browser.get(f"{place(house)}/{house.groups['Groep 6']}")
    form = {"ticket": ticket_on(page), "email": "ien@pool.example", **WHO}
    assert (await browser.get(f"{place(house)}/{theirs}")).status == 404
    assert (await browser.post(f"{place(house)}/{theirs}", form)).status == 404
    assert (await browser.post(f"{place(house)}/end", {"ticket": form["ticket"], "binding": "1"})).status == 404
    assert await recorded(house, "substitute.bound") == []


async def test_giving_needs_a_fresh_proof_and_looking_does_not(house: House) -> None:
    browser = await chosen(house)
    await lapse(house, seconds=guards.TO_OPEN)
    assert (await browser.get(place(house))).status == 200
    page = await browser.get(f"{place(house)}/{house.groups['Groep 6']}")
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password="Regenboog-fiets-7")
    assert page.heading == "Invalkracht voor Groep 6"


async def test_where_all_staff_take_two_steps_so_does_this_colleague(house: House) -> None:
    """D7: also who signed in at another school, which asks for none."""
    other = await add_school(house, "De Overkant", "98XX")
    await give_role(house, "juf", "teacher", at=other)
    await change_school(house, house.school, mfa_for_staff=True)
    await choose(house, "juf")
    browser = house.browser()
    page = await teacher_signs_in(browser)
    if page.offers("workplace"):
        page = await browser.choose(page, "workplace", str(other.id))
    assert page.heading == "Dag Juf"
    page = await browser.get(place(house))
    assert step_of(page) == "password"
    page = await browser.choose(page, "email", "juf@regenboog.example", password="Regenboog-fiets-7")
    assert step_of(page) == "enrol"


async def test_a_ticket_of_this_page_is_good_for_nothing_else(house: House) -> None:
    """Also in the hands of the coordinator, who may give seats here too."""
    browser = await sits_down(house)
    ticket = ticket_on(await browser.get(f"{place(house)}/{house.groups['Groep 6']}"))
    desk = f"{base(house)}/substitutes/{house.groups['Groep 6']}"
    form = {"email": "ien@pool.example", **WHO}
    assert (await browser.post(desk, {"ticket": ticket, **form})).status == 403
    here = f"{place(house)}/{house.groups['Groep 6']}"
    for wrong in (ticket_on(await browser.get(desk)), "x" * 32, ""):
        assert (await browser.post(here, {"ticket": wrong, **form})).status == 403
    assert await recorded(house, "substitute.bound") == []


async def test_what_is_wrong_is_said_where_it_was_typed(house: House) -> None:
    await add_staff(house, "rob", "support")
    browser = await chosen(house, "rob")
    page = await given(browser, house, "juf@regenboog.example")
    assert page.status == 400
    assert "werkt hier al" in page.text
    assert 'value="Ien"' in page.text
