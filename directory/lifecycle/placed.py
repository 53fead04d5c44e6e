"""One person at one school, as far as it matters for signing in: in the list, in a group, shown, with an ECK-iD (never which) or not (D14)."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import and_, exists, func, or_, select

from directory.lifecycle import staff_list
from directory.lifecycle.days import day_of
from directory.lifecycle.models import HeldMail
from directory.models import EckId, Employment, Enrolment, Group, Person
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class PlacedPupil:
    """A pupil at a school. The group is the stamgroep of the year that was asked for, None where there is none."""

    person_id: int
    ledger_id: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    present: bool
    left_on: date | None
    hidden: bool
    has_eckid: bool
    group_id: int | None
    group: str | None = field(repr=False)


async def pupil(db: Db, school_id: int, enrolment_id: int, *, school_year: str, today: date) -> PlacedPupil:
    """The pupil with this enrolment at this school. Raises `LookupError`, also for an enrolment of another school."""
    lasts = or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today)
    of_the_year = Group.id == Enrolment.group_id, Group.school_year == school_year, Group.active
    columns = (
        Enrolment.person_id,
        Person.ledger_id,
        Person.first_name,
        Person.prefix,
        Person.surname,
        and_(Enrolment.active, ~Person.disabled, lasts).label("present"),
        Enrolment.inactive_since,
        Enrolment.ends_on,
        Enrolment.hidden,
        exists().where(EckId.person_id == Person.id).correlate(Person).label("has_eckid"),
        Group.id.label("group_id"),
        Group.name.label("group"),
    )
    query = select(*columns).join(Person, Person.id == Enrolment.person_id).outerjoin(Group, and_(*of_the_year))
    row = (await db.execute(query.where(Enrolment.id == enrolment_id, Enrolment.school_id == school_id))).one_or_none()
    if row is None:
        raise LookupError("no such pupil at this school")
    left_on = None
    if not row.present:
        left_on = day_of(row.inactive_since) if row.inactive_since else row.ends_on
    return PlacedPupil(
        row.person_id,
        row.ledger_id,
        row.first_name,
        row.prefix,
        row.surname,
        bool(row.present),
        left_on,
        row.hidden,
        bool(row.has_eckid),
        row.group_id,
        row.group,
    )


async def without_group(db: Db, school_id: int, *, school_year: str, today: date) -> int:
    """How many pupils who are at this school today stand in no stamgroep of the year."""
    of_the_year = Group.id == Enrolment.group_id, Group.school_year == school_year, Group.active
    query = select(func.count()).select_from(Enrolment).join(Person, Person.id == Enrolment.person_id)
    query = query.outerjoin(Group, and_(*of_the_year))
    present = Enrolment.active, ~Person.disabled, or_(Enrolment.ends_on.is_(None), Enrolment.ends_on >= today)
    return (await db.execute(query.where(Enrolment.school_id == school_id, Group.id.is_(None), *present))).scalar_one()


async def mail_held(db: Db, school_id: int, employment_id: int) -> bool:
    """Whether the first mail to this colleague waits for a coordinator's yes."""
    held = select(HeldMail.employment_id).join(Employment, Employment.id == HeldMail.employment_id)
    here = HeldMail.employment_id == employment_id, HeldMail.school_id == school_id, Employment.active
    return (await db.execute(held.where(*here))).first() is not None


async def enrolment_of(db: Db, school_id: int, las_key: str) -> int:
    """The enrolment that this school's administration knows by this key, the newest of several. Raises `LookupError`."""
    here = Enrolment.school_id == school_id, Enrolment.las_key == las_key
    found = (await db.execute(select(Enrolment.id).where(*here).order_by(Enrolment.id.desc()).limit(1))).scalar()
    if found is None:
        raise LookupError("no pupil of this school has that key")
    return found


async def employment_of(db: Db, school_id: int, email: str, *, today: date) -> int:
    """The employment of the member of staff with this address, as this school sees it. Raises `LookupError`."""
    found = await staff_list.page(db, school_id, today=today, search=email, which="all", limit=5)
    one = next((one for one in found if one.email == email), None)
    if one is None:
        raise LookupError("nobody at this school has that address")
    return one.employment_id
