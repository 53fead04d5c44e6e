"""The turn of the school year on 1 August, as far as it concerns a school's own groups and people (R36-R42).

Groups live one year. Who is in the data of the new year goes on; everybody else whom the administration brought becomes inactive: no sign-in and
no release, but name, credentials and subject stay, and coming back is coming home. Data of the coming year that arrived before are an import that
waits; the job `idp.jobs.school_year` lets it in. Read here by name, because imports stand beside this room and are not its business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, Date, ScalarSelect, and_, column, delete, exists, func, or_, select, table, update

from directory import people, roles
from directory.lifecycle import notices
from directory.models import (
    Employment,
    EmploymentRole,
    Enrolment,
    Group,
    GroupTeacher,
    Person,
    School,
    SubgroupMember,
)
from idp.core import endings, ledger, mail
from idp.core.clock import AMSTERDAM, school_year
from idp.core.db import Db, Moment

_RUNS: Final = table(
    "import_runs",
    column("id"),
    column("school_id"),
    column("state"),
    column("school_year"),
    column("ended_at", Moment()),
    column("undo_until", Date()),
)

REMINDED: Final = timedelta(days=14)
"""As often the coordinators hear that their school stays in its old year, because the new year's data were taken back."""
KEPT_BACK: Final = "new_year_kept_back"
"""The notice of that."""
AWAITED: Final = "new_year_awaited"
"""The notice of 15 July: nothing came yet."""
MISSING: Final = "new_year_missing"
"""The notice of 1 August: nothing came, and nobody can sign in."""

State = Literal["waiting", "awaited", "unused"]
"""Data of the coming year wait; they are awaited; or the school never had groups or pupils."""


@dataclass(frozen=True, slots=True)
class RolledOver:
    """What the turn of the year changed at one school; all zero where the new groups were in already."""

    groups: int = 0
    pupils: int = 0
    staff: int = 0


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the next 1 August will do to a school. `run_id` is the import that waits for it. `without_data`: this year began without any.
    `kept_back`: this year's data were taken back, and the school goes on in the year before until newer ones come.

    `groups` end then. Without waiting data all `pupils` and `staff` become inactive; with them, those whom they lack. `staff_kept` were entered
    or given a role here, and stay whatever the administration says (D16).
    """

    state: State
    without_data: bool
    kept_back: bool
    school_year: str | None
    next_year: str
    begins_on: date
    run_id: int | None
    groups: int
    pupils: int
    staff: int
    staff_kept: int


def following(year: str) -> str:
    """The school year after the given one."""
    first = int(year[:4]) + 1
    return f"{first}-{first + 1}"


def begins_on(year: str) -> date:
    """The first day of a school year."""
    return date(int(year[:4]), 8, 1)


async def behind(db: Db, *, now: datetime) -> Sequence[int]:
    """The schools, by id, whose groups are of an earlier year than it is now, or for which data of this year still wait."""
    year = school_year(now)
    waiting = select(_RUNS.c.school_id).where(_RUNS.c.state == "waiting", _RUNS.c.school_year <= year)
    rows = await db.execute(
        select(School.id)
        .where(School.closed_at.is_(None), School.reference_of.is_(None))
        .where(or_(_in_earlier_year(year), School.id.in_(waiting)))
        .order_by(School.id)
    )
    return rows.scalars().all()


def _in_earlier_year(year: str) -> ColumnElement[bool]:
    # A school whose year was never written down is in that of its groups.
    groups = exists().where(Group.school_id == School.id, Group.active, Group.school_year < year)
    return and_(or_(School.school_year < year, and_(School.school_year.is_(None), groups)), ~_taken_back(year))


def _taken_back(year: str) -> ColumnElement[bool]:
    """Of a school: somebody undid this year's data. It stays in the year before until newer ones come, and nothing is done behind its back (D17)."""
    undone = _RUNS.c.state == "undone", _RUNS.c.school_year == year
    return exists().where(_RUNS.c.school_id == School.id, *undone)


async def hold_if_behind(db: Db, school_id: int, *, now: datetime) -> bool:
    """Whether this school still is to be rolled over; then it is ours until this transaction ends. False, too, while another worker has it.

    Imports of the school wait meanwhile; sign-ins and releases do not.
    """
    year = school_year(now)
    waiting = select(_RUNS.c.id).where(
        _RUNS.c.school_id == school_id, _RUNS.c.state == "waiting", _RUNS.c.school_year <= year
    )
    ours = select(School.id).where(School.id == school_id, School.closed_at.is_(None))
    mine = ours.with_for_update(skip_locked=True, key_share=True)
    if (await db.execute(mine)).scalar() is None:
        return False
    # Asked anew now that nobody else can change it.
    return (await db.execute(ours.where(or_(_in_earlier_year(year), waiting.exists())))).scalar() is not None


