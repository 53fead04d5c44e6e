"""Finding somebody at a school by any part of a name: pupils and staff, a page at a time. Another school's people are not in it (D14)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Select, func, or_, select

from directory.lifecycle import employments
from directory.lifecycle.pages import BY_FIRST_NAME, BY_SURNAME, page
from directory.models import Employment, Enrolment, Group, Person
from idp.core.db import Db

Kind = Literal["pupil", "staff"]


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody at this school. `place_id` is the enrolment's or the employment's number, `group` a pupil's stamgroep."""

    kind: Kind
    person_id: int
    place_id: int
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    group: str | None = field(repr=False)
    active: bool

    @property
    def after(self) -> tuple[str, str, int]:
        """Where this row stands in the order of its page: what the next page begins behind."""
        first, last = (self.first_name or "").lower(), (self.surname or "").lower()
        return (first, last, self.place_id) if self.kind == "pupil" else (last, first, self.place_id)


async def pupils(
    db: Db, school_id: int, text: str = "", *, after: tuple[str, str, int] | None = None, limit: int = 50
) -> list[Found]:
    """A page of the pupils of this school, by roepnaam (D22), from the first one behind `after`; inactive ones too."""
    order = BY_FIRST_NAME, BY_SURNAME, Enrolment.id
    rows = await db.execute(page(_matching(_pupils(school_id), text), *order, after=after, limit=limit))
    return [Found("pupil", *row) for row in rows]


async def pupils_known_as(db: Db, school_id: int, ledger_ids: Collection[str], *, limit: int = 50) -> list[Found]:
    """Those of these ledger ids who are pupils of this school now, by roepnaam."""
    these = _pupils(school_id).where(Person.ledger_id.in_(sorted(ledger_ids)), Enrolment.active)
    rows = await db.execute(these.order_by(BY_FIRST_NAME, BY_SURNAME, Enrolment.id).limit(limit))
    return [Found("pupil", *row) for row in rows]


def _pupils(school_id: int) -> Select[*tuple[Any, ...]]:
    columns = Enrolment.person_id, Enrolment.id, Person.first_name, Person.prefix, Person.surname, Group.name
    return (
        select(*columns, Enrolment.active)
        .join(Person, Person.id == Enrolment.person_id)
        .outerjoin(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.school_id == school_id)
    )


async def staff(
    db: Db, school_id: int, text: str = "", *, after: tuple[str, str, int] | None = None, limit: int = 50
) -> list[Found]:
    """A page of the staff of this school, by surname (D22), from the first one behind `after`; inactive ones too, substitutes not."""
    columns = Employment.person_id, Employment.id, Person.first_name, Person.prefix, Person.surname
    query = (
        select(*columns, Employment.active)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, Employment.seat_id.is_(None), ~employments.former_substitute())
    )
    order = BY_SURNAME, BY_FIRST_NAME, Employment.id
    rows = await db.execute(page(_matching(query, text), *order, after=after, limit=limit))
    return [
        Found("staff", row.person_id, row.id, row.first_name, row.prefix, row.surname, None, row.active) for row in rows
    ]


def _matching(query: Select[*tuple[Any, ...]], text: str) -> Select[*tuple[Any, ...]]:
    names = Person.first_name, Person.prefix, Person.surname
    for word in text.lower().split()[:5]:
        query = query.where(or_(*(func.lower(name).contains(word, autoescape=True) for name in names)))
    return query
