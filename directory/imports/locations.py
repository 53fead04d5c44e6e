"""One administration that delivers several locations (D13): whose location is whose account, and the parting of what was read.

The school whose administration it is says which of its locations is another school account; nothing goes there before that account
agreed, and nothing any longer once either side withdrew. Each account gets its own part as if it were a file of its own, and takes it in
through its own plan.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, delete, insert, select, update

from directory import schools
from directory.imports.models import Coupling, DeliveredLocation
from directory.imports.plan import check_school
from directory.imports.pressed import Press
from directory.imports.records import Administration, GroupKind, PupilRecord, StaffRecord
from directory.schools import KnownSchool
from idp.core import ledger
from idp.core.db import Db

Place = tuple[GroupKind, str]
Target = TypeVar("Target", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Delivered:
    """That pupils of the location `key` in the administration of one school belong to the account of another."""

    id: int
    school_id: int
    key: str
    target_school_id: int
    agreed: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What one school account gets of an administration."""

    school: KnownSchool
    administration: Administration


def split(administration: Administration, targets: Mapping[str, Target]) -> dict[Target | None, Administration]:
    """Parts an administration by whose each location is (`targets`, by key); under None what stays with the school whose it is. Pure.

    A pupil goes with its location, a group with its pupils (also to two accounts, where pupils of both sit in it), staff with the groups
    that they are linked to. Groups without pupils and staff without groups stay. Whoever has no pupil in it gets no part: an empty one
    would say nothing anyway.
    """
    parts = {None: Press[PupilRecord]()} | {target: Press[PupilRecord]() for target in targets.values()}
    for pupil in administration.pupils:
        parts[targets.get(pupil.location_key or "")].add(pupil)
    pupils = {target: row for target, part in parts.items() if (row := part.row()) or target is None}
    if pupils.keys() == {None}:
        return {None: administration}
    seats = {target: _seats(theirs) for target, theirs in pupils.items()}
    filled = frozenset[Place]().union(*seats.values())
    seats[None] |= {(group.kind, group.key) for group in administration.groups} - filled
    return {
        target: Administration(
            school=administration.school,
            locations=tuple(one for one in administration.locations if targets.get(one.key) == target),
            groups=tuple(group for group in administration.groups if (group.kind, group.key) in seats[target]),
            pupils=theirs,
            staff=tuple(_staff(administration, seats[target], stays=target is None)),
            # What was read around concerns the file, and is told to the school whose it is.
            warnings=administration.warnings if target is None else (),
        )
        for target, theirs in pupils.items()
    }


def _seats(pupils: Collection[PupilRecord]) -> frozenset[Place]:
    found: set[Place] = {("stamgroep", pupil.group_key) for pupil in pupils if pupil.group_key is not None}
    return frozenset(found.union(("subgroep", key) for pupil in pupils for key in pupil.subgroup_keys))


def _staff(administration: Administration, seats: frozenset[Place], *, stays: bool) -> list[StaffRecord]:
    found = []
    for colleague in administration.staff:
        links = tuple(link for link in colleague.groups if (link.kind, link.group_key) in seats)
        if links or (stays and not colleague.groups):
            found.append(replace(colleague, groups=links))
    return found


async def parts(db: Db, school: KnownSchool, administration: Administration) -> list[Part]:
    """The school's own part first, then those of the accounts that agreed. Raises `ImportRefused` for an administration of another school."""
    check_school(
        administration.school, brin=school.brin, location=school.location, instelling_ref=school.instelling_ref
    )
    targets = {one.key: one.target_school_id for one in await delivered_by(db, school.id) if one.agreed}
    parted = split(administration, targets)
    found = [Part(school, parted.pop(None))]
    for target in await schools.by_ids(db, [each for each in parted if each is not None]):
        named = replace(administration.school, instelling_ref=target.instelling_ref)
        found.append(Part(target, replace(parted[target.id], school=named)))
    return found


