"""Variant 2: everybody of one or more schools goes to another account, with secrets, subjects and ECK-iDs (R149-R152, R155, D19)."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import select

from directory import schools
from directory.imports.models import Coupling, DeliveredLocation
from directory.lifecycle import joining, merger_plan, one_place, present, subjects
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.merger_plan import Present
from directory.lifecycle.models import (
    AddressProposal,
    HeldMail,
    PendingMembership,
    SubstituteBinding,
    SubstituteDelegate,
)
from directory.lifecycle.rehearsal import Fate, Meeting, Notable, Rehearsal
from directory.lifecycle.reorganisation_requests import Merger
from directory.lifecycle.trail import Trail
from directory.models import Device, DeviceLink, Employment, Enrolment, Group, School, SchoolAddress
from directory.schools import KnownSchool
from idp.core.crypto import Keyring
from idp.core.db import Db


async def rehearse(db: Db, wanted: Merger, *, today: date) -> Rehearsal:
    """What it would do now. Changes nothing."""
    coming = [pupil for school_id in wanted.source_ids for pupil in await present.pupils(db, school_id)]
    there = await present.pupils(db, wanted.target_id)
    found = await _with_subjects(db, merger_plan.meetings(coming, there, wanted.choices))
    met = {meeting.person_id for meeting in found if meeting.fate in (Fate.JOINS, Fate.BOTH)}
    moving = [pupil for pupil in coming if pupil.person_id not in met]
    staff = select(Employment.id).where(Employment.school_id.in_(wanted.source_ids), Employment.active)
    groups = select(Group.id).where(Group.school_id.in_(wanted.source_ids), Group.active)
    counts = {
        "pupils": sum(pupil.active for pupil in coming),
        "moves": len(moving),
        "joins": sum(meeting.fate is Fate.JOINS for meeting in found),
        "both": sum(meeting.fate is Fate.BOTH for meeting in found),
        "doubtful": sum(meeting.fate is Fate.DOUBTFUL for meeting in found),
        "staff": len((await db.execute(staff)).all()),
        "groups": len((await db.execute(groups)).all()),
    }
    return Rehearsal(
        kind="merger",
        counts=counts,
        meetings=found,
        notable=tuple([note async for note in _notable(db, wanted, coming, moving, found, today=today)]),
        obstacles=tuple([code async for code in _obstacles(db, wanted, moving, there, found)]),
        school_ids=(*wanted.source_ids, wanted.target_id),
    )


async def _with_subjects(db: Db, found: Sequence[Meeting]) -> tuple[Meeting, ...]:
    joins = [meeting for meeting in found if meeting.fate is Fate.JOINS]
    known = await subjects.load(db, {who for meeting in joins for who in (meeting.person_id, meeting.other_id)})

    def told(meeting: Meeting) -> Meeting:
        if meeting.fate is not Fate.JOINS:
            return meeting
        kept = subjects.keep(known[meeting.person_id], known[meeting.other_id])
        return replace(meeting, knew_both=kept.knew_both)

    return tuple(told(meeting) for meeting in found)


async def _notable(
    db: Db, wanted: Merger, coming: list[Present], moving: list[Present], found: Sequence[Meeting], *, today: date
) -> AsyncIterator[Notable]:
    yield Notable("couplings_by_hand")
    yield Notable("imports_final")
    for school_id in wanted.source_ids:
        yield Notable("new_shortcut", school_id=school_id)
    if number := sum(bool(meeting.knew_both) for meeting in found):
        yield Notable("knew_both", number)
    if wanted.keys == "renewed" and (number := sum(not pupil.eckids for pupil in moving if pupil.active)):
        yield Notable("matched_by_eckid_only", number)
    missing = await present.ticked(db, wanted.source_ids) - await present.ticked(db, (wanted.target_id,))
    for party_id, number in (await present.know(db, missing, (pupil.person_id for pupil in coming))).items():
        yield Notable("not_ticked", number, party_id=party_id)
    if not await present.agreed(db, wanted.target_id, today=today):
        yield Notable("no_agreement", school_id=wanted.target_id)


async def _obstacles(
    db: Db, wanted: Merger, moving: Sequence[Present], there: Sequence[Present], found: Sequence[Meeting]
) -> AsyncIterator[str]:
    if await present.any_closed(db, (*wanted.source_ids, wanted.target_id)):
        yield "closed"
    if any(meeting.fate is Fate.DOUBTFUL for meeting in found):
        yield "doubts"
    keys = [pupil.key for pupil in (*moving, *there)]
    if wanted.keys == "kept" and len(keys) != len(set(keys)):
        yield "keys_clash"


async def carry_out(
    trail: Trail, wanted: Merger, rehearsal: Rehearsal, *, now: datetime, keyring: Keyring
) -> dict[str, list[int]]:
    """Does what was rehearsed in this same transaction. Returns who went up in somebody else (`folded`) and in whom (`survivors`)."""
    joined = [
        await joining.join(trail, meeting.person_id, meeting.other_id, keyring=keyring)
        for meeting in rehearsal.meetings
        if meeting.fate is Fate.JOINS
    ]
    target = await schools.by_id(trail.db, wanted.target_id)
    moved: set[int] = {one.survivor_id for one in joined}
    for school_id in wanted.source_ids:
        source = await schools.by_id(trail.db, school_id)
        moved |= await _groups_and_people(
            trail, source, target, renew=wanted.keys == "renewed", now=now, keyring=keyring
        )
        await _what_belongs_to(trail, source.id, target.id)
        await steps.keep_away(trail, from_id=source.id, to_id=target.id, person_ids=moved)
        await trail.update(Coupling, Coupling.school_id == source.id, mode="off", next_run_at=None)
        await trail.update(School, School.id == source.id, closed_at=now, merged_into_id=target.id)
        await steps.begin_year(trail, from_id=source.id, to_id=target.id)
    # Parties know the sessions of who went up in somebody else under that account, and hear of their end too (C-078).
    await steps.end_sessions(trail.db, moved.union(one.folded_id for one in joined))
    return {"folded": [one.folded_id for one in joined], "survivors": [one.survivor_id for one in joined]}


async def _groups_and_people(
    trail: Trail, source: KnownSchool, target: KnownSchool, *, renew: bool, now: datetime, keyring: Keyring
) -> set[int]:
    # Who arranges substitutes is for the school that stays to say; the row would go with an employment that is made one with another.
    await trail.delete(SubstituteDelegate, SubstituteDelegate.school_id == source.id)
    await _move_groups(trail, source, target, renew=renew)
    pupils = await _move_enrolments(trail, source, target, renew=renew, keyring=keyring)
    return pupils | await _move_employments(trail, source, target, renew=renew, now=now)


async def _move_groups(trail: Trail, source: KnownSchool, target: KnownSchool, *, renew: bool) -> None:
    rows = (await trail.db.execute(select(Group).where(Group.school_id.in_((source.id, target.id))))).all()
    taken = {(row.school_year, row.kind, row.las_key) for row in rows if row.school_id == target.id}
    moving = [
        {
            "id": row.id,
            "school_id": target.id,
            "las_key": steps.renewed(source.code, row.las_key)
            if renew or (row.school_year, row.kind, row.las_key) in taken
            else row.las_key,
        }
        for row in rows
        if row.school_id == source.id
    ]
    await steps.keep_links(trail, [row.id for row in rows if row.school_id == source.id])
    await trail.update_each(Group, moving, also=("active",))


async def _move_enrolments(
    trail: Trail, source: KnownSchool, target: KnownSchool, *, renew: bool, keyring: Keyring
) -> set[int]:
    query = select(Enrolment.id, Enrolment.person_id, Enrolment.school_id, Enrolment.las_key)
    rows = (await trail.db.execute(query.where(Enrolment.school_id.in_((source.id, target.id))))).all()
    there = {row.person_id: row.id for row in rows if row.school_id == target.id}
    leaving = [row for row in rows if row.school_id == source.id]
    keys = {row.id: steps.renewed(source.code, row.las_key) if renew else row.las_key for row in leaving}
    for row in leaving:
        if row.person_id in there:
            await trail.update(Enrolment, Enrolment.id == row.id, las_key=keys[row.id])
            await joining.make_one(trail, keep_id=there[row.person_id], drop_id=row.id, keyring=keyring)
    alone = [row for row in leaving if row.person_id not in there]
    places = [{"id": row.id, "school_id": target.id, "las_key": keys[row.id]} for row in alone]
    await trail.update_each(Enrolment, places, also=steps.CAME_WITH)
    return {row.person_id for row in leaving}


async def _move_employments(
    trail: Trail, source: KnownSchool, target: KnownSchool, *, renew: bool, now: datetime
) -> set[int]:
    query = select(Employment.id, Employment.person_id, Employment.school_id, Employment.las_key, Employment.source)
    rows = (await trail.db.execute(query.where(Employment.school_id.in_((source.id, target.id))))).all()
    there = {row.person_id: row.id for row in rows if row.school_id == target.id}
    leaving = [row for row in rows if row.school_id == source.id]
    keys = {
        row.id: steps.renewed(source.code, row.las_key) if renew and row.las_key else row.las_key for row in leaving
    }
    for row in leaving:
        if row.person_id in there:
            await trail.update(Employment, Employment.id == row.id, las_key=keys[row.id])
            await one_place.make_one(trail, keep_id=there[row.person_id], drop_id=row.id, now=now)
    await steps.move_employments(
        trail,
        [
            {"id": row.id, "school_id": target.id, "las_key": keys[row.id]}
            for row in leaving
            if row.person_id not in there
        ],
        {row.id for row in leaving if row.source == "las"},
    )
    return {row.person_id for row in leaving}


async def _what_belongs_to(trail: Trail, source_id: int, target_id: int) -> None:
    """Networks, devices, substitutes at work, proposals and invitations go along; deliveries to a school that ends stop."""
    here = SchoolAddress.school_id == target_id
    known = {tuple(row) for row in await trail.db.execute(select(SchoolAddress.first, SchoolAddress.last).where(here))}
    for row in (await trail.db.execute(select(SchoolAddress).where(SchoolAddress.school_id == source_id))).all():
        if (row.first, row.last) in known:
            await trail.delete(SchoolAddress, SchoolAddress.id == row.id)
        else:
            await trail.update(SchoolAddress, SchoolAddress.id == row.id, school_id=target_id)
    await trail.update(DeviceLink, DeviceLink.school_id == source_id, school_id=target_id)
    await trail.update(Device, Device.school_id == source_id, school_id=target_id)
    await trail.update(SubstituteBinding, SubstituteBinding.school_id == source_id, school_id=target_id)
    await trail.update(AddressProposal, AddressProposal.school_id == source_id, school_id=target_id)
    await trail.update(HeldMail, HeldMail.school_id == source_id, school_id=target_id)
    invited = select(PendingMembership.email).where(PendingMembership.school_id == target_id)
    await trail.delete(
        PendingMembership, PendingMembership.school_id == source_id, PendingMembership.email.in_(invited)
    )
    await trail.update(PendingMembership, PendingMembership.school_id == source_id, school_id=target_id)
    await trail.update(DeliveredLocation, DeliveredLocation.target_school_id == source_id, agreed_by_target_at=None)
