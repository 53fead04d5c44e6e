"""The people of a reference school, as their party sees them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from directory import schools
from directory.models import EckId, Employment, EmploymentRole, Enrolment, Group, GroupTeacher, Person, School
from directory.schools import KnownSchool
from idp.core.db import Db

SURNAME: Final = "Referentie"
"""What everybody at a reference school is called, whatever else is changed about them."""


@dataclass(frozen=True, slots=True)
class ReferencePerson:
    """Somebody at a reference school, as its party sees and changes him. `groups` are names; `has_eckid` is all that is shown of an ECK-iD (D40)."""

    person_id: int
    kind: str
    epoch: int
    first_name: str
    prefix: str | None
    year_group: str | None
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    has_eckid: bool
    has_mail: bool

    @property
    def name(self) -> str:
        """Whole."""
        return " ".join(part for part in (self.first_name, self.prefix, SURNAME) if part)


async def school_of(db: Db, party_id: int) -> KnownSchool | None:
    """The reference school of a party, or None."""
    found = (await db.execute(select(School.id).where(School.reference_of == party_id))).scalar()
    return await schools.by_id(db, found) if found is not None else None


async def party_of(db: Db, school_id: int) -> int | None:
    """The party whose reference school this is; None for every school that exists."""
    return (await db.execute(select(School.reference_of).where(School.id == school_id))).scalar()


async def people_of(db: Db, school_id: int) -> list[ReferencePerson]:
    """Everybody at a reference school: pupils, then staff. Nobody for a school that exists."""
    if await party_of(db, school_id) is None:
        return []
    return [*await _pupils(db, school_id), *await _staff(db, school_id)]


async def one(db: Db, school_id: int, person_id: int) -> ReferencePerson:
    """One of them. Raises `LookupError` for everybody else, at whichever school."""
    found = next((one for one in await people_of(db, school_id) if one.person_id == person_id), None)
    if found is None:
        raise LookupError("no such reference person")
    return found


async def _pupils(db: Db, school_id: int) -> list[ReferencePerson]:
    rows = await db.execute(
        select(
            Person.id,
            Person.epoch,
            Person.first_name,
            Person.prefix,
            Enrolment.year_group,
            Group.name,
            EckId.person_id.label("known"),
        )
        .join(Enrolment, Enrolment.person_id == Person.id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .outerjoin(EckId, EckId.person_id == Person.id)
        .where(Enrolment.school_id == school_id)
        .order_by(Person.id)
    )
    return [
        ReferencePerson(
            row.id,
            "pupil",
            row.epoch,
            row.first_name or "",
            row.prefix,
            row.year_group,
            _there([row.name]),
            (),
            has_eckid=row.known is not None,
            has_mail=False,
        )
        for row in rows
    ]


async def _staff(db: Db, school_id: int) -> list[ReferencePerson]:
    rows = await db.execute(
        select(
            Employment.id, Person.id.label("person_id"), Person.epoch, Person.first_name, Person.prefix, Person.email
        )
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id)
        .order_by(Person.id)
    )
    found = []
    for row in rows.all():
        held = select(EmploymentRole.role).where(EmploymentRole.employment_id == row.id).order_by(EmploymentRole.role)
        linked = (
            select(Group.name)
            .join(GroupTeacher, GroupTeacher.group_id == Group.id)
            .where(GroupTeacher.employment_id == row.id)
            .order_by(Group.name)
        )
        found.append(
            ReferencePerson(
                row.person_id,
                "staff",
                row.epoch,
                row.first_name or "",
                row.prefix,
                None,
                _there((await db.execute(linked)).scalars()),
                _there((await db.execute(held)).scalars()),
                has_eckid=False,
                has_mail=row.email is not None,
            )
        )
    return found


def _there(names: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(name for name in names if name)
