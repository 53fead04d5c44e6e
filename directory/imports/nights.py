"""Who is asked now, and what follows from the answer: the durable timetable of the couplings (D5, D6, R25, R26).

    claim | open_now --> Claimed --uwlr.fetch--> settle

A claim is a lease: whoever dies with it loses it after `LEASE`, and another worker asks again. Any number of workers, one per school.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from directory import people, schools
from directory.imports import couplings, systems
from directory.imports.hours import next_night
from directory.imports.models import AdministrationSystem, Coupling
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.fetch import Source
from directory.imports.uwlr.questions import Credentials
from directory.models import School
from directory.schools import KnownSchool
from idp.core import clock, ledger, mail
from idp.core.clock import AMSTERDAM
from idp.core.crypto import CannotOpen, Keyring
from idp.core.db import Db

LEASE: Final = timedelta(minutes=15)
"""Longer than `uwlr.wire.PATIENCE` and an import together."""
_TRIES: Final = 6
_FIRST_WAIT: Final = timedelta(minutes=10)
_COMING_YEAR_FROM: Final = 6
_CLOCKS_APART: Final = timedelta(hours=1)
"""What our clock and a system's may differ: a change that falls in between must not be left out for ever."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A school that is being asked: whom to ask about it, until when nobody else does, and since when.

    `at_night`: the timetable asks, not somebody; then the answer counts only while the coupling is automatic.
    """

    school: KnownSchool
    source: Source
    asked_at: datetime
    until: datetime
    at_night: bool

    def for_everything(self) -> Source:
        """The source for a question that "no changes" is no answer to, such as one about a coming year."""
        return replace(self.source, received_until=None)


def coming_year(now: datetime) -> str | None:
    """The school year that is prepared for from 1 June, and None in the rest of the year (R37)."""
    local = now.astimezone(AMSTERDAM)
    return f"{local.year}-{local.year + 1}" if _COMING_YEAR_FROM <= local.month < 8 else None


async def due(db: Db, *, now: datetime) -> int:
    """How many schools are to be asked by now and not being asked."""
    query = select(func.count()).select_from(Coupling).join(AdministrationSystem).join(School).where(_is_due(now))
    return (await db.execute(query)).scalar_one()


async def next_due(db: Db) -> datetime | None:
    """When the next school is due; None when none is on the timetable."""
    return (await db.execute(select(func.min(Coupling.next_run_at)))).scalar()


async def claim(db: Db, *, now: datetime, keyring: Keyring, most: int = 1) -> list[Claimed]:
    """Takes up to `most` schools whose time has come, the longest waiting first; empty when there are none.

    The caller commits before it asks. A school whose key does not open waits for the next night and holds up nobody else.
    """
    query = select(Coupling.school_id).join(AdministrationSystem).join(School).where(_is_due(now))
    query = query.order_by(Coupling.next_run_at, Coupling.school_id).limit(most)
    found = list((await db.execute(query.with_for_update(skip_locked=True, of=Coupling))).scalars())
    taken = []
    for school_id in found:
        try:
            taken.append(await _take(db, school_id, now=now, keyring=keyring, at_night=True))
        except Refused as refused:
            values = {"refused": refused.code, "next_run_at": next_night(school_id, now), "claimed_until": None}
            await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(**values))
    return taken


async def open_now(db: Db, school: KnownSchool, *, now: datetime, keyring: Keyring) -> Claimed:
    """Takes one school because somebody asks for it now, also when its coupling is manual or the system has not agreed yet.

    Raises `Refused` with what is lacking, `busy` while it is being asked already, and `LookupError` without a coupling.
    """
    coupled = await couplings.require(db, school.id)
    if coupled.lacking is not None:
        raise Refused(coupled.lacking)
    locked = select(Coupling.claimed_until).where(Coupling.school_id == school.id).with_for_update()
    taken = (await db.execute(locked)).scalar_one()
    if taken is not None and taken > now:
        raise Refused("busy")
    return await _take(db, school.id, now=now, keyring=keyring, at_night=False)


async def settle(
    db: Db,
    claimed: Claimed,
    refused: Refused | None,
    *,
    now: datetime,
    by: str,
    contact: str,
    taken_in: bool = True,
) -> bool:
    """Gives a school back after it was asked, and says whether the answer still counts: False where it is to be thrown away.

    Call it first in the transaction that takes the answer in: then what was not stored is asked for again, and nobody sets the coupling to
    manual in between. It does not count when the lease was over, or when a coupling that the night asked for is automatic no more.
    After an answer, whatever it was, the system agreed; where it was `taken_in`, the system may leave it out next time. A refused key is
    removed, the coupling stops, and the coordinators are mailed (R25). What passes by itself is tried again after 10 minutes, doubling,
    six times in all; everything else the next night.
    """
    mine = Coupling.school_id == claimed.school.id, Coupling.claimed_until == claimed.until
    row = (await db.execute(select(Coupling.attempts, Coupling.mode).where(*mine).with_for_update())).one_or_none()
    if row is None:
        return False
    counts = not claimed.at_night or row.mode == "automatic"
    values: dict[str, Any] = {}
    if refused is not None:
        values = _refused(claimed, row.attempts, refused, now=now)
    elif counts:
        values = _answered(claimed, taken_in=taken_in)
    await db.execute(update(Coupling).where(*mine).values(claimed_until=None, **values))
    if refused is None:
        await _note_agreement(db, claimed.school.id, now=now, by=by)
    elif refused.follows == "key":
        await _tell_of_key(db, claimed.school, refused, now=now, by=by, contact=contact)
    await couplings.schedule(db, claimed.school.id, now=now)
    return counts


def _is_due(now: datetime) -> ColumnElement[bool]:
    """What `Coupled.active` says, as a condition; a school that closed is asked about no more."""
    system = AdministrationSystem
    return and_(
        Coupling.next_run_at <= now,
        or_(Coupling.claimed_until.is_(None), Coupling.claimed_until <= now),
        Coupling.mode == "automatic",
        Coupling.agreed_by_school_at.is_not(None),
        Coupling.agreed_by_system_at.is_not(None),
        or_(~system.needs_key, Coupling.key.is_not(None)),
        system.endpoint.is_not(None),
        system.customer_code.is_not(None),
        system.customer_name.is_not(None),
        School.closed_at.is_(None),
    )


async def _take(db: Db, school_id: int, *, now: datetime, keyring: Keyring, at_night: bool) -> Claimed:
    until = now + LEASE
    await db.execute(update(Coupling).where(Coupling.school_id == school_id).values(claimed_until=until))
    columns = (
        Coupling.key,
        Coupling.received_until,
        AdministrationSystem.id,
        AdministrationSystem.endpoint,
        AdministrationSystem.staged,
        AdministrationSystem.customer_code,
        AdministrationSystem.customer_name,
        AdministrationSystem.certificate,
    )
    row = (await db.execute(select(*columns).join(AdministrationSystem).where(Coupling.school_id == school_id))).one()
    school = await schools.by_id(db, school_id)
    try:
        certificate = systems.open_certificate(row.certificate, row.id, keyring=keyring)
        place = couplings.place_of_key(school_id)
        key = keyring.open(row.key, bound_to=place).decode() if row.key is not None else None
    except CannotOpen:
        raise Refused("key_unreadable") from None
    source = Source(
        endpoint=row.endpoint,
        staged=row.staged,
        brin=school.brin,
        location=school.location,
        school_key=None if school.brin else school.instelling_ref,
        # The header demands a key; where the system knows none, it hears who we are twice.
        credentials=Credentials(key or row.customer_code, row.customer_code, row.customer_name),
        certificate=certificate,
        received_until=_since(row.received_until, now),
    )
    return Claimed(school, source, asked_at=now, until=until, at_night=at_night)


def _since(received_until: datetime | None, now: datetime) -> datetime | None:
    """What came in another school year says nothing about this one's."""
    if received_until is None or clock.school_year(received_until) != clock.school_year(now):
        return None
    return received_until - _CLOCKS_APART