async def waiting_run(db: Db, school_id: int, year: str) -> int | None:
    """The import that waits for this school year to begin, the newest; None where none came."""
    query = select(func.max(_RUNS.c.id)).where(
        _RUNS.c.school_id == school_id, _RUNS.c.state == "waiting", _RUNS.c.school_year == year
    )
    found: int | None = (await db.execute(query)).scalar()
    return found


async def roll_over(db: Db, school_id: int, *, with_data: bool, by: str, now: datetime) -> RolledOver:
    """Begins the school year at one school, in the caller's transaction. Afterwards no group of an earlier year is in use.

    `with_data`: an import of the new year was just carried out and said who left. So it was where groups of that year are in already.
    Everywhere else everybody whom the administration brought becomes inactive (R39). The ledger gets one entry with numbers.
    """
    year = school_year(now)
    known = with_data or await _has_groups_of(db, school_id, year)
    done = RolledOver(
        groups=await _end_groups(db, school_id, year),
        pupils=0 if known else await _end_pupils(db, school_id, now=now),
        staff=0 if known else await _end_staff(db, school_id, now=now),
    )
    await db.execute(update(School).where(School.id == school_id).values(school_year=year))
    # What was imported in a year that is over cannot be taken back any more: its groups are gone.
    earlier = _RUNS.c.school_id == school_id, _RUNS.c.school_year < year, _RUNS.c.undo_until.is_not(None)
    await db.execute(update(_RUNS).where(*earlier).values(undo_until=begins_on(year) - timedelta(days=1)))
    counts = {"groups": done.groups, "pupils": done.pupils, "staff": done.staff}
    detail = {"year": year, "with_data": known, **counts}
    await ledger.record(db, "school_year.begun", now=now, by=by, school_id=school_id, detail=detail)
    return done


