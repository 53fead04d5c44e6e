"""More people and places for the stories: other schools, more children, other roles; and what several stories do."""

import re
from collections.abc import Iterable
from datetime import date
from urllib.parse import urlsplit

from sqlalchemy import insert, select, update

from consent import agreements, ticks
from directory import addresses, people, schools
from directory.models import Enrolment, Group, School
from directory.schools import KnownSchool
from idp.core.models import LedgerEntry, Mail
from idp.credentials import passwords, pupil_secrets, terms
from idp.credentials.models import TermsRead
from idp.credentials.pupil_secrets import SecretKind
from protocols.attributes import catalogue
from tests.browser import Browser, Page
from tests.house import PASSWORD, House, to_the_tiles

SHORTCUT = "/login/leerlingen/snelkoppelaar"


def shortcut(school: KnownSchool) -> str:
    """The address of a school's pupil shortcut."""
    return f"{SHORTCUT}?INSTELLING_REF={school.instelling_ref}"


def step_of(page: Page) -> str | None:
    """The step that a page of the sign-in says it is at."""
    found = re.search(r'name="step" value="([a-z_]+)"', page.text)
    if found:
        return found.group(1)
    # A page of links alone has no form to say it.
    doors = page.doors
    if any("/school-" in address for address in doors.get("child", {}).values()):
        return "home_child"
    at_school = any("/at-" in address for address in doors.get("school", {}).values())
    of_links = {"child": "child", "group": "group", "school": "school" if at_school else "home_school"}
    of_links |= {"way": "way", "who": "same_child"}
    of_links |= {"instead": "group", "back": "not_here"}
    return next((step for name, step in of_links.items() if name in doors), None)


def attempt_of(page: Page) -> str:
    """The id of the attempt that a page of the sign-in belongs to: of its address, or where its ways lead."""
    found = re.search(r"/signin/([^/]+)", urlsplit(page.url).path) or re.search(r'"/signin/([^/"]+)', page.text)
    assert found is not None
    return found[1]


async def add_school(house: House, name: str, brin: str, *, networks: Iterable[str] = ()) -> KnownSchool:
    """Another school, with an agreement and a tick for the seeded publisher."""
    now = house.clock.now
    async with house.floor.database.begin() as db:
        school = await schools.add(db, name=name, brin=brin, location="", now=now)
        await agreements.record_for_school(db, school.id, document_version="3.0", signed_on=date(2026, 8, 1), by="test")
        await ticks.give(db, school.id, house.party_id, catalogue.NAMES, now=now, by="test")
        for network in networks:
            await addresses.add(db, school.id, addresses.read_network(network), now=now)
    return school


async def add_group(house: House, school: KnownSchool, name: str, *, kind: SecretKind = "pin") -> int:
    """Another group of this school year."""
    row = {"school_year": "2026-2027", "kind": "stamgroep", "las_key": name, "name": name, "secret_kind": kind}
    made = insert(Group).values(school_id=school.id, year_group="5", **row).returning(Group.id)
    async with house.floor.database.begin() as db:
        found: int = (await db.execute(made)).scalar_one()
    return found


async def add_child(
    house: House,
    school: KnownSchool,
    group_id: int,
    name: str,
    surname: str,
    *,
    prefix: str | None = None,
    pin: str = "1234",
    picture: str = "owl",
) -> int:
    """Another child with a PIN."""
    floor, now = house.floor, house.clock.now
    async with floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="pupil", first_name=name, prefix=prefix, surname=surname, email=None, now=now
        )
        row = {"las_key": f"{name} {surname}", "group_id": group_id, "year_group": "5", "picture": picture}
        await db.execute(insert(Enrolment).values(school_id=school.id, person_id=person_id, **row))
        await pupil_secrets.set_secrets(db, floor.keyring, {person_id: ("pin", pin)}, now=now)
    return person_id


async def add_staff(house: House, name: str, *roles: str, at: Iterable[KnownSchool] | None = ()) -> int:
    """Another member of staff, `<name>@regenboog.example`, with the usual password; at the seeded school unless said otherwise, None for nowhere."""
    floor, now = house.floor, house.clock.now
    phc = await house.resources.hasher.hash(PASSWORD)
    async with floor.database.begin() as db:
        person_id = await people.new_person(
            db,
            kind="staff",
            first_name=name.title(),
            prefix=None,
            surname="Smit",
            email=f"{name}@regenboog.example",
            now=now,
        )
        for school in () if at is None else tuple(at) or (house.school,):
            await people.employ(db, school.id, person_id, roles)
        await passwords.set_password(db, person_id, phc, now=now)
        await db.execute(insert(TermsRead).values(person_id=person_id, version=terms.VERSION, read_at=now))
    house.people[name] = person_id
    return person_id


async def give_role(house: House, name: str, role: str, *, at: KnownSchool | None = None) -> None:
    """One role more for somebody."""
    async with house.floor.database.begin() as db:
        await people.employ(db, (at or house.school).id, house.people[name], [role])


async def change_school(house: House, school: KnownSchool, **values: bool) -> None:
    """Switches of a school: `mfa_for_staff`, `hide_names`."""
    async with house.floor.database.begin() as db:
        await db.execute(update(School).where(School.id == school.id).values(**values))


async def change_enrolment(house: House, name: str, **values: object) -> None:
    """What the school says about a child: `hidden`, `active`."""
    async with house.floor.database.begin() as db:
        await db.execute(update(Enrolment).where(Enrolment.person_id == house.people[name]).values(**values))


async def mails(house: House) -> list[tuple[str, str]]:
    """(recipient, subject) of every mail on its way."""
    async with house.floor.database.read() as db:
        rows = await db.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))
        return [(row.recipient, row.subject) for row in rows]


async def ledger_actions(house: House) -> list[str]:
    """What the ledger says happened, in order."""
    async with house.floor.database.read() as db:
        return list((await db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id))).scalars())


async def to_the_secret(browser: Browser, page: Page, house: House, name: str, group: str) -> Page:
    """From the page with groups to the page that asks for the child's secret."""
    page = await to_the_tiles(browser, page, house, group)
    return await browser.choose(page, "child", str(house.people[name]))


async def to_the_password(browser: Browser, page: Page) -> Page:
    """From the page Leerling, Medewerker, Thuis (or the groups of a school) to the page that asks for a password."""
    if not page.offers("way"):
        page = await browser.choose(page, "back", "way")
    return await browser.choose(page, "way", "staff")


async def at_our_door(browser: Browser) -> Page:
    """The page with the password, by our own front door."""
    return await browser.choose(await browser.get("/"), "way", "staff")


async def teacher_signs_in(browser: Browser, name: str = "juf") -> Page:
    """A member of staff signs in at our own door; the account page unless something is asked first."""
    page = await at_our_door(browser)
    return await browser.choose(page, "email", f"{name}@regenboog.example", password=PASSWORD)
