"""Putting a party under test, and ending that (D37): its reference school, the tick of that school, and whether exchanges are kept."""

from datetime import date, datetime

from consent import agreements, ticks
from directory.reference import opening
from directory.reference import people as reference_people
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.sandbox import exchanges
from metadata import connections
from metadata.parties import KnownParty


async def open_for(db: Db, keyring: Keyring, party: KnownParty, *, now: datetime, today: date, by: str) -> KnownSchool:
    """The party is under test from the commit on; its reference school ticks all that it may ask. A second time renews that tick."""
    known = await reference_people.school_of(db, party.id)
    school = known or await opening.open_school(db, keyring, party.id, party.name, now=now)
    if known is None:
        version = agreements.CURRENT_VERSION
        await agreements.record_for_school(db, school.id, document_version=version, signed_on=today, by=by)
    await ticks.give(db, school.id, party.id, party.fields, now=now, by=by)
    if await connections.put_under_test(db, party.id, under_test=True):
        await ledger.record(db, "sandbox.opened", now=now, by=by, detail={"party": party.id})
    return school


async def close_for(db: Db, party_id: int, *, now: datetime, by: str) -> bool:
    """The party is under test no more: its exchanges and its reference people go, from the commit on. False where it was not under test."""
    if not await connections.put_under_test(db, party_id, under_test=False):
        return False
    await exchanges.forget(db, party_id)
    await opening.close_school(db, party_id)
    await ledger.record(db, "sandbox.closed", now=now, by=by, detail={"party": party_id})
    return True


async def tick(db: Db, party: KnownParty, *, given: bool, now: datetime, by: str) -> None:
    """Lets the reference school say yes or no to its party, to see what a no looks like. Raises `LookupError` where there is none."""
    school = await reference_people.school_of(db, party.id)
    if school is None:
        raise LookupError("this party has no reference school")
    if given:
        await ticks.give(db, school.id, party.id, party.fields, now=now, by=by)
    else:
        await ticks.withdraw(db, school.id, party.id, now=now, by=by)


async def ticked(db: Db, party_id: int) -> bool:
    """Whether the reference school says yes at this moment."""
    school = await reference_people.school_of(db, party_id)
    found = await ticks.find(db, school.id, party_id) if school is not None else None
    return found is not None and found.given
