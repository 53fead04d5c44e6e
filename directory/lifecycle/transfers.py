"""One child with an account at two schools becomes one person, after both schools said so; each goes on seeing its own enrolment only (D14)."""

from sqlalchemy import select

from directory.lifecycle import joining, present, subjects
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.merger_plan import Present
from directory.lifecycle.refusals import Refused
from directory.lifecycle.rehearsal import Fate, Meeting, Notable, Rehearsal
from directory.lifecycle.reorganisation_records import Known
from directory.lifecycle.reorganisation_requests import Transfer
from directory.lifecycle.trail import Trail
from directory.models import EckId, Enrolment, Person
from directory.names import full_name
from idp.core.crypto import Keyring
from idp.core.db import Db


async def check_enrolled(db: Db, school_id: int, person_id: int) -> None:
    """Raises `Refused` for whoever is no pupil of this school: the same for another school's and for nobody's."""
    if not await _enrolled(db, school_id, person_id):
        raise Refused("not_enrolled", "this pupil is not of your school")


async def own_pupil(db: Db, wanted: Transfer, school_id: int) -> str | None:
    """The name of this school's own pupil in a request; None while it named none, or when that child is not enrolled here any more."""
    person_id = wanted.arrived_id if school_id == wanted.to_id else wanted.left_id
    if person_id is None or not await _enrolled(db, school_id, person_id):
        return None
    query = select(Person.first_name, Person.prefix, Person.surname).where(Person.id == person_id)
    return full_name(*(await db.execute(query)).one())


def both_named(known: Known, wanted: Transfer) -> bool:
    """Whether both schools said which child of theirs it is: from then on each reads the other's, before that nothing of it."""
    agreed = {str(school_id) for school_id in known.school_ids} <= known.detail["agreed"].keys()
    return agreed and wanted.left_id is not None


def finishes(known: Known, school_id: int) -> bool:
    """Whether this school may carry it out: the one that asked, for it said yes before it could see whom the other school named."""
    return known.state == "checked" and school_id in known.target_ids


async def rehearse(db: Db, wanted: Transfer) -> Rehearsal:
    """What it would do now. Changes nothing."""
    arrived = await _present(db, wanted.to_id, wanted.arrived_id)
    left = await _present(db, wanted.from_id, wanted.left_id) if wanted.left_id is not None else None
    obstacles = await _obstacles(db, wanted, arrived, left)
    meetings: tuple[Meeting, ...] = ()
    notable: tuple[Notable, ...] = ()
    if arrived and left and arrived.person_id != left.person_id:
        known = await subjects.load(db, (left.person_id, arrived.person_id))
        first, second = await joining.elder(Trail(db), left.person_id, arrived.person_id)
        kept = subjects.keep(known[first], known[second])
        meetings = (_meeting(left, arrived, kept.knew_both),)
        elder = left if first == left.person_id else arrived
        knew = (Notable("knew_both", 1),) if kept.knew_both else ()
        notable = (Notable("older_stays", school_id=elder.school_id), *knew)
    return Rehearsal(
        kind="transfer",
        counts={"joins": len(meetings)},
        meetings=meetings,
        notable=notable,
        obstacles=tuple(obstacles),
        school_ids=(wanted.from_id, wanted.to_id),
    )


def _meeting(left: Present, arrived: Present, knew_both: tuple[int, ...]) -> Meeting:
    return Meeting(
        person_id=left.person_id,
        school_id=left.school_id,
        other_id=arrived.person_id,
        other_school_id=arrived.school_id,
        fate=Fate.JOINS,
        reason="chosen",
        name=left.name,
        other_name=arrived.name,
        knew_both=knew_both,
    )


async def _obstacles(db: Db, wanted: Transfer, arrived: Present | None, left: Present | None) -> list[str]:
    found = []
    if await present.any_closed(db, (wanted.from_id, wanted.to_id)):
        found.append("closed")
    if wanted.left_id is None:
        found.append("pupil_not_named")
    elif left is None or arrived is None or left.person_id == arrived.person_id:
        found.append("not_enrolled")
    elif not left.eckids & arrived.eckids and await _own_eckids(db, left, arrived) == 2:
        found.append("eckids_differ")
    return found


async def _own_eckids(db: Db, left: Present, arrived: Present) -> int:
    query = select(EckId.person_id).where(EckId.person_id.in_((left.person_id, arrived.person_id)))
    return len((await db.execute(query)).all())


async def carry_out(trail: Trail, wanted: Transfer, *, keyring: Keyring) -> dict[str, list[int]]:
    """Joins the two. Returns who went up in whom."""
    assert wanted.left_id is not None  # noqa: S101 - an obstacle before
    done = await joining.join(trail, wanted.left_id, wanted.arrived_id, keyring=keyring)
    await steps.end_sessions(trail.db, (done.survivor_id, done.folded_id))
    return {"folded": [done.folded_id], "survivors": [done.survivor_id]}


async def _present(db: Db, school_id: int, person_id: int) -> Present | None:
    if not await _enrolled(db, school_id, person_id):
        return None
    return next(pupil for pupil in await present.pupils(db, school_id) if pupil.person_id == person_id)


async def _enrolled(db: Db, school_id: int, person_id: int) -> bool:
    query = select(Enrolment.id).where(Enrolment.school_id == school_id, Enrolment.person_id == person_id)
    return (await db.execute(query)).first() is not None
