"""Activation: whoever has an account and no password makes one by a link that only the account's address was mailed (R16, R95)."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from sqlalchemy import select

from directory import people
from directory.models import Person
from idp.core import mail
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import links
from idp.credentials.models import Password

PATH: Final = "/activate"
_PORTION = 500


async def invite(
    db: Db,
    keyring: Keyring,
    person_ids: Sequence[int],
    *,
    base_url: str,
    contact: str,
    now: datetime,
    lang: str = "nl",
    kind: str = "activation",
    **said: str,
) -> int:
    """Mails each of these people who has an address and no password yet a link to make one; returns how many mails are on their way.

    A link that was mailed before stops working. `kind` is the mail's name, with what it says beside the link in `said`.
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
            token = await links.issue(db, keyring, row.id, row.email or "", purpose="activation", now=now)
            told = {"link": f"{base_url}{PATH}?{urlencode({'token': token})}", "contact": contact}
            hours = str(links.LIFETIME["activation"] // timedelta(hours=1))
            await people.forget_bounces(db, [row.id])
            await mail.queue(db, kind, row.email or "", now=now, lang=lang, hours=hours, **told, **said)
            sent += 1
    return sent
