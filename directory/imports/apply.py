"""Carries out a plan: everything or nothing, in the caller's one transaction, with a fixed number of statements.

Nobody is ever deleted: who is gone becomes inactive and keeps name, credentials and subject, so that coming back is coming home (D17, D19).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, or_, select, update

from directory import environments, people
from directory.imports.apply_pupils import apply_pupils
from directory.imports.apply_staff import apply_staff
from directory.imports.plan import Plan, check_school
from directory.imports.snapshot import Place
from directory.imports.staff_steps import proposals
from directory.imports.steps import arrivals, changes, departures
from directory.models import Group, GroupTeacher, School, SubgroupMember
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions


@dataclass(frozen=True, slots=True)
class Applied:
    """What follows an import. Who is new, by person id: children who need a secret, staff who need an activation mail; the new groups.

    `invited`: places (employment ids) with the address of an account elsewhere whose owner is to be invited to each. `proposed`: the
    administration's new addresses, by person id, for their owners to confirm (D15). None of it is for the school's eyes.
    """

    new_pupils: tuple[int, ...]
    new_staff: tuple[int, ...]
    new_groups: tuple[int, ...] = ()
    invited: tuple[tuple[int, str], ...] = field(default=(), repr=False)
    proposed: tuple[tuple[int, str], ...] = field(default=(), repr=False)


async def apply(
    db: Db, school: KnownSchool, plan: Plan, *, now: datetime, by: str, keyring: Keyring, pictures: Sequence[str]
) -> Applied:
    """Carries out a plan that was made in this same transaction. `pictures` are the tile pictures, the most different ones first.

    Afterwards the plan of the same file changes nothing. The ledger gets one entry with numbers. Raises `ImportRefused` for a plan of
    another school.
    """
    check_school(plan.school, brin=school.brin, location=school.location, instelling_ref=school.instelling_ref)
    groups = await _apply_groups(db, school.id, plan)
    if arrivals(plan.groups):
        behind = or_(School.school_year.is_(None), School.school_year < plan.school.school_year)
        await db.execute(
            update(School).where(School.id == school.id, behind).values(school_year=plan.school.school_year)
        )
    new_pupils, left = await apply_pupils(
        db, school.id, plan.pupils, groups, taken=plan.same.pictures, now=now, keyring=keyring, pictures=pictures
    )
    staff = await apply_staff(db, school.id, plan.staff, groups, now=now)
    await _end_sessions(db, [*left, *staff.left])
    await ledger.record(db, "import.applied", now=now, by=by, school_id=school.id, detail=plan.counts())
    made = tuple(groups[record.kind, record.key] for record in arrivals(plan.groups))
    return Applied(new_pupils, staff.new, made, staff.invited, proposals(plan.staff))


async def _apply_groups(db: Db, school_id: int, plan: Plan) -> dict[Place, int]:
    """Brings the groups up to date; returns the ids of the school year's groups."""
    year = plan.school.school_year
    new: list[dict[str, Any]] = [
        {"kind": record.kind, "las_key": record.key, "name": record.name, "year_group": record.year_group}
        for record in arrivals(plan.groups)
    ]
    changed = [
        {"of": group.id, "to_name": record.name, "to_year_group": record.year_group}
        for record, group, _ in changes(plan.groups)
    ]
    if new:
        goes_by = await environments.of_last_year(db, school_id, school_year=year)
        same = {"school_id": school_id, "school_year": year}
        made = [{**same, **group, "network_id": goes_by.get((group["kind"], group["name"]))} for group in new]
        await db.execute(insert(Group), made)
    if changed:
        here = update(Group).where(Group.id == bindparam("of"))
        values = here.values(name=bindparam("to_name"), year_group=bindparam("to_year_group"), active=True)
        await db.execute(values, changed)
    gone = [group.id for group in departures(plan.groups)]
    for portion in portions(gone):
        await db.execute(update(Group).where(Group.id.in_(portion)).values(active=False))
    # Within a year a group may come back with the next file; places in a group of an earlier year end with it.
    for portion in portions(group.id for group in departures(plan.groups) if group.school_year != year):
        await db.execute(delete(SubgroupMember).where(SubgroupMember.group_id.in_(portion)))
        await db.execute(delete(GroupTeacher).where(GroupTeacher.group_id.in_(portion)))
    rows = await db.execute(
        select(Group.id, Group.kind, Group.las_key).where(Group.school_id == school_id, Group.school_year == year)
    )
    return {(row.kind, row.las_key): row.id for row in rows}


async def _end_sessions(db: Db, person_ids: Sequence[int]) -> None:
    """Whoever left is signed out everywhere with this commit (D26)."""
    for portion in portions(person_ids):
        await people.end_sessions(db, *portion)
