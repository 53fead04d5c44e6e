"""A child's own page holds exactly as long as its session does, and shows the software that its school ticked."""

import ipaddress
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, update

from consent.models import Tick
from directory.models import Enrolment, Person, School, SchoolAddress
from directory.standing import Standing
from idp.core.floor import Floor
from idp.signin import childs_page, holding
from idp.signin.childs_page import ChildsPage
from idp.signin.question import Visitor
from idp.signin.sessions import Session
from metadata.models import Party
from tests.house import AT_SCHOOL, ELSEWHERE, House

LESSON = "https://uitgever.example/start"


def session_of(house: House, **changed: Any) -> Session:
    told = {"person_id": house.people["Noor"], "school_id": house.school.id, "epoch": 1, **changed}
    return Session(b"", told["person_id"], "pupil", told["school_id"], told["epoch"], 0, 0, None, ("pin",))


async def page(house: House, session: Session, address: str | None = AT_SCHOOL) -> ChildsPage | None:
    standing = Standing(ipaddress.ip_address(address)) if address else None
    return await childs_page.of(house.floor.database.hot, session, today=house.clock.now.date(), standing=standing)


async def holds(floor: Floor, session: Session, address: str) -> bool:
    """By the facts, as everywhere else."""
    visitor = Visitor(session=session, browser=None, address=ipaddress.ip_address(address))
    known = await holding.facts_about(floor, session, None, visitor, now=floor.now)
    return known is not None and known.active and holding.stands(session, known)


CHANGES: dict[str, Callable[[House], Any]] = {
    "nothing": lambda house: update(Person).where(Person.id == 0).values(disabled=True),
    "her last day": lambda _: update(Enrolment).values(ends_on=date(2026, 11, 23)),
    "left yesterday": lambda _: update(Enrolment).values(ends_on=date(2026, 11, 22)),
    "not active": lambda _: update(Enrolment).values(active=False),
    "hidden": lambda _: update(Enrolment).values(hidden=True),
    "in no group": lambda _: update(Enrolment).values(group_id=None),
    "disabled": lambda _: update(Person).values(disabled=True),
    "signed out everywhere": lambda _: update(Person).values(epoch=Person.epoch + 1),
    "the school closed": lambda house: update(School).values(closed_at=house.clock.now),
    "no network of the school's": lambda _: delete(SchoolAddress),
}


@pytest.mark.parametrize("address", [AT_SCHOOL, ELSEWHERE])
@pytest.mark.parametrize("change", CHANGES)
async def test_it_holds_as_long_as_the_facts_say(house: House, change: str, address: str) -> None:
    async with house.floor.database.begin() as db:
        await db.execute(CHANGES[change](house))
    session = session_of(house)
    expected = change in {"nothing", "her last day", "hidden", "in no group"} and address == AT_SCHOOL
    assert (await page(house, session, address) is not None) is expected
    assert await holds(house.floor, session, address) is expected


@pytest.mark.parametrize("changed", [{"epoch": 0}, {"epoch": 2}, {"person_id": 999_999}, {"school_id": 999_999}])
async def test_it_is_of_whose_session_it_is(house: House, changed: dict[str, int]) -> None:
    assert await page(house, session_of(house, **changed)) is None


async def test_who_need_not_be_at_school_is_asked_for_no_place(house: House) -> None:
    found = await page(house, session_of(house), None)
    assert found is not None
    assert found.child.first_name == "Noor"


async def test_its_software_is_what_the_school_ticked_of_who_says_where_it_begins(house: House) -> None:
    async def software(*changes: Any) -> list[tuple[str, str]]:
        async with house.floor.database.begin() as db:
            for change in changes:
                await db.execute(change)
        found = await page(house, session_of(house))
        assert found is not None
        return found.software

    assert await software(update(Party).values(url=None)) == []
    [(name, url)] = await software(update(Party).where(Party.id == house.party_id).values(url=LESSON))
    assert (name, url) == ("Rekenrijk", LESSON)
    odd = await software(update(Party).values(name="Een\x1fhttps://elders.example/\x1eDrie"))
    assert odd == [("Een https://elders.example/\x1eDrie", LESSON)], "a name begins no other tile"
    assert await software(update(Party).values(kind="network")) == []
    assert await software(update(Party).values(kind="publisher", enabled=False)) == []
    assert len(await software(update(Party).values(enabled=True))) == 1
    assert await software(update(Tick).values(given=False)) == []
