"""Whom a school's file named before anybody asked: on the first visit the owner of the address sees by which schools, and can say no (D15).

A file can name any address, and the first that does makes the account. That must not bind its owner to that school: until the owner answers,
nobody signs in there by it, and nothing leaves.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from directory import people
from directory import roles as known
from directory.lifecycle.days import day_of
from directory.models import Employment, EmploymentRole, School
from idp.core import ledger
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Named:
    """A place that a school's file gave somebody who said nothing about it yet."""

    id: int
    school_id: int
    school_name: str


async def of(db: Db, person_id: int, *, now: datetime) -> list[Named]:
    """The places of this person by files, by name of the school. Whoever coordinates a school was appointed there, and is not asked."""
    coordinates = select(EmploymentRole.role).where(
        EmploymentRole.employment_id == Employment.id, EmploymentRole.role.in_(known.MANAGING)
    )
    rows = await db.execute(
        select(Employment.id, School.id, School.name)
        .join(School, School.id == Employment.school_id)
        .where(Employment.person_id == person_id, Employment.active, Employment.unanswered)
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= day_of(now)))
        .where(Employment.seat_id.is_(None), School.closed_at.is_(None), ~coordinates.correlate(Employment).exists())
        .order_by(School.name, Employment.id)
    )
    return [Named(*row) for row in rows]


async def answer(db: Db, person_id: int, *, not_here: Collection[int] = (), now: datetime) -> None:
    """The person works where the files say, but for these of the places: they end at once, and no file brings them back."""
    _, ledger_id = await people.identity(db, person_id)
    for place in await of(db, person_id, now=now):
        if place.id not in not_here:
            continue
        ended = {"active": False, "inactive_since": now, "source": "platform"}
        await db.execute(update(Employment).where(Employment.id == place.id).values(ended))
        await ledger.record(db, "staff.ended", now=now, by=ledger_id, school_id=place.school_id, subject=ledger_id)
    mine = update(Employment).where(Employment.person_id == person_id, Employment.unanswered)
    await db.execute(mine.values(unanswered=False))
