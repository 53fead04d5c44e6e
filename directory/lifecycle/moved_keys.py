"""The keys of those whom a split took elsewhere: the administration of the school that was split does not know of it yet."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from directory.imports.models import MovedKey
from directory.lifecycle.trail import Trail
from directory.models import Employment, Enrolment
from idp.core.db import Db
from idp.core.portions import portions
from idp.core.purging import delete_some


async def remember(
    trail: Trail, school_id: int, enrolments: Sequence[int], employments: Sequence[int], *, now: datetime
) -> None:
    """Whom the administration of this school goes on telling of is not new there. To be called before these places move."""
    known = select(MovedKey.about, MovedKey.las_key).where(MovedKey.school_id == school_id)
    before = {(row.about, row.las_key) for row in await trail.db.execute(known)}
    for about, model, ids in (("pupil", Enrolment, enrolments), ("staff", Employment, employments)):
        keys: set[str] = set()
        for portion in portions(ids):
            rows = await trail.db.execute(select(model.las_key).where(model.id.in_(portion)))
            keys.update(key for key in rows.scalars() if key is not None and (about, key) not in before)
        same = {"school_id": school_id, "about": about, "moved_at": now}
        await trail.insert(MovedKey, [{**same, "las_key": key} for key in sorted(keys)])


async def purge(db: Db, *, before: datetime, most: int) -> int:
    """Forgets at most so many of those that moved before then; returns how many (D40)."""
    return await delete_some(db, MovedKey, MovedKey.moved_at < before, most=most)
