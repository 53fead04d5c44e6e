"""C-278: the provider of one school lets nobody into another one, who works at both included (D35)."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from consent import ticks
from directory import people
from directory.models import Board, BoardRole, School
from directory.roles import BOARD_ICT_COORDINATOR
from directory.schools import KnownSchool
from metadata import upstreams
from tests.desk.sitting import ticket_on
from tests.journeys.stories import add_group, add_school
from tests.storage import Storage
from tests.upstreams import kit, provider
from tests.upstreams.kit import Road

SURE = "https://zeker.example/saml"


@pytest.fixture(scope="module")
async def road(storage: Storage) -> AsyncIterator[Road]:
    async with kit.attached_house(storage) as attached:
        document = provider.metadata(entity=SURE)
        number = await kit.attach(
            attached.house, name="Zeker", document=document, trusted_for_mfa=True, links={"ict": "ict-2"}
        )
        yield Road(attached.house, number)


async def ticked_by(road: Road, school: KnownSchool) -> None:
    house = road.house
    async with house.floor.database.begin() as db:
        party = (await upstreams.find(db, str(road.number))).party_id
        await ticks.give(db, school.id, party, {"subject"}, now=house.clock.now, by="test")


async def test_a_provider_opens_no_room_of_a_school_that_did_not_tick_it(road: Road) -> None:
    house = road.house
    other = await add_school(house, "De Overkant", "98XX")
    group = await add_group(house, other, "Groep 7")
    async with house.floor.database.begin() as db:
        await people.employ(db, other.id, house.people["ict"], ["teacher", "ict-coordinator"])
        board = (
            await db.execute(insert(Board).values(number="41234", name="De Kring").returning(Board.id))
        ).scalar_one()
        await db.execute(update(School).values(board_id=board))
        row = {"board_id": board, "person_id": house.people["ict"], "role": BOARD_ICT_COORDINATOR}
        await db.execute(insert(BoardRole).values(**row, given_at=house.clock.now))
    browser = house.browser()
    told = replace(await road.ask(browser), name_id="ict-2", issuer=SURE, asserted_issuer=SURE, context=provider.MFA)
    await road.send(browser, provider.answer(told))
    assert await road.session_of(browser) == "Ict"
    page = await browser.get(f"/desk/{house.school.code}")
    assert (page.status, "Andere school" in page.text) == (200, False), "nor does he say yes there for the other one"
    rooms = f"/classroom/{other.code}/{group}", f"/desk/{other.code}", f"/desk/{other.code}/deputy", "/board/41234"
    for room in rooms:
        page = await browser.get(room)
        assert ("/signin/" in page.url, bool(page.offers("password"))) == (True, True), room
    moving = {"ticket": ticket_on(await browser.get("/account/school")), "school": str(other.id)}
    page = await browser.post("/account/school", moving)
    assert page.offers("password"), "nor is it moved there by hand, to be asked about at the parties of that school"
    await ticked_by(road, other)
    for room in rooms:
        assert (await browser.get(room)).status == 200, room
    assert "Andere school" in (await browser.get(f"/desk/{house.school.code}")).text
    page = await browser.post("/account/school", moving)
    assert page.url.endswith("/account")
