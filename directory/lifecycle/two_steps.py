"""The switch for a whole school: all its staff sign in with a second factor, substitutes too, pupils never (R101 to R104, D7)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, or_, select, update

from directory import people
from directory.lifecycle.days import day_of
from directory.models import Employment, Person, School
from idp.core import ledger, mail
from idp.core.db import Db


async def wanted_at(db: Db, school_ids: Collection[int]) -> bool:
    """Whether one of these schools wants a second factor of all its staff."""
    wants = select(School.id).where(School.id.in_(school_ids), School.mfa_for_staff, School.closed_at.is_(None))
    return bool(school_ids) and (await db.execute(wants.limit(1))).scalar() is not None


async def staff_count(db: Db, school_id: int, *, now: datetime) -> int:
    """How many people the switch is about: everybody who works here now, substitutes included."""
    today = day_of(now)
    here = Employment.school_id == school_id, Employment.active, ~Person.disabled
    lasting = or_(Employment.ends_on.is_(None), Employment.ends_on >= today)
    query = select(func.count(func.distinct(Person.id))).join(Employment, Employment.person_id == Person.id)
    return (await db.execute(query.where(*here, lasting))).scalar_one()


async def switch(db: Db, school_id: int, wanted: bool, *, by: str, contact: str, now: datetime) -> bool:  # noqa: FBT001 - the switch itself
    """Sets the switch; False when it stood like that already. It holds at the next thing that anybody asks (R102); every coordinator is mailed."""
    turned = update(School).where(School.id == school_id, School.mfa_for_staff != wanted).values(mfa_for_staff=wanted)
    if (await db.execute(turned)).rowcount == 0:
        return False
    action = "school.two_steps_on" if wanted else "school.two_steps_off"
    await ledger.record(db, action, now=now, by=by, school_id=school_id)
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    for address in await people.coordinator_addresses(db, school_id, today=day_of(now)):
        kind = "school_two_steps_on" if wanted else "school_two_steps_off"
        await mail.queue(db, kind, address, now=now, school=school, contact=contact)
    return True
