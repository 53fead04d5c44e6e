"""Links in mails by which somebody chooses a password: a first one, or another one for a forgotten one (R95, R96, C-314).

The token is a GUID of 36 characters; the database keeps its keyed hash. A link works once, for one purpose and one address: a changed address,
another link, and a password that was chosen meanwhile make it worthless. What an expired one is still good for is asking for another mail to the
same address.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import delete, insert, select

from directory.models import Person
from idp.core import ids
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.purging import PORTION, delete_some
from idp.credentials.models import MailedLink, Password

Purpose = Literal["activation", "reset"]

LIFETIME: Final[dict[Purpose, timedelta]] = {"activation": timedelta(hours=24), "reset": timedelta(minutes=30)}
KEPT: Final = timedelta(days=30)
"""How long after its end a link still asks for a new one; then its row is purged (D40)."""


@dataclass(frozen=True, slots=True)
class Link:
    """What a token leads to. `live` is False when its time is over."""

    person_id: int
    purpose: Purpose
    email: str = field(repr=False)
    live: bool


async def issue(db: Db, keyring: Keyring, person_id: int, email: str, *, purpose: Purpose, now: datetime) -> str:
    """A fresh token for this person at this address; every older one is worthless."""
    token = ids.guid()
    await forget(db, person_id)
    row = {"person_id": person_id, "purpose": purpose, "token": mark(keyring, purpose, token), "email": email}
    await db.execute(insert(MailedLink).values(**row, sent_at=now, expires_at=now + LIFETIME[purpose]))
    return token


async def find(db: Db, keyring: Keyring, token: str, *, purpose: Purpose, now: datetime) -> Link | None:
    """What the token leads to; None for one that is not there, was used, or belongs to an address that the account no longer has.

    An activation is for who has no password yet, a reset for who has one.
    """
    return await find_marked(db, mark(keyring, purpose, token), purpose=purpose, now=now)


async def find_marked(db: Db, marked: bytes, *, purpose: Purpose, now: datetime) -> Link | None:
    """The same for who kept no more of the token than its `mark`."""
    has_password = Password.person_id.is_not(None)
    found = await db.execute(
        select(MailedLink.person_id, MailedLink.email, MailedLink.expires_at)
        .join(Person, Person.id == MailedLink.person_id)
        .outerjoin(Password, Password.person_id == Person.id)
        .where(MailedLink.token == marked, MailedLink.purpose == purpose)
        .where(Person.email == MailedLink.email, ~Person.disabled)
        .where(has_password if purpose == "reset" else ~has_password)
    )
    row = found.one_or_none()
    return Link(row.person_id, purpose, row.email, live=now < row.expires_at) if row else None


async def use(db: Db, keyring: Keyring, token: str, *, purpose: Purpose) -> bool:
    """The link was followed to its end and works no more; False when somebody else just did that."""
    return await use_marked(db, mark(keyring, purpose, token))


async def use_marked(db: Db, marked: bytes) -> bool:
    """The same for who kept no more of the token than its `mark`."""
    return (await db.execute(delete(MailedLink).where(MailedLink.token == marked))).rowcount > 0


async def forget(db: Db, person_id: int) -> None:
    """No link of this person works any more."""
    await db.execute(delete(MailedLink).where(MailedLink.person_id == person_id))


async def purge(db: Db, *, now: datetime, most: int = PORTION) -> int:
    """Removes at most so many links whose time is long over; returns how many (D40)."""
    return await delete_some(db, MailedLink, MailedLink.expires_at < now - KEPT, most=most)


def mark(keyring: Keyring, purpose: Purpose, token: str) -> bytes:
    """The keyed hash by which a token is found, and of which nobody makes the token again."""
    return keyring.mac("token", "link", purpose, token)
