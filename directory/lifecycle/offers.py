"""Answering an invitation: the other side of `memberships`, where the person who has the address decides (D15)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from directory import people
from directory import roles as known
from directory.lifecycle import accounts, employments, substitutes
from directory.lifecycle.days import day_of
from directory.lifecycle.memberships import hashed
from directory.lifecycle.models import AddressProposal, PendingMembership
from directory.lifecycle.taken import ADMINISTRATION
from directory.models import BoardRole, Employment, EmploymentRole, Person, School
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Offer:
    """An invitation as the invited person sees it. `person_id` is the account of the address, if there is one.

    `must_sign_in`: the account can sign in, so its link alone is not enough.
    """

    id: int
    school_id: int
    school_name: str
    roles: tuple[str, ...]
    ends_on: date | None
    email: str = field(repr=False)
    person_id: int | None
    must_sign_in: bool


async def find(db: Db, keyring: Keyring, token: str, *, now: datetime) -> Offer | None:
    """The open invitation of a mail's link; None when it was answered, withdrawn, replaced or is over, or when the address is that of an account
    that is switched off, of a party's contact or of who works for the platform.
    """
    row = await db.execute(_offers(PendingMembership.token == hashed(keyring, token), now=now))
    found = row.one_or_none()
    return _offer(found) if found else None


async def open_for(db: Db, person_id: int, *, now: datetime) -> list[Offer]:
    """The open invitations to the address of somebody who signed in, by school."""
    rows = await db.execute(_offers(Person.id == person_id, now=now).order_by(School.name, PendingMembership.id))
    return [_offer(row) for row in rows]


async def accept(db: Db, offer: Offer, *, now: datetime) -> int | None:
    """The person works there from now on; the person's id, new where the address had no account. None when the invitation is gone.

    Roles are exactly those of the invitation, but for what somebody who works there already has. Raises `Appeared` where the address is not what it
    was when the person was asked: a link is enough for an account that cannot sign in, and no proof of one that can since (D15).
    """
    if not await _stands(db, offer, now=now):
        return None
    place = await _take(db, offer)
    if place is None:
        return None
    person_id = offer.person_id
    if person_id is None:
        person_id = await _new_person(db, offer, place, now=now)
    _, ledger_id = await people.identity(db, person_id)
    await substitutes.leave(db, offer.school_id, person_id, by=ledger_id, now=now)
    await _employ(db, offer, place, person_id, now=now)
    joined = {"invitation": offer.id, "new": offer.person_id is None}
    await ledger.record(
        db, "staff.joined", now=now, by=ledger_id, school_id=offer.school_id, subject=ledger_id, detail=joined
    )
    return person_id


async def decline(db: Db, offer: Offer, *, now: datetime) -> bool:
    """The person does not work there; False when the invitation is gone. The school sees that it is no longer open, and asks by itself.

    A place that a file gave ends with it, and no file brings it back: just as where the file made the account. Raises `Appeared`, as `accept`.
    """
    if not await _stands(db, offer, now=now):
        return False
    gone = delete(PendingMembership).where(PendingMembership.id == offer.id)
    told = await db.execute(gone.returning(PendingMembership.employment_id, PendingMembership.asked_by))
    row = told.one_or_none()
    if row is None:
        return False
    if row.employment_id is not None and row.asked_by == ADMINISTRATION:
        ended = {"active": False, "inactive_since": now, "source": "platform"}
        await db.execute(update(Employment).where(Employment.id == row.employment_id).values(ended))
    about = {"invitation": offer.id}
    await ledger.record(
        db, "staff.declined", now=now, by="system", school_id=offer.school_id, subject=None, detail=about
    )
    return True


async def _stands(db: Db, offer: Offer, *, now: datetime) -> bool:
    """Whether the invitation is still open, until the end of the transaction. Raises `Appeared` where it is not what the person was asked."""
    await employments.hold(db, offer.school_id)
    if offer.person_id is not None:
        await people.hold(db, offer.person_id)
    row = (await db.execute(_offers(PendingMembership.id == offer.id, now=now))).one_or_none()
    if row is not None and _offer(row) != offer:
        raise accounts.Appeared
    return row is not None


def _offers(mine: ColumnElement[bool], *, now: datetime) -> Select[*tuple[Any, ...]]:
    today = day_of(now)
    works = (
        select(Employment.id)
        .where(Employment.person_id == Person.id, Employment.active, ~Employment.unanswered)
        .where(or_(Employment.ends_on.is_(None), Employment.ends_on >= today))
        .correlate(Person)
        .exists()
    )
    on_a_board = select(BoardRole.id).where(BoardRole.person_id == Person.id).correlate(Person).exists()
    # An account of a party's contact, or of who works for the platform, is for that alone (D37).
    of_no_school = Person.contact_of.is_(None), Person.duty.is_(None)
    return (
        select(
            PendingMembership.id,
            PendingMembership.school_id,
            School.name.label("school_name"),
            PendingMembership.roles,
            PendingMembership.ends_on,
            PendingMembership.email,
            Person.id.label("person_id"),
            (works | on_a_board).label("must_sign_in"),
        )
        .join(School, School.id == PendingMembership.school_id)
        .outerjoin(Person, Person.email == PendingMembership.email)
        .where(mine, PendingMembership.expires_at > now, School.closed_at.is_(None))
        .where(func.coalesce(Person.disabled, False).is_(False), *of_no_school)
        .where(or_(PendingMembership.ends_on.is_(None), PendingMembership.ends_on >= today))
    )


def _offer(row: Any) -> Offer:
    return Offer(**{**row._mapping, "roles": tuple(row.roles.split())})


async def _take(db: Db, offer: Offer) -> Any:
    """The invitation, taken so that it is answered once."""
    wanted = PendingMembership.employment_id, PendingMembership.las_key
    names = PendingMembership.first_name, PendingMembership.prefix, PendingMembership.surname
    taken = delete(PendingMembership).where(PendingMembership.id == offer.id).returning(*wanted, *names)
    return (await db.execute(taken)).one_or_none()


async def _new_person(db: Db, offer: Offer, place: Any, *, now: datetime) -> int:
    if place.employment_id is not None:
        # The person stands there already, and lacked an address only.
        held = select(Employment.person_id).where(Employment.id == place.employment_id)
        person_id: int = (await db.execute(held)).scalar_one()
        try:
            async with db.begin_nested():
                mine = update(Person).where(Person.id == person_id)
                await db.execute(mine.values(email=offer.email, bounced_at=None))
        except IntegrityError:
            raise accounts.Appeared from None
        await db.execute(delete(AddressProposal).where(AddressProposal.person_id == person_id))
        return person_id
    name = {"first_name": place.first_name, "prefix": place.prefix, "surname": place.surname}
    return await accounts.make(db, offer.email, **name, now=now)


async def _employ(db: Db, offer: Offer, place: Any, person_id: int, *, now: datetime) -> None:
    if place.employment_id is not None:
        await _take_place(db, offer, place.employment_id, person_id)
        return
    mine = update(Employment).where(Employment.school_id == offer.school_id, Employment.person_id == person_id)
    await db.execute(mine.values(unanswered=False))
    here = await employments.of_person(db, offer.school_id, person_id)
    if here is not None and (await employments.at(db, offer.school_id, here, today=day_of(now))).working:
        await _add_roles(db, here, offer.roles)
        return
    source = "platform" if place.las_key is None else "las"
    values = {"source": source, "las_key": place.las_key, "ends_on": offer.ends_on, "active": True}
    # Whoever invites somebody has just looked at address and last day (R80).
    values["reviewed_on"] = day_of(now) if source == "platform" else None
    if here is None:
        row = insert(Employment).values(school_id=offer.school_id, person_id=person_id, **values)
        here = (await db.execute(row.returning(Employment.id))).scalar_one()
    else:
        await db.execute(update(Employment).where(Employment.id == here).values(**values, inactive_since=None))
        await db.execute(delete(EmploymentRole).where(EmploymentRole.employment_id == here))
    await _add_roles(db, here, offer.roles)


async def _take_place(db: Db, offer: Offer, employment_id: int, person_id: int) -> None:
    """The place without an address becomes this person's; whoever stood there as a name only goes."""
    place = Employment.id == employment_id
    await db.execute(update(Employment).where(place).values(unanswered=False))
    stood = (await db.execute(select(Employment.person_id).where(place))).scalar_one()
    if stood == person_id:
        return
    # What this person had here before has ended, and a person works at a school once.
    before = Employment.school_id == offer.school_id, Employment.person_id == person_id
    await db.execute(delete(Employment).where(*before))
    await db.execute(update(Employment).where(place).values(person_id=person_id))
    await db.execute(delete(Person).where(Person.id == stood, Person.email.is_(None)))


async def _add_roles(db: Db, employment_id: int, roles: tuple[str, ...]) -> None:
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == employment_id)
    missing = set(roles) - set((await db.execute(held)).scalars())
    new = [{"employment_id": employment_id, "role": role} for role in sorted(missing & set(known.ROLES))]
    if new:
        await db.execute(insert(EmploymentRole), new)
