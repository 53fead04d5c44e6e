"""The school's tick per party: given, withdrawn, listed. Every change is in the ledger and is mailed to all coordinators (R70-R72, D12)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, insert, select, update

from consent import came_by
from consent import fields as field_sets
from consent.models import FieldSet, Release, Tick, TickChange
from directory import schools
from idp.core import endings, ledger
from idp.core.db import Db
from idp.core.hot import Hot, Statement


@dataclass(frozen=True, slots=True)
class KnownTick:
    """A school's decision about a party."""

    party_id: int
    given: bool
    fields: frozenset[str]
    changed_at: datetime


async def give(
    db: Db,
    school_id: int,
    party_id: int,
    covered: Iterable[str],
    *,
    now: datetime,
    by: str,
    request_ref: str | None = None,
) -> bool:
    """The school says yes to a party for these fields; False if it had said exactly that already. Holds from the commit on."""
    wanted = frozenset(covered)
    had = await hold(db, school_id, party_id)
    if had is not None and had.given and had.fields == wanted:
        return False
    set_id = await field_sets.set_id(db, wanted)
    await _write(db, school_id, party_id, given=True, set_id=set_id, now=now, by=by, request_ref=request_ref)
    what = {"party": party_id, "fields": set_id, "request": request_ref}
    await ledger.record(db, "consent.given", now=now, by=by, school_id=school_id, detail=what)
    return True


async def withdraw(
    db: Db, school_id: int, party_id: int, *, now: datetime, by: str, request_ref: str | None = None
) -> bool:
    """The school takes its yes back; False if there was none. After the commit nothing leaves any more (D9)."""
    had = await hold(db, school_id, party_id)
    if had is None or not had.given:
        return False
    values = {"given": False, "changed_at": now, "changed_by": by, "request_ref": request_ref}
    here = Tick.school_id == school_id, Tick.party_id == party_id
    set_id = (await db.execute(update(Tick).where(*here).values(**values).returning(Tick.field_set_id))).scalar_one()
    await _remember(db, school_id, party_id, {**values, "field_set_id": set_id})
    what = {"party": party_id, "request": request_ref}
    await ledger.record(db, "consent.withdrawn", now=now, by=by, school_id=school_id, detail=what)
    await endings.note(db, school_id=school_id, party_id=party_id)
    await came_by.end_with_tick(db, school_id, party_id, now=now)
    return True


async def find(db: Db, school_id: int, party_id: int) -> KnownTick | None:
    """The school's decision about a party, or None when it never made one."""
    row = (await db.execute(_of_school(school_id).where(Tick.party_id == party_id))).one_or_none()
    return _known(row) if row is not None else None


async def hold(db: Db, school_id: int, party_id: int) -> KnownTick | None:
    """Like `find`, held until the end of the transaction: of two who decide at once the second sees what the first decided."""
    query = _of_school(school_id).where(Tick.party_id == party_id).with_for_update(of=Tick)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        # There is nothing to hold yet: of two who say the first yes one waits at the school, and then finds what the other one said.
        await schools.hold(db, school_id)
        row = (await db.execute(query)).one_or_none()
    return _known(row) if row is not None else None


async def interrupt(db: Db, *which: ColumnElement[bool]) -> bool:
    """For what releases read beside these ticks and this transaction takes away: its commit waits for those that are under way, and whoever looked
    before it and comes after has to look again (`release.LOOKED_AT`). False where there is no such tick.
    """
    await db.execute(select(Tick.id).where(*which).order_by(Tick.id).with_for_update())
    return (await db.execute(update(Tick).where(*which).values(noes=Tick.noes + 1))).rowcount > 0


