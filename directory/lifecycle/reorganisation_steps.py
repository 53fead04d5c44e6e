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
from directory.models import Employment, GroupTeacher, School, SubgroupMember
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
