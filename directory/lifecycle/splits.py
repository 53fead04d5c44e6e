"""Groups go to another account with everybody in them; what may be lost at publishers is said beforehand (R153, R154).

The pupils keep secret, subjects and ECK-iD. Their key stays too: the new administration begins as a copy of the old one.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Row, select

from directory import roles, schools
from directory.lifecycle import joining, moved_keys, one_place, present
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.models import HeldMail, SubstituteBinding, SubstituteDelegate, SubstituteSeat
from directory.lifecycle.rehearsal import Notable, Rehearsal
from directory.lifecycle.reorganisation_requests import Split
from directory.lifecycle.trail import Trail
from directory.models import Employment, EmploymentRole, Enrolment, Group, GroupTeacher, SubgroupMember
from idp.core.crypto import Keyring
from idp.core.db import Db


@dataclass(frozen=True, slots=True)
class Division:
    """Where everybody goes: enrolments and groups to one school; staff to one or more, the old one among them if they stay there too."""

    groups: Mapping[int, int]
    enrolments: Mapping[int, int]
    persons: Mapping[int, frozenset[int]]
    employments: Mapping[int, frozenset[int]]
    strangers: bool


def divide_staff(
    links: Mapping[int, frozenset[int]], coordinators: frozenset[int], *, source_id: int, targets: frozenset[int]
) -> dict[int, frozenset[int]]:
    """Where each employment goes, by id: to the schools of its groups; without groups it stays; coordinators are at all of them. Pure."""
    return {
        employment_id: places | targets | {source_id}
        if employment_id in coordinators
        else places or frozenset({source_id})
        for employment_id, places in links.items()
    }


async def divide(db: Db, wanted: Split) -> Division:
    """The division as it would be now."""
    here = wanted.source_id
    asked = {int(group_id): school_id for group_id, school_id in wanted.groups.items()}
    own = set((await db.execute(select(Group.id).where(Group.school_id == here))).scalars())
    exceptions = {int(enrolment_id): school_id for enrolment_id, school_id in wanted.pupils.items()}
    query = select(Enrolment.id, Enrolment.person_id, Enrolment.group_id).where(Enrolment.school_id == here)
    enrolments, persons = {}, defaultdict(set)
    for row in await db.execute(query):
        to = exceptions.get(row.id, asked.get(row.group_id, here))
        if to != here:
            enrolments[row.id] = to
            persons[to].add(row.person_id)
    groups = {group_id: school_id for group_id, school_id in asked.items() if group_id in own and school_id != here}
    targets = frozenset({*groups.values(), *enrolments.values()})
    links, coordinators = await _links(db, here, groups)
    return Division(
        groups=groups,
        enrolments=enrolments,
        persons={school_id: frozenset(who) for school_id, who in persons.items()},
        employments=divide_staff(links, coordinators, source_id=here, targets=targets),
        strangers=bool(asked.keys() - own),
    )


async def _links(db: Db, school_id: int, groups: Mapping[int, int]) -> tuple[dict[int, frozenset[int]], frozenset[int]]:
    """The schools that each active employment's active groups will be at; and the employments of coordinators."""
    found: dict[int, set[int]] = {}
    query = (
        select(Employment.id, Group.id.label("group_id"))
        .outerjoin(GroupTeacher, GroupTeacher.employment_id == Employment.id)
        .outerjoin(Group, (Group.id == GroupTeacher.group_id) & Group.active)
        .where(Employment.school_id == school_id, Employment.active)
    )
    for row in await db.execute(query):
        places = found.setdefault(row.id, set())
        if row.group_id is not None:
            places.add(groups.get(row.group_id, school_id))
    seats = (
        select(Employment.id, SubstituteSeat.group_id)
        .join(SubstituteSeat, SubstituteSeat.id == Employment.seat_id)
        .where(Employment.school_id == school_id, Employment.active)
    )
    for row in await db.execute(seats):
        found[row.id].add(groups.get(row.group_id, school_id))
    managing = select(EmploymentRole.employment_id).where(
        EmploymentRole.employment_id.in_(found), EmploymentRole.role == roles.ICT_COORDINATOR
    )
    coordinators = frozenset((await db.execute(managing)).scalars())
    return {employment_id: frozenset(places) for employment_id, places in found.items()}, coordinators


