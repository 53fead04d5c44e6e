"""A new address for an account: a proposal until the person confirms it (D15).

Old and new address are mailed. The new one confirms, by a link; where more hangs on the account (a second factor, a coordinator's right, another
school) somebody else than the proposer who coordinates one of the person's schools approves as well. Only then the user name changes, and every
session ends. Whether an address is somebody else's already is told to nobody but who holds it.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from urllib.parse import urlencode

from sqlalchemy import column, delete, insert, or_, select, table, union_all, update

from directory import people, rights
from directory.identifiers import parse_email_address
from directory.lifecycle import employments, memberships, taken
from directory.lifecycle.days import day_of
from directory.lifecycle.models import AddressProposal, PendingMembership
from directory.lifecycle.refusals import Refused
from directory.models import Employment, Person, School
from idp.core import ids, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import PORTION, delete_some

PATH: Final = "/account/address"
LIFETIME: Final = timedelta(days=14)
KEPT: Final = timedelta(days=60)
"""How long after its end a proposal is kept, so that a file that repeats it every night mails nobody every night."""

Outcome = Literal["changed", "waits", "taken"]

_TOTPS = table("totps", column("person_id"))
_PASSKEYS = table("passkeys", column("person_id"))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposed address, as coordinators see it. `needs_approval` and not `approved`: it waits for one of them, another than the proposer."""

    id: int
    person_id: int
    school_id: int
    email: str = field(repr=False)
    needs_approval: bool
    approved: bool
    confirmed: bool
    proposed_at: datetime
    expires_at: datetime


async def propose(
    db: Db,
    keyring: Keyring,
    school_id: int,
    person_id: int,
    email: str,
    *,
    base_url: str,
    contact: str,
    by: str,
    now: datetime,
) -> bool:
    """Proposes an address for somebody who works at this school; False where the account has it, or the same was proposed before.

    Where the owner of the address that the file told has not come yet, whoever has the new one is invited to the place: the school sees the
    same (D14). A substitute's address is not this school's to propose: that account belongs to whoever has it, and to no school: False.
    `by` is the coordinator's ledger id, or "system" for an administration. Raises `LookupError` for somebody without an address, `ValueError`,
    `Refused` for the address of another colleague here.
    """
    new = parse_email_address(email)
    who = await db.execute(
        select(Person.email, Person.ledger_id, taken.shown().label("shown"), Employment.id.label("place"))
        .join(Employment, Employment.person_id == Person.id)
        .where(Person.id == person_id, Employment.school_id == school_id, taken.shown().is_not(None))
        .with_for_update(of=Person)
    )
    row = who.one_or_none()
    if row is None:
        raise LookupError("no such account at this school")
    before = (await db.execute(select(AddressProposal).where(AddressProposal.person_id == person_id))).one_or_none()
    if new == row.shown or (before is not None and before.email == new):
        return False
    if not await _is_staff(db, school_id, person_id, today=day_of(now)):
        return False
    await taken.refuse(db, school_id, new, person_id=person_id, now=now)
    token = ids.guid()
    await db.execute(delete(AddressProposal).where(AddressProposal.person_id == person_id))
    values = {
        "person_id": person_id,
        "school_id": school_id,
        "email": new,
        "token": _hashed(keyring, token),
        "proposed_by": by,
        "needs_approval": await _needs_approval(db, person_id, school_id, today=day_of(now)),
        "proposed_at": now,
        "expires_at": now + LIFETIME,
    }
    await db.execute(insert(AddressProposal).values(values))
    await ledger.record(db, "address.proposed", now=now, by=by, school_id=school_id, subject=row.ledger_id)
    if row.email is None:
        links: dict[str, Any] = {"base_url": base_url, "contact": contact, "by": taken.ADMINISTRATION, "now": now}
        await memberships.invite_to_place(db, keyring, school_id, row.place, new, **links)
        return True
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    link = f"{base_url}{PATH}?{urlencode({'token': token})}"
    told = {"school": school, "contact": contact}
    await mail.queue(db, "address_to_confirm", new, now=now, link=link, days=str(LIFETIME.days), **told)
    await mail.queue(db, "address_proposed", row.email, now=now, **told)
    return True