def _answered(claimed: Claimed, *, taken_in: bool) -> dict[str, Any]:
    values: dict[str, Any] = {"attempts": 0, "refused": None}
    return {**values, "received_until": claimed.asked_at, "next_run_at": None} if taken_in else values


def _refused(claimed: Claimed, attempts: int, refused: Refused, *, now: datetime) -> dict[str, Any]:
    if refused.follows == "key":
        return {"key": None, "agreed_by_system_at": None, "refused": refused.code, "attempts": 0, "next_run_at": None}
    if not claimed.at_night:
        return {}
    if refused.follows == "later" and attempts + 1 < _TRIES:
        return {"attempts": attempts + 1, "next_run_at": now + _FIRST_WAIT * 2**attempts}
    return {"attempts": 0, "next_run_at": next_night(claimed.school.id, now)}


async def _note_agreement(db: Db, school_id: int, *, now: datetime, by: str) -> None:
    """A system that answers has agreed (R22)."""
    first = update(Coupling).where(Coupling.school_id == school_id, Coupling.agreed_by_system_at.is_(None))
    if (await db.execute(first.values(agreed_by_system_at=now))).rowcount:
        detail = {"side": "system"}
        await ledger.record(db, "coupling.agreed", now=now, by=by, school_id=school_id, detail=detail)


async def _tell_of_key(db: Db, school: KnownSchool, refused: Refused, *, now: datetime, by: str, contact: str) -> None:
    await ledger.record(db, "coupling.key_refused", now=now, by=by, school_id=school.id, detail={"error": refused.code})
    system = (await couplings.require(db, school.id)).system
    today = now.astimezone(AMSTERDAM).date()
    for address in await people.coordinator_addresses(db, school.id, today=today):
        values = {"school": school.name, "system": system.name, "contact": contact}
        await mail.queue(db, "coupling_key_refused", address, now=now, **values)
