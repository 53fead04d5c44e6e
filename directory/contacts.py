"""The contacts of a party: people without a school who try their own party's software and see nothing else (D7, D37).

Such an account is made for one address and one party; nobody becomes a contact by an account that he has as a member of staff somewhere.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update

from directory import people
from directory.models import Person
from directory.placeless import delete_placeless
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody who acts for a party."""

    person_id: int
    ledger_id: str
    email: str = field(repr=False)
    since: datetime


async def add(db: Db, party_id: int, email: str, *, now: datetime) -> Contact:
    """The contact with this address, made if there is none yet. Raises `ValueError` where the address is another account's."""
    address = people.normal_email(email)
    if not await people.address_in_use(db, address):
        person_id = await people.new_person(
            db, kind="staff", first_name=None, prefix=None, surname=None, email=address, now=now
        )
        await db.execute(update(Person).where(Person.id == person_id).values(contact_of=party_id))
    found = next((one for one in await of_party(db, party_id) if one.email == address), None)
    if found is None:
        raise ValueError("this address belongs to another account; a contact has one of his own for each party")
    return found


async def of_party(db: Db, party_id: int) -> list[Contact]:
    """Everybody who acts for this party, the oldest first."""
    columns = Person.id, Person.ledger_id, Person.email, Person.created_at
    rows = await db.execute(select(*columns).where(Person.contact_of == party_id).order_by(Person.id))
    return [Contact(row.id, row.ledger_id, row.email or "", row.created_at) for row in rows]


async def party_of(db: Db, person_id: int) -> int | None:
    """The party for which this person acts, or None."""
    return (await db.execute(select(Person.contact_of).where(Person.id == person_id))).scalar()


async def remove(db: Db, party_id: int, email: str) -> Contact:
    """Somebody acts for the party no more, from the commit on; the account goes with its last purpose. Raises `LookupError`."""
    address = people.normal_email(email)
    found = next((one for one in await of_party(db, party_id) if one.email == address), None)
    if found is None:
        raise LookupError("this party has no contact with that address")
    await db.execute(update(Person).where(Person.id == found.person_id).values(contact_of=None))
    await people.end_sessions(db, found.person_id)
    await delete_placeless(db, [found.person_id])
    return found
