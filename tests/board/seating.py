"""A board with schools, and people who have a role on it and work at none of them."""

from sqlalchemy import insert, select, update

from directory.lifecycle import board_people
from directory.models import Board, BoardRole, Person, School
from directory.roles import BOARD_DIRECTOR, BOARD_ICT_COORDINATOR
from directory.schools import KnownSchool
from idp.http import cookies
from idp.signin import sessions
from idp.signin.sessions import Session
from mfa import totp
from tests.browser import Browser, Page
from tests.desk.sitting import ticket_on
from tests.house import AT_SCHOOL, House
from tests.journeys.stories import add_staff

NUMBER = "41234"
BASE = f"/board/{NUMBER}"
COORDINATOR, DIRECTOR = BOARD_ICT_COORDINATOR, BOARD_DIRECTOR


async def board_of(house: House, *schools: KnownSchool, number: str = NUMBER, name: str = "Stichting Aan Zee") -> int:
    """A board that runs these schools; its id."""
    async with house.floor.database.begin() as db:
        made = await db.execute(insert(Board).values(number=number, name=name).returning(Board.id))
        board_id: int = made.scalar_one()
    await moves(house, board_id, *schools)
    return board_id


async def moves(house: House, board_id: int | None, *schools: KnownSchool) -> None:
    """These schools belong to another board from now on."""
    async with house.floor.database.begin() as db:
        ids = [school.id for school in schools]
        await db.execute(update(School).where(School.id.in_(ids)).values(board_id=board_id))


async def takes_office(house: House, name: str, role: str, board_id: int, *, two_steps: bool = True) -> int:
    """Somebody new with this role and no work at a school, `<name>@regenboog.example`; the id of the person."""
    person_id = await add_staff(house, name, at=None)
    async with house.floor.database.begin() as db:
        await board_people.give(db, board_id, person_id, role, contact="x", by="test", now=house.clock.now)
        if two_steps:
            keyring, secret = house.floor.keyring, house.totp_secret
            await totp.enrol(db, keyring, person_id, secret, used_step=0, now=house.clock.now)
    return person_id


async def comes(house: House, name: str) -> Browser:
    """A browser in which that person is signed in with two factors, at no school."""
    at, person_id = int(house.clock.now.timestamp()), house.people[name]
    async with house.floor.database.read() as db:
        epoch = (await db.execute(select(Person.epoch).where(Person.id == person_id))).scalar_one()
    proven = Session(b"", person_id, "staff", sessions.NO_SCHOOL, epoch, at, at, at, ("pwd", "otp"))
    cookie, _, stored = sessions.create(house.floor.keyring, proven)
    await house.floor.store.put(stored)
    browser = house.browser(AT_SCHOOL)
    browser.cookies[cookies.SESSION] = (cookie, "Lax")
    return browser


async def place_of(house: House, name: str) -> int:
    """The number of somebody's role on the board, as its pages name it."""
    query = select(BoardRole.id).where(BoardRole.person_id == house.people[name])
    async with house.floor.database.read() as db:
        found: int = (await db.execute(query)).scalars().one()
    return found


def sheet(page: Page) -> dict[str, str]:
    """What the sheet about a party carries unseen."""
    carried = {"ticket": ticket_on(page), "among": page.text.partition('name="among" value="')[2][:32]}
    seen = page.text.partition('name="seen" value="')[2][:32]
    return {**carried, "seen": seen} if seen else carried
