"""Substitutes (R86 to R90, D4): one seat per group, which names nobody until it is bound to a person for 2, 7 or 14 days.

A binding is an employment of its own kind, with the seat's subject, the one role and the one group, and a last day: access begins with the commit
and ends by itself, because every question about an employment asks for its last day. A pool substitute keeps account and password over schools.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select, update

from directory import people, roles
from directory.identifiers import parse_email_address
from directory.lifecycle import accounts, employments
from directory.lifecycle.days import day_of
from directory.lifecycle.models import SubstituteBinding, SubstituteSeat
from directory.lifecycle.refusals import Refused
from directory.models import Employment, EmploymentRole, Group, GroupTeacher, School
from directory.names import full_name
from idp.core import crypto, ledger, mail
from idp.core.db import Db

DURATIONS: Final = (2, 7, 14)
"""For how many days a seat can be bound, today included (R89)."""


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who takes a seat. The name is that of a new account; who has one keeps the own."""

    email: str = field(repr=False)
    first_name: str = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bound:
    """A seat is bound. `person_id` may still need a password: the caller sends the activation link. `left` is the group given up for it."""

    binding_id: int
    person_id: int
    ends_on: date
    left: int | None


async def bind(
    db: Db,
    school_id: int,
    group_id: int,
    who: Substitute,
    *,
    days: int,
    contact: str,
    by: str,
    now: datetime,
) -> Bound:
    """Binds the seat of a group: access from this commit until the end of the last day. The substitute is mailed.

    The same person in the same seat again: until a later day. In another seat of this school: that one ends. Raises `LookupError` for a
    group of another school, `ValueError` for an address that is none, `Refused` for a seat that is taken and for somebody who works here.
    """
    if days not in DURATIONS:
        raise Refused("no_such_duration", "a substitute comes for 2, 7 or 14 days")
    if not (who.first_name and who.surname):
        raise Refused("name_needed", "anonymous accounts are not allowed: give a first name and a surname")
    await employments.hold(db, school_id)
    today = day_of(now)
    ends_on = today + timedelta(days=days - 1)
    seat_id = await _seat_of(db, school_id, group_id)
    email = parse_email_address(who.email)
    name = {"first_name": who.first_name, "prefix": who.prefix, "surname": who.surname}
    person_id = await accounts.find_or_make(db, email, **name, now=now)
    taken_by = await _bound_to(db, seat_id, today=today)
    if taken_by not in (None, person_id):
        raise Refused("seat_taken", "another substitute has this group: end that one first")
    left = await _leave_other_seat(db, school_id, person_id, seat_id, by=by, now=now)
    await _employ(db, school_id, person_id, seat_id, group_id, ends_on, today=today)
    await _close(db, seat_id, person_id, now=now)
    row = {"school_id": school_id, "seat_id": seat_id, "person_id": person_id, "bound_by": by, "starts_at": now}
    row |= {"email": email, "name": full_name(who.first_name, who.prefix, who.surname)}
    made = insert(SubstituteBinding).values(**row, ends_on=ends_on).returning(SubstituteBinding.id)
    binding_id = (await db.execute(made)).scalar_one()
    _, ledger_id = await people.identity(db, person_id)
    detail = {"binding": binding_id, "seat": seat_id, "group": group_id, "days": days}
    await ledger.record(db, "substitute.bound", now=now, by=by, school_id=school_id, subject=ledger_id, detail=detail)
    if await people.account(db, email) is not None:
        # Whose account is switched off is mailed nothing, and the school sees no difference.
        await _mail(db, school_id, group_id, email, ends_on, contact=contact, now=now)
    return Bound(binding_id, person_id, ends_on, left)


async def end(db: Db, school_id: int, binding_id: int, *, by: str, now: datetime) -> None:
    """The substitution is over now: no sign-in, no release, no session. Raises `LookupError` for one that is over or of another school."""
    await employments.hold(db, school_id)
    mine = SubstituteBinding.id == binding_id, SubstituteBinding.school_id == school_id
    found = await db.execute(
        select(SubstituteBinding.person_id, SubstituteBinding.seat_id).where(
            *mine, SubstituteBinding.ended_at.is_(None), SubstituteBinding.ends_on >= day_of(now)
        )
    )
    row = found.one_or_none()
    if row is None:
        raise LookupError("no such substitution at this school")
    await _end(db, school_id, row.person_id, row.seat_id, by=by, now=now)


async def end_for(db: Db, school_id: int, group_id: int, *, by: str, now: datetime) -> None:
    """Ends the substitution in this group. Raises `LookupError` where there is none."""
    found = await db.execute(
        select(SubstituteBinding.id)
        .join(SubstituteSeat, SubstituteSeat.id == SubstituteBinding.seat_id)
        .where(SubstituteSeat.group_id == group_id, SubstituteBinding.school_id == school_id)
        .where(SubstituteBinding.ended_at.is_(None), SubstituteBinding.ends_on >= day_of(now))
    )
    binding_id = found.scalar()
    if binding_id is None:
        raise LookupError("nobody substitutes in that group")
    await end(db, school_id, binding_id, by=by, now=now)


async def leave(db: Db, school_id: int, person_id: int, *, by: str, now: datetime) -> None:
    """Ends whatever seat this person has at this school: who becomes a colleague here substitutes no longer. Call with the school held."""
    here = Employment.school_id == school_id, Employment.person_id == person_id
    seat_id = (await db.execute(select(Employment.seat_id).where(*here))).scalar()
    if seat_id is not None:
        await _end(db, school_id, person_id, seat_id, by=by, now=now)


