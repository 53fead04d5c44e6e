"""One child with an account at two schools becomes one person, after both schools said so; each goes on seeing its own enrolment only (D14)."""

from sqlalchemy import select

from directory.lifecycle import joining, present, subjects
from directory.lifecycle import reorganisation_steps as steps
from directory.lifecycle.merger_plan import Present
from directory.lifecycle.rehearsal import Fate, Meeting, Notable, Rehearsal
from directory.lifecycle.reorganisation_requests import Transfer
from directory.lifecycle.trail import Trail
from directory.models import EckId, Enrolment
from idp.core.crypto import Keyring
from idp.core.db import Db


async def rehearse(db: Db, wanted: Transfer) -> Rehearsal:
    """What it would do now. Changes nothing."""
    arrived = await _present(db, wanted.to_id, wanted.arrived_id)
    left = await _present(db, wanted.from_id, wanted.left_id) if wanted.left_id is not None else None
    obstacles = await _obstacles(db, wanted, arrived, left)
    meetings: tuple[Meeting, ...] = ()
    if arrived and left and arrived.person_id != left.person_id:
        known = await subjects.load(db, (left.person_id, arrived.person_id))
        first, second = await joining.elder(Trail(db), left.person_id, arrived.person_id)
        kept = subjects.keep(known[first], known[second])
        meetings = (_meeting(left, arrived, kept.knew_both),)
    both = sum(bool(meeting.knew_both) for meeting in meetings)
    return Rehearsal(
        kind="transfer",
        counts={"joins": len(meetings)},
        meetings=meetings,
        notable=(Notable("knew_both", both),) if both else (),
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
    query = select(Enrolment.id).where(Enrolment.school_id == school_id, Enrolment.person_id == person_id)
    if (await db.execute(query)).first() is None:
        return None
    return next(pupil for pupil in await present.pupils(db, school_id) if pupil.person_id == person_id)
