"""The yearly look at all ticks of a school (R77): does it still use each of these parties, and must all of this go there?"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, insert, select, update

from consent.models import Tick, TickReview
from consent.offers import Offer
from directory import schools
from idp.core import ledger
from idp.core.db import Db

EVERY: Final = timedelta(days=365)


async def last(db: Db, school_id: int) -> tuple[datetime, str] | None:
    """When the ticks of a school were looked at last, and the ledger id of who did; None when nobody did."""
    query = select(TickReview.reviewed_at, TickReview.reviewed_by).where(TickReview.school_id == school_id)
    row = (await db.execute(query)).one_or_none()
    return (row.reviewed_at, row.reviewed_by) if row is not None else None


async def due(db: Db, school_id: int, *, now: datetime) -> bool:
    """Whether it is a year since the last look, or since the oldest yes where nobody ever looked. Without a yes there is nothing to look at."""
    oldest = select(func.min(Tick.changed_at)).where(Tick.school_id == school_id, Tick.given)
    since = (await db.execute(oldest)).scalar()
    if since is None:
        return False
    looked = await last(db, school_id)
    return (looked[0] if looked is not None else since) <= now - EVERY


async def due_at(db: Db, school_ids: Sequence[int], *, now: datetime) -> frozenset[int]:
    """As `due`, for several schools at once: those of them whose look is due."""
    oldest = select(Tick.school_id, func.min(Tick.changed_at)).where(Tick.school_id.in_(school_ids), Tick.given)
    since = {row[0]: row[1] for row in await db.execute(oldest.group_by(Tick.school_id))}
    looks = select(TickReview.school_id, TickReview.reviewed_at).where(TickReview.school_id.in_(school_ids))
    looked = {row[0]: row[1] for row in await db.execute(looks)}
    return frozenset(school for school, first in since.items() if looked.get(school, first) <= now - EVERY)


def shown(given: Iterable[Offer]) -> str:
    """Stands for what was looked at: each yes with what goes along, for what, and since when. Another one means that something changed since."""
    seen = [
        (one.party.id, one.fingerprint, one.party.enabled, sorted(one.tick.fields), one.tick.changed_at.isoformat())
        for one in given
        if one.tick is not None
    ]
    return hashlib.sha256(repr(sorted(seen)).encode()).hexdigest()[:32]


async def done(
    db: Db, school_id: int, given: Sequence[Offer], *, now: datetime, by: str, request_ref: str | None = None
) -> None:
    """Records the look at these ticks, and with it what stood there; at the school's written request where an operator does it."""
    await schools.hold(db, school_id)
    values = {"reviewed_at": now, "reviewed_by": by}
    changed = await db.execute(update(TickReview).where(TickReview.school_id == school_id).values(**values))
    if changed.rowcount == 0:
        await db.execute(insert(TickReview).values(school_id=school_id, **values))
    detail: dict[str, object] = {"ticks": len(given), "seen": shown(given)}
    if request_ref is not None:
        detail["request"] = request_ref
    await ledger.record(db, "consent.reviewed", now=now, by=by, school_id=school_id, detail=detail)
