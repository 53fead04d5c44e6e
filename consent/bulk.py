"""One decision of a board for one of its schools after the other (D20): each has its own yes, its own line in the ledger and its own receipt.

A school that cannot go along says why, and the others go on: the caller gives each a transaction of its own. Whether the board still has the school,
and the person still the right, is asked in that transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from consent import offers, ticks
from consent.fields import Fields
from consent.offers import NotAsked, Offer
from directory import rights
from directory.schools import KnownSchool
from idp.core.crypto import same
from idp.core.db import Db
from metadata import parties

Said = Literal["given", "renewed", "had", "withdrawn", "had_none", "left", "away", "changed"]

DONE: frozenset[Said] = frozenset({"given", "renewed", "withdrawn"})
"""What changed something: a receipt is due."""
REFUSED: frozenset[Said] = frozenset({"left", "away", "changed"})


@dataclass(frozen=True, slots=True)
class Acting:
    """Who decides, for which board, and when. `by` is the ledger id."""

    person_id: int
    board_id: int
    by: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it at one school; `fields` are what its yes covers now."""

    said: Said
    offered: Offer | None = None
    fields: Fields = frozenset()


async def give(
    db: Db, acting: Acting, school: KnownSchool, party_id: int, chosen: Iterable[str], *, seen: str
) -> Outcome:
    """A yes to what stood on the sheet that was `seen` (R70). What a school chose before, and is still asked, goes along as before: a yes for many
    never takes a school's own choice away.
    """
    offered = await _offered(db, acting, school, party_id)
    if not isinstance(offered, Offer):
        return offered
    if not await parties.hold_offered(db, party_id) or not offered.wanted:
        return Outcome("away")
    asked = {one.name for one in offered.wanted}
    kept = offered.tick.fields & asked if offered.tick is not None and offered.given else frozenset[str]()
    try:
        fields = offers.covered(offered, {*chosen, *kept})
    except NotAsked:
        return Outcome("changed")
    if not same(offered.fingerprint, seen) or not fields:
        return Outcome("changed")
    changed = await ticks.give(db, school.id, party_id, fields, now=acting.now, by=acting.by)
    return Outcome(("renewed" if offered.given else "given") if changed else "had", offered, fields)


async def withdraw(db: Db, acting: Acting, school: KnownSchool, party_id: int) -> Outcome:
    """The school's yes is taken back; nothing leaves after the commit (D9)."""
    offered = await _offered(db, acting, school, party_id)
    if not isinstance(offered, Offer):
        return offered if offered.said == "left" else Outcome("had_none")
    gone = await ticks.withdraw(db, school.id, party_id, now=acting.now, by=acting.by)
    return Outcome("withdrawn" if gone else "had_none", offered)


async def _offered(db: Db, acting: Acting, school: KnownSchool, party_id: int) -> Offer | Outcome:
    # First alone with this school's word, then everything about it: what was waited for may have changed all of it.
    await ticks.hold(db, school.id, party_id)
    if not await rights.acts_for(db, acting.person_id, acting.board_id, school.id):
        return Outcome("left")
    try:
        return await offers.one(db, school.id, party_id)
    except LookupError:
        return Outcome("away")
