"""Links by which a parent chooses a password, under the rules of `idp.credentials.links`: hashed at rest, good once, the newest only.

The first mail names no child (D29): a typing error must not tell a stranger about one.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import select, update

from idp.core import ids, ledger, mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials.forgotten import Told
from idp.credentials.links import LIFETIME, Purpose
from idp.credentials.models import Parent

PATH: Final = "/thuis/wachtwoord"


@dataclass(frozen=True, slots=True)
class ParentLink:
    """What a token leads to. `live` is False when its time is over."""

    parent_id: int
    ledger_id: str
    purpose: Purpose
    email: str = field(repr=False)
    live: bool


async def invite(db: Db, keyring: Keyring, parent_id: int, *, school: str, told: Told, now: datetime) -> None:
    """Mails the parent what a school did: a link to make a password, or to who has one already, only that a child was added. Names no child."""
    account = select(Parent.email, Parent.hash).where(Parent.id == parent_id)
    row = (await db.execute(account)).one()
    about = {"school": school, "home": f"{told.base_url}/thuis", "contact": told.contact}
    if row.hash is not None:
        await mail.queue(db, "parent_added", row.email, now=now, lang=told.lang, **about)
        return
    link, hours = await _issue(db, keyring, parent_id, "activation", told, now=now)
    await mail.queue(db, "parent_invited", row.email, now=now, lang=told.lang, link=link, hours=hours, **about)


async def send(db: Db, keyring: Keyring, email: str, told: Told, *, now: datetime) -> None:
    """Mails a link to the parent's account with this address, if there is one: another password, or a first one where there is none (R96)."""
    account = select(Parent.id, Parent.ledger_id, Parent.hash).where(Parent.email == email)
    row = (await db.execute(account)).one_or_none()
    if row is None:
        return
    purpose: Purpose = "activation" if row.hash is None else "reset"
    link, time = await _issue(db, keyring, row.id, purpose, told, now=now)
    kind = "parent_forgotten" if purpose == "reset" else "parent_invited_again"
    about = {"link": link, "time": time, "network": told.network, "contact": told.contact}
    await mail.queue(db, kind, email, now=now, lang=told.lang, **about)
    await ledger.record(db, "home.parent_link_sent", now=now, by="system", subject=row.ledger_id)


async def _issue(
    db: Db, keyring: Keyring, parent_id: int, purpose: Purpose, told: Told, *, now: datetime
) -> tuple[str, str]:
    token, lifetime = ids.guid(), LIFETIME[purpose]
    values = {"link": _hashed(keyring, token), "link_purpose": purpose, "link_expires_at": now + lifetime}
    await db.execute(update(Parent).where(Parent.id == parent_id).values(**values))
    unit = timedelta(hours=1) if purpose == "activation" else timedelta(minutes=1)
    return f"{told.base_url}{PATH}?{urlencode({'token': token})}", str(lifetime // unit)


async def find(db: Db, keyring: Keyring, token: str, *, now: datetime) -> ParentLink | None:
    """What the token leads to; None for one that was used, replaced, or is of an account that is gone."""
    columns = Parent.id, Parent.ledger_id, Parent.email, Parent.link_purpose, Parent.link_expires_at
    row = (await db.execute(select(*columns).where(Parent.link == _hashed(keyring, token)))).one_or_none()
    if row is None or row.link_expires_at is None:
        return None
    purpose: Purpose = "reset" if row.link_purpose == "reset" else "activation"
    return ParentLink(row.id, row.ledger_id, purpose, row.email, live=now < row.link_expires_at)


async def use(db: Db, keyring: Keyring, token: str, phc: str) -> bool:
    """Makes the PHC string the password of whose link this is; the link works no more, and whoever is half-way with a former password starts anew.

    False when somebody else just used it.
    """
    values = {"hash": phc, "epoch": Parent.epoch + 1, "bounced_at": None}
    gone = {"link": None, "link_purpose": None, "link_expires_at": None}
    this = Parent.link == _hashed(keyring, token)
    return (await db.execute(update(Parent).where(this).values(**values, **gone))).rowcount > 0


def _hashed(keyring: Keyring, token: str) -> bytes:
    return keyring.mac("token", "link", "parent", token)
