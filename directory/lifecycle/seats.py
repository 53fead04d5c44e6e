"""The seats of a school's substitutes as its coordinator sees them: who has which today, who had it before, and who else may give them (D4)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import and_, delete, insert, select

from directory import rights
from directory.lifecycle import employments
from directory.lifecycle.days import day_of
from directory.lifecycle.models import SubstituteBinding, SubstituteDelegate, SubstituteSeat
from directory.lifecycle.refusals import Refused
from directory.models import Employment, Group, Person, School
from idp.core import ledger, mail
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Seat:
    """A group with its substitute of today, if there is one. Name and address are those that were entered, never another school's."""

    group_id: int
    group_name: str
    year_group: str | None
    binding_id: int | None
    email: str | None = field(repr=False)
    starts_at: datetime | None
    ends_on: date | None
    name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PastBinding:
    """Who had a seat: every use of it is attributable to a person (R57)."""

    id: int
    group_name: str
    email: str = field(repr=False)
    ledger_id: str
    bound_by: str
    starts_at: datetime
    ends_on: date
    ended_at: datetime | None
    name: str = field(default="", repr=False)


async def of_school(db: Db, school_id: int, *, today: date) -> list[Seat]:
    """Every stamgroep in use, by name: each has a seat, also before its first use (R86)."""
    current = and_(
        SubstituteBinding.seat_id == SubstituteSeat.id,
        SubstituteBinding.ended_at.is_(None),
        SubstituteBinding.ends_on >= today,
    )
    rows = await db.execute(
        select(
            Group.id,
            Group.name,
            Group.year_group,
            SubstituteBinding.id.label("binding_id"),
            SubstituteBinding.email,
            SubstituteBinding.starts_at,
            SubstituteBinding.ends_on,
            SubstituteBinding.name.label("called"),
        )
        .select_from(Group)
        .outerjoin(SubstituteSeat, SubstituteSeat.group_id == Group.id)
        .outerjoin(SubstituteBinding, current)
        .where(Group.school_id == school_id, Group.active, Group.kind == "stamgroep")
        .order_by(Group.name, Group.id)
    )
    return [Seat(*row) for row in rows]


async def history(db: Db, school_id: int, *, before: int | None = None, limit: int = 50) -> list[PastBinding]:
    """A page of bindings, newest first, from the one behind `before`."""
    query = (
        select(
            SubstituteBinding.id,
            Group.name,
            SubstituteBinding.email,
            Person.ledger_id,
            SubstituteBinding.bound_by,
            SubstituteBinding.starts_at,
            SubstituteBinding.ends_on,
            SubstituteBinding.ended_at,
            SubstituteBinding.name.label("called"),
        )
        .join(SubstituteSeat, SubstituteSeat.id == SubstituteBinding.seat_id)
        .join(Group, Group.id == SubstituteSeat.group_id)
        .join(Person, Person.id == SubstituteBinding.person_id)
        .where(SubstituteBinding.school_id == school_id)
        .order_by(SubstituteBinding.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(SubstituteBinding.id < before)
    return [PastBinding(*row) for row in await db.execute(query)]


async def delegate(db: Db, school_id: int, employment_id: int | None, *, contact: str, by: str, now: datetime) -> None:
    """Lets one colleague give seats beside the coordinators; None for nobody (any more). Both are mailed: who may, and who no longer may.

    Naming the same one again changes nothing. Raises `LookupError`, `Refused`.
    """
    await employments.hold(db, school_id)
    today = day_of(now)
    before = await delegate_of(db, school_id)
    who = None if employment_id is None else await employments.at(db, school_id, employment_id, today=today)
    if who is not None and (not who.working or who.seat_id is not None):
        raise Refused("not_working", "only a colleague who works here can do this")
    if before == employment_id:
        return
    if before is not None:
        await db.execute(delete(SubstituteDelegate).where(SubstituteDelegate.school_id == school_id))
        left = select(Person.email).join(Employment, Employment.person_id == Person.id)
        email = await db.scalar(left.where(Employment.id == before, Employment.school_id == school_id))
        await _tell(db, "deputy_ended", school_id, email, contact=contact, now=now)
    if who is not None:
        await db.execute(insert(SubstituteDelegate).values(school_id=school_id, employment_id=who.id))
        await _tell(db, "deputy_named", school_id, who.email, contact=contact, now=now)
    subject = who.ledger_id if who is not None else None
    await ledger.record(db, "substitute.delegated", now=now, by=by, school_id=school_id, subject=subject)


async def _tell(db: Db, kind: str, school_id: int, email: str | None, *, contact: str, now: datetime) -> None:
    if email is not None:
        school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
        await mail.queue(db, kind, email, now=now, school=school, contact=contact)


async def delegate_of(db: Db, school_id: int) -> int | None:
    """The employment of the colleague who may give seats, or None."""
    found = select(SubstituteDelegate.employment_id).where(SubstituteDelegate.school_id == school_id)
    return (await db.execute(found)).scalar()


async def may_give(db: Db, school_id: int, person_id: int, *, today: date) -> bool:
    """Whether this person may bind and end substitutes here: a coordinator, or the one colleague."""
    if await rights.manages(db, person_id, school_id, today=today):
        return True
    chosen = await delegate_of(db, school_id)
    if chosen is None:
        return False
    # An employment that a reorganisation took along elsewhere gives no right where it was.
    found = select(Employment.person_id).where(Employment.id == chosen, Employment.school_id == school_id)
    if (await db.execute(found)).scalar() != person_id:
        return False
    return (await employments.at(db, school_id, chosen, today=today)).working


async def delegated_to(db: Db, person_id: int, *, today: date) -> list[int]:
    """The schools that chose this person for it, where it counts today."""
    chosen = await db.execute(
        select(Employment.school_id)
        .join(SubstituteDelegate, SubstituteDelegate.employment_id == Employment.id)
        .where(Employment.person_id == person_id)
        .order_by(Employment.school_id)
    )
    return [school_id for school_id in chosen.scalars() if await may_give(db, school_id, person_id, today=today)]
