"""Invitations to a role on a board (D15, D20): whoever has the address accepts; until then nobody has anything more than before."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Unpack

from sqlalchemy import ColumnElement, column, delete, exists, insert, select, table

from directory import people
from directory.identifiers import parse_email_address
from directory.lifecycle import accounts, board_people
from directory.lifecycle.memberships import Letter
from directory.lifecycle.models import BoardInvitation
from directory.lifecycle.refusals import Refused
from directory.models import Board, Person
from idp.core import ids, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import PORTION, delete_some

PATH: Final = "/board/invitation"
LIFETIME: Final = timedelta(days=30)

_PASSWORDS: Final = table("passwords", column("person_id"))


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom somebody invites; the name is for a new account only."""

    email: str = field(repr=False)
    first_name: str = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str = field(repr=False)
    role: str


@dataclass(frozen=True, slots=True)
class OpenInvitation:
    """An invitation that nobody answered yet, as its board sees it: the same whether or not an account has the address (D14)."""

    id: int
    email: str = field(repr=False)
    first_name: str = field(repr=False)
    prefix: str | None = field(repr=False)
    surname: str = field(repr=False)
    role: str
    asked_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class BoardOffer:
    """An invitation as the invited person sees it. `person_id`: the account of the address; `must_sign_in`: it can, so the link is not enough."""

    id: int
    board_id: int
    board_name: str
    role: str
    email: str = field(repr=False)
    person_id: int | None
    must_sign_in: bool


async def invite(db: Db, keyring: Keyring, board_id: int, invited: Invited, **letter: Unpack[Letter]) -> int:
    """Mails the address an invitation; returns its number. An earlier one to the same address and role is replaced.

    Raises `ValueError` for an address that is none, `Refused` for another role, no name, or somebody who has this role on this board.
    """
    now, by, role = letter["now"], letter["by"], board_people.check(invited.role)
    email = parse_email_address(invited.email)
    if not (invited.first_name and invited.surname):
        raise Refused("name_needed", "anonymous accounts are not allowed: give a first name and a surname")
    if any(one.email == email and one.role == role for one in await board_people.of_board(db, board_id)):
        raise Refused("has_board_role", "who has this address has this role already")
    same = BoardInvitation.board_id == board_id, BoardInvitation.email == email, BoardInvitation.role == role
    await db.execute(delete(BoardInvitation).where(*same))
    token = ids.guid()
    row = {
        "board_id": board_id,
        "email": email,
        "token": _hashed(keyring, token),
        "first_name": invited.first_name,
        "prefix": invited.prefix,
        "surname": invited.surname,
        "role": role,
        "asked_by": by,
        "asked_at": now,
        "expires_at": now + LIFETIME,
    }
    number: int = (await db.execute(insert(BoardInvitation).values(row).returning(BoardInvitation.id))).scalar_one()
    about = {"board": board_id, "invitation": number, "role": role}
    await ledger.record(db, "board.invited", now=now, by=by, detail=about)
    name = (await db.execute(select(Board.name).where(Board.id == board_id))).scalar_one()
    told = {"link": f"{letter['base_url']}{PATH}?token={token}", "days": str(LIFETIME.days)}
    await mail.queue(db, "board_invitation", email, now=now, board=name, contact=letter["contact"], **told)
    return number


async def of_board(db: Db, board_id: int) -> list[OpenInvitation]:
    """The invitations of a board that nobody answered, those past their time too, by name."""
    columns = [getattr(BoardInvitation, name) for name in OpenInvitation.__slots__]
    query = select(*columns).where(BoardInvitation.board_id == board_id)
    rows = await db.execute(query.order_by(BoardInvitation.surname, BoardInvitation.id))
    return [OpenInvitation(**row._mapping) for row in rows]


async def withdraw(db: Db, board_id: int, invitation_id: int, *, by: str, now: datetime) -> None:
    """The invitation holds no more. Raises `LookupError` for one of another board."""
    mine = BoardInvitation.id == invitation_id, BoardInvitation.board_id == board_id
    if (await db.execute(delete(BoardInvitation).where(*mine))).rowcount == 0:
        raise LookupError("no such invitation of this board")
    about = {"board": board_id, "invitation": invitation_id}
    await ledger.record(db, "board.invitation_withdrawn", now=now, by=by, detail=about)


