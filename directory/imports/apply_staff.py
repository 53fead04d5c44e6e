"""The staff's part of applying a plan: employments, persons, links to groups. Never a right: a new colleague is a teacher (D20)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, update

from directory import roles
from directory.imports.elsewhere import active_elsewhere
from directory.imports.load import known_addresses
from directory.imports.persons import insert_persons, rename_persons
from directory.imports.records import StaffRecord
from directory.imports.snapshot import CurrentColleague, Place
from directory.imports.staff_steps import StaffStep, linked_groups, usable_address
from directory.imports.steps import arrivals, changes, departures
from directory.models import Employment, EmploymentRole, GroupTeacher
from idp.core.db import Db
from idp.core.portions import portions

Change = tuple[StaffRecord, CurrentColleague, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AppliedStaff:
    """Person ids of who is new and who left; places (employment ids) with the address whose owner is to be invited to each."""

    new: tuple[int, ...]
    left: tuple[int, ...]
    invited: tuple[tuple[int, str], ...] = field(repr=False)


async def apply_staff(
    db: Db, school_id: int, steps: Sequence[StaffStep], groups: Mapping[Place, int], *, now: datetime
) -> AppliedStaff:
    """Carries out the steps. An address that has an account already is not taken: its owner is to be invited to the place (D15)."""
    new = arrivals(steps)
    addresses = [usable_address(record) for record in new]
    known = await known_addresses(db, filter(None, addresses))
    own = [None if address in known else address for address in addresses]
    persons = await insert_persons(db, "staff", list(zip(new, own, strict=True)), now=now)
    mine = {person_id for person_id, address in zip(persons, own, strict=True) if address}
    employments = await _employ(db, school_id, dict(zip(persons, new, strict=True)), unanswered=mine)
    changed = changes(steps)
    await rename_persons(db, [(one.person_id, record) for record, one, fields in changed if "name" in fields])
    await _update_employments(db, changed)
    asked = await _ask_again(db, school_id, changed)
    relinked = {one.id: linked_groups(record) - one.own_groups for record, one, fields in changed if "groups" in fields}
    linked = {id_: linked_groups(record) for id_, record in employments.items()}
    await _link(db, linked | relinked, groups, anew=list(relinked))
    await _let_teach(db, [*employments, *_who_may_teach_now(changed)])
    gone = departures(steps)
    for portion in portions(one.id for one in gone):
        ended = {"active": False, "inactive_since": now}
        await db.execute(update(Employment).where(Employment.id.in_(portion)).values(ended))
    invited = tuple(
        (id_, told) for id_, record in employments.items() if (told := usable_address(record)) in known and told
    )
    return AppliedStaff(persons, tuple(one.person_id for one in gone), invited + asked)


async def _ask_again(db: Db, school_id: int, changed: Sequence[Change]) -> tuple[tuple[int, str], ...]:
    """Who left and is told of again while working at another school says first whether that is so; their places with the address to ask at."""
    back = {known.person_id: known for _, known, fields in changed if "returned" in fields and known.email}
    busy = [back[person_id] for person_id in sorted(await active_elsewhere(db, school_id, list(back)))]
    for portion in portions(one.id for one in busy):
        await db.execute(update(Employment).where(Employment.id.in_(portion)).values(unanswered=True))
    return tuple((one.id, one.email) for one in busy if one.email)


async def _employ(
    db: Db, school_id: int, new: Mapping[int, StaffRecord], *, unanswered: Container[int]
) -> dict[int, StaffRecord]:
    """New employments, by their ids. `unanswered`: persons whose account this very file makes."""
    if not new:
        return {}
    rows = [
        {"school_id": school_id, "person_id": person_id, "source": "las", "las_key": record.key}
        | {"told_email": usable_address(record), "unanswered": person_id in unanswered}
        for person_id, record in new.items()
    ]
    inserted = await db.execute(insert(Employment).returning(Employment.id, Employment.person_id), rows)
    return {row.id: new[row.person_id] for row in inserted}


async def _update_employments(db: Db, changed: Sequence[Change]) -> None:
    keys = [{"of": known.id, "to_key": record.key} for record, known, fields in changed if "key" in fields]
    if keys:
        here = update(Employment).where(Employment.id == bindparam("of"))
        await db.execute(here.values(las_key=bindparam("to_key")), keys)
    for portion in portions(known.id for _, known, fields in changed if "returned" in fields):
        back = {"active": True, "inactive_since": None}
        await db.execute(update(Employment).where(Employment.id.in_(portion)).values(back))


async def _link(
    db: Db, places: Mapping[int, frozenset[Place]], groups: Mapping[Place, int], *, anew: Sequence[int]
) -> None:
    """Links employments to their groups; those in `anew` lose all other links of the administration, those of an earlier year too."""
    for portion in portions(anew):
        gone = delete(GroupTeacher).where(GroupTeacher.employment_id.in_(portion), GroupTeacher.source == "las")
        await db.execute(gone)
    rows = [
        {"employment_id": employment_id, "group_id": groups[place], "source": "las"}
        for employment_id, linked in places.items()
        for place in sorted(linked)
    ]
    if rows:
        await db.execute(insert(GroupTeacher), rows)


def _who_may_teach_now(changed: Sequence[Change]) -> list[int]:
    """A coordinator without a teaching role, whom the administration now links to a group, teaches there (D20)."""
    return [
        known.id for _, known, fields in changed if "groups" in fields and not known.roles - {roles.ICT_COORDINATOR}
    ]


async def _let_teach(db: Db, employment_ids: Sequence[int]) -> None:
    rows = [{"employment_id": employment_id, "role": roles.TEACHER} for employment_id in employment_ids]
    if rows:
        await db.execute(insert(EmploymentRole), rows)
