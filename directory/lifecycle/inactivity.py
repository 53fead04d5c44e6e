"""Three months inactive: deleted for good (R40, R41, R54).

What goes is a place at a school: the enrolment or the employment, with everything that hangs on it. With the last place the person goes: name,
address, credentials, second factors, ECK-iD, subject seed, and the link between the ledger's random id and a human being. Foreign keys take all
of it along (D42). Releases and the ledger keep ids that lead to nobody (D40).

Staff are mailed two weeks before. The last coordinator of a school stays whatever the calendar says, for somebody must be able to set it right (D16).
"""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from sqlalchemy import ColumnElement, and_, column, delete, exists, or_, select, table, union, update

from directory import roles
from directory.lifecycle import notices
from directory.lifecycle.models import Notice
from directory.models import Employment, EmploymentRole, Enrolment, Person, School
from directory.placeless import delete_placeless
from idp.core import ledger, mail
from idp.core.clock import AMSTERDAM
from idp.core.db import Db
from idp.core.models import NOT_A_SIGN_IN, LedgerEntry
from idp.core.portions import portions

MONTHS: Final = 3
"""How long an inactive account is kept (R40)."""
WARNED_BEFORE: Final = timedelta(days=14)
"""How long before its end a member of staff is mailed, at least."""
WARNING: Final = "inactivity"
"""The kind of that notice; it is about the day on which the inactivity began."""

DELETED: Final = "people.deleted"
"""The ledger's word for it."""

_EXCLUSIONS: Final = table("exclusions", column("school_id"), column("person_id"))
"""Another room's table, read by name: a school's word about somebody ends with his place there."""


@dataclass(frozen=True, slots=True)
class Gone:
    """What was deleted at one school, by ids that lead to nobody any more; `keys` are those by which its administration knew the pupils."""

    school_id: int
    enrolments: frozenset[int]
    employments: frozenset[int]
    pupils: frozenset[int]
    staff: frozenset[int]
    keys: frozenset[str] = field(repr=False)
    coordinators_kept: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Numbers for the report: it names nobody. `pupils` and `staff` are those who had no other place."""
        return {
            "enrolments": len(self.enrolments),
            "employments": len(self.employments),
            "pupils": len(self.pupils),
            "staff": len(self.staff),
        }


@dataclass(frozen=True, slots=True)
class Deleted:
    """One evening's evidence of deletion at a school."""

    at: datetime
    counts: dict[str, int]


