"""Loads what a school has, for a plan: a handful of statements, however many people there are."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar, cast

from sqlalchemy import and_, bindparam, column, func, or_, select, table

from directory.imports.models import MovedKey
from directory.imports.records import Administration, GroupKind, Once
from directory.imports.snapshot import About, CurrentColleague, CurrentGroup, CurrentPupil, Place, Snapshot
from directory.models import (
    EckId,
    EckIdAlias,
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SubgroupMember,
)
from idp.core.db import Db

Item = TypeVar("Item")

# Substitutions are of the room beside this one, and read by name.
_BINDINGS = table("substitute_bindings", column("id"), column("school_id"), column("person_id"))

# Both databases stop at some 32,000 parameters in a statement.
_MOST_PARAMETERS = 5_000
# A school's children come in one statement; of the largest administrations nobody holds the rows beside what is made of them.
_PAGE = 2_000
# Python makes a new empty set each time, of 216 bytes, and most children are in no subgroup.
_NONE: frozenset[Any] = frozenset()
_OF_ENROLMENT = ("id", "person_id", "las_key", "group_id", "year_group", "ends_on", "active", "picture")


def _nobody(_pupil: CurrentPupil) -> bool:
    return False


async def load_snapshot(
    db: Db, school_id: int, administration: Administration, *, but_for: Callable[[CurrentPupil], bool] = _nobody
) -> Snapshot:
    """The school as it is in this transaction, as far as this file can concern it. Nothing of any other school is read (D14).

    Children of whom `but_for` says yes are left out: it is asked about each, so that nobody holds a whole region.
    """
    year = administration.school.school_year
    return Snapshot(
        newest_year=await _newest_year(db, school_id),
        groups=await _groups(db, school_id, year),
        pupils=await _pupils(db, school_id, year, but_for),
        staff=await _staff(db, school_id, year),
        moved=await _moved(db, school_id),
    )


async def known_addresses(db: Db, addresses: Iterable[str]) -> frozenset[str]:
    """Those of the addresses that have an account anywhere. Never for a plan: no school is to learn it (D14)."""
    found: set[str] = set()
    for portion in portions(addresses):
        rows = await db.execute(select(Person.email).where(Person.email.in_(portion)))
        found.update(address for address in rows.scalars() if address)
    return frozenset(found)


def portions(items: Iterable[Item], *, most: int = _MOST_PARAMETERS) -> Iterator[Sequence[Item]]:
    """The items in lists short enough for one statement."""
    remaining = iter(items)
    while portion := list(islice(remaining, most)):
        yield portion


async def _newest_year(db: Db, school_id: int) -> str | None:
    """A year that began without data counts too: who became inactive with it does not come back by last year's file."""
    groups = select(func.max(Group.school_year)).where(Group.school_id == school_id).scalar_subquery()
    row = (await db.execute(select(School.school_year, groups).where(School.id == school_id))).one()
    return max(filter(None, row), default=None)


async def _moved(db: Db, school_id: int) -> frozenset[tuple[About, str]]:
    rows = await db.execute(select(MovedKey.about, MovedKey.las_key).where(MovedKey.school_id == school_id))
    return frozenset((cast(About, row.about), row.las_key) for row in rows)


async def _groups(db: Db, school_id: int, year: str) -> tuple[CurrentGroup, ...]:
    rows = await db.execute(
        select(Group)
        .where(Group.school_id == school_id)
        .where(or_(Group.school_year == year, and_(Group.school_year < year, Group.active)))
        .order_by(Group.id)
    )
    return tuple(
        CurrentGroup(
            id=row.id,
            school_year=row.school_year,
            kind=row.kind,
            key=row.las_key,
            name=row.name,
            year_group=row.year_group,
            active=row.active,
        )
        for row in rows
    )


