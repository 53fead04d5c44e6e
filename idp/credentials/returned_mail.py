"""A mail came back: whoever entered its address sees that, a teacher of a parent's and a coordinator of a colleague's (R169)."""

from datetime import datetime

from directory import people
from directory.lifecycle import memberships
from idp.core.db import Db
from idp.credentials import parents


async def note(db: Db, address: str, *, now: datetime) -> tuple[bool, bool]:
    """Notes it wherever the address stands; whether it is a parent's, and whether that of a colleague or of an open invitation."""
    of_parent = await parents.bounced(db, address, now=now)
    of_staff = await people.bounced(db, address, now=now)
    invited = await memberships.bounced(db, address, now=now)
    return of_parent, of_staff or invited > 0