async def rehearse(db: Db, wanted: Split, *, today: date) -> Rehearsal:
    """What it would do now. Changes nothing."""
    division = await divide(db, wanted)
    here = wanted.source_id
    goes = [places - {here} for places in division.employments.values()]
    obstacles = []
    if await present.any_closed(db, [school_id for school_id, _ in wanted.schools]):
        obstacles.append("closed")
    if division.strangers:
        obstacles.append("not_a_group")
    if not division.enrolments and not division.groups:
        obstacles.append("nothing_moves")
    return Rehearsal(
        kind="split",
        counts={
            "moves": len(division.enrolments),
            "groups": len(division.groups),
            "staff": sum(bool(places) for places in goes),
        },
        notable=tuple([note async for note in _notable(db, wanted, division, today=today)]),
        obstacles=tuple(obstacles),
        school_ids=tuple(school_id for school_id, _ in wanted.schools),
    )


async def _notable(db: Db, wanted: Split, division: Division, *, today: date) -> AsyncIterator[Notable]:
    yield Notable("couplings_by_hand")
    yield Notable("imports_final")
    was = await present.ticked(db, (wanted.source_id,))
    for school_id, persons in sorted(division.persons.items()):
        told = await present.know(db, was, persons)
        ticked = await present.ticked(db, (school_id,))
        for party_id, number in told.items():
            yield Notable("results_may_be_lost", number, party_id=party_id, school_id=school_id)
            if party_id not in ticked:
                yield Notable("not_ticked", number, party_id=party_id, school_id=school_id)
        if not await present.networked(db, school_id):
            yield Notable("no_network", len(persons), school_id=school_id)
        if not await present.agreed(db, school_id, today=today):
            yield Notable("no_agreement", school_id=school_id)


async def carry_out(trail: Trail, wanted: Split, *, now: datetime, keyring: Keyring) -> dict[str, list[int]]:
    """Does it."""
    division = await divide(trail.db, wanted)
    here = wanted.source_id
    gone = [one for one, places in division.employments.items() if here not in places]
    await moved_keys.remember(trail, here, list(division.enrolments), gone, now=now)
    await _move_groups(trail, here, division)
    await _move_enrolments(trail, division, keyring)
    await _leave_groups_behind(trail, here, division)
    staff = await _divide_employments(trail, here, division, now=now)
    await _substitutes_along(trail, division)
    for school_id, persons in division.persons.items():
        await steps.begin_year(trail, from_id=here, to_id=school_id)
        await steps.keep_away(trail, from_id=here, to_id=school_id, person_ids=persons)
    moved = {who for persons in division.persons.values() for who in persons}
    await steps.end_sessions(trail.db, moved | staff)
    return {}


async def _move_groups(trail: Trail, here: int, division: Division) -> None:
    source = await schools.by_id(trail.db, here)
    rows = (await trail.db.execute(select(Group).where(Group.id.in_(division.groups)))).all()
    targets = set(division.groups.values())
    there = await trail.db.execute(
        select(Group.school_id, Group.school_year, Group.kind, Group.las_key).where(Group.school_id.in_(targets))
    )
    taken = {tuple(row) for row in there}
    moving = []
    for row in rows:
        to = division.groups[row.id]
        clash = (to, row.school_year, row.kind, row.las_key) in taken
        key = steps.renewed(source.code, row.las_key) if clash else row.las_key
        moving.append({"id": row.id, "school_id": to, "las_key": key})
    await steps.keep_links(trail, list(division.groups))
    await trail.update_each(Group, moving, also=("active",))


async def _move_enrolments(trail: Trail, division: Division, keyring: Keyring) -> None:
    """Who is enrolled at the other school already has one enrolment there afterwards."""
    going = (await trail.db.execute(select(Enrolment).where(Enrolment.id.in_(division.enrolments)))).all()
    people, targets = {row.person_id for row in going}, set(division.enrolments.values())
    known = await trail.db.execute(
        select(Enrolment.id, Enrolment.person_id, Enrolment.school_id).where(
            Enrolment.person_id.in_(people), Enrolment.school_id.in_(targets)
        )
    )
    there = {(row.person_id, row.school_id): row.id for row in known}
    alone = []
    for row in going:
        to = division.enrolments[row.id]
        if keep_id := there.get((row.person_id, to)):
            await joining.make_one(trail, keep_id=keep_id, drop_id=row.id, keyring=keyring)
        else:
            alone.append({"id": row.id, "school_id": to})
    await trail.update_each(Enrolment, alone, also=steps.CAME_WITH)


