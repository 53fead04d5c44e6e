"""One account for all schools of a board: what it opens, what it never mixes, and when it ends (D20, R167, C-317, C-324)."""

import re

from sqlalchemy import delete, insert, update

from consent.models import Agreement
from directory import people
from directory.imports.models import ImportRun
from directory.models import Person, School
from directory.roles import BOARD_ROLES
from mfa import changes
from mfa.changes import Acting
from mfa.policy import needs_second_factor
from tests.board.seating import BASE, COORDINATOR, DIRECTOR, board_of, comes, moves, takes_office
from tests.desk.sitting import ticket_on
from tests.house import House, authorize_url
from tests.journeys.stories import add_school, step_of, teacher_signs_in


async def test_one_account_acts_for_every_school_of_the_board_and_never_in_two_at_once(house: House) -> None:
    second, third = await add_school(house, "De Branding", "98XX"), await add_school(house, "De Derde", "96XX")
    board_id = await board_of(house, house.school, second)
    await takes_office(house, "boven", COORDINATOR, board_id)
    browser = house.browser()
    page = await teacher_signs_in(browser, "boven")
    assert step_of(page) == "second_factor"
    page = await browser.choose(page, "code", house.code())
    assert page.heading == "Dag Boven"
    assert f'href="{BASE}"' in page.text
    assert "bovenschools ICT-coördinator" in page.text
    page = await browser.get("/board")
    assert page.url.endswith(BASE)
    assert [name in page.text for name in ("De Regenboog", "De Branding", "De Derde")] == [True, True, False]
    page = await browser.get("/desk")
    assert page.heading == "Kies een school"
    assert f'href="{BASE}"' in page.text
    tickets = []
    for school in (house.school, second):
        assert (await browser.get(f"/desk/{school.code}")).status == 200
        tickets.append(ticket_on(await browser.get(f"/desk/{school.code}/networks/new")))
        assert (await browser.get(f"/desk/{school.code}/deputy")).status == 200
    form = {"ticket": tickets[0], "network": "198.51.100.9", "kind": "vast", "label": ""}
    assert (await browser.post(f"/desk/{second.code}/networks/new", form)).status == 403, "a form is of one school"
    assert (await browser.get(f"/desk/{third.code}")).status == 403
    page = await browser.get(f"/classroom/{house.school.code}")
    assert "Groep 6" in page.text
    room = f"/classroom/{house.school.code}/{house.groups['Groep 6']}"
    page = await browser.get(room)
    assert "Noor van Beek" in page.text
    assert f'href="/classroom/{house.school.code}"' in page.text, "back to the groups of this school"
    assert (await browser.get(f"/classroom/{third.code}")).status == 403


async def test_the_first_page_says_what_waits_at_which_school(house: House) -> None:
    second = await add_school(house, "De Branding", "98XX")
    board_id = await board_of(house, house.school, second)
    await takes_office(house, "boven", COORDINATOR, board_id)
    await takes_office(house, "bestuur", DIRECTOR, board_id)
    now = house.clock.now
    run = {"source": "edexml", "origin": "upload", "by": "test", "state": "held", "counts": {}, "doubts": {}}
    async with house.floor.database.begin() as db:
        await db.execute(delete(Agreement).where(Agreement.school_id == second.id))
        await db.execute(insert(ImportRun).values(school_id=house.school.id, started_at=now, **run))
    acts, looks = await comes(house, "boven"), await comes(house, "bestuur")
    page = await acts.get(BASE)
    assert re.search(rf'href="/desk/{second.code}/parties">overeenkomst ontbreekt', page.text)
    assert re.search(rf'href="/desk/{house.school.code}/imports/\d+">import wacht op akkoord', page.text)
    assert "geen eigen ICT-coördinator" in page.text
    page = await looks.get(BASE)
    assert "overeenkomst ontbreekt" in page.text
    assert [word in page.text for word in ("/desk/", "import wacht", "geen eigen ICT", "Wie doet wat")] == [False] * 4
    async with house.floor.database.read() as db:
        told = [await people.coordinator_addresses(db, one.id, today=now.date()) for one in (house.school, second)]
    assert told == [["ict@regenboog.example"], ["boven@regenboog.example"]], "a school without one has its board's"


