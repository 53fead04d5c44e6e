"""Invitations to work at a school (D15): every address that a school enters by hand, and every address of its file that is known elsewhere.

Whoever has the address accepts: at the mail's link, and after signing in where there is an account that can. Until then nobody works anywhere
more than before, and the school sees the same whether or not an account exists. Who comes new gets an account by accepting.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, TypedDict, Unpack
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, delete, insert, select, update

from directory.identifiers import parse_email_address
from directory.lifecycle import employments, roles, taken
from directory.lifecycle.days import day_of
from directory.lifecycle.employments import Employed
from directory.lifecycle.models import PendingMembership
from directory.lifecycle.refusals import Refused
from directory.lifecycle.staff import check_last_day
from directory.lifecycle.taken import ADMINISTRATION
from directory.models import Employment, Person, School
from idp.core import ids, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import PORTION, delete_some

PATH: Final = "/account/invitation"
LIFETIME: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """Whom a school invites. `ends_on` is the last day; `las_key` is set where the administration named this person."""

    email: str = field(repr=False)
    first_name: str | None = field(default=None, repr=False)
    prefix: str | None = field(default=None, repr=False)
    surname: str | None = field(default=None, repr=False)
    roles: tuple[str, ...] = ()
    ends_on: date | None = None
    las_key: str | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An open invitation as the school sees it."""

    id: int
    email: str = field(repr=False)
    first_name: str | None = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str | None = field(repr=False)
    roles: tuple[str, ...]
    ends_on: date | None
    employment_id: int | None
    asked_at: datetime
    expires_at: datetime
    bounced_at: datetime | None


class Letter(TypedDict):
    """What every mail takes: our own address, whom a reader can ask, who has it sent, and when."""

    base_url: str
    contact: str
    by: str
    now: datetime


async def invite(db: Db, keyring: Keyring, school_id: int, newcomer: Newcomer, **letter: Unpack[Letter]) -> int:
    """Mails the address an invitation; returns its number. An earlier one to the same address is replaced.

    Raises `ValueError` for an address that is none, `Refused` for roles, last day, or somebody who works here.
    """
    held = roles.check(newcomer.roles)
    by_hand = newcomer.las_key is None
    check_last_day(newcomer.ends_on, held=held, by_hand=by_hand, today=day_of(letter["now"]))
    if by_hand and not (newcomer.first_name and newcomer.surname):
        raise Refused("name_needed", "anonymous accounts are not allowed: give a first name and a surname")
    return await _ask(db, keyring, school_id, newcomer, place=None, **letter)


async def invite_to_place(
    db: Db, keyring: Keyring, school_id: int, employment_id: int, email: str, **letter: Unpack[Letter]
) -> int:
    """The address of somebody who works here without one (R32): whoever has it takes the place that is there. Raises like `invite`."""
    who = await employments.at(db, school_id, employment_id, today=day_of(letter["now"]))
    if not who.working:
        raise Refused("not_working", "this person no longer works here")
    if who.email is not None and not who.unanswered:
        raise Refused("has_address", "there is an address already: a new one is a proposal")
    name = await db.execute(select(Person.first_name, Person.prefix, Person.surname).where(Person.id == who.person_id))
    newcomer = Newcomer(email, *name.one(), roles=tuple(sorted(who.roles)), ends_on=who.ends_on, las_key=who.las_key)
    return await _ask(db, keyring, school_id, newcomer, place=who, **letter)


async def _ask(
    db: Db,
    keyring: Keyring,
    school_id: int,
    newcomer: Newcomer,
    *,
    place: Employed | None,
    **letter: Unpack[Letter],
) -> int:
    now, by = letter["now"], letter["by"]
    await employments.hold(db, school_id)
    email = parse_email_address(newcomer.email)
    await taken.refuse(db, school_id, email, person_id=place.person_id if place else None, now=now)
    here = PendingMembership.school_id == school_id
    await db.execute(delete(PendingMembership).where(here, PendingMembership.email == email))
    if place is not None:
        await db.execute(delete(PendingMembership).where(PendingMembership.employment_id == place.id))
    token = ids.guid()
    row = {
        "school_id": school_id,
        "email": email,
        "token": hashed(keyring, token),
        "first_name": newcomer.first_name,
        "prefix": newcomer.prefix,
        "surname": newcomer.surname,
        "employment_id": place.id if place else None,
        "las_key": newcomer.las_key,
        "roles": " ".join(sorted(newcomer.roles)),
        "ends_on": newcomer.ends_on,
        "asked_by": by,
        "asked_at": now,
        "expires_at": now + LIFETIME,
    }
    made = await db.execute(insert(PendingMembership).values(row).returning(PendingMembership.id))
    membership_id = made.scalar_one()
    about = {"invitation": membership_id, "roles": sorted(newcomer.roles)}
    await ledger.record(db, "staff.invited", now=now, by=by, school_id=school_id, detail=about)
    await _mail(db, school_id, email, token, **letter)
    return membership_id


async def resend(db: Db, keyring: Keyring, school_id: int, membership_id: int, **letter: Unpack[Letter]) -> None:
    """The same invitation once more, for another thirty days; the link of the mail before stops working. Raises `LookupError`."""
    if (await db.execute(select(PendingMembership.id).where(*_seen(school_id, membership_id)))).scalar() is None:
        raise LookupError("no such invitation at this school")
    await _renew(db, keyring, school_id, membership_id, **letter)


