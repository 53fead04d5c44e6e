"""The switch for a whole school: all its staff sign in with a second factor, substitutes too, pupils never (R101 to R104, D7)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, column, func, or_, select, table, update

from directory import people
from directory.lifecycle.days import day_of
from directory.models import Employment, Person, School
from idp.core import ledger, mail
from idp.core.db import Db

_FACTORS = tuple(table(name, column("person_id")) for name in ("totps", "passkeys"))


async def wanted_at(db: Db, school_ids: Collection[int]) -> bool:
    """Whether one of these schools wants a second factor of all its staff."""
    wants = select(School.id).where(School.id.in_(school_ids), School.mfa_for_staff, School.closed_at.is_(None))
    return bool(school_ids) and (await db.execute(wants.limit(1))).scalar() is not None


async def staff_count(db: Db, school_id: int, *, now: datetime) -> int:
    """How many people the switch is about: everybody who works here now, substitutes included."""
    return (await db.execute(_staff(school_id, now=now))).scalar_one()


async def with_factor(db: Db, school_id: int, *, now: datetime) -> int:
    """How many of them have a second factor already."""
    has = [select(one.c.person_id).where(one.c.person_id == Person.id).correlate(Person).exists() for one in _FACTORS]
    return (await db.execute(_staff(school_id, now=now).where(or_(*has)))).scalar_one()


def _staff(school_id: int, *, now: datetime) -> Select[int]:
    here = Employment.school_id == school_id, Employment.active, ~Person.disabled
    lasting = or_(Employment.ends_on.is_(None), Employment.ends_on >= day_of(now))
    counted = select(func.count(func.distinct(Person.id))).select_from(Person)
    return counted.join(Employment, Employment.person_id == Person.id).where(*here, lasting)


async def switch(db: Db, school_id: int, *, wanted: bool, by: str, contact: str, now: datetime) -> bool:
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
