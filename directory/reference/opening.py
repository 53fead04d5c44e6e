"""The reference school of a party: made with its people, found, and taken away with all of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from string import ascii_uppercase
from typing import Final

from sqlalchemy import delete, insert, select, update

from directory import people, roles, schools
from directory.models import Enrolment, Group, School
from directory.placeless import delete_placeless
from directory.reference.changing import GROUPS, Wanted, change_staff, give_eckid
from directory.reference.people import SURNAME, people_of, school_of
from directory.register.models import RegisterLocation
from directory.schools import KnownSchool
from idp.core.clock import school_year
from idp.core.crypto import Keyring
from idp.core.db import Db

_LOCATION: Final = "01"


@dataclass(frozen=True, slots=True)
class Made:
    """Somebody whom every reference school begins with."""

    kind: str
    first_name: str
    prefix: str | None
    group: str | None
    year_group: str | None = None
    has_eckid: bool = False
    role: str | None = None
    mail: str | None = None


FIRST: Final = (
    Made("pupil", "Zoë", "van der", "Groep 6", "6", has_eckid=True),
    Made("pupil", "Sem", None, "Groep 3", "3"),
    Made("staff", "Robin", "de", "Groep 6", role=roles.TEACHER, mail="leerkracht"),
    Made("staff", "Kim", None, None, role=roles.ICT_COORDINATOR),
)
"""A pupil with an ECK-iD and one without (D18), a teacher with an address, and a coordinator without one: nothing is ever mailed to them."""


async def open_school(db: Db, keyring: Keyring, party_id: int, party_name: str, *, now: datetime) -> KnownSchool:
    """The reference school of a party, made with its people if there is none yet. No agreement and no tick: those are `consent`'s."""
    known = await school_of(db, party_id)
    if known is not None:
        return known
    name = f"Referentieschool {party_name}"[:200]
    made = await schools.add(db, name=name, brin=await _free_brin(db), location=_LOCATION, now=now)
    await db.execute(update(School).where(School.id == made.id).values(reference_of=party_id))
    year = school_year(now)
    groups: dict[str, int] = {}
    for group, year_group in GROUPS:
        row = {"school_year": year, "kind": "stamgroep", "las_key": group, "name": group, "year_group": year_group}
        groups[group] = (
            await db.execute(insert(Group).values(school_id=made.id, **row).returning(Group.id))
        ).scalar_one()
    for number, one in enumerate(FIRST):
        await _add(db, keyring, made.id, number, one, groups, now=now)
    return made


async def close_school(db: Db, party_id: int) -> bool:
    """Deletes the reference school of a party and everybody in it; False if there was none."""
    known = await school_of(db, party_id)
    if known is None:
        return False
    gone = [one.person_id for one in await people_of(db, known.id)]
    await db.execute(delete(School).where(School.id == known.id, School.reference_of.is_not(None)))
    await delete_placeless(db, gone)
    return True


async def _add(
    db: Db, keyring: Keyring, school_id: int, number: int, made: Made, groups: dict[str, int], *, now: datetime
) -> None:
    named = {"first_name": made.first_name, "prefix": made.prefix, "surname": SURNAME}
    email = f"{made.mail}-{school_id}@referentie.invalid" if made.mail else None
    person_id = await people.new_person(db, kind=made.kind, **named, email=email, now=now)
    group_id = groups.get(made.group or "")
    if made.kind == "pupil":
        row = {"las_key": f"referentie-{number}", "group_id": group_id, "year_group": made.year_group}
        await db.execute(insert(Enrolment).values(school_id=school_id, person_id=person_id, picture="star", **row))
        await give_eckid(db, keyring, person_id, wanted=made.has_eckid)
        return
    held = frozenset({made.role} if made.role else ())
    await people.employ(db, school_id, person_id, held)
    await change_staff(db, school_id, person_id, Wanted(made.first_name, roles=held), group_id)


async def _free_brin(db: Db) -> str | None:
    """The first BRIN that no school and no register has; None when all are given, for a school without one works everywhere (D13)."""
    taken = set((await db.execute(select(School.brin).where(School.brin.like("97%")))).scalars())
    known = (await db.execute(select(RegisterLocation.code).where(RegisterLocation.code.like("97%")))).scalars()
    taken |= {code[:4] for code in known}
    return next((brin for brin in _brins() if brin not in taken), None)


def _brins() -> Iterator[str]:
    return (f"97{first}{second}" for first, second in product(ascii_uppercase, repeat=2))
