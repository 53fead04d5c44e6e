"""What several kinds of reorganisation do alike: schools held, couplings by hand, sessions ended, imports settled."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select, update

from directory import people
from directory.imports import couplings
from directory.imports.models import Coupling, ImportRun
from directory.lifecycle.other_rooms import EXCLUSIONS
from directory.lifecycle.trail import Trail
from directory.models import Employment, EmploymentRole, GroupTeacher, School, SubgroupMember
from idp.core.db import Db
from idp.core.portions import portions

WAITING = ("planned", "held", "waiting")


async def hold(db: Db, school_ids: Collection[int]) -> None:
    """Makes imports and other reorganisations of these schools wait until this transaction ends; always in the same order."""
    await db.execute(select(School.id).where(School.id.in_(school_ids)).order_by(School.id).with_for_update())


async def couplings_by_hand(db: Db, school_ids: Collection[int], *, now: datetime, by: str) -> list[int]:
    """Puts the automatic couplings of these schools on manual, recorded (R152); returns whose they were. It stays so when all is undone."""
    which = Coupling.school_id.in_(school_ids), Coupling.mode == "automatic"
    found = list((await db.execute(select(Coupling.school_id).where(*which).order_by(Coupling.school_id))).scalars())
    await couplings.to_manual(db, found, now=now, by=by)
    return found


async def end_sessions(db: Db, person_ids: Iterable[int]) -> None:
    """Whoever goes elsewhere signs in anew, there (D26)."""
    for portion in portions(person_ids):
        await people.end_sessions(db, *portion)


async def settle_imports(db: Db, school_ids: Collection[int], *, now: datetime) -> None:
    """Imports that wait are replaced and those that were applied are final: both were about the school as it was."""
    here = ImportRun.school_id.in_(school_ids)
    waiting = update(ImportRun).where(here, ImportRun.state.in_(WAITING))
    await db.execute(waiting.values(state="replaced", ended_at=now, content=None))
    await db.execute(update(ImportRun).where(here).values(inverse=None, undo_until=None))


async def keep_away(trail: Trail, *, from_id: int, to_id: int, person_ids: Collection[int]) -> None:
    """Whom the one school keeps away from a party, the other keeps away too."""
    rows = await trail.db.execute(select(EXCLUSIONS).where(EXCLUSIONS.c.school_id.in_((from_id, to_id))))
    found = [(row.school_id, row.party_id, row.person_id) for row in rows]
    have = {(party, person) for school, party, person in found if school == to_id}
    new = [
        {"school_id": to_id, "party_id": party, "person_id": person}
        for school, party, person in found
        if school == from_id and person in person_ids and (party, person) not in have
    ]
    await trail.insert(EXCLUSIONS, new)


CAME_WITH: Final = ("las_key", "group_id", "year_group", "active", "inactive_since", "ends_on")
"""What an import at the other school changes about an enrolment that was moved there, and undoing puts back."""


async def keep_links(trail: Trail, group_ids: Collection[int]) -> None:
    """Remembers who sits in these groups and teaches them: the next import at the other school may know the groups by other keys."""
    for portion in portions(group_ids):
        await trail.keep(GroupTeacher, GroupTeacher.group_id.in_(portion))
        await trail.keep(SubgroupMember, SubgroupMember.group_id.in_(portion))


async def move_employments(trail: Trail, rows: Sequence[Mapping[str, object]], from_las: Collection[int]) -> None:
    """Moves employments. Whom an import let go meanwhile, because the other school's says nothing about him, works again when it is undone.

    Not whom somebody ended by hand: `from_las` are the employments that the administration told of.
    """
    theirs = [row for row in rows if row["id"] in from_las]
    await trail.update_each(Employment, theirs, also=("active", "inactive_since", "ends_on"))
    await trail.update_each(Employment, [row for row in rows if row["id"] not in from_las])


async def begin_year(trail: Trail, *, from_id: int, to_id: int) -> None:
    """An account that had no import yet is, with its new groups, in the school year of the school that they come from."""
    year = (await trail.db.execute(select(School.school_year).where(School.id == from_id))).scalar()
    await trail.update(School, School.id == to_id, School.school_year.is_(None), school_year=year)


def renewed(code: str, key: str) -> str:
    """The key of another administration, so that it cannot be taken for one of the school's own."""
    return f"{code}/{key}"[:256]


async def one_employment(trail: Trail, *, keep_id: int, drop_id: int) -> None:
    """Of two employments of one person at one school one is left, with the roles and groups of both."""
    rows = await trail.db.execute(select(Employment).where(Employment.id.in_((keep_id, drop_id))))
    found = {row.id: row for row in rows}
    keep, drop = found[keep_id], found[drop_id]
    await _roles_along(trail, keep_id=keep_id, drop_id=drop_id)
    await _groups_along(trail, keep_id=keep_id, drop_id=drop_id)
    await trail.delete(Employment, Employment.id == drop_id)
    values: dict[str, object] = {"seat_id": keep.seat_id or drop.seat_id}
    if drop.active:
        # Here to stay by the one and until a day by the other: here to stay.
        ends = (keep.ends_on, drop.ends_on) if keep.active else (drop.ends_on,)
        values |= {"active": True, "inactive_since": None, "ends_on": None if None in ends else max(ends)}
    if "platform" in (keep.source, drop.source):
        values["source"] = "platform"
    await trail.update(Employment, Employment.id == keep_id, **values)


async def _roles_along(trail: Trail, *, keep_id: int, drop_id: int) -> None:
    held = await _of(trail.db, EmploymentRole, ("role",), (keep_id, drop_id))
    new = [row for row in held[drop_id] if row not in held[keep_id]]
    await trail.insert(EmploymentRole, [{"employment_id": keep_id, **row} for row in new])
    await trail.delete(EmploymentRole, EmploymentRole.employment_id == drop_id)


async def _groups_along(trail: Trail, *, keep_id: int, drop_id: int) -> None:
    held = await _of(trail.db, GroupTeacher, ("group_id", "source"), (keep_id, drop_id))
    have = {row["group_id"] for row in held[keep_id]}
    new = [row for row in held[drop_id] if row["group_id"] not in have]
    await trail.insert(GroupTeacher, [{"employment_id": keep_id, **row} for row in new])
    await trail.delete(GroupTeacher, GroupTeacher.employment_id == drop_id)


async def _of(
    db: Db, table: type[EmploymentRole] | type[GroupTeacher], names: Sequence[str], employment_ids: Sequence[int]
) -> Mapping[int, list[dict[str, object]]]:
    rows = await db.execute(select(table).where(table.employment_id.in_(employment_ids)))
    found: dict[int, list[dict[str, object]]] = {employment_id: [] for employment_id in employment_ids}
    for row in rows:
        found[row.employment_id].append({name: getattr(row, name) for name in names})
    return found
