"""Mails to new colleagues that wait for a coordinator's yes: very many new addresses are a mistake, or somebody else's address book.

A file can name any address, and each new one is mailed. So what a school's files bring in a day is mailed at once as long as it is few, and
looked at first when it is not. Whether somebody has an account elsewhere makes no difference here (D14).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, insert, select

from directory import people
from directory.imports.models import ImportRun
from directory.lifecycle.days import day_of
from directory.lifecycle.models import HeldMail
from directory.models import Employment, School
from idp.core import mail
from idp.core.db import Db
from idp.core.portions import portions

FEW: Final = 20
"""So many newcomers in a day are mailed at once."""

SHARE: Final = 4
"""More than so many, and more than one in this many of the staff, are looked at first."""

DAY: Final = timedelta(days=1)


def too_many(newcomers: int, staff: int) -> bool:
    """Whether so many newcomers in a day, on a staff of so many with them, deserve a second look. Pure."""
    return newcomers > FEW and newcomers * SHARE > staff


async def hold_back(
    db: Db, school_id: int, persons: Sequence[int], places: Sequence[int], *, now: datetime
) -> frozenset[int]:
    """Holds the mails to these newcomers (persons, and places by employment id) if their school's files bring too many; returns whose, by place.

    The coordinators are told. A school without any has its imports done by the helpdesk, and nobody to say yes: nothing is held there.
    """
    coordinators = await people.coordinator_addresses(db, school_id, today=day_of(now))
    if not coordinators or not await _too_many_today(db, school_id, now=now):
        return frozenset()
    held = set(places)
    for some in portions(persons):
        theirs = Employment.school_id == school_id, Employment.person_id.in_(some), Employment.told_email.is_not(None)
        held.update((await db.execute(select(Employment.id).where(*theirs))).scalars())
    known = set((await db.execute(select(HeldMail.employment_id).where(HeldMail.school_id == school_id))).scalars())
    new = [{"employment_id": one, "school_id": school_id, "held_at": now} for one in sorted(held - known)]
    if new:
        await db.execute(insert(HeldMail), new)
        await _tell(db, school_id, coordinators, len(held | known), now=now)
    return frozenset(held)


async def of_school(db: Db, school_id: int) -> tuple[int, ...]:
    """The places, by employment id, whose people still work here and wait for their mail."""
    waiting = select(HeldMail.employment_id).join(Employment, Employment.id == HeldMail.employment_id)
    rows = await db.execute(
        waiting.where(HeldMail.school_id == school_id, Employment.active).order_by(HeldMail.employment_id)
    )
    return tuple(rows.scalars())


async def release(db: Db, employment_id: int) -> bool:
    """This place waits no longer: somebody has it mailed. False where it did not wait; of two at once one gets True."""
    return (await db.execute(delete(HeldMail).where(HeldMail.employment_id == employment_id))).rowcount > 0


async def _too_many_today(db: Db, school_id: int, *, now: datetime) -> bool:
    """Undone imports count too: to bring and take back is no way round it."""
    done = ImportRun.state.in_(("applied", "held", "undone")), ImportRun.started_at > now - DAY
    rows = await db.execute(select(ImportRun.counts).where(ImportRun.school_id == school_id, *done))
    newcomers = sum(counts.get("staff", {}).get("new", 0) for counts in rows.scalars())
    here = select(func.count()).where(Employment.school_id == school_id, Employment.active)
    return too_many(newcomers, (await db.execute(here)).scalar_one())


async def _tell(db: Db, school_id: int, coordinators: Sequence[str], many: int, *, now: datetime) -> None:
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    for address in coordinators:
        await mail.queue(db, "newcomers_held", address, now=now, school=school, many=str(many))
