"""Reads what a rehearsal compares and tells: who is at a school, which parties it ticked and which of them know whom."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date

from sqlalchemy import func, or_, select

from directory.lifecycle.merger_plan import Present
from directory.lifecycle.other_rooms import AGREEMENTS, PARTIES, RELEASES, TICKS
from directory.models import EckId, EckIdAlias, Enrolment, Person, School, SchoolAddress
from idp.core.db import Db
from idp.core.portions import portions


async def pupils(db: Db, school_id: int) -> list[Present]:
    """Everybody who is or was enrolled at this school, switched-off accounts left out, in the order of enrolment."""
    lookups: dict[int, set[bytes]] = defaultdict(set)
    for table in (EckId, EckIdAlias):
        here = select(table.person_id, table.lookup).join(Enrolment, Enrolment.person_id == table.person_id)
        for person_id, lookup in await db.execute(here.where(Enrolment.school_id == school_id)):
            lookups[person_id].add(lookup)
    rows = await db.execute(
        select(Enrolment, Person.first_name, Person.prefix, Person.surname)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.school_id == school_id)
        .order_by(Enrolment.id)
    )
    return [
        Present(
            enrolment_id=row.id,
            person_id=row.person_id,
            school_id=school_id,
            key=row.las_key,
            active=row.active,
            year_group=row.year_group,
            eckids=frozenset(lookups.get(row.person_id, ())),
            first_name=row.first_name,
            prefix=row.prefix,
            surname=row.surname,
        )
        for row in rows
    ]


async def ticked(db: Db, school_ids: Collection[int]) -> set[int]:
    """The parties that one of these schools ticked."""
    query = select(TICKS.c.party_id).join(PARTIES, PARTIES.c.id == TICKS.c.party_id)
    rows = await db.execute(query.where(TICKS.c.school_id.in_(school_ids), TICKS.c.given, PARTIES.c.enabled))
    return set(rows.scalars())


async def know(db: Db, party_ids: Collection[int], person_ids: Iterable[int]) -> dict[int, int]:
    """How many of these people each party was told about, by party; parties that know nobody are left out."""
    found: dict[int, int] = defaultdict(int)
    for portion in portions(person_ids):
        counted = func.count(RELEASES.c.person_id.distinct())
        query = select(RELEASES.c.party_id, counted).where(RELEASES.c.person_id.in_(portion))
        for party_id, number in await db.execute(query.group_by(RELEASES.c.party_id)):
            if party_id in party_ids:
                found[party_id] += number
    return dict(sorted(found.items()))


async def agreed(db: Db, school_id: int, *, today: date) -> bool:
    """Whether the platform's agreement holds for this school, its own or its board's (D8)."""
    board = select(School.board_id).where(School.id == school_id).scalar_subquery()
    query = select(AGREEMENTS.c.id).where(
        or_(AGREEMENTS.c.school_id == school_id, AGREEMENTS.c.board_id == board),
        AGREEMENTS.c.signed_on <= today,
        or_(AGREEMENTS.c.ends_on.is_(None), AGREEMENTS.c.ends_on >= today),
    )
    return (await db.execute(query.limit(1))).first() is not None


async def networked(db: Db, school_id: int) -> bool:
    """Whether pupils of this school can sign in anywhere."""
    query = select(SchoolAddress.id).where(SchoolAddress.school_id == school_id).limit(1)
    return (await db.execute(query)).first() is not None


async def any_closed(db: Db, school_ids: Collection[int]) -> bool:
    """Whether one of these schools is closed or does not exist."""
    query = select(func.count()).where(School.id.in_(school_ids), School.closed_at.is_(None))
    return (await db.execute(query)).scalar_one() != len(set(school_ids))