async def confirm(
    db: Db, keyring: Keyring, token: str, *, contact: str, now: datetime, lang: str = "nl"
) -> Outcome | None:
    """Whoever reads the new address says yes; None for a link that is not good (any more). `lang` is the reader's, for the mails that follow.

    "waits": it was the person, and a coordinator has yet to approve. "taken": another account has the address; the proposal is gone.
    """
    mine = AddressProposal.token == _hashed(keyring, token), AddressProposal.expires_at > now
    row = (await db.execute(select(AddressProposal).where(*mine, AddressProposal.refused_at.is_(None)))).one_or_none()
    today = day_of(now)
    if row is None or not await _is_staff(db, row.school_id, row.person_id, today=today):
        return None
    await people.hold(db, row.person_id)
    # What hangs on the account may have become more since it was proposed.
    needed = row.needs_approval or await _needs_approval(db, row.person_id, row.school_id, today=today)
    seen = {"confirmed_at": now, "needs_approval": needed}
    await db.execute(update(AddressProposal).where(AddressProposal.id == row.id).values(seen))
    if needed and row.approved_by is None:
        return "waits"
    return await _change(db, row.id, contact=contact, now=now, lang=lang)


async def approve(db: Db, proposal_id: int, *, approver: int | None, by: str, contact: str, now: datetime) -> Outcome:
    """A coordinator of one of the person's schools agrees; `approver` is his person id, None for an operator on a signed request (D38).

    Raises `LookupError` for a proposal that this coordinator cannot see, `Refused` when it is his own proposal or his own address, or when a
    coordinator of another school of the person, or of the board on which the person has a role, has to judge.
    """
    row = await _open(db, proposal_id, now=now)
    if approver is not None:
        await _check_approver(db, row.person_id, row.school_id, row.proposed_by, approver, by, today=day_of(now))
    await people.hold(db, row.person_id)
    await db.execute(update(AddressProposal).where(AddressProposal.id == proposal_id).values(approved_by=by))
    _, ledger_id = await people.identity(db, row.person_id)
    await ledger.record(db, "address.approved", now=now, by=by, school_id=row.school_id, subject=ledger_id)
    return "waits" if row.confirmed_at is None else await _change(db, proposal_id, contact=contact, now=now)


async def refuse(db: Db, proposal_id: int, *, approver: int | None, by: str, now: datetime) -> None:
    """The address stays as it is, also when the administration repeats its proposal. Raises `LookupError`."""
    row = await _open(db, proposal_id, now=now)
    if approver is not None:
        today = day_of(now)
        # Whoever proposed it may take it back, also for somebody who never came: nothing changes by it.
        theirs = await rights.manages(db, approver, row.school_id, today=today)
        if not theirs and not await _coordinates_one_of(db, approver, row.person_id, today=today):
            raise LookupError("no such proposal")
    await db.execute(update(AddressProposal).where(AddressProposal.id == proposal_id).values(refused_at=now))
    # Whoever was invited to a place at this address is invited no longer.
    at = select(Employment.id).where(Employment.school_id == row.school_id, Employment.person_id == row.person_id)
    invited = PendingMembership.employment_id.in_(at), PendingMembership.email == row.email
    await db.execute(delete(PendingMembership).where(*invited))
    _, ledger_id = await people.identity(db, row.person_id)
    await ledger.record(db, "address.refused", now=now, by=by, school_id=row.school_id, subject=ledger_id)


async def of_school(db: Db, school_id: int, *, now: datetime) -> list[Proposal]:
    """The open proposals about people whom this school employs, oldest first. A substitute's address is no matter of this school."""
    today = day_of(now)
    works = (
        select(Employment.person_id)
        .where(Employment.school_id == school_id, Employment.active, Employment.seat_id.is_(None))
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= today))
    )
    rows = await db.execute(
        select(AddressProposal)
        .where(AddressProposal.person_id.in_(works), AddressProposal.expires_at > now)
        .where(AddressProposal.refused_at.is_(None))
        .order_by(AddressProposal.proposed_at, AddressProposal.id)
    )
    return [
        Proposal(
            row.id,
            row.person_id,
            row.school_id,
            row.email,
            row.needs_approval,
            row.approved_by is not None,
            row.confirmed_at is not None,
            row.proposed_at,
            row.expires_at,
        )
        for row in rows
    ]