async def delivered_by(db: Db, school_id: int) -> list[Delivered]:
    """The locations of a school's administration that are other accounts, by key."""
    return await _listed(db, DeliveredLocation.school_id == school_id)


async def delivered_to(db: Db, school_id: int) -> list[Delivered]:
    """What other schools' administrations would deliver to this account, agreed or not."""
    return await _listed(db, DeliveredLocation.target_school_id == school_id)


async def deliver(db: Db, school_id: int, key: str, *, to: int, now: datetime, by: str) -> Delivered:
    """Says that the location with this key is the account `to`; it has to agree. Another account than before has to agree anew.

    Raises `ValueError` for an empty key or the school itself.
    """
    key = key.strip()
    if not key or len(key) > 256 or to == school_id:
        raise ValueError("a location is delivered by its key, to another school account than its own")
    known = next((one for one in await delivered_by(db, school_id) if one.key == key), None)
    if known is not None and known.target_school_id == to:
        return known
    if known is not None:
        await db.execute(delete(DeliveredLocation).where(DeliveredLocation.id == known.id))
    values = {"school_id": school_id, "location_key": key, "target_school_id": to}
    made = (await db.execute(insert(DeliveredLocation).values(values).returning(DeliveredLocation.id))).scalar_one()
    await ledger.record(
        db, "location.delivered", now=now, by=by, school_id=school_id, detail={"location": made, "to": to}
    )
    return Delivered(made, school_id, key, to, agreed=False)


async def agree(db: Db, target_school_id: int, delivered_id: int, *, now: datetime, by: str) -> None:
    """The account agrees to get its pupils from there. Agreeing twice changes nothing.

    Raises `LookupError` for what is not offered to it, `ValueError` while it gets its pupils from elsewhere.
    """
    offered = next((one for one in await delivered_to(db, target_school_id) if one.id == delivered_id), None)
    if offered is None:
        raise LookupError("no such location is delivered to this school")
    if offered.agreed:
        return
    # Two sources would end each other's pupils, night after night.
    if any(one.agreed and one.school_id != offered.school_id for one in await delivered_to(db, target_school_id)):
        raise ValueError("another school's administration delivers to this school already")
    mode = await db.scalar(select(Coupling.mode).where(Coupling.school_id == target_school_id))
    if mode == "automatic":
        raise ValueError("this school has a coupling of its own: put it on manual first")
    await db.execute(
        update(DeliveredLocation).where(DeliveredLocation.id == delivered_id).values(agreed_by_target_at=now)
    )
    await ledger.record(
        db, "location.agreed", now=now, by=by, school_id=target_school_id, detail={"location": delivered_id}
    )


async def withdraw(db: Db, school_id: int, delivered_id: int, *, now: datetime, by: str) -> None:
    """Either side ends it: from now on the pupils stay with the administration's own account. Raises `LookupError` for what is neither's."""
    one = await db.execute(
        delete(DeliveredLocation)
        .where(DeliveredLocation.id == delivered_id)
        .where((DeliveredLocation.school_id == school_id) | (DeliveredLocation.target_school_id == school_id))
        .returning(DeliveredLocation.id)
    )
    if one.scalar_one_or_none() is None:
        raise LookupError("no such location is delivered by or to this school")
    await ledger.record(
        db, "location.withdrawn", now=now, by=by, school_id=school_id, detail={"location": delivered_id}
    )


async def _listed(db: Db, where: ColumnElement[bool]) -> list[Delivered]:
    rows = await db.execute(
        select(
            DeliveredLocation.id,
            DeliveredLocation.school_id,
            DeliveredLocation.location_key.label("key"),
            DeliveredLocation.target_school_id,
            DeliveredLocation.agreed_by_target_at.is_not(None).label("agreed"),
        )
        .where(where)
        .order_by(DeliveredLocation.location_key, DeliveredLocation.id)
    )
    return [Delivered(row.id, row.school_id, row.key, row.target_school_id, bool(row.agreed)) for row in rows]
