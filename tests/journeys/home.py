"""Signing in at home, as several stories do it."""

from dataclasses import replace

from sqlalchemy import select

from directory import home
from directory.models import Enrolment
from directory.schools import KnownSchool
from idp.credentials import home_codes
from idp.credentials.parent_links import PATH
from tests.browser import Browser, Page
from tests.classroom.teaching import comes_in, press, room
from tests.house import ELSEWHERE, House
from tests.journeys.mailbox import NEW_PASSWORD, link


async def give_codes(house: House, *names: str) -> None:
    """Gives children of the seeded school a code each."""
    floor, children = house.floor, [house.people[name] for name in names]
    async with floor.database.begin() as db:
        await home_codes.renew(db, floor.keyring, house.school.id, children, now=house.clock.now)


async def code_of(house: House, name: str) -> str:
    """A fresh code of this child."""
    await give_codes(house, name)
    floor, child = house.floor, house.people[name]
    async with floor.database.read() as db:
        today = house.clock.now.date()
        return (await home_codes.opened(db, floor.keyring, house.school.id, [child], today=today))[child]


async def types_code(browser: Browser, code: str, secret: str) -> Page:
    """From the address of home to whatever follows the secret."""
    return await gives_code(browser, await browser.get("/thuis"), code, secret)


async def gives_code(browser: Browser, page: Page, code: str, secret: str = "4711") -> Page:
    """From the page that asks for a code to whatever follows the secret."""
    kind = "pictures" if "," in secret else "pin"
    page = await browser.choose(page, "code", code, kind=kind)
    if kind == "pin":
        return await browser.choose(page, "pin", secret)
    form = page.form("pick")
    return await browser.post(form.action, {**form.hidden, "picked": secret})


async def place_of(house: House, name: str) -> int:
    """The enrolment of a child at the seeded school."""
    mine = Enrolment.person_id == house.people[name], Enrolment.school_id == house.school.id
    async with house.floor.database.read() as db:
        found: int = (await db.execute(select(Enrolment.id).where(*mine))).scalar_one()
    return found


PARENT = "ouder@gezin.example"


async def lets_parents_in(house: House, school: KnownSchool | None = None) -> None:
    """The school's coordinator switched parents' accounts on."""
    school_id = (school or house.school).id
    async with house.floor.database.begin() as db:
        await home.decide(db, school_id, replace(await home.rules(db, school_id), parents=True))


async def enters(house: House, name: str, email: str = PARENT, **fields: str) -> Page:
    """The teacher enters a parent's address at a child, with permission."""
    group = "Groep 6" if name != "Sam" else "Groep 2"
    at = f"{room(house, group)}/{house.people[name]}/home"
    teacher = await comes_in(house, "juf" if group == "Groep 6" else "meester")
    given = {"email": email, "permission": "1", "permission_on": house.clock.now.date().isoformat(), **fields}
    return await press(teacher, at, f"{at}/parents", **given)


async def activates(house: House, email: str = PARENT, password: str = NEW_PASSWORD) -> Page:
    """The parent follows the newest link in the mail and chooses a password."""
    browser = house.browser(ELSEWHERE)
    page = await browser.get(await link(house, email, PATH))
    return await browser.choose(page, "password", password)


async def parent_signs_in(browser: Browser, email: str = PARENT, password: str = NEW_PASSWORD) -> Page:
    """From the address of home to the tiles of the children."""
    page = await browser.choose(await browser.get("/thuis"), "way", "parent")
    return await browser.choose(page, "email", email, password=password)
