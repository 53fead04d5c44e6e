"""Which locations a school's administration named last (D13), so that its coordinator can say whose account each is before the next import."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select, update

from directory.imports.models import SeenLocation
from directory.imports.records import Administration
from idp.core.db import Db

MOST: Final = 200
"""A file with more locations than any board has is kept up to here: those with most pupils."""
_LONGEST_NAME: Final = 200
_LONGEST_KEY: Final = 256


@dataclass(frozen=True, slots=True)
class Seen:
    """A location as the file named it, and how many pupils it had there."""

    key: str
    name: str
    pupils: int


def named_in(administration: Administration) -> tuple[Seen, ...]:
    """The locations that an administration names or whose pupils it has, by key; none where it knows of none. Pure."""
    pupils = Counter(pupil.location_key for pupil in administration.pupils if pupil.location_key)
    names = {one.key: one.name for one in administration.locations}
    found = [Seen(key, names.get(key, "")[:_LONGEST_NAME], pupils[key]) for key in names.keys() | pupils.keys()]
    most = sorted((one for one in found if len(one.key) <= _LONGEST_KEY), key=lambda one: -one.pupils)[:MOST]
    return tuple(sorted(most, key=lambda one: one.key))


async def remember(db: Db, school_id: int, administration: Administration, *, now: datetime) -> None:
    """Keeps what a whole administration named in the place of what was kept; one without locations says nothing about them."""
    named = named_in(administration)
    if not named:
        return
    here = SeenLocation.school_id == school_id
    if tuple(await of_school(db, school_id)) == named:
        await db.execute(update(SeenLocation).where(here).values(seen_at=now))
        return
    await db.execute(delete(SeenLocation).where(here))
    rows = [
        {"school_id": school_id, "location_key": one.key, "name": one.name, "pupils": one.pupils, "seen_at": now}
        for one in named
    ]
    await db.execute(insert(SeenLocation), rows)


async def of_school(db: Db, school_id: int) -> list[Seen]:
    """The locations that this school's administration named last, by key."""
    query = select(SeenLocation.location_key, SeenLocation.name, SeenLocation.pupils)
    rows = await db.execute(query.where(SeenLocation.school_id == school_id))
    # In code: each database sorts text by rules of its own.
    return sorted((Seen(*row) for row in rows), key=lambda one: one.key)


async def last(db: Db, school_id: int) -> datetime | None:
    """When that was; None for a school whose files name no locations."""
    return await db.scalar(select(SeenLocation.seen_at).where(SeenLocation.school_id == school_id).limit(1))
