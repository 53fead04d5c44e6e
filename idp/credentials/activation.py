"""Activation: whoever has an account and no password makes one by a link that only the account's address was mailed (R16, R95).

The token is a GUID of 36 characters; the database keeps its keyed hash. It works once, for one address: a changed address makes it worthless,
and so does a newer link. What an expired one is still good for is asking for another mail to the same address.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import delete, insert, select

from directory.models import Person
from idp.core import ids, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials.models import Activation, Password

PATH: Final = "/activate"
LIFETIME: Final = timedelta(hours=24)
KEPT: Final = timedelta(days=30)
"""How long after its end a link still asks for a new one; then its row is purged (D40)."""

_PORTION = 500


@dataclass(frozen=True, slots=True)
class Link:
    """What a token leads to. `live` is False when its time is over."""

    person_id: int
    email: str = field(repr=False)
    live: bool


async def invite(
    db: Db, keyring: Keyring, person_ids: Sequence[int], *, base_url: str, contact: str, now: datetime
) -> int:
    """Mails each of these people who has an address and no password yet a link to make one; returns how many mails are on their way.

    A link that was mailed before stops working.
    """
    sent = 0
    for start in range(0, len(person_ids), _PORTION):
        due = (
            select(Person.id, Person.email)
            .outerjoin(Password, Password.person_id == Person.id)
            .where(Person.id.in_(person_ids[start : start + _PORTION]), Person.kind == "staff", ~Person.disabled)
            .where(Person.email.is_not(None), Password.person_id.is_(None))
            .order_by(Person.id)
        )
        for row in (await db.execute(due)).all():
            token = await issue(db, keyring, row.id, row.email or "", now=now)
            link = f"{base_url}{PATH}?{urlencode({'token': token})}"
            hours = str(LIFETIME // timedelta(hours=1))
            await mail.queue(db, "activation", row.email or "", now=now, link=link, hours=hours, contact=contact)
            sent += 1
    return sent


async def issue(db: Db, keyring: Keyring, person_id: int, email: str, *, now: datetime) -> str:
    """A fresh token for this person at this address; every older one is worthless."""
    token = ids.guid()
    await db.execute(delete(Activation).where(Activation.person_id == person_id))
    row = {"person_id": person_id, "token": _hashed(keyring, token), "email": email}
    await db.execute(insert(Activation).values(**row, sent_at=now, expires_at=now + LIFETIME))
    return token


async def find(db: Db, keyring: Keyring, token: str, *, now: datetime) -> Link | None:
    """What the token leads to; None for one that is not there, was used, or belongs to an address that the account no longer has."""
    found = await db.execute(
        select(Activation.person_id, Activation.email, Activation.expires_at)
        .join(Person, Person.id == Activation.person_id)
        .outerjoin(Password, Password.person_id == Person.id)
        .where(Activation.token == _hashed(keyring, token), Person.email == Activation.email, ~Person.disabled)
        .where(Password.person_id.is_(None))
    )
    row = found.one_or_none()
    return Link(row.person_id, row.email, live=now < row.expires_at) if row else None


async def use(db: Db, keyring: Keyring, token: str) -> bool:
    """The link was followed to its end and works no more; False when somebody else just did that."""
    return (await db.execute(delete(Activation).where(Activation.token == _hashed(keyring, token)))).rowcount > 0


async def purge(db: Db, *, now: datetime) -> int:
    """Removes links whose time is long over; returns how many (D40)."""
    return (await db.execute(delete(Activation).where(Activation.expires_at < now - KEPT))).rowcount


def _hashed(keyring: Keyring, token: str) -> bytes:
    return keyring.mac("token", "activation", token)
