"""Roles that a coordinator gives and takes (R79, D20); a school that has a coordinator keeps one (D16).

An administration grants nothing here. Who may call this is a coordinator of the school, or an operator on a verified request (R9 to R12).
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Final

from sqlalchemy import delete, insert, select

from directory import people
from directory import roles as known
from directory.lifecycle import employments
from directory.lifecycle.days import day_of
from directory.lifecycle.employments import Employed
from directory.lifecycle.refusals import Refused
from directory.models import Employment, EmploymentRole, Person, School
from idp.core import ledger, mail
from idp.core.db import Db

GIVEN_HERE: Final = tuple(role for role in known.ROLES if role != known.SUBSTITUTE)
"""Roles that somebody can be given by hand; a substitute becomes one by taking a seat."""


def check(held: Iterable[str]) -> frozenset[str]:
    """The roles as a set. Raises `Refused` when there is none, or one that nobody can be given by hand."""
    roles = frozenset(held)
    if not roles or roles - set(GIVEN_HERE):
        raise Refused("no_such_role", f"give at least one role, of {', '.join(GIVEN_HERE)}")
    return roles


async def give(
    db: Db, school_id: int, employment_id: int, role: str, *, contact: str, by: str, now: datetime
) -> Employed:
    """One role more for somebody who works here, who is mailed; of a new coordinator the others read too. Raises `LookupError`, `Refused`."""
    who, changed = await _give(db, school_id, employment_id, role, contact=contact, by=by, now=now)
    if changed and role != known.ICT_COORDINATOR:
        await _tell_self(db, school_id, who, contact=contact, now=now)
    return who


async def choose(
    db: Db, school_id: int, employment_id: int, wanted: Collection[str], *, contact: str, by: str, now: datetime
) -> None:
    """Exactly these of the everyday roles, with one mail about all of it; the right to coordinate stays as it is. Raises `LookupError`, `Refused`."""
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    if who.working and known.ICT_COORDINATOR not in who.roles:
        # Nobody works here without a role; whoever coordinates may have that right alone.
        check(wanted)
    turned = False
    for role in GIVEN_HERE:
        if role != known.ICT_COORDINATOR and (role in wanted) != (role in who.roles):
            change = _give if role in wanted else _take
            turned |= (await change(db, school_id, employment_id, role, contact=contact, by=by, now=now))[1]
    if turned:
        await _tell_self(db, school_id, who, contact=contact, now=now)


async def _give(
    db: Db, school_id: int, employment_id: int, role: str, *, contact: str, by: str, now: datetime
) -> tuple[Employed, bool]:
    check([role])
    await employments.hold(db, school_id)
    today = day_of(now)
    who = await employments.at(db, school_id, employment_id, today=today)
    if not who.working:
        raise Refused("not_working", "who no longer works here gets no role")
    if who.seat_id is not None:
        raise Refused("substitute", "a substitute has no other role until the substitution has ended")
    if role == known.ICT_COORDINATOR and who.email is None:
        raise Refused("no_address", "a coordinator needs an e-mail address")
    if role not in who.roles:
        await db.execute(insert(EmploymentRole).values(employment_id=who.id, role=role))
        await _record(db, "staff.role_given", school_id, who, role, by=by, now=now)
        if role == known.ICT_COORDINATOR:
            await _tell(db, "coordinator_appointed", school_id, who, contact=contact, today=today, now=now)
    return await employments.at(db, school_id, employment_id, today=today), role not in who.roles


async def take(
    db: Db, school_id: int, employment_id: int, role: str, *, contact: str, by: str, now: datetime
) -> Employed:
    """One role less, which the person is mailed. Raises `LookupError`, `Refused` for the last coordinator and for a substitute's only role."""
    who, changed = await _take(db, school_id, employment_id, role, contact=contact, by=by, now=now)
    if changed and role != known.ICT_COORDINATOR:
        await _tell_self(db, school_id, who, contact=contact, now=now)
    return who


async def _take(
    db: Db, school_id: int, employment_id: int, role: str, *, contact: str, by: str, now: datetime
) -> tuple[Employed, bool]:
    await employments.hold(db, school_id)
    today = day_of(now)
    who = await employments.at(db, school_id, employment_id, today=today)
    if role == known.SUBSTITUTE and who.seat_id is not None:
        raise Refused("substitute", "end the substitution instead")
    if role in who.roles:
        if role == known.ICT_COORDINATOR:
            await keep_a_coordinator(db, school_id, who, today=today)
            await _tell(db, "coordinator_ended", school_id, who, contact=contact, today=today, now=now)
        mine = EmploymentRole.employment_id == who.id, EmploymentRole.role == role
        await db.execute(delete(EmploymentRole).where(*mine))
        await _record(db, "staff.role_taken", school_id, who, role, by=by, now=now)
    return await employments.at(db, school_id, employment_id, today=today), role in who.roles


async def keep_a_coordinator(db: Db, school_id: int, who: Employed, *, today: date) -> None:
    """Raises `Refused` if the school would be left without a coordinator whose work here has no last day.

    That is what "never lapses" needs: a coordinator whose last day comes is gone without anybody doing anything. Call with the school held.
    """
    if who.working and known.ICT_COORDINATOR in who.roles and not await _other_coordinator(db, school_id, who):
        raise Refused("last_coordinator", "first appoint another coordinator, without a last day")


async def _other_coordinator(db: Db, school_id: int, who: Employed) -> bool:
    other = await db.execute(
        select(Employment.id)
        .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Employment.id != who.id, Employment.active)
        .where(Employment.ends_on.is_(None), EmploymentRole.role == known.ICT_COORDINATOR, ~Person.disabled)
        .limit(1)
    )
    return other.scalar() is not None


async def _record(db: Db, action: str, school_id: int, who: Employed, role: str, *, by: str, now: datetime) -> None:
    await ledger.record(db, action, now=now, by=by, school_id=school_id, subject=who.ledger_id, detail={"role": role})


async def _tell(db: Db, kind: str, school_id: int, who: Employed, *, contact: str, today: date, now: datetime) -> None:
    """Everybody who coordinates here reads it, and the person too."""
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    told = {*await people.coordinator_addresses(db, school_id, today=today), *filter(None, [who.email])}
    for address in sorted(told):
        await mail.queue(db, kind, address, now=now, school=school, address=who.email or "-", contact=contact)


async def _tell_self(db: Db, school_id: int, who: Employed, *, contact: str, now: datetime) -> None:
    """The person whose everyday roles changed reads it (C-318); who has no address yet cannot sign in either."""
    if who.email is not None:
        school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
        await mail.queue(db, "roles_changed", who.email, now=now, school=school, contact=contact)
