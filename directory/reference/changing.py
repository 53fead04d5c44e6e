"""Making a reference person what its party wants to see."""

import secrets
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import delete, insert, select, update

from directory import eckid, people, roles
from directory.models import EckId, Employment, EmploymentRole, Enrolment, Group, GroupTeacher, Person
from directory.reference.people import SURNAME, one
from idp.core.crypto import Keyring
from idp.core.db import Db

GROUPS: Final = (("Groep 3", "3"), ("Groep 6", "6"))
"""The groups of every reference school, with their year group."""
YEAR_GROUPS: Final = ("1", "2", "3", "4", "5", "6", "7", "8")
LONGEST_NAME: Final = 64
LONGEST_PREFIX: Final = 16
_ECKID: Final = "https://ketenid.nl/pilot/"
"""A pilot's, wherever this is: no real ECK-iD is ever made up."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reference person is to be from now on; `roles` count for staff, `year_group` and `has_eckid` for pupils."""

    first_name: str
    prefix: str | None = None
    year_group: str | None = None
    group: str | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    has_eckid: bool = False


async def change(db: Db, keyring: Keyring, school_id: int, person_id: int, wanted: Wanted) -> None:
    """Makes a reference person what is wanted; the next answer tells it. Raises `LookupError`, and `ValueError` for what nobody can be."""
    known = await one(db, school_id, person_id)
    first_name, prefix = _name(wanted.first_name, LONGEST_NAME), _name(wanted.prefix or "", LONGEST_PREFIX) or None
    if not first_name:
        raise ValueError("a reference person has a first name")
    named = {"first_name": first_name, "prefix": prefix, "surname": SURNAME}
    await db.execute(update(Person).where(Person.id == person_id).values(**named))
    group_id = await _group(db, school_id, wanted.group)
    if known.kind == "pupil":
        await _change_pupil(db, keyring, school_id, person_id, wanted, group_id)
    else:
        await change_staff(db, school_id, person_id, wanted, group_id)


async def _change_pupil(
    db: Db, keyring: Keyring, school_id: int, person_id: int, wanted: Wanted, group_id: int | None
) -> None:
    year_group = wanted.year_group or None
    if year_group is not None and year_group not in YEAR_GROUPS:
        raise ValueError(f"a year group is one of {', '.join(YEAR_GROUPS)}")
    here = Enrolment.school_id == school_id, Enrolment.person_id == person_id
    await db.execute(update(Enrolment).where(*here).values(group_id=group_id, year_group=year_group))
    await give_eckid(db, keyring, person_id, wanted=wanted.has_eckid)


async def change_staff(db: Db, school_id: int, person_id: int, wanted: Wanted, group_id: int | None) -> None:
    """Roles and group of somebody who works at a reference school. Raises `ValueError`."""
    if unknown := wanted.roles - set(roles.ROLES):
        raise ValueError(f"unknown role {min(unknown)!r}; known are {', '.join(roles.ROLES)}")
    here = Employment.school_id == school_id, Employment.person_id == person_id
    place = (await db.execute(select(Employment.id).where(*here))).scalar_one()
    await db.execute(delete(EmploymentRole).where(EmploymentRole.employment_id == place))
    await people.employ(db, school_id, person_id, wanted.roles)
    await db.execute(delete(GroupTeacher).where(GroupTeacher.employment_id == place))
    if group_id is not None:
        await db.execute(insert(GroupTeacher).values(employment_id=place, group_id=group_id, source="platform"))


async def give_eckid(db: Db, keyring: Keyring, person_id: int, *, wanted: bool) -> None:
    """An ECK-iD where one is wanted and none is there, and the other way round."""
    had = (await db.execute(select(EckId.person_id).where(EckId.person_id == person_id))).scalar() is not None
    if wanted and not had:
        value = _ECKID + secrets.token_hex(64)
        sealed, lookup = eckid.seal(keyring, person_id, value), eckid.index(keyring, value)
        await db.execute(insert(EckId).values(person_id=person_id, sealed=sealed, lookup=lookup))
    elif had and not wanted:
        await db.execute(delete(EckId).where(EckId.person_id == person_id))


async def _group(db: Db, school_id: int, name: str | None) -> int | None:
    if not name:
        return None
    found = (await db.execute(select(Group.id).where(Group.school_id == school_id, Group.name == name))).scalar()
    if found is None:
        raise ValueError(f"a group is one of {', '.join(group for group, _ in GROUPS)}")
    return found


def _name(text: str, most: int) -> str:
    name = " ".join(text.split())
    if len(name) > most or not (name.isprintable()):
        raise ValueError(f"a name has at most {most} printable characters")
    return name
