"""The lost second factor of a school's or a board's only coordinator: one operator asks on a request that the board signed, another agrees (D38).

Whoever has a colleague who coordinates is helped by that colleague. Nothing is done here but asking twice: `resets.by_operator` does it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, insert, select

from directory import people, rights, roles
from directory.lifecycle import board_people
from directory.lifecycle.days import day_of
from directory.lifecycle.refusals import Refused
from directory.models import Person
from idp.core import keeping, ledger
from idp.core.db import Db
from idp.core.purging import delete_some
from mfa import factors, resets
from mfa.models import LostFactor


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that waits for a second operator."""

    id: int
    email: str = field(repr=False)
    reference: str
    asked_by: str
    asked_at: datetime


async def ask(db: Db, email: str, *, reference: str, by: str, now: datetime) -> int:
    """Asks for it; a second operator decides. Raises `LookupError` for an address that nobody has, `Refused`."""
    account = await people.account(db, email)
    if account is None:
        raise LookupError("no account with this address")
    await people.hold(db, account.person_id)
    await _check(db, account.person_id, now=now)
    known = select(LostFactor.id).where(LostFactor.person_id == account.person_id, _open(now))
    if (await db.execute(known)).scalar() is not None:
        raise Refused("asked_already", "a request about this account waits for a second operator")
    await db.execute(delete(LostFactor).where(LostFactor.person_id == account.person_id))
    row = {"person_id": account.person_id, "reference": reference, "asked_by": by, "asked_at": now}
    number: int = (await db.execute(insert(LostFactor).values(**row).returning(LostFactor.id))).scalar_one()
    detail = {"request": number, "reference": reference}
    await ledger.record(db, "second_factor.reset_asked", now=now, by=by, subject=account.ledger_id, detail=detail)
    return number


async def waiting(db: Db, *, now: datetime) -> list[Waiting]:
    """Every request that waits, the oldest first."""
    columns = LostFactor.id, Person.email, LostFactor.reference, LostFactor.asked_by, LostFactor.asked_at
    query = select(*columns).join(Person, Person.id == LostFactor.person_id).where(_open(now)).order_by(LostFactor.id)
    return [Waiting(row.id, row.email or "", *row[2:]) for row in await db.execute(query)]


async def agree(db: Db, number: int, *, contact: str, by: str, now: datetime) -> None:
    """A second operator's yes: every factor goes, the person and the coordinators are mailed. Raises `LookupError`, `Refused`."""
    one = await _one(db, number, now=now)
    if one.asked_by == by:
        raise Refused("own_request", "another operator than the one who asked must look at the signed request")
    account = await people.account(db, one.email)
    if account is None:
        raise LookupError("no account with this address")
    await _check(db, account.person_id, now=now)
    await db.execute(delete(LostFactor).where(LostFactor.id == number))
    await resets.by_operator(db, one.email, reference=one.reference, contact=contact, by=by, now=now)


async def withdraw(db: Db, number: int, *, by: str, now: datetime) -> None:
    """Nothing is done. Raises `LookupError`."""
    one = await _one(db, number, now=now)
    account = await people.account(db, one.email)
    await db.execute(delete(LostFactor).where(LostFactor.id == number))
    detail, subject = {"request": number, "reference": one.reference}, account.ledger_id if account else None
    await ledger.record(db, "second_factor.reset_withdrawn", now=now, by=by, subject=subject, detail=detail)


async def purge(db: Db, *, now: datetime, most: int) -> int:
    """Deletes what nobody answered in two weeks; how many."""
    return await delete_some(db, LostFactor, ~_open(now), most=most)


def _open(now: datetime) -> ColumnElement[bool]:
    return LostFactor.asked_at > now - keeping.UNANSWERED.span


async def _one(db: Db, number: int, *, now: datetime) -> Waiting:
    # Held, so that of two who answer at once one finds it.
    await db.execute(select(LostFactor.id).where(LostFactor.id == number).with_for_update())
    found = next((one for one in await waiting(db, now=now) if one.id == number), None)
    if found is None:
        raise LookupError("no such request, or it was answered")
    return found


async def _check(db: Db, person_id: int, *, now: datetime) -> None:
    """Raises `Refused` unless this person has something to lose, and coordinates a school or has a role on a board without anybody beside him."""
    if not await factors.enrolled(db, person_id):
        raise Refused("no_second_step", "this account has no second factor")
    today, email = day_of(now), await people.email_of(db, person_id)
    places = await people.workplaces(db, person_id, today=today)
    mine = [place.school_id for place in places if not roles.MANAGING.isdisjoint(place.roles)]
    beside = [await people.coordinator_addresses(db, school_id, today=today) for school_id in mine]
    beside += [await board_people.addresses(db, held.board.id) for held in await rights.boards(db, person_id)]
    if not beside:
        raise Refused("not_coordinator", "a coordinator of the school takes away a colleague's second factor")
    if all(set(found) - {email} for found in beside):
        raise Refused("has_colleague", "another coordinator takes it away")