async def purge(db: Db, *, now: datetime, most: int = PORTION) -> int:
    """Removes at most so many proposals whose time is long over; returns how many (D40)."""
    return await delete_some(db, AddressProposal, AddressProposal.expires_at < now - KEPT, most=most)


async def _change(db: Db, proposal_id: int, *, contact: str, now: datetime, lang: str = "nl") -> Outcome:
    gone = delete(AddressProposal).where(AddressProposal.id == proposal_id)
    row = (
        await db.execute(gone.returning(AddressProposal.person_id, AddressProposal.email, AddressProposal.school_id))
    ).one()
    if await people.address_in_use(db, row.email):
        return "taken"
    old = await people.email_of(db, row.person_id)
    await db.execute(update(Person).where(Person.id == row.person_id).values(email=row.email, bounced_at=None))
    await people.end_sessions(db, row.person_id)
    _, ledger_id = await people.identity(db, row.person_id)
    await ledger.record(db, "address.changed", now=now, by=ledger_id, school_id=row.school_id, subject=ledger_id)
    for address in filter(None, (old, row.email)):
        await mail.queue(db, "address_changed", address, now=now, lang=lang, contact=contact)
    return "changed"


async def _open(db: Db, proposal_id: int, *, now: datetime) -> "_Row":
    columns = (
        AddressProposal.person_id,
        AddressProposal.school_id,
        AddressProposal.proposed_by,
        AddressProposal.confirmed_at,
        AddressProposal.email,
    )
    mine = AddressProposal.id == proposal_id, AddressProposal.expires_at > now, AddressProposal.refused_at.is_(None)
    row = (await db.execute(select(*columns).where(*mine))).one_or_none()
    if row is None:
        raise LookupError("no such proposal")
    return _Row(*row)


@dataclass(frozen=True, slots=True)
class _Row:
    person_id: int
    school_id: int
    proposed_by: str
    confirmed_at: datetime | None
    email: str = field(repr=False)


async def _is_staff(db: Db, school_id: int, person_id: int, *, today: date) -> bool:
    """Whether this school employs that person, other than as a substitute."""
    employment_id = await employments.of_person(db, school_id, person_id)
    if employment_id is None:
        return False
    who = await employments.at(db, school_id, employment_id, today=today)
    return who.working and who.seat_id is None


async def _needs_approval(db: Db, person_id: int, school_id: int, *, today: date) -> bool:
    mine = [select(factor.c.person_id).where(factor.c.person_id == person_id) for factor in (_TOTPS, _PASSKEYS)]
    if (await db.execute(union_all(*mine))).first() is not None:
        return True
    if await rights.decides_somewhere(db, person_id, today=today):
        return True
    return any(other != school_id for other in await employments.schools_of(db, person_id, today=today))


async def _check_approver(
    db: Db, person_id: int, school_id: int, proposed_by: str, approver: int, by: str, *, today: date
) -> None:
    if not await _coordinates_one_of(db, approver, person_id, today=today):
        raise LookupError("no such proposal")
    if by == proposed_by or approver == person_id:
        raise Refused("own_proposal", "somebody else who coordinates must approve this")
    elsewhere = [other for other in await employments.schools_of(db, person_id, today=today) if other != school_id]
    judges = [await rights.manages(db, approver, other, today=today) for other in elsewhere]
    if elsewhere and not any(judges):
        raise Refused("other_school", "a coordinator of the other school must approve this")
    if not await rights.outranks(db, approver, person_id):
        raise Refused(
            "on_a_board", "this person has a role on a board: who coordinates that board's schools must approve this"
        )


async def _coordinates_one_of(db: Db, approver: int, person_id: int, *, today: date) -> bool:
    at = await employments.schools_of(db, person_id, today=today)
    return any([await rights.manages(db, approver, school_id, today=today) for school_id in at])


def _hashed(keyring: Keyring, token: str) -> bytes:
    return keyring.mac("token", "address", token)