async def _leave_groups_behind(trail: Trail, here: int, division: Division) -> None:
    """A pupil who goes elsewhere than its group or subgroup has no place in it any more."""
    schools = {*division.groups.values(), *division.enrolments.values(), here}
    away = await trail.db.execute(
        select(Enrolment.id)
        .join(Group, Group.id == Enrolment.group_id)
        .where(Enrolment.school_id.in_(schools), Group.school_id != Enrolment.school_id)
    )
    await trail.update_each(Enrolment, [{"id": enrolment_id, "group_id": None} for enrolment_id in away.scalars()])
    apart = await trail.db.execute(
        select(SubgroupMember.enrolment_id, SubgroupMember.group_id)
        .join(Enrolment, Enrolment.id == SubgroupMember.enrolment_id)
        .join(Group, Group.id == SubgroupMember.group_id)
        .where(Enrolment.school_id.in_(schools), Group.school_id != Enrolment.school_id)
    )
    for enrolment_id, group_id in apart.all():
        of = SubgroupMember.enrolment_id == enrolment_id
        await trail.delete(SubgroupMember, of, SubgroupMember.group_id == group_id)


async def _divide_employments(trail: Trail, here: int, division: Division, *, now: datetime) -> set[int]:
    """Moves whoever goes altogether, and gives whoever goes partly an employment there too; returns those persons."""
    going = {one: places for one, places in division.employments.items() if places != {here}}
    rows = (await trail.db.execute(select(Employment).where(Employment.id.in_(going)))).all()
    for row in rows:
        first, *others = sorted(going[row.id], key=lambda school_id: (school_id != here, school_id))
        at = {first: row.id}
        for school_id in others:
            at[school_id] = await _employed_at(trail, row, school_id, now=now)
        if first != here:
            await _move(trail, row, first, at, now=now)
        await _links_along(trail, row.id, at)
    return {row.person_id for row in rows}


async def _move(trail: Trail, row: "Row[Employment]", to: int, at: dict[int, int], *, now: datetime) -> None:
    """Somebody who works at the other school already keeps that employment; else this one goes there."""
    known = await _known_at(trail.db, row.person_id, to)
    await trail.delete(SubstituteDelegate, SubstituteDelegate.employment_id == row.id)
    if known is None:
        moving = [{"id": row.id, "school_id": to}]
        await steps.move_employments(trail, moving, {row.id} if row.source == "las" else ())
        await trail.update(HeldMail, HeldMail.employment_id == row.id, school_id=to)
        return
    await one_place.make_one(trail, keep_id=known, drop_id=row.id, now=now)
    at[to] = known


_SAME: Final = (
    "person_id",
    "las_key",
    "source",
    "told_email",
    "unanswered",
    "active",
    "inactive_since",
    "ends_on",
    "reviewed_on",
)
"""Whoever has not said yes to the one school has not said it to the other (D15)."""


async def _employed_at(trail: Trail, row: "Row[Employment]", school_id: int, *, now: datetime) -> int:
    """An employment of the same person at another school, with the same roles; a new one if there is none."""
    known = await _known_at(trail.db, row.person_id, school_id)
    if known is None:
        same = {name: getattr(row, name) for name in _SAME}
        made = await trail.insert(Employment, [{"school_id": school_id, **same}])
        known = int(made[0]["id"])
    await one_place.go_on(trail, keep_id=known, like_id=row.id, now=now)
    return known


async def _known_at(db: Db, person_id: int, school_id: int) -> int | None:
    query = select(Employment.id).where(Employment.person_id == person_id, Employment.school_id == school_id)
    return (await db.execute(query)).scalar()


async def _links_along(trail: Trail, employment_id: int, at: Mapping[int, int]) -> None:
    """Links to groups that went to another school hang on the employment there."""
    query = select(GroupTeacher.group_id, GroupTeacher.source, Group.school_id).join(
        Group, Group.id == GroupTeacher.group_id
    )
    rows = (await trail.db.execute(query.where(GroupTeacher.employment_id == employment_id))).all()
    for row in rows:
        to = at.get(row.school_id)
        if to is None or to == employment_id:
            continue
        link = GroupTeacher.employment_id == employment_id, GroupTeacher.group_id == row.group_id
        await trail.delete(GroupTeacher, *link)
        there = select(GroupTeacher.group_id).where(
            GroupTeacher.employment_id == to, GroupTeacher.group_id == row.group_id
        )
        if (await trail.db.execute(there)).first() is None:
            await trail.insert(GroupTeacher, [{"employment_id": to, "group_id": row.group_id, "source": row.source}])


async def _substitutes_along(trail: Trail, division: Division) -> None:
    """Who sits in a group's seat sits there at the other school."""
    for group_id, school_id in division.groups.items():
        seats = select(SubstituteSeat.id).where(SubstituteSeat.group_id == group_id)
        await trail.update(SubstituteBinding, SubstituteBinding.seat_id.in_(seats), school_id=school_id)
