"""Changed addresses in a school's file: two mails for each (D15), so a file changes so many in a day, and one person's once.

A file can name any address, and another one tomorrow. What it changes beyond this is not lost: the next file says so again.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from directory.lifecycle import addresses
from directory.lifecycle.held_mails import FEW, SHARE
from directory.lifecycle.models import AddressProposal
from directory.lifecycle.refusals import Refused
from directory.lifecycle.taken import ADMINISTRATION
from directory.models import Employment
from idp.core.crypto import Keyring
from idp.core.db import Db

DAY: Final = timedelta(hours=20)
"""One night's file may come a little sooner than the one before it."""


def most_a_day(staff: int) -> int:
    """How many of so many colleagues a file gives another address in a day. Pure."""
    return max(FEW, staff // SHARE)


async def propose(
    db: Db,
    keyring: Keyring,
    school_id: int,
    told: Sequence[tuple[int, str]],
    *,
    base_url: str,
    contact: str,
    now: datetime,
) -> int:
    """Proposes what a file told (person id and address) as far as there is room today; returns how many."""
    today = await _today(db, school_id, now=now)
    here = select(func.count()).where(Employment.school_id == school_id, Employment.active)
    room, made = most_a_day((await db.execute(here)).scalar_one()) - len(today), 0
    for person_id, email in told:
        if made >= room:
            break
        if person_id in today:
            continue
        # One address that cannot be must not keep a whole school from its import, night after night: the plan has the doubt.
        with suppress(Refused):
            made += await addresses.propose(
                db, keyring, school_id, person_id, email, base_url=base_url, contact=contact, by=ADMINISTRATION, now=now
            )
    return made


async def _today(db: Db, school_id: int, *, now: datetime) -> frozenset[int]:
    """Whose address a file changed in the last day, by person id."""
    mine = AddressProposal.school_id == school_id, AddressProposal.proposed_by == ADMINISTRATION
    rows = await db.execute(select(AddressProposal.person_id).where(*mine, AddressProposal.proposed_at > now - DAY))
    return frozenset(rows.scalars())