async def _pupils(
    db: Db, school_id: int, year: str, but_for: Callable[[CurrentPupil], bool]
) -> tuple[CurrentPupil, ...]:
    subgroups: dict[int, set[str]] = defaultdict(set)
    for enrolment_id, key in await db.execute(
        select(SubgroupMember.enrolment_id, Group.las_key)
        .join(Group, Group.id == SubgroupMember.group_id)
        .where(Group.school_id == school_id, Group.school_year == year)
    ):
        subgroups[enrolment_id].add(key)
    aliases: dict[int, set[bytes]] = defaultdict(set)
    others = select(EckIdAlias.person_id, EckIdAlias.lookup).join(
        Enrolment, Enrolment.person_id == EckIdAlias.person_id
    )
    for person_id, lookup in await db.execute(others.where(Enrolment.school_id == school_id)):
        aliases[person_id].add(lookup)
    # The portion first: a database that knows nothing yet of tables that were just filled would join all of them for every one.
    portion = (
        select(*(getattr(Enrolment, name) for name in _OF_ENROLMENT))
        .where(Enrolment.school_id == school_id, Enrolment.person_id > bindparam("last"))
        # In the order of the one index that has the school in it: by `id` a country is read to find one school's children.
        .order_by(Enrolment.person_id)
        .limit(_PAGE)
        .subquery()
    )
    here = portion.c
    query = (
        select(
            *(here[name] for name in _OF_ENROLMENT),
            EckId.lookup,
            Person.first_name,
            Person.prefix,
            Person.surname,
            Group.las_key.label("group_key"),
        )
        .join(Person, Person.id == here.person_id)
        .outerjoin(EckId, EckId.person_id == here.person_id)
        .outerjoin(Group, and_(Group.id == here.group_id, Group.school_year == year))
        .order_by(here.person_id)
    )
    once, found, last = Once(), list[CurrentPupil](), 0
    while rows := (await db.execute(query, {"last": last})).all():
        found += (pupil for row in rows if not but_for(pupil := _pupil(row, subgroups, aliases, once)))
        last = rows[-1].person_id
        if len(rows) < _PAGE:
            break
        # Else they would be held beside those that follow.
        del rows
    found.sort(key=lambda pupil: pupil.id)
    return tuple(found)


def _pupil(row: Any, subgroups: Mapping[int, set[str]], aliases: Mapping[int, set[bytes]], once: Once) -> CurrentPupil:
    return CurrentPupil(
        id=row.id,
        person_id=row.person_id,
        key=row.las_key,
        eckid=row.lookup,
        first_name=once(row.first_name),
        prefix=once(row.prefix),
        surname=once(row.surname),
        year_group=once(row.year_group),
        group_key=once(row.group_key),
        subgroup_keys=frozenset(subgroups[row.id]) if row.id in subgroups else _NONE,
        ends_on=once(row.ends_on),
        active=row.active,
        picture=once(row.picture) or "",
        eckid_aliases=frozenset(aliases[row.person_id]) if row.person_id in aliases else _NONE,
    )


async def _staff(db: Db, school_id: int, year: str) -> tuple[CurrentColleague, ...]:
    groups: dict[int, set[Place]] = defaultdict(set)
    own_groups: dict[int, set[Place]] = defaultdict(set)
    for employment_id, source, kind, key in await db.execute(
        select(GroupTeacher.employment_id, GroupTeacher.source, Group.kind, Group.las_key)
        .join(Group, Group.id == GroupTeacher.group_id)
        .where(Group.school_id == school_id, Group.school_year == year)
    ):
        (groups if source == "las" else own_groups)[employment_id].add((cast(GroupKind, kind), key))
    roles: dict[int, set[str]] = defaultdict(set)
    for employment_id, role in await db.execute(
        select(EmploymentRole.employment_id, EmploymentRole.role)
        .join(Employment, Employment.id == EmploymentRole.employment_id)
        .where(Employment.school_id == school_id)
    ):
        roles[employment_id].add(role)
    bound = (
        select(_BINDINGS.c.id)
        .where(_BINDINGS.c.school_id == Employment.school_id, _BINDINGS.c.person_id == Employment.person_id)
        .correlate(Employment)
        .exists()
    )
    rows = await db.execute(
        select(Employment, Person.email, Person.first_name, Person.prefix, Person.surname, bound.label("bound"))
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id)
        .order_by(Employment.id)
    )
    return tuple(
        CurrentColleague(
            id=row.id,
            person_id=row.person_id,
            key=row.las_key,
            email=address.lower() if (address := row.email or row.told_email) else None,
            first_name=row.first_name,
            prefix=row.prefix,
            surname=row.surname,
            groups=frozenset(groups.get(row.id, ())),
            roles=frozenset(roles.get(row.id, ())),
            from_administration=row.source == "las",
            active=row.active,
            own_groups=frozenset(own_groups.get(row.id, ())),
            seated=row.seat_id is not None,
            was_substitute=row.bound and row.las_key is None and not row.active and row.id not in roles,
        )
        for row in rows
    )