async def renew_told(db: Db, keyring: Keyring, school_id: int, *, base_url: str, contact: str, now: datetime) -> int:
    """Mails anew the invitations of the administration's file whose time is over while the place is still there; returns how many."""
    over = (
        select(PendingMembership.id)
        .join(Employment, Employment.id == PendingMembership.employment_id)
        .where(PendingMembership.school_id == school_id, PendingMembership.asked_by == ADMINISTRATION)
        .where(PendingMembership.expires_at <= now, Employment.active)
        .order_by(PendingMembership.id)
    )
    found = list((await db.execute(over)).scalars())
    for membership_id in found:
        await _renew(
            db, keyring, school_id, membership_id, base_url=base_url, contact=contact, by=ADMINISTRATION, now=now
        )
    return len(found)


async def _renew(db: Db, keyring: Keyring, school_id: int, membership_id: int, **letter: Unpack[Letter]) -> None:
    now, by = letter["now"], letter["by"]
    token = ids.guid()
    renewed = {"token": hashed(keyring, token), "expires_at": now + LIFETIME, "bounced_at": None}
    mine = update(PendingMembership).where(PendingMembership.id == membership_id).values(renewed)
    email = (await db.execute(mine.returning(PendingMembership.email))).scalar_one()
    about = {"invitation": membership_id}
    await ledger.record(db, "staff.invited_again", now=now, by=by, school_id=school_id, detail=about)
    await _mail(db, school_id, email, token, **letter)


async def withdraw(db: Db, school_id: int, membership_id: int, *, by: str, now: datetime) -> None:
    """The invitation holds no more. Raises `LookupError`."""
    gone = await db.execute(delete(PendingMembership).where(*_seen(school_id, membership_id)))
    if gone.rowcount == 0:
        raise LookupError("no such invitation at this school")
    about = {"invitation": membership_id}
    await ledger.record(db, "staff.invitation_withdrawn", now=now, by=by, school_id=school_id, detail=about)


def _seen(school_id: int, membership_id: int) -> tuple[ColumnElement[bool], ...]:
    """Of an invitation: it stands on this school's page. Those of its file do not: a guessed number must not tell of them (D14)."""
    return (
        PendingMembership.id == membership_id,
        PendingMembership.school_id == school_id,
        PendingMembership.asked_by != ADMINISTRATION,
    )


async def settle(db: Db, school_id: int) -> None:
    """Removes invitations by hand to whom the file brought meanwhile: the same whether the file made an account or invited anew (D14)."""
    told = select(Employment.told_email).where(Employment.school_id == school_id, Employment.active)
    by_hand = PendingMembership.school_id == school_id, PendingMembership.employment_id.is_(None)
    await db.execute(
        delete(PendingMembership).where(
            *by_hand, PendingMembership.email.in_(told.where(Employment.told_email.is_not(None)))
        )
    )


async def of_school(db: Db, school_id: int) -> list[Invitation]:
    """The open invitations of a school's coordinators, those past their time too: the school may send them again."""
    rows = await db.execute(
        select(
            PendingMembership.id,
            PendingMembership.email,
            PendingMembership.first_name,
            PendingMembership.prefix,
            PendingMembership.surname,
            PendingMembership.roles,
            PendingMembership.ends_on,
            PendingMembership.employment_id,
            PendingMembership.asked_at,
            PendingMembership.expires_at,
            PendingMembership.bounced_at,
        )
        .where(PendingMembership.school_id == school_id, PendingMembership.asked_by != ADMINISTRATION)
        .order_by(PendingMembership.surname, PendingMembership.email)
    )
    return [Invitation(**{**row._mapping, "roles": tuple(row.roles.split())}) for row in rows]


async def bounced(db: Db, email: str, *, now: datetime) -> int:
    """A mail to this address came back: every school that has an open invitation to it sees that (R169). Returns how many those are."""
    asked = update(PendingMembership).where(PendingMembership.email == email).values(bounced_at=now)
    return (await db.execute(asked)).rowcount


async def purge(db: Db, *, now: datetime, most: int = PORTION) -> int:
    """Removes at most so many invitations whose time is over for as long as they lasted; returns how many (D40).

    Those of a file go with their place, or with an answer: the next import renews them.
    """
    told = PendingMembership.employment_id.is_not(None) & (PendingMembership.asked_by == ADMINISTRATION)
    over = PendingMembership.expires_at < now - LIFETIME, ~told
    return await delete_some(db, PendingMembership, *over, most=most)


def hashed(keyring: Keyring, token: str) -> bytes:
    """What is kept of an invitation's token."""
    return keyring.mac("token", "membership", token)


async def _mail(db: Db, school_id: int, email: str, token: str, **letter: Unpack[Letter]) -> None:
    school = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    link = f"{letter['base_url']}{PATH}?{urlencode({'token': token})}"
    days = str(LIFETIME.days)
    told = {"school": school, "link": link, "days": days, "contact": letter["contact"]}
    await mail.queue(db, "invitation", email, now=letter["now"], **told)
