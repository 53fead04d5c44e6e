"""Who came by a network provider: their sessions end with the provider's tick, or with the provider, and parties hear of it (C-078, C-279, D35).

The ledger tells who signed in by which provider. Whoever also signed in here by himself is signed out as well: nobody stays by the word of somebody
who is not asked any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from consent.models import Tick
from directory import people
from directory.called import belongs
from directory.models import Person
from idp.core.db import Db
from idp.core.models import LedgerEntry
from metadata.models import Upstream

LONGEST: Final = timedelta(hours=13)
"""No session is older."""
JUST_NOW: Final = timedelta(minutes=1)
"""An answer of a provider that was being read while its tick went stands in the ledger by then."""


async def end_at_school(
    db: Db, school_id: int, upstream_ids: Sequence[int], *, now: datetime, within: timedelta = LONGEST
) -> int:
    """Ends the sessions of everybody of this school who came by one of these providers, with the commit and on every node; how many people.

    `within`: who came that lately.
    """
    if not upstream_ids:
        return 0
    by = LedgerEntry.detail["upstream"].as_integer().in_(upstream_ids)
    at = LedgerEntry.at >= now - within, or_(LedgerEntry.school_id == school_id, LedgerEntry.school_id.is_(None))
    came = select(LedgerEntry.subject).where(*at, LedgerEntry.action == "signin.passed", by)
    found = await db.execute(
        select(Person.id).where(Person.ledger_id.in_(came), belongs(school_id)).order_by(Person.id)
    )
    ids = list(found.scalars())
    if ids:
        await people.end_sessions(db, *ids)
    return len(ids)


async def end_with_tick(db: Db, school_id: int, party_id: int, *, now: datetime, within: timedelta = LONGEST) -> int:
    """As `end_at_school`, by all ways in that a party is, when a school takes its yes to that party back; a publisher is none."""
    found = await db.execute(select(Upstream.id).where(Upstream.party_id == party_id))
    return await end_at_school(db, school_id, list(found.scalars()), now=now, within=within)


async def schools_of(db: Db, party_id: int) -> list[int]:
    """The schools that ever ticked a provider: where somebody may have come by it."""
    found = await db.execute(select(Tick.school_id).where(Tick.party_id == party_id).order_by(Tick.school_id))
    return list(found.scalars())
