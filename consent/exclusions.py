"""A single person whom the school keeps away from a party that it ticked: nothing leaves about that person, and nobody else notices."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select

from consent import came_by, ticks
from consent.models import Exclusion, Tick
from directory import schools
from directory.called import belongs
from directory.models import Person
from idp.core import endings, ledger
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Excluded:
    """Somebody who is kept away from a party."""

    person_id: int
    kind: str
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)


async def _ledger_id(db: Db, school_id: int, person_id: int) -> str:
    found = await db.execute(select(Person.ledger_id).where(Person.id == person_id, belongs(school_id)))
    known = found.scalar()
    if known is None:
        raise LookupError("nobody of this school")
    return known


async def exclude(
    db: Db, school_id: int, party_id: int, person_id: int, *, now: datetime, by: str, request_ref: str | None = None
) -> bool:
    """Keeps somebody of this school away from a party; False if that was so already. Raises `LookupError` for nobody of this school.

    Like a withdrawal it waits for releases that are under way, and holds from its commit (D9): sessions at the party are ended, and
    those here by which the person came through it.
    """
    subject = await _ledger_id(db, school_id, person_id)
    tick = Tick.school_id == school_id, Tick.party_id == party_id
    if not await ticks.interrupt(db, *tick):
        # Nothing was ever said to this party: of two who exclude somebody at once one waits all the same, and for who says the first yes.
        await schools.hold(db, school_id)
        await ticks.interrupt(db, *tick)
    known = select(Exclusion.person_id).where(*_this(school_id, party_id, person_id))
    if (await db.execute(known)).scalar() is not None:
        return False
    await db.execute(insert(Exclusion).values(school_id=school_id, party_id=party_id, person_id=person_id))
    detail = {"party": party_id, "request": request_ref}
    action = "consent.person_excluded"
    await ledger.record(db, action, now=now, by=by, school_id=school_id, subject=subject, detail=detail)
    await endings.note(db, people=[person_id], school_id=school_id, party_id=party_id)
    await came_by.end_with_tick(db, school_id, party_id, now=now, person_id=person_id)
    return True


async def admit(
    db: Db, school_id: int, party_id: int, person_id: int, *, now: datetime, by: str, request_ref: str | None = None
) -> bool:
    """Keeps somebody away no longer; False if nobody did. Raises `LookupError` for nobody of this school."""
    subject = await _ledger_id(db, school_id, person_id)
    gone = await db.execute(delete(Exclusion).where(*_this(school_id, party_id, person_id)))
    if gone.rowcount == 0:
        return False
    detail = {"party": party_id, "request": request_ref}
    action = "consent.person_admitted"
    await ledger.record(db, action, now=now, by=by, school_id=school_id, subject=subject, detail=detail)
    return True


def _this(school_id: int, party_id: int, person_id: int) -> tuple[ColumnElement[bool], ...]:
    return Exclusion.school_id == school_id, Exclusion.party_id == party_id, Exclusion.person_id == person_id


async def of_party(db: Db, school_id: int, party_id: int) -> list[Excluded]:
    """Who of a school is kept away from a party, by name."""
    query = (
        select(Person.id, Person.kind, Person.first_name, Person.prefix, Person.surname)
        .join(Exclusion, Exclusion.person_id == Person.id)
        .where(Exclusion.school_id == school_id, Exclusion.party_id == party_id)
        .order_by(Person.first_name, Person.surname, Person.id)
    )
    return [Excluded(*row) for row in await db.execute(query)]
