"""Staff by hand (R41, R79, R80): until when somebody works here, which groups beside the administration's, and the end of it.

Somebody new comes in by an invitation (`memberships`). What a coordinator ended, no file brings back: it is his to take up again.
"""

from collections.abc import Iterable
from datetime import date, datetime

from sqlalchemy import delete, insert, select, update

from directory import people
from directory import roles as known
from directory.lifecycle import employments, roles
from directory.lifecycle.days import check_end, day_of
from directory.lifecycle.employments import Employed
from directory.lifecycle.models import SubstituteDelegate
from directory.lifecycle.refusals import Refused
from directory.models import Employment, EmploymentRole, Group, GroupTeacher
from idp.core import ledger
from idp.core.db import Db


def check_last_day(ends_on: date | None, *, held: Iterable[str], by_hand: bool, today: date) -> None:
    """R80: whoever is entered by hand has a last day, unless as a coordinator. Raises `Refused`."""
    if ends_on is not None:
        check_end(ends_on, today=today)
    elif by_hand and known.ICT_COORDINATOR not in held:
        raise Refused("end_needed", "who is entered by hand needs a last day")


async def change_last_day(
    db: Db, school_id: int, employment_id: int, ends_on: date | None, *, by: str, now: datetime
) -> None:
    """Until which day (included) somebody works here; None for no end. Raises `LookupError`, `Refused`."""
    await employments.hold(db, school_id)
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    _refuse_substitute(who)
    if not who.working:
        raise Refused("not_working", "this person no longer works here: take up again instead")
    check_last_day(ends_on, held=who.roles, by_hand=who.source == "platform", today=day_of(now))
    if ends_on is not None:
        await roles.keep_a_coordinator(db, school_id, who, today=day_of(now))
    await db.execute(update(Employment).where(Employment.id == who.id).values(ends_on=ends_on))
    until = {"until": ends_on.isoformat() if ends_on else None}
    await ledger.record(
        db, "staff.last_day_changed", now=now, by=by, school_id=school_id, subject=who.ledger_id, detail=until
    )


async def end(db: Db, school_id: int, employment_id: int, *, by: str, now: datetime) -> None:
    """Somebody works here no more, from this moment: no sign-in, no release, no session. Raises `LookupError`, `Refused`.

    It counts as ours from now on, so that tonight's file does not bring it back.
    """
    await employments.hold(db, school_id)
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    _refuse_substitute(who)
    await roles.keep_a_coordinator(db, school_id, who, today=day_of(now))
    ended = {"active": False, "inactive_since": now, "source": "platform"}
    await db.execute(update(Employment).where(Employment.id == who.id).values(ended))
    await db.execute(delete(SubstituteDelegate).where(SubstituteDelegate.employment_id == who.id))
    await people.end_sessions(db, who.person_id)
    await ledger.record(db, "staff.ended", now=now, by=by, school_id=school_id, subject=who.ledger_id)


async def take_up(db: Db, school_id: int, employment_id: int, ends_on: date | None, *, by: str, now: datetime) -> None:
    """Somebody who had left works here again, with account, password, second factor and roles as they were, but for coordinating.

    That right is given anew, by name (D20). Raises `LookupError`, `Refused`.
    """
    await employments.hold(db, school_id)
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    if who.working:
        raise Refused("works_here", "this person works here already")
    if not who.roles:
        # Such as a substitute of before, whom nobody but the person itself makes a colleague (D15).
        raise Refused("no_role", "this person had no role here any more: send an invitation")
    rights = EmploymentRole.employment_id == who.id, EmploymentRole.role.in_(known.MANAGING)
    await db.execute(delete(EmploymentRole).where(*rights))
    check_last_day(ends_on, held=(), by_hand=who.las_key is None, today=day_of(now))
    back = {"active": True, "inactive_since": None, "ends_on": ends_on}
    await db.execute(update(Employment).where(Employment.id == who.id).values(back))
    await ledger.record(db, "staff.taken_up", now=now, by=by, school_id=school_id, subject=who.ledger_id)


async def link_groups(
    db: Db, school_id: int, employment_id: int, group_ids: Iterable[int], *, by: str, now: datetime
) -> None:
    """Exactly these groups of the school are linked to somebody by hand; links of the administration stay what they are.

    Raises `LookupError` for a group of another school, `Refused` for a substitute.
    """
    await employments.hold(db, school_id)
    who = await employments.at(db, school_id, employment_id, today=day_of(now))
    _refuse_substitute(who)
    if not who.working:
        raise Refused("not_working", "this person no longer works here")
    wanted = set(group_ids)
    here = select(Group.id).where(Group.school_id == school_id, Group.active, Group.id.in_(wanted))
    if set((await db.execute(here)).scalars()) != wanted:
        raise LookupError("no such group at this school")
    linked = select(GroupTeacher.group_id, GroupTeacher.source).where(GroupTeacher.employment_id == who.id)
    now_linked = {row.group_id: row.source for row in await db.execute(linked)}
    ours = GroupTeacher.employment_id == who.id, GroupTeacher.source == "platform"
    await db.execute(delete(GroupTeacher).where(*ours, GroupTeacher.group_id.not_in(wanted)))
    new = [
        {"employment_id": who.id, "group_id": group_id, "source": "platform"} for group_id in wanted - set(now_linked)
    ]
    if new:
        await db.execute(insert(GroupTeacher), new)
    linked_to = {"groups": sorted(wanted)}
    await ledger.record(
        db, "staff.groups_linked", now=now, by=by, school_id=school_id, subject=who.ledger_id, detail=linked_to
    )


def _refuse_substitute(who: Employed) -> None:
    if who.seat_id is not None:
        raise Refused("substitute", "this person is here as a substitute: end the substitution instead")
