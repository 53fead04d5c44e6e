"""*Waarom kan X niet inloggen?* over HTTP: found by a part of the name, answered in order, and mended where it can be."""

import re
from datetime import date

from sqlalchemy import insert, select, update

from consent.models import Agreement, Exclusion
from directory.models import Employment, Enrolment
from idp.core import throttle
from idp.signin import tries
from tests.desk.sitting import base, colleague_of, recorded, sits_down, ticket_on
from tests.house import ECKID, PASSWORD, House
from tests.journeys.stories import add_child, add_group, add_school, change_enrolment

CHILD_MISSES = 7


async def misses(house: House, person_id: int) -> None:
    """Wrong tries until a child has to wait."""
    for _ in range(CHILD_MISSES):
        await throttle.enter(house.floor.store, tries.counter(house.floor.keyring, person_id), throttle.CHILD)


async def place(house: House, name: str) -> int:
    """The enrolment or employment of somebody of the seeded school."""
    person_id = house.people[name]
    async with house.floor.database.read() as db:
        for table in (Enrolment, Employment):
            found = (await db.execute(select(table.id).where(table.person_id == person_id))).scalar()
            if found is not None:
                return found
    raise AssertionError(name)


async def test_a_child_is_found_and_waits_no_longer(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}")
    assert f'href="{base(house)}/why"' in page.text
    page = await browser.choose(await browser.get(f"{base(house)}/why"), "q", "noo")
    assert "noo" not in page.url
    (found,) = re.findall(r'href="([^"]*/why/pupils/\d+)"', page.text)
    page = await browser.get(found)
    assert "Wij zien niets dat het inloggen tegenhoudt" in page.text
    await misses(house, house.people["Noor"])
    page = await browser.get(found)
    assert "Hier ligt het aan" in page.text
    assert "moet nog even wachten" in page.text
    page = await browser.post(f"{found}/again", {"ticket": ticket_on(page)})
    assert "Deze leerling kan het meteen opnieuw proberen" in page.text
    assert "Hoeft niet te wachten" in page.text
    assert await tries.pauses(house.floor, [house.people["Noor"]]) == {}
    (entry,) = await recorded(house, "pupil.tries_forgiven")
    assert entry[0] == house.school.id
    for secret in ("4711", ECKID, ECKID[-20:], PASSWORD):
        assert secret not in page.text


async def test_each_thing_in_the_way_has_its_button(house: House) -> None:
    browser, school = await sits_down(house), house.school
    noor = f"{base(house)}/why/pupils/{await place(house, 'Noor')}"
    async with house.floor.database.begin() as db:
        out = {"school_id": school.id, "party_id": house.party_id, "person_id": house.people["Noor"]}
        await db.execute(insert(Exclusion).values(**out))
    await change_enrolment(house, "Noor", group_id=None)
    page = await browser.get(noor)
    assert "Heeft geen stamgroep in dit schooljaar" in page.text
    assert "Uw school sluit deze persoon uit bij: Rekenrijk." in page.text
    assert "/classroom/" not in page.text.split("<ol", 1)[1], "no way to a child that is in no group"
    async with house.floor.database.begin() as db:
        await db.execute(update(Agreement).where(Agreement.school_id == school.id).values(ends_on=date(2026, 9, 1)))
    await change_enrolment(house, "Noor", active=False, inactive_since=house.clock.now)
    page = await browser.get(noor)
    assert "Er is geen verwerkersovereenkomst" in page.text
    assert "Is inactief: staat niet meer in het LAS." in page.text


async def test_staff(house: House) -> None:
    browser = await sits_down(house)
    page = await browser.get(f"{base(house)}/staff/{await place(house, 'juf')}")
    (why,) = re.findall(r'href="([^"]*/why/staff/\d+)"', page.text)
    page = await browser.get(why)
    assert "Heeft een wachtwoord gekozen" in page.text
    assert "kan overal inloggen" in page.text
    mine = await browser.get(f"{base(house)}/why/staff/{await place(house, 'ict')}")
    assert "Logt in twee stappen in" in mine.text
    assert "/second-step" not in mine.text, "one's own second step is not one's own to give back"


async def test_of_a_pupil_who_left_nothing_is_told_and_nothing_done_that_is_its_new_schools(house: House) -> None:
    """D14: its secret, whether it uses it and whether it has to wait now may be another school's doing."""
    browser = await sits_down(house)
    noor = f"{base(house)}/why/pupils/{await place(house, 'Noor')}"
    await misses(house, house.people["Noor"])
    ticket = {"ticket": ticket_on(await browser.get(noor))}
    await change_enrolment(house, "Noor", active=False, inactive_since=house.clock.now)
    page = await browser.get(noor)
    assert "Is inactief: staat niet meer in het LAS." in page.text
    for told in ("wachten", "pincode", "geheim"):
        assert told not in page.text.partition("<ol")[2].lower(), told
    assert (await browser.post(f"{noor}/again", ticket)).status == 404
    assert await tries.pauses(house.floor, [house.people["Noor"]]) != {}


async def test_people_of_another_school_are_nobody_here(house: House) -> None:
    """C-324: neither by number nor by name, and nothing is done to them."""
    there = await add_school(house, "De Overkant", "98XX")
    child = await add_child(house, there, await add_group(house, there, "Groep 5"), "Zora", "Elders")
    await colleague_of(house, there, "elders")
    async with house.floor.database.read() as db:
        pupil = (await db.execute(select(Enrolment.id).where(Enrolment.person_id == child))).scalar_one()
        staff = (await db.execute(select(Employment.id).where(Employment.school_id == there.id))).scalar_one()
    await misses(house, child)
    browser = await sits_down(house)
    form = await browser.get(f"{base(house)}/why")
    for name in ("Zora", "elders"):
        assert "Niemand met deze naam" in (await browser.choose(form, "q", name)).text
    for where in (f"pupils/{pupil}", f"staff/{staff}", "pupils/999999", "staff/999999"):
        page = await browser.get(f"{base(house)}/why/{where}")
        assert (page.status, "Zora" in page.text) == (404, False), where
    page = await browser.post(f"{base(house)}/why/pupils/{pupil}/again", {"ticket": ticket_on(form)})
    assert page.status == 404
    assert await tries.pauses(house.floor, [child]) != {}
    assert await recorded(house, "pupil.tries_forgiven") == []
    assert (await browser.get(f"/desk/98XX/why/pupils/{pupil}")).status == 403