async def test_a_director_sees_agreements_and_ticks_and_opens_nothing_else(house: House) -> None:
    board_id = await board_of(house, house.school)
    await takes_office(house, "bestuur", DIRECTOR, board_id)
    browser = await comes(house, "bestuur")
    page = await browser.get(f"{BASE}/parties/{house.party_id}")
    assert "1 van 1 scholen" in page.text
    assert "versie 3.0" in page.text
    assert "/tick" not in page.text
    page = await browser.get(f"{BASE}/parties")
    assert "Rekenrijk" in page.text
    page = await browser.post(f"{BASE}/parties", {"ticket": ticket_on(page), "q": "niets"})
    assert "Er zijn geen andere partijen" in page.text or "Niets gevonden" in page.text
    for path in ("/people", "/people/new", f"/parties/{house.party_id}/tick", f"/parties/{house.party_id}/untick"):
        page = await browser.get(BASE + path)
        assert (page.status, page.heading) == (403, "Een bestuurder wijzigt hier niets"), path
    code, group = house.school.code, house.groups["Groep 6"]
    for path in (f"/desk/{code}", "/desk", f"/classroom/{code}", f"/classroom/{code}/{group}"):
        assert (await browser.get(path)).status == 403, path
    assert "Noor" not in (await browser.get("/account")).text


async def test_a_school_that_goes_to_another_board_is_gone_at_once(house: House) -> None:
    second = await add_school(house, "De Branding", "98XX")
    board_id = await board_of(house, house.school, second)
    elsewhere = await board_of(house, number="41235", name="Stichting De Polder")
    await takes_office(house, "boven", COORDINATOR, board_id)
    browser = await comes(house, "boven")
    assert (await browser.get(f"/desk/{second.code}")).status == 200
    await moves(house, elsewhere, second)
    assert (await browser.get(f"/desk/{second.code}")).status == 403
    assert "De Branding" not in (await browser.get(BASE)).text
    assert (await browser.get("/board/41235")).status == 403
    await moves(house, None, house.school)
    assert "Er zijn geen scholen" in (await browser.get(BASE)).text
    async with house.floor.database.begin() as db:
        await db.execute(update(School).where(School.id == second.id).values(board_id=board_id))
        await db.execute(update(School).where(School.id == second.id).values(closed_at=house.clock.now))
    assert (await browser.get(f"/desk/{second.code}")).status == 403, "a closed school is nobody's to manage"


async def test_an_account_that_is_switched_off_has_nothing_from_that_moment(house: House) -> None:
    board_id = await board_of(house, house.school)
    for name, role in (("boven", COORDINATOR), ("bestuur", DIRECTOR)):
        person_id = await takes_office(house, name, role, board_id)
        browser = await comes(house, name)
        assert (await browser.get(BASE)).status == 200
        async with house.floor.database.begin() as db:
            await db.execute(update(Person).where(Person.id == person_id).values(disabled=True))
        for path in (BASE, f"/desk/{house.school.code}", f"/classroom/{house.school.code}"):
            page = await browser.get(path)
            assert "/signin/" in page.url, path


async def test_nobody_has_a_role_on_a_board_without_a_second_step(house: House) -> None:
    board_id = await board_of(house, house.school)
    for name, role in (("boven", COORDINATOR), ("bestuur", DIRECTOR)):
        await takes_office(house, name, role, board_id, two_steps=False)
        assert step_of(await teacher_signs_in(house.browser(), name)) == "enrol"
        person_id = house.people[name]
        async with house.floor.database.begin() as db:
            assert await changes.required(db, person_id, now=house.clock.now)
            assert not await changes.opt_out(db, Acting(person_id, "0" * 36, "x", house.clock.now))
    for role in BOARD_ROLES:
        assert needs_second_factor("staff", [role], enrolled=False, school_wants_it=False, opted_out=True), "D7"


async def test_who_comes_for_a_board_only_is_unknown_to_a_party(house: House) -> None:
    """Its pupils' software knows people of a school, and this one is of none."""
    board_id = await board_of(house, house.school)
    await takes_office(house, "boven", COORDINATOR, board_id)
    browser = await comes(house, "boven")
    page = await browser.get(authorize_url(prompt="none").url)
    assert page.query.get("error") == "access_denied" or "code" not in page.query
