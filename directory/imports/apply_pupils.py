"""The pupils' part of applying a plan: enrolments, persons, ECK-iDs, subgroups, tile pictures."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from directory import eckid
from directory import pictures as tile_pictures
from directory.imports.persons import insert_persons, rename_persons
from directory.imports.pupil_steps import PupilStep
from directory.imports.records import Once, PupilRecord
from directory.imports.snapshot import CurrentPupil, Place
from directory.imports.steps import Kind
from directory.models import EckId, Enrolment, SubgroupMember
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions

Ids = Mapping[Place, int]
Taken = Mapping[str | None, Sequence[str]]

Change = tuple[PupilRecord, CurrentPupil, tuple[str, ...], str]

_TOGETHER = 1_000
_STATED = ("las_key", "year_group", "ends_on", "picture")


async def apply_pupils(
    db: Db,
    school_id: int,
    steps: Sequence[PupilStep],
    groups: Ids,
    *,
    taken: Taken,
    now: datetime,
    keyring: Keyring,
    pictures: Sequence[str],
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Carries out the steps; returns the person ids of the new pupils and of those who left. `taken`: pictures of children without a step.

    By the thousand: nobody holds the rows of a whole region at once.
    """
    dealt = _deal(steps, pictures, taken=taken)
    new: list[int] = []
    coming = (
        (step.record, picture)
        for step, picture in zip(steps, dealt, strict=True)
        if step.kind is Kind.NEW and step.record and picture
    )
    for portion in portions(coming, most=_TOGETHER):
        new += await _let_in(db, school_id, portion, groups, now=now, keyring=keyring)
    for changed in portions(_changes(steps, dealt), most=_TOGETHER):
        await _change(db, changed, groups, keyring=keyring)
    return tuple(new), await _end(db, steps, now=now)


def _changes(steps: Sequence[PupilStep], dealt: Iterable[str | None]) -> Iterator[Change]:
    """What the file says, what we have, in which fields they differ, and the picture from now on."""
    for step, picture in zip(steps, dealt, strict=True):
        if step.kind in (Kind.CHANGED, Kind.MOVED) and step.record is not None and step.current is not None:
            yield step.record, step.current, step.fields, picture or step.current.picture


async def _change(db: Db, changed: Sequence[Change], groups: Ids, *, keyring: Keyring) -> None:
    """Names, ECK-iDs, enrolments and places of children who were here."""
    await rename_persons(db, [(pupil.person_id, record) for record, pupil, fields, _ in changed if "name" in fields])
    eckids = {
        pupil.person_id: record.eckid for record, pupil, fields, _ in changed if "eckid" in fields and record.eckid
    }
    await _insert_eckids(db, eckids, keyring)
    await _update_enrolments(db, changed, groups)
    again = {pupil.id: record for record, pupil, fields, _ in changed if "subgroups" in fields}
    await _place_in_subgroups(db, again, groups, anew=True)


async def _let_in(
    db: Db,
    school_id: int,
    new: Sequence[tuple[PupilRecord, str]],
    groups: Ids,
    *,
    now: datetime,
    keyring: Keyring,
) -> tuple[int, ...]:
    """Persons, ECK-iDs, enrolments and places of newcomers with their pictures; returns the person ids."""
    ids = await insert_persons(db, "pupil", [(record, None) for record, _ in new], now=now)
    persons = dict(zip(ids, new, strict=True))
    await _insert_eckids(db, {person: record.eckid for person, (record, _) in persons.items() if record.eckid}, keyring)
    enrolments = await _enrol(db, school_id, persons, groups)
    await _place_in_subgroups(db, enrolments, groups, anew=False)
    return ids


