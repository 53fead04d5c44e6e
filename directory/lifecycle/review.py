"""The yearly look at staff who were entered by hand: do they still work here, is the address right, what is their last day (R80)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from directory import people
from directory.lifecycle import employments, notices, roles
from directory.lifecycle.days import day_of
from directory.lifecycle.refusals import Refused
from directory.lifecycle.staff import check_last_day
from directory.models import Employment, Person, School
from idp.core import ledger, mail
from idp.core.clock import school_year
from idp.core.db import Db

EVERY: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class ToReview:
    """Somebody to look at. `since` is the day of the last look, or of the account where nobody looked yet."""

    employment_id: int
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    email: str | None = field(repr=False)
    ends_on: date | None
    since: date


async def due(db: Db, school_id: int, *, now: datetime) -> list[ToReview]:
    """Who was entered by hand, works here, and was not looked at for a year; by surname."""
    rows = await db.execute(
        select(
            Employment.id,
            Person.first_name,
            Person.prefix,
            Person.surname,
            Person.email,
            Employment.ends_on,
            Employment.reviewed_on,
            Person.created_at,
        )
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, _due(now))
        .order_by(func.lower(func.coalesce(Person.surname, "")), Employment.id)
    )
    return [ToReview(*row[:6], since=row.reviewed_on or day_of(row.created_at)) for row in rows]


async def confirm(db: Db, school_id: int, employment_id: int, ends_on: date | None, *, by: str, now: datetime) -> None:
    """A coordinator looked: this person works here, the address is right, and this is the last day. Raises `LookupError`, `Refused`."""
    await employments.hold(db, school_id)
    today = day_of(now)
    who = await employments.at(db, school_id, employment_id, today=today)
    if not who.working or who.seat_id is not None:
        raise Refused("not_working", "this person does not work here")
    check_last_day(ends_on, held=who.roles, by_hand=who.source == "platform", today=today)
    if ends_on is not None:
        await roles.keep_a_coordinator(db, school_id, who, today=today)
    seen = {"reviewed_on": today, "ends_on": ends_on}
    await db.execute(update(Employment).where(Employment.id == who.id).values(seen))
    until = {"until": ends_on.isoformat() if ends_on else None}
    await ledger.record(db, "staff.reviewed", now=now, by=by, school_id=school_id, subject=who.ledger_id, detail=until)


async def schools_with_somebody(db: Db, *, now: datetime) -> Sequence[int]:
    """The schools where a look is due."""
    found = select(Employment.school_id).join(Person, Person.id == Employment.person_id).where(_due(now)).distinct()
    return (await db.execute(found.order_by(Employment.school_id))).scalars().all()


async def remind(db: Db, school_id: int, *, contact: str, now: datetime) -> int:
    """Mails the coordinators of a school that a look is due, once a school year; returns how many mails are on their way."""
    many = len(await due(db, school_id, now=now))
    if not many or not await notices.first(db, "staff-review", school_id=school_id, about=school_year(now), now=now):
        return 0
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    told = await people.coordinator_addresses(db, school_id, today=day_of(now))
    for address in told:
        await mail.queue(db, "staff_review", address, now=now, school=school, count=str(many), contact=contact)
    return len(told)


def _due(now: datetime) -> ColumnElement[bool]:
    today, limit = day_of(now), now - EVERY
    return and_(
        Employment.source == "platform",
        Employment.active,
        Employment.seat_id.is_(None),
        or_(Employment.ends_on.is_(None), Employment.ends_on >= today),
        or_(
            Employment.reviewed_on <= day_of(limit), and_(Employment.reviewed_on.is_(None), Person.created_at <= limit)
        ),
    )
