"""The platform's own people: helpdesk and operators, with an account of their own that belongs to no school and no party (D7, D37).

Such an account is made for one address; nobody gets a duty by an account that he has as a member of staff somewhere, and who said yes to a place at
a school has none, whatever the row says.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, cast

from sqlalchemy import exists, select, update

from directory import people
from directory.models import Employment, Person
from directory.placeless import delete_placeless
from idp.core.db import Db

Duty = Literal["helpdesk", "operator"]
DUTIES: Final[tuple[Duty, ...]] = ("helpdesk", "operator")
"""The helpdesk looks and helps; an operator also decides what holds for everybody."""

_ASKED = Employment.seat_id.is_(None), ~Employment.unanswered
# Any school may bind any address as a substitute, or name it in a file, without the person's yes: that must take nothing away either.
_PLACELESS = ~exists().where(Employment.person_id == Person.id, *_ASKED)


@dataclass(frozen=True, slots=True)
class OnDuty:
    """Somebody of the platform."""

    person_id: int
    ledger_id: str
    duty: Duty
    email: str = field(repr=False)
    since: datetime


async def add(db: Db, email: str, duty: Duty, *, now: datetime) -> OnDuty:
    """Gives somebody a duty; the account is made if there is none. Another duty than before ends every session.

    Raises `ValueError` where the address is an account of another kind.
    """
    address = people.normal_email(email)
    if not await people.address_in_use(db, address):
        person_id = await people.new_person(
            db, kind="staff", first_name=None, prefix=None, surname=None, email=address, now=now
        )
        await db.execute(update(Person).where(Person.id == person_id).values(duty=duty))
    found = await _with(db, address)
    if found is None:
        raise ValueError("this address belongs to another account; who works for the platform has one of his own")
    if found.duty != duty:
        await db.execute(update(Person).where(Person.id == found.person_id).values(duty=duty))
        await people.end_sessions(db, found.person_id)
        found = OnDuty(found.person_id, found.ledger_id, duty, found.email, found.since)
    return found


async def listed(db: Db) -> list[OnDuty]:
    """Everybody with a duty, by address."""
    columns = Person.id, Person.ledger_id, Person.duty, Person.email, Person.created_at
    rows = await db.execute(select(*columns).where(Person.duty.is_not(None), _PLACELESS).order_by(Person.email))
    return [OnDuty(row.id, row.ledger_id, cast(Duty, row.duty), row.email or "", row.created_at) for row in rows]


async def duty_of(db: Db, person_id: int) -> Duty | None:
    """What this person does for the platform; None for everybody else, who works at a school included."""
    query = select(Person.duty).where(Person.id == person_id, _PLACELESS, ~Person.disabled)
    return cast("Duty | None", (await db.execute(query)).scalar())


async def remove(db: Db, email: str) -> OnDuty:
    """Somebody does nothing for the platform any more, from the commit on; the account goes with its purpose. Raises `LookupError`."""
    found = await _with(db, people.normal_email(email))
    if found is None:
        raise LookupError("nobody of the platform has that address")
    await db.execute(update(Person).where(Person.id == found.person_id).values(duty=None))
    await people.end_sessions(db, found.person_id)
    await delete_placeless(db, [found.person_id])
    return found


async def _with(db: Db, address: str) -> OnDuty | None:
    return next((one for one in await listed(db) if one.email == address), None)