async def tidy(db: Db, *, now: datetime, limit: int = 500) -> int:
    """Writes down what ended by itself, so that an administration may name these people again; returns how many.

    Nobody's access depends on it: the last day has passed.
    """
    found = await db.execute(
        select(SubstituteBinding.school_id, SubstituteBinding.person_id, SubstituteBinding.seat_id)
        .where(SubstituteBinding.ended_at.is_(None), SubstituteBinding.ends_on < day_of(now))
        .order_by(SubstituteBinding.school_id, SubstituteBinding.id)
        .limit(limit)
    )
    over = found.all()
    for row in over:
        await employments.hold(db, row.school_id)
        await _end(db, row.school_id, row.person_id, row.seat_id, by="system", now=now)
    return len(over)


async def _seat_of(db: Db, school_id: int, group_id: int) -> int:
    """The seat of a group of this school, made on its first use. Call with the school held."""
    here = Group.id == group_id, Group.school_id == school_id, Group.active, Group.kind == "stamgroep"
    if (await db.execute(select(Group.id).where(*here))).scalar() is None:
        raise LookupError("no such group at this school")
    found = (await db.execute(select(SubstituteSeat.id).where(SubstituteSeat.group_id == group_id))).scalar()
    if found is not None:
        return found
    row = insert(SubstituteSeat).values(group_id=group_id, seed=crypto.new_secret()).returning(SubstituteSeat.id)
    return (await db.execute(row)).scalar_one()


async def _bound_to(db: Db, seat_id: int, *, today: date) -> int | None:
    """Whom a seat is bound to today."""
    current = SubstituteBinding.ended_at.is_(None), SubstituteBinding.ends_on >= today
    found = select(SubstituteBinding.person_id).where(SubstituteBinding.seat_id == seat_id, *current)
    return (await db.execute(found)).scalar()


async def _leave_other_seat(
    db: Db, school_id: int, person_id: int, seat_id: int, *, by: str, now: datetime
) -> int | None:
    employment_id = await employments.of_person(db, school_id, person_id)
    if employment_id is None:
        return None
    here = await employments.at(db, school_id, employment_id, today=day_of(now))
    if here.working and here.seat_id is None:
        raise Refused("works_here", "this person works here: link the group to the own account instead")
    if not here.working or here.seat_id in (None, seat_id):
        return None
    left = select(SubstituteSeat.group_id).where(SubstituteSeat.id == here.seat_id)
    group_id = (await db.execute(left)).scalar_one()
    await _end(db, school_id, person_id, here.seat_id, by=by, now=now)
    return group_id


async def _employ(
    db: Db, school_id: int, person_id: int, seat_id: int, group_id: int, ends_on: date, *, today: date
) -> None:
    """The employment of a substitute: this seat, this role, this group, and nothing of what the person may have been here before."""
    values = {"source": "platform", "seat_id": seat_id, "active": True, "inactive_since": None, "ends_on": ends_on}
    # Whoever is bound here answers for nothing that a file said before.
    values["unanswered"] = False
    here = await employments.of_person(db, school_id, person_id)
    if here is None:
        row = insert(Employment).values(school_id=school_id, person_id=person_id, **values).returning(Employment.id)
        here = (await db.execute(row)).scalar_one()
    else:
        await db.execute(update(Employment).where(Employment.id == here).values(values))
        await db.execute(delete(EmploymentRole).where(EmploymentRole.employment_id == here))
        await db.execute(delete(GroupTeacher).where(GroupTeacher.employment_id == here))
    await db.execute(insert(EmploymentRole).values(employment_id=here, role=roles.SUBSTITUTE))
    await db.execute(insert(GroupTeacher).values(employment_id=here, group_id=group_id, source="platform"))


async def _close(db: Db, seat_id: int, person_id: int, *, now: datetime) -> None:
    """Ends bindings of this person in this seat that a new one takes the place of."""
    mine = SubstituteBinding.seat_id == seat_id, SubstituteBinding.person_id == person_id
    await db.execute(update(SubstituteBinding).where(*mine, SubstituteBinding.ended_at.is_(None)).values(ended_at=now))


async def _end(db: Db, school_id: int, person_id: int, seat_id: int, *, by: str, now: datetime) -> None:
    await _close(db, seat_id, person_id, now=now)
    mine = Employment.school_id == school_id, Employment.person_id == person_id, Employment.seat_id == seat_id
    found = await db.execute(select(Employment.id, Employment.las_key).where(*mine))
    row = found.one_or_none()
    if row is not None:
        await db.execute(delete(EmploymentRole).where(EmploymentRole.employment_id == row.id))
        await db.execute(delete(GroupTeacher).where(GroupTeacher.employment_id == row.id))
        # Whom the administration knows is the administration's again: the next file may bring this person back as a colleague.
        source = "las" if row.las_key is not None else "platform"
        ended = {"active": False, "inactive_since": now, "seat_id": None, "source": source, "ends_on": None}
        await db.execute(update(Employment).where(Employment.id == row.id).values(ended))
        await people.end_sessions(db, person_id)
    _, ledger_id = await people.identity(db, person_id)
    detail = {"seat": seat_id}
    await ledger.record(db, "substitute.ended", now=now, by=by, school_id=school_id, subject=ledger_id, detail=detail)


async def _mail(
    db: Db, school_id: int, group_id: int, email: str, ends_on: date, *, contact: str, now: datetime
) -> None:
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    group = (await db.execute(select(Group.name).where(Group.id == group_id))).scalar_one()
    told = {"school": school, "group": group, "contact": contact}
    await mail.queue(db, "substitute_bound", email, now=now, until=ends_on, **told)
