"""A school ends: at once nobody signs in and nothing leaves; when nobody can undo it any more its people's data go for good (R20, R156)."""

from datetime import datetime

from sqlalchemy import delete, func, select

from directory.imports.models import Coupling, DeliveredLocation, ImportRun
from directory.lifecycle import present
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.models import AddressProposal, PendingMembership, SubstituteBinding
from directory.lifecycle.other_rooms import PARTIES, TICKS
from directory.lifecycle.rehearsal import Notable, Rehearsal
from directory.lifecycle.reorganisation_requests import Closure
from directory.lifecycle.trail import Trail
from directory.models import Device, DeviceLink, Employment, Enrolment, Group, School, SchoolAddress
from directory.placeless import delete_placeless
from idp.core import mail
from idp.core.db import Db


async def rehearse(db: Db, wanted: Closure) -> Rehearsal:
    """What it would do now. Changes nothing."""
    tables: dict[str, type[Enrolment] | type[Employment]] = {"pupils": Enrolment, "staff": Employment}
    counts = {
        name: (
            await db.execute(select(func.count()).where(table.school_id == wanted.school_id, table.active))
        ).scalar_one()
        for name, table in tables.items()
    }
    told = [Notable("party_is_told", party_id=party) for party in sorted(await present.ticked(db, (wanted.school_id,)))]
    return Rehearsal(
        kind="closure",
        counts=counts,
        notable=(Notable("deleted_after", sum(counts.values())), *told),
        obstacles=("closed",) if await present.any_closed(db, (wanted.school_id,)) else (),
        school_ids=(wanted.school_id,),
    )


async def carry_out(trail: Trail, wanted: Closure, *, now: datetime, by: str, contact: str) -> dict[str, list[int]]:
    """Ends everything and tells the parties that were ticked, by mail."""
    here = wanted.school_id
    await _tell_parties(trail.db, here, now=now, contact=contact)
    await trail.update(
        TICKS, TICKS.c.school_id == here, TICKS.c.given.is_(True), given=False, changed_at=now, changed_by=by
    )
    for table in (Enrolment, Employment):
        people = select(table.person_id).where(table.school_id == here, table.active)
        await steps.end_sessions(trail.db, (await trail.db.execute(people)).scalars())
        await trail.update(table, table.school_id == here, table.active.is_(True), active=False, inactive_since=now)
    await trail.delete(SchoolAddress, SchoolAddress.school_id == here)
    await trail.delete(Device, Device.school_id == here)
    await trail.delete(DeviceLink, DeviceLink.school_id == here)
    await trail.delete(AddressProposal, AddressProposal.school_id == here)
    await trail.delete(PendingMembership, PendingMembership.school_id == here)
    await trail.update(
        SubstituteBinding, SubstituteBinding.school_id == here, SubstituteBinding.ended_at.is_(None), ended_at=now
    )
    await trail.update(Coupling, Coupling.school_id == here, mode="off", key=None, next_run_at=None)
    await trail.update(DeliveredLocation, DeliveredLocation.target_school_id == here, agreed_by_target_at=None)
    await trail.update(School, School.id == here, closed_at=now)
    return {}


async def _tell_parties(db: Db, school_id: int, *, now: datetime, contact: str) -> None:
    school = (await db.execute(select(School.name, School.brin, School.location).where(School.id == school_id))).one()
    parties = select(PARTIES.c.contact_email).join(TICKS, TICKS.c.party_id == PARTIES.c.id)
    rows = await db.execute(parties.where(TICKS.c.school_id == school_id, TICKS.c.given).order_by(PARTIES.c.id))
    code = f"{school.brin or ''}{school.location}"
    for email in filter(None, rows.scalars()):
        named = {"school": school.name, "code": code or "-"}
        await mail.queue(db, "school_closed", email, now=now, contact=contact, **named)


async def erase(db: Db, school_id: int) -> dict[str, int]:
    """Deletes for good what a closed school leaves: its enrolments, employments and groups, and everybody who is nowhere else. Returns counts."""
    people: set[int] = set()
    for table in (Enrolment, Employment):
        rows = await db.execute(select(table.person_id).where(table.school_id == school_id))
        people.update(rows.scalars())
    counts = {"pupils": 0, "staff": 0}
    for name, table in (("pupils", Enrolment), ("staff", Employment)):
        counts[name] = (await db.execute(delete(table).where(table.school_id == school_id))).rowcount
    await db.execute(delete(SubstituteBinding).where(SubstituteBinding.school_id == school_id))
    await db.execute(delete(Group).where(Group.school_id == school_id))
    await db.execute(delete(ImportRun).where(ImportRun.school_id == school_id))
    return {**counts, "persons": len(await delete_placeless(db, people))}
