"""The link to make a password, for one colleague whom a school sees in its list: to an account, or to a place that nobody has come to yet (D15)."""

from datetime import datetime
from typing import Any

from directory import people
from directory.lifecycle import held_mails, memberships
from directory.lifecycle.staff_list import Colleague
from directory.lifecycle.taken import ADMINISTRATION
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.credentials import activation


async def send(
    db: Db, keyring: Keyring, school_id: int, one: Colleague, *, base_url: str, contact: str, now: datetime
) -> bool:
    """Mails it to somebody who works here and has none; the one before stops working. False where nothing is mailed. Raises `Refused`."""
    await held_mails.release(db, one.employment_id)
    if not one.working or one.email is None:
        return False
    if await people.email_of(db, one.person_id) is None:
        # Nobody with an account has come to this place yet: the invitation goes out again, and the school sees no difference.
        who: dict[str, Any] = {"base_url": base_url, "contact": contact, "now": now, "by": ADMINISTRATION}
        await memberships.invite_to_place(db, keyring, school_id, one.employment_id, one.email, **who)
        return True
    return bool(await activation.invite(db, keyring, [one.person_id], base_url=base_url, contact=contact, now=now))
