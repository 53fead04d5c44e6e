"""Undoing a reorganisation while the schools lived on (D17, D19): what took a place that comes back makes room, and no link is left across schools.

Imports since then may have brought children and groups back whom a split had taken elsewhere: the administration did not know of it yet. The same
key in the same administration is the same child or group.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from directory import roles
from directory.lifecycle import joining, one_place, trail
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.days import day_of
from directory.lifecycle.other_rooms import EXCLUSIONS
from directory.lifecycle.refusals import Refused
from directory.lifecycle.reorganisation_records import Known
from directory.lifecycle.trail import Row, Trail
from directory.models import Employment, EmploymentRole, Enrolment, Group, GroupTeacher, SubgroupMember
from directory.placeless import delete_placeless
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.core.portions import portions

DOUBLE = "dubbel"


async def put_back(
    db: Db, packed: bytes, school_ids: Collection[int], *, keyring: Keyring, since: datetime, now: datetime
) -> set[int]:
    """Puts back what a trail remembers, in the caller's transaction; returns who goes back with it. Raises `Refused` when what stands there now
    leaves no room.

    Whom somebody dismissed `since` then, or whose right to coordinate was taken, gets neither back.
    """
    dismissed = await _dismissed(db, school_ids, since=since)
    coordinating = await _coordinating(db, school_ids)
    try:
        for row in _coming_back(packed, Group):
            await _room_for_group(db, row)
        for row in _coming_back(packed, Enrolment):
            await _room_for_pupil(db, row, keyring)
        for row in _coming_back(packed, Employment):
            await _room_for_colleague(db, row, now=now)
        await trail.put_back(db, packed)
    except IntegrityError:
        raise Refused("clashes", "what came since then stands in the way") from None
    again = _made_again(packed)
    for one in dismissed:
        mine = Employment.person_id == one.person_id, or_(Employment.id == one.id, Employment.id.in_(again))
        ended = {"active": False, "inactive_since": one.inactive_since, "source": "platform"}
        await db.execute(update(Employment).where(*mine, Employment.active).values(ended))
    await _take_rights(db, again, coordinating, today=day_of(now))
    await _cut_across(db, school_ids)
    return {who for model in (Enrolment, Employment) for who in await _persons(db, packed, model)}


async def _persons(db: Db, packed: bytes, model: type[Enrolment] | type[Employment]) -> list[int]:
    ids = {row["id"] for row in _coming_back(packed, model)}
    found: list[int] = []
    for portion in portions(ids):
        found += (await db.execute(select(model.person_id).where(model.id.in_(portion)))).scalars()
    return found


async def keep_away(db: Db, known: Known, back: Collection[int]) -> None:
    """Whom a school kept away from a party since then, it keeps away still, when he goes back elsewhere; and so does the school to which he goes, if
    the two were one. Of a child who was one the account counts that is there again.
    """
    folded = dict(zip(known.detail.get("survivors", ()), known.detail.get("folded", ()), strict=True))
    places = await _places(db, known.school_ids, {*back, *folded, *folded.values()})
    rows = (await db.execute(select(EXCLUSIONS).where(EXCLUSIONS.c.school_id.in_(known.school_ids)))).all()
    new: set[tuple[int, int, int]] = set()
    for row in rows:
        who, at = row.person_id, row.school_id
        if who not in places or at in places[who]:
            continue
        if who in folded and at in places[folded[who]]:
            new.add((at, row.party_id, folded[who]))
        if known.kind != "transfer":
            new |= {(place, row.party_id, who) for place in places[who]}
    new -= {(row.school_id, row.party_id, row.person_id) for row in rows}
    await Trail(db).insert(
        EXCLUSIONS, [{"school_id": at, "party_id": party, "person_id": who} for at, party, who in sorted(new)]
    )


async def _places(db: Db, school_ids: Collection[int], person_ids: Collection[int]) -> dict[int, set[int]]:
    """At which of these schools these people have a place."""
    found: dict[int, set[int]] = {who: set() for who in person_ids}
    for portion in portions(person_ids):
        for model in (Enrolment, Employment):
            here = model.person_id.in_(portion), model.school_id.in_(school_ids)
            for row in await db.execute(select(model.person_id, model.school_id).where(*here)):
                found[row.person_id].add(row.school_id)
    return found


def _coming_back(packed: bytes, model: type[Group] | type[Enrolment] | type[Employment]) -> Iterator[Row]:
    """The rows of a table that get another school when it is undone, or come again."""
    for table, kind, rows in trail.unpacked(packed):
        if table.name == model.__tablename__ and kind in ("updated", "deleted"):
            yield from (row for row in rows if "school_id" in row)


def _made_again(packed: bytes) -> list[int]:
    """The employments that went up in another one and come again."""
    deleted = (
        rows for table, kind, rows in trail.unpacked(packed) if table is Employment.__table__ and kind == "deleted"
    )
    return [row["id"] for rows in deleted for row in rows]


async def _dismissed(db: Db, school_ids: Collection[int], *, since: datetime) -> Sequence[Any]:
    """The employments that somebody ended by hand since then. A substitution, which leaves no role behind, is none of these."""
    held = select(EmploymentRole.role).where(EmploymentRole.employment_id == Employment.id).correlate(Employment)
    by_hand = ~Employment.active, Employment.source == "platform", Employment.inactive_since > since
    query = select(Employment.id, Employment.person_id, Employment.inactive_since)
    return (await db.execute(query.where(Employment.school_id.in_(school_ids), *by_hand, held.exists()))).all()


async def _coordinating(db: Db, school_ids: Collection[int]) -> set[int]:
    """Who coordinates one of these schools now."""
    held = select(Employment.person_id).join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
    here = Employment.school_id.in_(school_ids), Employment.active, EmploymentRole.role.in_(roles.MANAGING)
    return set((await db.execute(held.where(*here))).scalars())


async def _take_rights(db: Db, again: Sequence[int], coordinating: Collection[int], *, today: date) -> None:
    """Of employments that are there again: coordinating only for who did so until now."""
    works = Employment.active, or_(Employment.ends_on.is_(None), Employment.ends_on >= today)
    theirs = select(Employment.id).where(Employment.id.in_(again), Employment.person_id.not_in(coordinating), *works)
    of = EmploymentRole.employment_id.in_(theirs), EmploymentRole.role.in_(roles.MANAGING)
    await db.execute(delete(EmploymentRole).where(*of))


async def _room_for_group(db: Db, row: Row) -> None:
    mine = (await db.execute(select(Group).where(Group.id == row["id"]))).one_or_none()
    if mine is None:
        return
    same = Group.school_year == mine.school_year, Group.kind == mine.kind, Group.las_key == row["las_key"]
    query = select(Group.id).where(Group.school_id == row["school_id"], *same, Group.id != row["id"])
    other = (await db.execute(query)).scalar()
    if other is None:
        return
    await db.execute(update(Enrolment).where(Enrolment.group_id == other).values(group_id=row["id"]))
    await _links_to(db, other, row["id"])
    key = steps.renewed(f"{DOUBLE}-{other}", row["las_key"])
    await db.execute(update(Group).where(Group.id == other).values(las_key=key, active=False))


async def _links_to(db: Db, other: int, mine: int) -> None:
    """Who teaches the one group or sits in it teaches the other, or sits there; who does both does so once."""
    for table, who in ((GroupTeacher, GroupTeacher.employment_id), (SubgroupMember, SubgroupMember.enrolment_id)):
        there = select(who).where(table.group_id == mine)
        both = list((await db.execute(there)).scalars())
        await db.execute(delete(table).where(table.group_id == other, who.in_(both)))
        await db.execute(update(table).where(table.group_id == other).values(group_id=mine))


async def _room_for_pupil(db: Db, row: Row, keyring: Keyring) -> None:
    person_id = await _whose(db, Enrolment, row)
    if person_id is None:
        return
    here = Enrolment.school_id == row["school_id"], Enrolment.id != row["id"]
    query = select(Enrolment.id, Enrolment.person_id).where(*here, Enrolment.las_key == row["las_key"])
    for other in (await db.execute(query)).all():
        if other.person_id != person_id:
            await _same_child(db, person_id, other, row["las_key"], keyring)
    double = (await db.execute(select(Enrolment.id).where(*here, Enrolment.person_id == person_id))).scalar()
    exists = (await db.execute(select(Enrolment.id).where(Enrolment.id == row["id"]))).first() is not None
    if double is not None and exists:
        await joining.make_one(Trail(db), keep_id=row["id"], drop_id=double, keyring=keyring)


async def _same_child(db: Db, person_id: int, other: Any, key: str, keyring: Keyring) -> None:
    """The administration told of it again and it got a second account: one again, unless two ECK-iDs say that they are two."""
    try:
        done = await joining.join(Trail(db), person_id, other.person_id, keyring=keyring)
    except Refused:
        apart = update(Enrolment).where(Enrolment.id == other.id)
        await db.execute(apart.values(las_key=steps.renewed(f"{DOUBLE}-{other.id}", key)))
        return
    await steps.end_sessions(db, (done.survivor_id, done.folded_id))
    await delete_placeless(db, (done.folded_id,))


async def _room_for_colleague(db: Db, row: Row, *, now: datetime) -> None:
    person_id = await _whose(db, Employment, row)
    exists = (await db.execute(select(Employment.id).where(Employment.id == row["id"]))).first() is not None
    here = select(Employment.id).where(Employment.school_id == row["school_id"], Employment.person_id == person_id)
    double = (await db.execute(here.where(Employment.id != row["id"]))).scalar()
    if double is not None and exists:
        await one_place.make_one(Trail(db), keep_id=row["id"], drop_id=double, now=now)


async def _whose(db: Db, table: type[Enrolment] | type[Employment], row: Row) -> int | None:
    if "person_id" in row:
        return int(row["person_id"])
    return (await db.execute(select(table.person_id).where(table.id == row["id"]))).scalar()


async def _cut_across(db: Db, school_ids: Collection[int]) -> None:
    """Nobody sits in a group of another school or teaches one."""
    elsewhere = Group.school_id != Enrolment.school_id
    away = select(Enrolment.id).join(Group, (Group.id == Enrolment.group_id) & elsewhere)
    lost = list((await db.execute(away.where(Enrolment.school_id.in_(school_ids)))).scalars())
    for some in portions(lost):
        await db.execute(update(Enrolment).where(Enrolment.id.in_(some)).values(group_id=None))
    sitting = select(SubgroupMember).join(Enrolment, Enrolment.id == SubgroupMember.enrolment_id)
    sitting = sitting.join(Group, (Group.id == SubgroupMember.group_id) & elsewhere)
    for place in (await db.execute(sitting.where(Enrolment.school_id.in_(school_ids)))).all():
        one = SubgroupMember.enrolment_id == place.enrolment_id, SubgroupMember.group_id == place.group_id
        await db.execute(delete(SubgroupMember).where(*one))
    teaching = select(GroupTeacher.employment_id, GroupTeacher.group_id)
    teaching = teaching.join(Employment, Employment.id == GroupTeacher.employment_id)
    teaching = teaching.join(Group, (Group.id == GroupTeacher.group_id) & (Group.school_id != Employment.school_id))
    for row in (await db.execute(teaching.where(Employment.school_id.in_(school_ids)))).all():
        link = GroupTeacher.employment_id == row.employment_id, GroupTeacher.group_id == row.group_id
        await db.execute(delete(GroupTeacher).where(*link))
