"""One member of staff at one school, as the acts of this package see them; whoever works elsewhere does not exist here (D14)."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import ColumnElement, and_, or_, select

from directory.lifecycle.models import SubstituteBinding
from directory.models import Employment, EmploymentRole, Person, School
from directory.people import normal_email
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Employed:
    """An employment with its person. `working` is whether it counts today."""

    id: int
    person_id: int
    ledger_id: str
    email: str | None = field(repr=False)
    source: str
    las_key: str | None
    seat_id: int | None
    working: bool
    ends_on: date | None
    roles: frozenset[str]
    unanswered: bool


def former_substitute() -> ColumnElement[bool]:
    """Of an employment: it was a substitution only, and is over. Whose account that is, other than by the address it entered, a school learns
    from nobody but the person (D15).
    """
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == Employment.id).correlate(Employment)
    bound = (
        select(SubstituteBinding.id)
        .where(SubstituteBinding.school_id == Employment.school_id, SubstituteBinding.person_id == Employment.person_id)
        .correlate(Employment)
    )
    return and_(Employment.las_key.is_(None), ~Employment.active, ~held.exists(), bound.exists())


async def hold(db: Db, school_id: int) -> None:
    """Makes other acts on the staff of this school wait until this transaction ends. Raises `LookupError`."""
    # Two coordinators who dismiss each other at the same moment must not leave a school without one. A weak lock: sign-ins go on.
    held = await db.execute(select(School.id).where(School.id == school_id).with_for_update(key_share=True))
    if held.scalar() is None:
        raise LookupError("no such school")


async def at(db: Db, school_id: int, employment_id: int, *, today: date) -> Employed:
    """The member of staff with this number at this school. Raises `LookupError`."""
    found = await db.execute(
        select(
            Employment.id,
            Employment.person_id,
            Person.ledger_id,
            Person.email,
            Employment.source,
            Employment.las_key,
            Employment.seat_id,
            Employment.active,
            Employment.ends_on,
            Employment.unanswered,
        )
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Employment.id == employment_id)
    )
    row = found.one_or_none()
    if row is None:
        raise LookupError("no such member of staff at this school")
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == employment_id)
    return Employed(
        id=row.id,
        person_id=row.person_id,
        ledger_id=row.ledger_id,
        email=row.email,
        source=row.source,
        las_key=row.las_key,
        seat_id=row.seat_id,
        working=row.active and (row.ends_on is None or row.ends_on >= today),
        ends_on=row.ends_on,
        roles=frozenset((await db.execute(held)).scalars()),
        unanswered=row.unanswered,
    )


async def of_person(db: Db, school_id: int, person_id: int) -> int | None:
    """The number of this person's employment at this school, ended or not."""
    here = Employment.school_id == school_id, Employment.person_id == person_id
    return (await db.execute(select(Employment.id).where(*here))).scalar()


async def schools_of(db: Db, person_id: int, *, today: date) -> list[int]:
    """The ids of the schools that employ this person now, other than as a substitute: these alone have a say over the account (D15).

    Any school may bind any address as a substitute, or name it in its file, without the person's yes: that must give it nothing.
    """
    found = await db.execute(
        select(Employment.school_id)
        .join(School, and_(School.id == Employment.school_id, School.closed_at.is_(None)))
        .where(Employment.person_id == person_id, Employment.seat_id.is_(None), Employment.active)
        .where(~Employment.unanswered)
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= today))
        .order_by(Employment.school_id)
    )
    return list(found.scalars())


async def by_address(db: Db, school_id: int, email: str) -> int:
    """The number of the member of staff of this school with this address. Raises `LookupError`."""
    found = await db.execute(
        select(Employment.id)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Person.email == normal_email(email))
    )
    employment_id = found.scalar()
    if employment_id is None:
        raise LookupError("nobody with that address works at this school")
    return employment_id
