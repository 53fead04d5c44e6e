"""The staff of a school as its coordinator sees it: searched, a page at a time, with two columns for two things (R163).

*Activated* is: has made a password (R81, R82). *In the administration* is: the last file named this person. Where pupils and staff come in by a
network environment nobody needs to activate (R83), and the list says by which.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Select, and_, column, func, not_, or_, select, table

from directory.lifecycle import employments, pages, taken
from directory.lifecycle.days import day_of
from directory.models import Employment, EmploymentRole, Group, GroupTeacher, Person
from idp.core.db import Db

Which = Literal["working", "left", "all"]

_PASSWORDS: Final = table("passwords", column("person_id"))
_TOTPS: Final = table("totps", column("person_id"))
_PASSKEYS: Final = table("passkeys", column("person_id"))
_TICKS: Final = table("ticks", column("school_id"), column("party_id"), column("given"))
_PARTIES: Final = table("parties", column("id"), column("kind"), column("name"), column("enabled"))


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of staff; substitutes stand in the list of seats. `place` is what the next page begins behind."""

    employment_id: int
    person_id: int
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    email: str | None = field(repr=False)
    bounced_at: datetime | None
    source: str
    working: bool
    activated: bool
    second_factor: bool
    in_administration: bool
    ends_on: date | None
    inactive_since: datetime | None
    reviewed_on: date | None
    roles: tuple[str, ...]
    groups: tuple[str, ...] = field(repr=False)

    @property
    def ended_on(self) -> date | None:
        """Of somebody who left: the day on which this school ended it or the administration did, else the last day that was agreed."""
        if self.working:
            return None
        return day_of(self.inactive_since) if self.inactive_since else self.ends_on

    @property
    def place(self) -> tuple[str, str, int]:
        """Where this row stands in the order of the list: surname without tussenvoegsel, roepnaam (D22)."""
        return (self.surname or "").lower(), (self.first_name or "").lower(), self.employment_id


async def page(
    db: Db,
    school_id: int,
    *,
    today: date,
    search: str = "",
    which: Which = "working",
    after: tuple[str, str, int] | None = None,
    limit: int = 50,
) -> list[Colleague]:
    """A page of the staff of this school, by surname, from the first one behind `after`. `search` is any part of name or address."""
    query = _rows(school_id, today=today)
    if which != "all":
        query = query.where(_working(today) if which == "working" else not_(_working(today)))
    for word in search.lower().split():
        query = query.where(_matches(word))
    return await _colleagues(
        db, pages.page(query, pages.BY_SURNAME, pages.BY_FIRST_NAME, Employment.id, after=after, limit=limit)
    )


async def one(db: Db, school_id: int, employment_id: int, *, today: date) -> Colleague:
    """One member of staff of this school, as in the list. Raises `LookupError`, also for a substitute."""
    found = await _colleagues(db, _rows(school_id, today=today).where(Employment.id == employment_id))
    if not found:
        raise LookupError("no such member of staff at this school")
    return found[0]


async def counts(db: Db, school_id: int, *, today: date) -> dict[str, int]:
    """How many work here, how many of them activated, and how many left."""
    here = Employment.school_id == school_id, Employment.seat_id.is_(None), ~employments.former_substitute()
    found = await db.execute(
        select(
            func.count().filter(_working(today)).label("working"),
            func.count().filter(and_(_working(today), _exists(_PASSWORDS))).label("activated"),
            func.count().filter(not_(_working(today))).label("left"),
        )
        .select_from(Employment)
        .join(Person, Person.id == Employment.person_id)
        .where(*here)
    )
    row = found.one()
    return {"working": row.working, "activated": row.activated, "left": row.left}


async def ending(db: Db, school_id: int, *, today: date, until: date) -> int:
    """How many of the staff work here now for whom a last day was agreed that comes before or on `until`; substitutes end by themselves."""
    query = select(func.count()).select_from(Employment).join(Person, Person.id == Employment.person_id)
    here = Employment.school_id == school_id, Employment.seat_id.is_(None), Employment.ends_on <= until
    return (await db.execute(query.where(*here, _working(today)))).scalar_one()


async def without_address(db: Db, school_id: int, *, today: date) -> int:
    """How many of the list work here now of whom the school knows no address: nobody can write to them, and they cannot sign in by themselves."""
    query = select(func.count()).select_from(Employment).join(Person, Person.id == Employment.person_id)
    here = Employment.school_id == school_id, Employment.seat_id.is_(None), ~employments.former_substitute()
    return (await db.execute(query.where(*here, _working(today), taken.shown().is_(None)))).scalar_one()


async def networks(db: Db, school_id: int) -> tuple[str, ...]:
    """The names of the network environments that this school has ticked: by these its staff may come in without a password here (R83)."""
    rows = await db.execute(
        select(_PARTIES.c.name)
        .join(_TICKS, _TICKS.c.party_id == _PARTIES.c.id)
        .where(_TICKS.c.school_id == school_id, _TICKS.c.given, _PARTIES.c.kind == "network", _PARTIES.c.enabled)
        .order_by(_PARTIES.c.name)
    )
    return tuple(rows.scalars())


def _rows(school_id: int, *, today: date) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Employment.id.label("employment_id"),
            Employment.person_id,
            Person.first_name,
            Person.prefix,
            Person.surname,
            taken.shown().label("email"),
            Person.bounced_at,
            Employment.source,
            _working(today).label("working"),
            _exists(_PASSWORDS).label("activated"),
            or_(_exists(_TOTPS), _exists(_PASSKEYS)).label("second_factor"),
            and_(Employment.active, Employment.las_key.is_not(None)).label("in_administration"),
            Employment.ends_on,
            Employment.inactive_since,
            Employment.reviewed_on,
        )
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Employment.seat_id.is_(None), ~employments.former_substitute())
    )


async def _colleagues(db: Db, query: Select[*tuple[Any, ...]]) -> list[Colleague]:
    rows = (await db.execute(query)).all()
    held = await _roles(db, [row.employment_id for row in rows])
    linked = await _groups(db, [row.employment_id for row in rows])
    return [
        Colleague(**row._mapping, roles=held.get(row.employment_id, ()), groups=linked.get(row.employment_id, ()))
        for row in rows
    ]


def _working(today: date) -> ColumnElement[bool]:
    return and_(
        Employment.active, or_(Employment.ends_on.is_(None), Employment.ends_on >= today), not_(Person.disabled)
    )


def _exists(of: Any) -> ColumnElement[bool]:
    return select(of.c.person_id).where(of.c.person_id == Person.id).correlate(Person).exists()


def _matches(word: str) -> ColumnElement[bool]:
    columns = Person.first_name, Person.prefix, Person.surname, taken.shown()
    return or_(*(func.lower(part).contains(word, autoescape=True) for part in columns))


async def _roles(db: Db, employment_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    rows = await db.execute(
        select(EmploymentRole.employment_id, EmploymentRole.role)
        .where(EmploymentRole.employment_id.in_(employment_ids))
        .order_by(EmploymentRole.role)
    )
    return _gathered(rows.all())


async def _groups(db: Db, employment_ids: Sequence[int]) -> Mapping[int, tuple[str, ...]]:
    rows = await db.execute(
        select(GroupTeacher.employment_id, Group.name)
        .join(Group, Group.id == GroupTeacher.group_id)
        .where(GroupTeacher.employment_id.in_(employment_ids), Group.active)
        .order_by(Group.name)
    )
    return _gathered(rows.all())


def _gathered(rows: Sequence[Any]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for employment_id, value in rows:
        found[employment_id] = (*found.get(employment_id, ()), value)
    return found
