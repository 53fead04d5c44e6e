"""Of two employments of one person at one school one is left (R149, R152): what counts of either goes along.

A place where somebody does not work any more counts for nothing beside one where he does: neither its roles nor its groups come back by a
reorganisation that somebody else asked for (D20). Nor does a seat beside an own place, for a substitute is who does not work there (D4); and as an
employment knows one seat, of two seats one is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, select

from directory.lifecycle.days import day_of
from directory.lifecycle.models import HeldMail, PendingMembership, SubstituteBinding
from directory.lifecycle.trail import Trail
from directory.models import Employment, EmploymentRole, GroupTeacher
from idp.core.db import Db

_WHAT = ("las_key", "told_email")
"""By what the administration knows somebody."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is left of several employments: of which ones the roles and groups, with which `values`; and which seats are left empty."""

    of: tuple[int, ...]
    values: Mapping[str, object]
    left: tuple[int, ...]


def place(keep: Row[Any], other: Row[Any], *, today: date) -> Place:
    """What is left of two. Pure."""
    both = (keep, other)
    counting = [row for row in both if _works(row, today)] or both
    own = [row for row in counting if row.seat_id is None] or counting[:1]
    days = [row.ends_on for row in own]
    values: dict[str, object] = {
        "seat_id": own[0].seat_id,
        "active": any(row.active for row in own),
        "unanswered": all(row.unanswered for row in own),
        # Here to stay by the one and until a day by the other: here to stay.
        "ends_on": None if None in days else max(days),
        "source": "platform" if "platform" in {row.source for row in own} else "las",
    }
    if values["active"]:
        values["inactive_since"] = None
    if keep not in own:
        values |= {name: getattr(keep, name) or getattr(other, name) for name in _WHAT}
    seats = {row.seat_id for row in both if row.seat_id is not None}
    return Place(tuple(row.id for row in own), values, tuple(seats - {own[0].seat_id}))


def _works(row: Row[Any], today: date) -> bool:
    return row.active and not row.unanswered and (row.ends_on is None or row.ends_on >= today)


async def make_one(trail: Trail, *, keep_id: int, drop_id: int, now: datetime) -> None:
    """`drop_id` goes up in `keep_id`."""
    keep, drop = await _read(trail.db, keep_id, drop_id)
    found = place(keep, drop, today=day_of(now))
    for table, names in ((EmploymentRole, ("role",)), (GroupTeacher, ("group_id", "source"))):
        await _take(trail, table, names, keep_id, found.of)
        await trail.delete(table, table.employment_id == drop_id)
    await _mails_along(trail, keep_id=keep_id, drop_id=drop_id)
    await trail.delete(Employment, Employment.id == drop_id)
    await _settle(trail, keep, found, now=now)


async def go_on(trail: Trail, *, keep_id: int, like_id: int, now: datetime) -> None:
    """Who works at `keep_id` or did so once works there, with the roles that he has at `like_id`, which stays what it is."""
    keep, like = await _read(trail.db, keep_id, like_id)
    found = place(keep, like, today=day_of(now))
    await _take(trail, EmploymentRole, ("role",), keep_id, found.of)
    if keep_id not in found.of:
        await trail.delete(GroupTeacher, GroupTeacher.employment_id == keep_id)
    await _settle(trail, keep, found, now=now)


async def _read(db: Db, *employment_ids: int) -> list[Row[Any]]:
    rows = {row.id: row for row in await db.execute(select(Employment).where(Employment.id.in_(employment_ids)))}
    return [rows[employment_id] for employment_id in employment_ids]


async def _take(
    trail: Trail,
    table: type[EmploymentRole] | type[GroupTeacher],
    names: Sequence[str],
    keep_id: int,
    of: Sequence[int],
) -> None:
    """What hangs on the employments `of` hangs on this one, and nothing else."""
    whose, what = table.employment_id, names[0]
    if keep_id not in of:
        await trail.delete(table, whose == keep_id)
    rows = (await trail.db.execute(select(table).where(whose.in_((keep_id, *of))).order_by(what))).all()
    have = {getattr(row, what) for row in rows if row.employment_id == keep_id}
    new = [row for row in rows if getattr(row, what) not in have]
    await trail.insert(
        table, [{"employment_id": keep_id} | {name: getattr(row, name) for name in names} for row in new]
    )


async def _mails_along(trail: Trail, *, keep_id: int, drop_id: int) -> None:
    """What the person was invited to, or waits for, by the place that goes."""
    invited = select(PendingMembership.id).where(PendingMembership.employment_id == keep_id)
    if (await trail.db.execute(invited)).first() is None:
        await trail.update(PendingMembership, PendingMembership.employment_id == drop_id, employment_id=keep_id)
    await trail.delete(PendingMembership, PendingMembership.employment_id == drop_id)
    rows = (await trail.db.execute(select(HeldMail).where(HeldMail.employment_id.in_((keep_id, drop_id))))).all()
    await trail.delete(HeldMail, HeldMail.employment_id == drop_id)
    if [row.employment_id for row in rows] == [drop_id]:
        at = select(Employment.school_id).where(Employment.id == keep_id)
        school_id = (await trail.db.execute(at)).scalar_one()
        waits = {"employment_id": keep_id, "school_id": school_id, "held_at": rows[0].held_at}
        await trail.insert(HeldMail, [waits])


async def _settle(trail: Trail, keep: Row[Any], found: Place, *, now: datetime) -> None:
    mine = SubstituteBinding.person_id == keep.person_id, SubstituteBinding.ended_at.is_(None)
    await trail.update(SubstituteBinding, SubstituteBinding.seat_id.in_(found.left), *mine, ended_at=now)
    await trail.update(Employment, Employment.id == keep.id, **found.values)