async def outlook(db: Db, school_id: int, *, now: datetime) -> Outlook:
    """What the next 1 August will do to this school as things stand now (R42). Raises `LookupError`."""
    year = school_year(now)
    kept_back = and_(School.school_year < year, _taken_back(year)).label("kept_back")
    school = (await db.execute(select(School.school_year, kept_back).where(School.id == school_id))).one_or_none()
    if school is None:
        raise LookupError("no such school")
    coming = following(year)
    run_id = await waiting_run(db, school_id, coming)
    groups = select(func.count()).select_from(Group).where(Group.school_id == school_id, Group.active)
    pupils = select(func.count()).select_from(Enrolment).where(Enrolment.school_id == school_id, Enrolment.active)
    here = Employment.school_id == school_id, Employment.active
    staff = select(func.count()).select_from(Employment).where(*here)
    counted = [(await db.execute(one)).scalar_one() for one in (groups, pupils, staff, staff.where(~_brought()))]
    return Outlook(
        state="waiting" if run_id else "awaited" if school.school_year or any(counted[:2]) else "unused",
        without_data=bool(school.school_year)
        and not school.kept_back
        and not await _has_groups_of(db, school_id, year),
        kept_back=bool(school.kept_back),
        school_year=school.school_year,
        next_year=coming,
        begins_on=begins_on(coming),
        run_id=run_id,
        groups=counted[0],
        pupils=counted[1],
        staff=counted[2] - counted[3],
        staff_kept=counted[3],
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How the country stands: open schools with groups or pupils, those that are behind, those whose coming year's data wait, and the silent ones."""

    school_year: str
    next_year: str
    begins_on: date
    schools: int
    behind: int
    waiting: int
    awaited: int


async def standing(db: Db, *, now: datetime) -> Standing:
    """Numbers for whoever runs the platform."""
    year = school_year(now)
    coming = following(year)
    used = select(func.count()).select_from(School).where(School.closed_at.is_(None), School.school_year.is_not(None))
    waiting = select(func.count(_RUNS.c.school_id.distinct())).where(
        _RUNS.c.state == "waiting", _RUNS.c.school_year == coming
    )
    return Standing(
        school_year=year,
        next_year=coming,
        begins_on=begins_on(coming),
        schools=(await db.execute(used)).scalar_one(),
        behind=len(await behind(db, now=now)),
        waiting=(await db.execute(waiting)).scalar_one(),
        awaited=len(await unheard_of(db, coming)),
    )


async def unheard_of(db: Db, year: str) -> Sequence[tuple[int, str]]:
    """Id and name of every school with pupils of which no data of this school year came: neither in use nor waiting."""
    waiting = select(_RUNS.c.school_id).where(_RUNS.c.state == "waiting", _RUNS.c.school_year == year)
    groups = exists().where(Group.school_id == School.id, Group.school_year == year)
    pupils = exists().where(Enrolment.school_id == School.id)
    rows = await db.execute(
        select(School.id, School.name)
        .where(School.closed_at.is_(None), School.reference_of.is_(None), pupils, ~groups)
        .where(School.id.not_in(waiting), ~_taken_back(year))
        .order_by(School.id)
    )
    return [(row.id, row.name) for row in rows]


async def kept_back(db: Db, year: str) -> Sequence[tuple[int, str, datetime]]:
    """Id and name of every school that goes on in an earlier year because this one's data were taken back, and since when."""
    since = select(func.max(_RUNS.c.ended_at)).where(
        _RUNS.c.school_id == School.id, _RUNS.c.state == "undone", _RUNS.c.school_year == year
    )
    rows = await db.execute(
        select(School.id, School.name, since.correlate(School).scalar_subquery().label("since"))
        .where(School.closed_at.is_(None), School.school_year < year, _taken_back(year))
        .order_by(School.id)
    )
    return [(row.id, row.name, row.since) for row in rows]


async def tell_unheard_of(
    db: Db, school_id: int, name: str, year: str, *, kind: str, contact: str, now: datetime, about: str | None = None
) -> int:
    """Mails the coordinators of such a school, once per `kind` and year (or `about`); returns how many mails were queued (R39)."""
    today = now.astimezone(AMSTERDAM).date()
    to = await people.coordinator_addresses(db, school_id, today=today)
    if not to or not await notices.first(db, kind, school_id=school_id, about=about or year, now=now):
        return 0
    values = {"school": name, "year": year, "contact": contact}
    for address in to:
        await mail.queue(db, kind, address, now=now, on=begins_on(year), **values)
    return len(to)


async def _has_groups_of(db: Db, school_id: int, year: str) -> bool:
    here = exists().where(Group.school_id == school_id, Group.school_year == year)
    return bool((await db.execute(select(here))).scalar())


async def _end_groups(db: Db, school_id: int, year: str) -> int:
    """Groups of earlier years are out of use, and nobody has a place in them; the pupils' own last group stays known."""
    old = Group.school_id == school_id, Group.school_year < year
    ids = select(Group.id).where(*old)
    await db.execute(delete(SubgroupMember).where(SubgroupMember.group_id.in_(ids)))
    await db.execute(delete(GroupTeacher).where(GroupTeacher.group_id.in_(ids)))
    return (await db.execute(update(Group).where(*old, Group.active).values(active=False))).rowcount


async def _end_pupils(db: Db, school_id: int, *, now: datetime) -> int:
    here = Enrolment.school_id == school_id, Enrolment.active
    await _end_sessions(db, school_id, select(Enrolment.person_id).where(*here).scalar_subquery())
    return (await db.execute(update(Enrolment).where(*here).values(active=False, inactive_since=now))).rowcount


async def _end_staff(db: Db, school_id: int, *, now: datetime) -> int:
    here = Employment.school_id == school_id, Employment.active, _brought()
    await _end_sessions(db, school_id, select(Employment.person_id).where(*here).scalar_subquery())
    return (await db.execute(update(Employment).where(*here).values(active=False, inactive_since=now))).rowcount


def _brought() -> ColumnElement[bool]:
    """Whom the administration brought and nobody here gave a role: the others are not an administration's to end (D16)."""
    appointed = exists().where(EmploymentRole.employment_id == Employment.id, EmploymentRole.role != roles.TEACHER)
    return and_(Employment.source == "las", ~appointed)


async def _end_sessions(db: Db, school_id: int, person_ids: ScalarSelect[int]) -> None:
    """Whoever becomes inactive is signed out everywhere with this commit (D26); parties hear it of the school as a whole (C-078)."""
    await db.execute(update(Person).where(Person.id.in_(person_ids)).values(epoch=Person.epoch + 1))
    await endings.note(db, school_id=school_id)
