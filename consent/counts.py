"""What is left of old release records: how many there were per school, month, party and field sets (D40).

Counting and removing are one transaction: whoever is killed in between has done neither, and doing it again counts nobody twice.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, select, text

from consent.models import Release, ReleaseCount
from idp.core.clock import AMSTERDAM
from idp.core.db import Db, Moment

_COUNT: Final = text(
    """INSERT INTO release_counts (school_id, month, party_id, asked_set_id, ticked_set_id, count)
    SELECT school_id, :month, party_id, asked_set_id, ticked_set_id, count(*) FROM releases
    WHERE id <= :last AND at >= :begin AND at < :end GROUP BY school_id, party_id, asked_set_id, ticked_set_id
    ON CONFLICT (school_id, month, party_id, asked_set_id, ticked_set_id)
    DO UPDATE SET count = release_counts.count + excluded.count"""
).bindparams(
    bindparam("month", type_=ReleaseCount.month.type),
    bindparam("begin", type_=Moment),
    bindparam("end", type_=Moment),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A month of one school of which only the number of releases is known; `month` is its first day."""

    month: date
    count: int


async def count_old(db: Db, *, before: datetime, most: int) -> int:
    """Turns the records from before that moment into counts, `most` of them at once or a few more; returns how many. Fewer: no more are left."""
    if db.dialect.name == "postgresql":
        # Of two at work the second waits, and then finds what the first one left.
        await db.exec_driver_sql("LOCK TABLE release_counts IN EXCLUSIVE MODE")
    counted = 0
    while counted < most and (some := await _of_one_month(db, before=before, most=most - counted)):
        counted += some
    return counted


async def _of_one_month(db: Db, *, before: datetime, most: int) -> int:
    """Those among the records written first that are of the month of the very first. Ids rise with time: no index by time is needed."""
    oldest = (await db.execute(select(Release.at).order_by(Release.id).limit(1))).scalar()
    if oldest is None or oldest >= before:
        return 0
    month = oldest.astimezone(AMSTERDAM).date().replace(day=1)
    begin, end = _begin(month), min(before, _begin(month + timedelta(days=31)))
    first = select(Release.id).order_by(Release.id).limit(most).subquery()
    last = (await db.execute(select(func.max(first.c.id)))).scalar_one()
    await db.execute(_COUNT, {"month": month, "last": last, "begin": begin, "end": end})
    these = Release.id <= last, Release.at >= begin, Release.at < end
    return (await db.execute(delete(Release).where(*these))).rowcount


def _begin(day: date) -> datetime:
    """The first moment of that day's month."""
    return datetime.combine(day.replace(day=1), time(), AMSTERDAM).astimezone(UTC)


async def of_school(db: Db, school_id: int, *, most: int = 24) -> list[Counted]:
    """The months of a school of which only numbers are left, the newest first."""
    query = select(ReleaseCount.month, func.sum(ReleaseCount.count)).where(ReleaseCount.school_id == school_id)
    rows = await db.execute(query.group_by(ReleaseCount.month).order_by(ReleaseCount.month.desc()).limit(most))
    return [Counted(month, int(count)) for month, count in rows]
