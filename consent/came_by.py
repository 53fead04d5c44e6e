"""Who came by a network provider: their sessions end with the provider's tick, with the provider, or with being kept away from it, and parties
hear of it (C-078, C-279, D35).

The ledger tells who signed in by which provider. Whoever also signed in here by himself is signed out as well: nobody stays by the word of somebody
who is not asked any more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

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
"""Of two entries of the ledger the one with the higher number may stand there first; a minute apart the lower one did."""
AT_ONCE: Final = 10_000
"""More entries are never being written at one moment."""
_BY: Final = LedgerEntry.detail["upstream"].as_integer()


async def end_at_school(
    db: Db, school_id: int, upstream_ids: Sequence[int], *, now: datetime, person_id: int | None = None
) -> int:
    """Ends the sessions of everybody of this school who came by one of these providers, with the commit and on every node; how many people.

    `person_id`: that one alone, if it is among them.
    """
    since = LedgerEntry.at >= now - LONGEST
    return await _end(db, school_id, upstream_ids, since, person_id=person_id)


async def _end(
    db: Db, school_id: int, upstream_ids: Sequence[int], since: ColumnElement[bool], *, person_id: int | None
) -> int:
    if not upstream_ids:
        return 0
    came = select(LedgerEntry.subject).where(since, *_passed(school_id), _BY.in_(upstream_ids))
    query = select(Person.id).where(Person.ledger_id.in_(came), belongs(school_id)).order_by(Person.id)
    if person_id is not None:
        query = query.where(Person.id == person_id)
    ids = list((await db.execute(query)).scalars())
    if ids:
        await people.end_sessions(db, *ids)
    return len(ids)


async def end_with_tick(db: Db, school_id: int, party_id: int, *, now: datetime, person_id: int | None = None) -> int:
    """As `end_at_school`, by all ways in that a party is, when a school takes its yes to that party back, or keeps a person away from it; a publisher
    is no way in.
    """
    found = await db.execute(select(Upstream.id).where(Upstream.party_id == party_id))
    return await end_at_school(db, school_id, list(found.scalars()), now=now, person_id=person_id)


async def look_again(db: Db, school_id: int, party_id: int, *, person_id: int | None, acts_upto: int) -> int:
    """A moment after: who came by a way that was being closed then, at a school or for one person of it; taken away counts as closed, and a way
    that is open again is not meant.

    `acts_upto` is the last entry of the ledger that whoever closed it saw: of his own act, or after it. What was being read then stands after it, or
    has a number before it and was not there yet, however late this is.
    """
    ways = select(Upstream.id).where(Upstream.party_id == party_id)
    if person_id is None:
        given = exists().where(Tick.school_id == school_id, Tick.party_id == party_id, Tick.given)
        ways = ways.where(or_(~Upstream.enabled, ~given))
    seen = and_(LedgerEntry.id > acts_upto - AT_ONCE, LedgerEntry.id <= acts_upto)
    closed_at = (await db.execute(select(func.max(LedgerEntry.at)).where(seen))).scalar()
    since = LedgerEntry.id > acts_upto
    if closed_at is not None:
        since = or_(since, and_(seen, LedgerEntry.at >= closed_at - JUST_NOW))
    gone = select(_BY).where(since, *_passed(school_id), _BY.not_in(select(Upstream.id)))
    ids = [*(await db.execute(ways)).scalars(), *(await db.execute(gone.distinct())).scalars()]
    return await _end(db, school_id, ids, since, person_id=person_id)


def _passed(school_id: int) -> tuple[ColumnElement[bool], ...]:
    at = or_(LedgerEntry.school_id == school_id, LedgerEntry.school_id.is_(None))
    return at, LedgerEntry.action == "signin.passed"


async def schools_of(db: Db, party_id: int) -> list[int]:
    """The schools that ever ticked a provider: where somebody may have come by it."""
    found = await db.execute(select(Tick.school_id).where(Tick.party_id == party_id).order_by(Tick.school_id))
    return list(found.scalars())