def limit(now: datetime) -> date:
    """Whoever became inactive before this day has been so for three months."""
    today = _day(now)
    year, month = divmod(today.year * 12 + today.month - 1 - MONTHS, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


async def date_unknown(db: Db, *, now: datetime) -> int:
    """Lets the three months begin now for whoever is inactive since nobody knows when. Returns how many."""
    found = 0
    for places in (Enrolment, Employment):
        undated = update(places).where(~places.active, places.inactive_since.is_(None)).values(inactive_since=now)
        found += (await db.execute(undated)).rowcount
    return found


async def schools_with_somebody(db: Db, *, now: datetime) -> Sequence[int]:
    """The schools, by id, where somebody is to be warned or deleted."""
    day = limit(now)
    pupils = select(Enrolment.school_id).where(_over(Enrolment, day))
    staff = select(Employment.school_id).where(_over(Employment, day + WARNED_BEFORE))
    return (await db.execute(union(pupils, staff).order_by("school_id"))).scalars().all()


async def warn(db: Db, school_id: int, *, contact: str, now: datetime) -> int:
    """Mails the staff of this school whose three months are nearly over, once. Returns how many mails were queued."""
    sent = 0
    name = (await db.execute(select(School.name).where(School.id == school_id))).scalar_one()
    for place in await _idle(db, school_id, limit(now) + WARNED_BEFORE):
        if place.email is None:
            continue
        about = place.since.isoformat()
        if await notices.first(db, WARNING, school_id=school_id, person_id=place.person_id, about=about, now=now):
            on = max(place.since + timedelta(days=92), _day(now) + WARNED_BEFORE)
            await mail.queue(db, "inactivity", place.email, now=now, school=name, on=on, contact=contact)
            sent += 1
    return sent


async def delete_inactive(db: Db, school_id: int, *, by: str, now: datetime) -> Gone:
    """Deletes what is due at one school, in the caller's transaction; the ledger gets one entry with numbers when it was anything.

    Imports of the school wait meanwhile. A second time deletes nothing.
    """
    held = select(School.closed_at).where(School.id == school_id).with_for_update(key_share=True)
    closed = (await db.execute(held)).scalar() is not None
    day = limit(now)
    due = [place for place in await _idle(db, school_id, day) if await _was_warned(db, school_id, place, now=now)]
    # A school that closed has nothing left to coordinate.
    kept = frozenset[int]() if closed else await _last_coordinators(db, school_id, today=_day(now))
    employments = {place.id: place.person_id for place in due if place.id not in kept}
    enrolments = await _delete_enrolments(db, school_id, day)
    await _delete_employments(db, employments)
    pupils = await delete_placeless(db, {person_id for person_id, _ in enrolments.values()})
    staff = await delete_placeless(db, set(employments.values()))
    for some in portions({person_id for person_id, _ in enrolments.values()}):
        of_place = _EXCLUSIONS.c.school_id == school_id, _EXCLUSIONS.c.person_id.in_(some)
        await db.execute(delete(_EXCLUSIONS).where(*of_place))
    for some in portions(employments.values()):
        await db.execute(delete(Notice).where(Notice.school_id == school_id, Notice.person_id.in_(some)))
    gone = Gone(
        school_id,
        enrolments=frozenset(enrolments),
        employments=frozenset(employments),
        pupils=pupils,
        staff=staff,
        keys=frozenset(key for _, key in enrolments.values()),
        coordinators_kept=sum(1 for place in due if place.id in kept),
    )
    if any(gone.counts.values()):
        await ledger.record(db, DELETED, now=now, by=by, school_id=school_id, detail=gone.counts)
    return gone


async def evidence(db: Db, school_id: int, *, most: int = 50) -> list[Deleted]:
    """What was deleted at a school, the newest first: numbers, for its coordinators."""
    told = select(LedgerEntry.at, LedgerEntry.detail).where(LedgerEntry.action == DELETED)
    newest = told.where(LedgerEntry.school_id == school_id, NOT_A_SIGN_IN).order_by(
        LedgerEntry.at.desc(), LedgerEntry.id.desc()
    )
    rows = await db.execute(newest.limit(most))
    return [Deleted(row.at, row.detail) for row in rows]


@dataclass(frozen=True, slots=True)
class _Idle:
    """An employment that counts no longer, and since which day."""

    id: int
    person_id: int
    email: str | None = field(repr=False)
    since: date


def _over(places: type[Enrolment] | type[Employment], day: date) -> ColumnElement[bool]:
    """Inactive, or past the last day, since before the given day."""
    begin = datetime.combine(day, time(), AMSTERDAM).astimezone(UTC)
    inactive = and_(~places.active, places.inactive_since < begin)
    return or_(inactive, and_(places.active, places.ends_on < day))


async def _idle(db: Db, school_id: int, day: date) -> list[_Idle]:
    columns = Employment.id, Employment.person_id, Person.email, Employment.active
    rows = await db.execute(
        select(*columns, Employment.inactive_since, Employment.ends_on)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, _over(Employment, day))
        .order_by(Employment.id)
    )
    return [
        _Idle(row.id, row.person_id, row.email, row.ends_on if row.active else _day(row.inactive_since)) for row in rows
    ]


def _day(moment: datetime) -> date:
    return moment.astimezone(AMSTERDAM).date()


async def _was_warned(db: Db, school_id: int, place: _Idle, *, now: datetime) -> bool:
    """Whether the mail about this very inactivity went out two weeks ago; who has no address cannot be warned."""
    if place.email is None:
        return True
    sent = exists().where(
        Notice.kind == WARNING,
        Notice.school_id == school_id,
        Notice.person_id == place.person_id,
        Notice.about == place.since.isoformat(),
        Notice.sent_at <= now - WARNED_BEFORE,
    )
    return bool((await db.execute(select(sent))).scalar())


async def _last_coordinators(db: Db, school_id: int, *, today: date) -> frozenset[int]:
    """The employments of this school's coordinators when none of them works there any more; else none."""
    rows = await db.execute(
        select(Employment.id, Employment.active, Employment.ends_on, Person.disabled)
        .join(EmploymentRole, EmploymentRole.employment_id == Employment.id)
        .join(Person, Person.id == Employment.person_id)
        .where(Employment.school_id == school_id, EmploymentRole.role == roles.ICT_COORDINATOR)
    )
    found = rows.all()
    working = any(row.active and not row.disabled and (row.ends_on is None or row.ends_on >= today) for row in found)
    return frozenset() if working else frozenset(row.id for row in found)


async def _delete_enrolments(db: Db, school_id: int, day: date) -> dict[int, tuple[int, str]]:
    """Person and key by id of the enrolment."""
    over = delete(Enrolment).where(Enrolment.school_id == school_id, _over(Enrolment, day))
    rows = await db.execute(over.returning(Enrolment.id, Enrolment.person_id, Enrolment.las_key))
    return {row.id: (row.person_id, row.las_key) for row in rows}


async def _delete_employments(db: Db, ids: Iterable[int]) -> None:
    for some in portions(ids):
        await db.execute(delete(Employment).where(Employment.id.in_(some)))
