"""The pupils' part of applying a plan: enrolments, persons, ECK-iDs, subgroups, tile pictures."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from directory import eckid
from directory import pictures as tile_pictures
from directory.imports.load import portions
from directory.imports.persons import insert_persons, rename_persons
from directory.imports.pupil_steps import PupilStep
from directory.imports.records import PupilRecord
from directory.imports.snapshot import CurrentPupil, Place
from directory.imports.steps import Kind, arrivals, changes
from directory.models import EckId, Enrolment, SubgroupMember
from idp.core.crypto import Keyring
from idp.core.db import Db

Ids = Mapping[Place, int]

_STATED = ("las_key", "year_group", "ends_on", "picture")


async def apply_pupils(
    db: Db,
    school_id: int,
    steps: Sequence[PupilStep],
    groups: Ids,
    *,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Carries out the steps; returns the person ids of the new pupils and of those who left."""
    dealt = _deal(steps, pictures)
    new = arrivals(steps)
    persons = await insert_persons(db, "pupil", [(record, None) for record in new], now=now)
    changed = changes(steps)
    await rename_persons(db, [(pupil.person_id, record) for record, pupil, fields in changed if "name" in fields])
    eckids = {person_id: record.eckid for person_id, record in zip(persons, new, strict=True) if record.eckid}
    eckids |= {pupil.person_id: record.eckid for record, pupil, fields in changed if "eckid" in fields and record.eckid}
    await _insert_eckids(db, eckids, keyring)
    enrolments = await _enrol(db, school_id, dict(zip(persons, new, strict=True)), groups, dealt)
    await _update_enrolments(db, changed, groups, dealt)
    await _place_in_subgroups(db, enrolments, changed, groups)
    return persons, await _end(db, steps, now=now)


def _deal(steps: Sequence[PupilStep], pictures: Sequence[str]) -> dict[str, str]:
    """The tile picture of everybody who comes into a group, by key of the file."""
    taken: dict[str | None, list[str]] = defaultdict(list)
    arriving: dict[str | None, dict[str, str | None]] = defaultdict(dict)
    for step in steps:
        if step.record is not None and (step.kind in (Kind.NEW, Kind.MOVED) or "returned" in step.fields):
            arriving[step.record.group_key][step.record.key] = step.current.picture if step.current else None
        elif step.current is not None and step.current.active and step.kind is not Kind.GONE:
            taken[step.current.group_key].append(step.current.picture)
    return {
        key: picture
        for group, children in arriving.items()
        for key, picture in tile_pictures.deal(children, taken=taken[group], pictures=pictures).items()
    }


async def _insert_eckids(db: Db, eckids: Mapping[int, str], keyring: Keyring) -> None:
    rows = [
        {
            "person_id": person_id,
            "sealed": eckid.seal(keyring, person_id, value),
            "lookup": eckid.index(keyring, value),
        }
        for person_id, value in eckids.items()
    ]
    if rows:
        await db.execute(insert(EckId), rows)


async def _enrol(
    db: Db, school_id: int, new: Mapping[int, PupilRecord], groups: Ids, dealt: Mapping[str, str]
) -> dict[int, PupilRecord]:
    """New enrolments, by their ids."""
    if not new:
        return {}
    rows = [
        {"school_id": school_id, "person_id": person_id, "picture": dealt[record.key], **_stated(record, groups)}
        for person_id, record in new.items()
    ]
    inserted = await db.execute(insert(Enrolment).returning(Enrolment.id, Enrolment.person_id), rows)
    return {row.id: new[row.person_id] for row in inserted}


def _stated(record: PupilRecord, groups: Ids) -> dict[str, object]:
    """What the file states about an enrolment."""
    return {
        "las_key": record.key,
        "group_id": groups["stamgroep", record.group_key] if record.group_key else None,
        "year_group": record.year_group,
        "ends_on": record.ends_on,
    }


async def _update_enrolments(
    db: Db,
    changed: Sequence[tuple[PupilRecord, CurrentPupil, tuple[str, ...]]],
    groups: Ids,
    dealt: Mapping[str, str],
) -> None:
    """Everybody here is active afterwards. The group of those who did not move is left alone: the file may know of no groups at all."""
    stayed = [(record, pupil) for record, pupil, fields in changed if "group" not in fields]
    moved = [(record, pupil) for record, pupil, fields in changed if "group" in fields]
    for people, columns in ((stayed, _STATED), (moved, (*_STATED, "group_id"))):
        rows = [
            {"picture": dealt.get(record.key, pupil.picture), **_stated(record, groups)} | {"of": pupil.id}
            for record, pupil in people
        ]
        values: dict[str, Any] = {column: bindparam(f"to_{column}") for column in columns}
        here = update(Enrolment).where(Enrolment.id == bindparam("of"))
        if rows:
            await db.execute(
                here.values(**values, active=True, inactive_since=None),
                [{"of": row["of"], **{f"to_{column}": row[column] for column in columns}} for row in rows],
            )


async def _place_in_subgroups(
    db: Db,
    enrolments: Mapping[int, PupilRecord],
    changed: Sequence[tuple[PupilRecord, CurrentPupil, tuple[str, ...]]],
    groups: Ids,
) -> None:
    """New places, and all places of those for whom they changed; places of an earlier school year go with them."""
    again = {pupil.id: record for record, pupil, fields in changed if "subgroups" in fields}
    for portion in portions(again):
        await db.execute(delete(SubgroupMember).where(SubgroupMember.enrolment_id.in_(portion)))
    rows = [
        {"enrolment_id": enrolment_id, "group_id": groups["subgroep", key]}
        for enrolment_id, record in (*enrolments.items(), *again.items())
        for key in record.subgroup_keys
    ]
    if rows:
        await db.execute(insert(SubgroupMember), rows)


async def _end(db: Db, steps: Sequence[PupilStep], *, now: datetime) -> tuple[int, ...]:
    """Makes inactive who is gone, with the last day if the file tells it; returns their person ids."""
    gone = [(step.record, step.current) for step in steps if step.kind is Kind.GONE and step.current is not None]
    rows = [{"of": pupil.id, "to_ends_on": record.ends_on if record else pupil.ends_on} for record, pupil in gone]
    if rows:
        here = update(Enrolment).where(Enrolment.id == bindparam("of"))
        await db.execute(here.values(active=False, inactive_since=now, ends_on=bindparam("to_ends_on")), rows)
    return tuple(pupil.person_id for _, pupil in gone)