async def listed(db: Db, school_id: int) -> list[KnownTick]:
    """Every decision that a school made and did not undo, withdrawn ones included, by party."""
    rows = await db.execute(_of_school(school_id).order_by(Tick.party_id))
    return [_known(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Decided:
    """A school's decision beside who took it, by ledger id."""

    school_id: int
    tick: KnownTick
    by: str


async def of_schools(db: Db, school_ids: Sequence[int], *, party_id: int | None = None) -> list[Decided]:
    """Every decision that these schools made and did not undo, withdrawn ones included: about one party, or about all."""
    query = select(Tick.school_id, Tick.party_id, Tick.given, FieldSet.fields, Tick.changed_at, Tick.changed_by)
    query = query.join(FieldSet, FieldSet.id == Tick.field_set_id).where(Tick.school_id.in_(school_ids))
    if party_id is not None:
        query = query.where(Tick.party_id == party_id)
    return [
        Decided(school_id, KnownTick(about, given, frozenset(fields.split()), at), by)
        for school_id, about, given, fields, at, by in await db.execute(query.order_by(Tick.school_id, Tick.party_id))
    ]


async def reached_at(db: Db, school_ids: Sequence[int], party_id: int, *, since: datetime) -> dict[int, int]:
    """As `reached`, for several schools at once; a school of which nothing left is not in it."""
    of = Release.school_id.in_(school_ids), Release.at >= since, Release.party_id == party_id
    query = select(Release.school_id, func.count(Release.person_id.distinct())).where(*of).group_by(Release.school_id)
    return {row[0]: row[1] for row in await db.execute(query)}


def _of_school(school_id: int) -> Select[int, bool, str, datetime]:
    query = select(Tick.party_id, Tick.given, FieldSet.fields, Tick.changed_at)
    return query.join(FieldSet, FieldSet.id == Tick.field_set_id).where(Tick.school_id == school_id)


def _known(row: Row[int, bool, str, datetime]) -> KnownTick:
    return KnownTick(row.party_id, row.given, frozenset(row.fields.split()), row.changed_at)


@dataclass(frozen=True, slots=True)
class Change:
    """One decision of a school about a party. `by` is the ledger id of who took it."""

    at: datetime
    by: str
    given: bool
    fields: frozenset[str]
    request_ref: str | None


async def changes(db: Db, school_id: int, party_id: int, *, most: int = 50) -> list[Change]:
    """Who gave what when, and who took it back: the newest first."""
    query = select(
        TickChange.changed_at, TickChange.changed_by, TickChange.given, FieldSet.fields, TickChange.request_ref
    ).join(FieldSet, FieldSet.id == TickChange.field_set_id)
    here = TickChange.school_id == school_id, TickChange.party_id == party_id
    rows = await db.execute(query.where(*here).order_by(TickChange.id.desc()).limit(most))
    return [Change(at, by, given, frozenset(fields.split()), ref) for at, by, given, fields, ref in rows]


async def reached(db: Db, school_id: int, party_id: int, *, since: datetime) -> int:
    """About how many people of a school something left to a party since then."""
    here = Release.school_id == school_id, Release.at >= since, Release.party_id == party_id
    return (await db.execute(select(func.count(Release.person_id.distinct())).where(*here))).scalar_one()


_SOFTWARE = Statement(
    """SELECT pa.name, pa.url FROM ticks t JOIN parties pa ON pa.id = t.party_id
    WHERE t.school_id = $1 AND t.given AND pa.enabled AND pa.kind = 'publisher' AND pa.url IS NOT NULL ORDER BY pa.name, pa.id"""
)


async def software(hot: Hot, school_id: int) -> list[tuple[str, str]]:
    """(name, address) of the publishers that a school ticked and that say where their software begins."""
    return [(row[0], row[1]) for row in await hot.rows(_SOFTWARE, school_id)]


async def _write(
    db: Db, school_id: int, party_id: int, *, given: bool, set_id: int, now: datetime, by: str, request_ref: str | None
) -> None:
    values = {
        "given": given,
        "field_set_id": set_id,
        "changed_at": now,
        "changed_by": by,
        "request_ref": request_ref,
    }
    here = Tick.school_id == school_id, Tick.party_id == party_id
    changed = await db.execute(update(Tick).where(*here).values(**values))
    if changed.rowcount == 0:
        await db.execute(insert(Tick).values(school_id=school_id, party_id=party_id, **values))
    await _remember(db, school_id, party_id, values)


async def _remember(db: Db, school_id: int, party_id: int, values: Mapping[str, Any]) -> None:
    await db.execute(insert(TickChange).values(school_id=school_id, party_id=party_id, **values))
