"""Schools with people for the jobs to work on, taken in as a real import would."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Executable, func, select

from directory import people, schools
from directory.imports import edexml, runs
from directory.imports.runs import Run
from directory.models import Employment, Enrolment, Group, Person, School
from directory.schools import KnownSchool
from idp.core.models import LedgerEntry, Mail
from idp.credentials import newcomers
from idp.jobs.shift import Shift
from tests.directory.schools import school_file


async def open_school(shift: Shift, brin: str = "99XX", *, year: str | None = None, pupils: int = 12) -> KnownSchool:
    """A school account; with the people of a school year, if one is given."""
    async with shift.floor.database.begin() as db:
        school = await schools.add(db, name=f"School {brin}", brin=brin, location="", now=shift.now)
    if year is not None:
        await take_in(shift, school, year=year, pupils=pupils)
    return school


async def take_in(shift: Shift, school: KnownSchool, *, year: str, pupils: int = 12, seed: int = 7) -> Run:
    """The school's administration tells of that school year, as in a night."""
    told = school_file(seed=seed, school_year=year, brin=school.brin, pupils=pupils, groups=3)
    async with shift.floor.database.begin() as db:
        run = await runs.receive(
            db,
            school,
            edexml.read([told]),
            source="uwlr",
            origin="night",
            by="test",
            now=shift.now,
            keyring=shift.floor.keyring,
            pictures=shift.pictures,
        )
        # Without the mails to new staff, which are not what is looked at here.
        quiet = replace(run.applied, new_staff=(), invited=())
        await newcomers.welcome(
            db, shift.floor.keyring, school.id, quiet, base_url="https://idp.example", contact="wij", now=shift.now
        )
    return run


async def coordinator(shift: Shift, school: KnownSchool, email: str = "ict@school.example") -> int:
    """An ICT coordinator whom the school entered here; the person's id."""
    async with shift.floor.database.begin() as db:
        person_id = await people.new_person(
            db, kind="staff", first_name="Ict", prefix=None, surname="Vos", email=email, now=shift.now
        )
        await people.employ(db, school.id, person_id, ["ict-coordinator"])
    return person_id


async def ask(shift: Shift, question: Executable) -> Sequence[Any]:
    """The rows that the database answers."""
    async with shift.floor.database.read() as db:
        return (await db.execute(question)).all()


async def change(shift: Shift, *statements: Executable) -> None:
    """Changes the database by hand."""
    async with shift.floor.database.begin() as db:
        for statement in statements:
            await db.execute(statement)


async def active(shift: Shift, school: KnownSchool) -> dict[str, int]:
    """How many groups, pupils and staff of a school are in use or active."""
    found = {}
    for name, table in (("groups", Group), ("pupils", Enrolment), ("staff", Employment)):
        here = select(func.count()).select_from(table).where(table.school_id == school.id, table.active)
        found[name] = (await ask(shift, here))[0][0]
    return found


async def year_of(shift: Shift, school: KnownSchool) -> str | None:
    """The school year that a school is in."""
    year: str | None = (await ask(shift, select(School.school_year).where(School.id == school.id)))[0][0]
    return year


async def epochs(shift: Shift, kind: str) -> list[int]:
    """The epochs of all pupils or staff."""
    return [row[0] for row in await ask(shift, select(Person.epoch).where(Person.kind == kind).order_by(Person.id))]


async def told(shift: Shift, action: str) -> list[dict[str, Any]]:
    """The details of the ledger's entries of one kind."""
    rows = await ask(shift, select(LedgerEntry.detail).where(LedgerEntry.action == action).order_by(LedgerEntry.id))
    return [row[0] for row in rows]


async def mails(shift: Shift) -> list[tuple[str, str]]:
    """Recipient and subject of every mail that waits."""
    return [(row[0], row[1]) for row in await ask(shift, select(Mail.recipient, Mail.subject).order_by(Mail.id))]