def _deal(steps: Sequence[PupilStep], pictures: Sequence[str], *, taken: Taken) -> Sequence[str | None]:
    """Gives everybody who comes into a group a tile picture: one for each step, None for whoever does not come into one."""
    others: dict[str | None, list[str]] = defaultdict(list)
    arriving: dict[str | None, dict[int, str | None]] = defaultdict(dict)
    once = Once()
    for place, step in enumerate(steps):
        if step.record is not None and (step.kind in (Kind.NEW, Kind.MOVED) or "returned" in step.fields):
            arriving[step.record.group_key][place] = once(step.current.picture) if step.current else None
        elif step.current is not None and step.current.active and step.kind is not Kind.GONE:
            others[step.current.group_key].append(step.current.picture)
    dealt: list[str | None] = [None] * len(steps)
    for group, brought in arriving.items():
        used = (*taken.get(group, ()), *others.get(group, ()))
        for place, picture in tile_pictures.deal(brought, taken=used, pictures=pictures).items():
            dealt[place] = picture
    return dealt


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
    db: Db, school_id: int, new: Mapping[int, tuple[PupilRecord, str]], groups: Ids
) -> dict[int, PupilRecord]:
    """New enrolments, by their ids."""
    rows = [
        {"school_id": school_id, "person_id": person_id, "picture": picture, **_stated(record, groups)}
        for person_id, (record, picture) in new.items()
    ]
    inserted = await db.execute(insert(Enrolment).returning(Enrolment.id, Enrolment.person_id), rows)
    return {row.id: new[row.person_id][0] for row in inserted}


def _stated(record: PupilRecord, groups: Ids) -> dict[str, object]:
    """What the file states about an enrolment."""
    return {
        "las_key": record.key,
        "group_id": groups["stamgroep", record.group_key] if record.group_key else None,
        "year_group": record.year_group,
        "ends_on": record.ends_on,
    }


async def _update_enrolments(db: Db, changed: Sequence[Change], groups: Ids) -> None:
    """Everybody here is active afterwards. The group of those who did not move is left alone: the file may know of no groups at all."""
    stayed = [one for one in changed if "group" not in one[2]]
    moved = [one for one in changed if "group" in one[2]]
    for people, columns in ((stayed, _STATED), (moved, (*_STATED, "group_id"))):
        values: dict[str, Any] = {column: bindparam(f"to_{column}") for column in columns}
        here = update(Enrolment).where(Enrolment.id == bindparam("of"))
        rows = []
        for record, pupil, _, picture in people:
            told = {"picture": picture, **_stated(record, groups)}
            rows.append({"of": pupil.id, **{f"to_{column}": told[column] for column in columns}})
        if rows:
            await db.execute(here.values(**values, active=True, inactive_since=None), rows)


async def _place_in_subgroups(db: Db, enrolments: Mapping[int, PupilRecord], groups: Ids, *, anew: bool) -> None:
    """Places by enrolment; with `anew` all others of theirs go, those of an earlier school year with them."""
    for portion in portions(enrolments if anew else ()):
        await db.execute(delete(SubgroupMember).where(SubgroupMember.enrolment_id.in_(portion)))
    rows = [
        {"enrolment_id": enrolment_id, "group_id": groups["subgroep", key]}
        for enrolment_id, record in enrolments.items()
        for key in record.subgroup_keys
    ]
    if rows:
        await db.execute(insert(SubgroupMember), rows)


async def _end(db: Db, steps: Sequence[PupilStep], *, now: datetime) -> tuple[int, ...]:
    """Makes inactive who is gone, with the last day if the file tells it; returns their person ids."""
    gone = ((step.record, step.current) for step in steps if step.kind is Kind.GONE and step.current is not None)
    here = update(Enrolment).where(Enrolment.id == bindparam("of"))
    end = here.values(active=False, inactive_since=now, ends_on=bindparam("to_ends_on"))
    left: list[int] = []
    for some in portions(gone, most=_TOGETHER):
        left += (pupil.person_id for _, pupil in some)
        rows = [{"of": pupil.id, "to_ends_on": record.ends_on if record else pupil.ends_on} for record, pupil in some]
        await db.execute(end, rows)
    return tuple(left)