async def find(db: Db, keyring: Keyring, token: str, *, now: datetime) -> BoardOffer | None:
    """The open invitation of a mail's link; None when it was answered, withdrawn, replaced or is over, or when the address is that of an account
    that is switched off, of a party's contact or of who works for the platform.
    """
    return await _found(db, BoardInvitation.token == _hashed(keyring, token), now=now)


async def _found(db: Db, mine: ColumnElement[bool], *, now: datetime) -> BoardOffer | None:
    can_sign_in = exists(select(_PASSWORDS.c.person_id).where(_PASSWORDS.c.person_id == Person.id)).correlate(Person)
    query = (
        select(
            BoardInvitation.id,
            BoardInvitation.board_id,
            Board.name.label("board_name"),
            BoardInvitation.role,
            BoardInvitation.email,
            Person.id.label("person_id"),
            can_sign_in.label("must_sign_in"),
            Person.disabled,
            Person.contact_of,
            Person.duty,
        )
        .join(Board, Board.id == BoardInvitation.board_id)
        .outerjoin(Person, Person.email == BoardInvitation.email)
        .where(mine, BoardInvitation.expires_at > now)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None or row.disabled or row.contact_of is not None or row.duty is not None:
        return None
    return BoardOffer(**{name: row._mapping[name] for name in BoardOffer.__slots__})


async def accept(db: Db, offer: BoardOffer, *, contact: str, now: datetime) -> int | None:
    """The role is this person's from now on; the person's id, new where the address had no account. None when the invitation is gone.

    Raises `Appeared` where the address is not what it was when the person was asked.
    """
    if not await _stands(db, offer, now=now):
        return None
    names = BoardInvitation.first_name, BoardInvitation.prefix, BoardInvitation.surname, BoardInvitation.asked_by
    taken = delete(BoardInvitation).where(BoardInvitation.id == offer.id).returning(*names)
    row = (await db.execute(taken)).one_or_none()
    if row is None:
        return None
    person_id = offer.person_id
    if person_id is None:
        name = {"first_name": row.first_name, "prefix": row.prefix, "surname": row.surname}
        person_id = await accounts.make(db, offer.email, **name, now=now)
    await board_people.give(db, offer.board_id, person_id, offer.role, contact=contact, by=row.asked_by, now=now)
    _, subject = await people.identity(db, person_id)
    about = {"board": offer.board_id, "invitation": offer.id, "new": offer.person_id is None}
    await ledger.record(db, "board.joined", now=now, by=subject, subject=subject, detail=about)
    return person_id


async def _stands(db: Db, offer: BoardOffer, *, now: datetime) -> bool:
    if offer.person_id is not None:
        await people.hold(db, offer.person_id)
    found = await _found(db, BoardInvitation.id == offer.id, now=now)
    if found is not None and found != offer:
        raise accounts.Appeared
    return found is not None


async def decline(db: Db, offer: BoardOffer, *, now: datetime) -> bool:
    """Whoever has the address wants no such role; False when the invitation is gone. Raises `Appeared`, as `accept`."""
    if not await _stands(db, offer, now=now):
        return False
    if (await db.execute(delete(BoardInvitation).where(BoardInvitation.id == offer.id))).rowcount == 0:
        return False
    about = {"board": offer.board_id, "invitation": offer.id}
    await ledger.record(db, "board.declined", now=now, by="system", detail=about)
    return True


async def purge(db: Db, *, now: datetime, most: int = PORTION) -> int:
    """Removes at most so many invitations whose time is over for as long as they lasted; returns how many (D40)."""
    return await delete_some(db, BoardInvitation, BoardInvitation.expires_at < now - LIFETIME, most=most)


def _hashed(keyring: Keyring, token: str) -> bytes:
    return keyring.mac("token", "board invitation", token)
