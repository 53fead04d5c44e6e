"""The rows of import runs: written by `runs`, read by whoever shows a school what happened (R29)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any, Final, Literal

from sqlalchemy import Row, Select, func, insert, select, update

from directory.imports.apply import Applied
from directory.imports.brake import LATELY, Left
from directory.imports.models import ImportRun
from directory.imports.plan import first_day
from directory.imports.words import RunRefused
from directory.schools import KnownSchool
from idp.core.clock import AMSTERDAM, school_year
from idp.core.db import Db

Source = Literal["edexml", "uwlr", "table"]
Origin = Literal["upload", "night", "now", "command", "new-year"]

NOBODY_NEW = Applied((), ())
AWAITING: Final = ("held", "planned")
"""States of what waits for a coordinator's yes."""

_COLUMNS = (
    ImportRun.id,
    ImportRun.school_id,
    ImportRun.source,
    ImportRun.origin,
    ImportRun.by,
    ImportRun.state,
    ImportRun.school_year,
    ImportRun.started_at,
    ImportRun.ended_at,
    ImportRun.counts,
    ImportRun.doubts,
    ImportRun.error,
    ImportRun.fingerprint,
    ImportRun.undo_until,
)


@dataclass(frozen=True, slots=True)
class Run:
    """One import of one school. States as in `models.ImportRun`; `counts` and `doubts` as in `tally`.

    `undoable`: it is the newest one that changed something, and its time is not over. `applied` is who is new because of what just
    happened, for those who give secrets and write mails; it is not kept.
    """

    id: int
    school_id: int
    source: str
    origin: str
    by: str
    state: str
    school_year: str | None
    started_at: datetime
    ended_at: datetime | None
    counts: dict[str, Any]
    doubts: dict[str, Any]
    error: str | None
    fingerprint: str | None
    undo_until: date | None
    undoable: bool
    applied: Applied = field(default=NOBODY_NEW, repr=False)


async def awaiting(db: Db, school_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """What waits for a coordinator's yes at each of these schools, as (number, state), the oldest first; a school without any is not in it."""
    query = select(ImportRun.school_id, ImportRun.id, ImportRun.state).where(ImportRun.school_id.in_(school_ids))
    found: dict[int, list[tuple[int, str]]] = {}
    for school_id, run_id, state in await db.execute(query.where(ImportRun.state.in_(AWAITING)).order_by(ImportRun.id)):
        found.setdefault(school_id, []).append((run_id, state))
    return found


async def listed(db: Db, school_id: int, *, now: datetime, before: int | None = None, limit: int = 20) -> list[Run]:
    """A page of a school's runs, the newest first, from the first one older than run `before`."""
    query = select(*_COLUMNS).where(ImportRun.school_id == school_id).order_by(ImportRun.id.desc()).limit(limit)
    if before is not None:
        query = query.where(ImportRun.id < before)
    newest = await newest_change(db, school_id)
    return [_run(row, newest, now=now) for row in await db.execute(query)]


async def of(db: Db, school_id: int, run_id: int, *, now: datetime, applied: Applied = NOBODY_NEW) -> Run:
    """One run of this school. Raises `LookupError`, also for a run of another school."""
    query: Select[Any] = select(*_COLUMNS).where(ImportRun.school_id == school_id, ImportRun.id == run_id)
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise LookupError("this school has no such import")
    return _run(row, await newest_change(db, school_id), now=now, applied=applied)


async def nothing(
    db: Db, school: KnownSchool, *, source: Source, origin: Origin, by: str, now: datetime, reason: str | None = None
) -> Run:
    """Records that the system had nothing new, or nothing at all (`reason` is a code): nobody is touched by it."""
    run_id = await begin(db, school.id, "nothing", source=source, origin=origin, by=by, now=now, error=reason)
    return await of(db, school.id, run_id, now=now)


async def failed(
    db: Db, school: KnownSchool, *, source: Source, origin: Origin, by: str, now: datetime, error: str
) -> Run:
    """Records why an import failed: `error` is a code of `refusals` or of a fault. Nobody is touched by it."""
    run_id = await begin(db, school.id, "failed", source=source, origin=origin, by=by, now=now, error=error)
    return await of(db, school.id, run_id, now=now)


async def begin(
    db: Db,
    school_id: int,
    state: str,
    *,
    source: Source,
    origin: Origin,
    by: str,
    now: datetime,
    year: str | None = None,
    counts: dict[str, Any] | None = None,
    doubts: dict[str, Any] | None = None,
    error: str | None = None,
    fingerprint: str | None = None,
) -> int:
    """A new run, with what it holds filled in by `change`; its id."""
    ended = None if state in ("planned", "waiting") else now
    row = insert(ImportRun).values(
        school_id=school_id,
        source=source,
        origin=origin,
        by=by,
        state=state,
        school_year=year,
        started_at=now,
        ended_at=ended,
        counts=counts or {},
        doubts=doubts or {},
        error=error,
        fingerprint=fingerprint,
    )
    return (await db.execute(row.returning(ImportRun.id))).scalar_one()


async def change(db: Db, run_id: int, **values: object) -> None:
    """Changes what a run holds."""
    await db.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values))


_REPLACES = {"waiting": ("waiting",), "planned": ("planned",), "nothing": ("held",)}
"""Which states are over when newer data get into one: data of a coming year and uploads make way for their like, and until an upload is
carried out departures that are held stay held. Data in which nothing is new leave an upload to whoever is looking at it."""


async def put_aside_older(db: Db, school_id: int, run_id: int, *, state: str) -> bool:
    """What waited is replaced by newer data that got into this state, and with it goes what was kept of it.

    Returns whether departures were held until now.
    """
    states = _REPLACES.get(state, ("planned", "held"))
    older = update(ImportRun).where(ImportRun.school_id == school_id, ImportRun.id < run_id)
    aside = older.where(ImportRun.state.in_(states))
    # What a held run already did stays done, and stays undoable as long as nothing newer changed anything.
    held = aside.where(ImportRun.state == "held").values(state="applied", content=None)
    were_held = (await db.execute(held)).rowcount > 0
    await db.execute(aside.where(ImportRun.state != "held").values(state="replaced", content=None))
    return were_held


async def stored(db: Db, school_id: int, run_id: int, *states: str, otherwise: str) -> Row[Any]:
    """State, content, inverse and origin of a run in one of these states. Raises `LookupError`, else `RunRefused(otherwise)`."""
    query = select(
        ImportRun.id, ImportRun.state, ImportRun.content, ImportRun.inverse, ImportRun.undo_until, ImportRun.counts
    )
    row = (await db.execute(query.where(ImportRun.school_id == school_id, ImportRun.id == run_id))).one_or_none()
    if row is None:
        raise LookupError("this school has no such import")
    if row.state not in states:
        raise RunRefused(otherwise)
    return row


async def newest_change(db: Db, school_id: int) -> int | None:
    """The newest run that changed something and was not undone: the one that can be undone next."""
    query = select(func.max(ImportRun.id)).where(ImportRun.school_id == school_id, ImportRun.inverse.is_not(None))
    return (await db.execute(query.where(ImportRun.state.in_(("applied", "held"))))).scalar()


async def left_lately(db: Db, school_id: int, *, now: datetime) -> Left:
    """Who left this school through imports in the days that the brake looks back, without anybody's yes (D17).

    Not before 1 August, when everybody begins anew; and nothing of an import that was undone.
    """
    begin = datetime.combine(first_day(school_year(now)), time(), AMSTERDAM).astimezone(UTC)
    done = ImportRun.state.in_(("applied", "held")), ImportRun.ended_at > max(now - LATELY, begin)
    rows = await db.execute(select(ImportRun.counts).where(ImportRun.school_id == school_id, *done))
    left = [counts.get("left", {}) for counts in rows.scalars()]
    return Left(*(sum(one.get(noun, 0) for one in left) for noun in ("pupils", "staff")))


def today(now: datetime) -> date:
    """The day it is in the Netherlands."""
    return now.astimezone(AMSTERDAM).date()


def _run(row: Row[Any], newest: int | None, *, now: datetime, applied: Applied = NOBODY_NEW) -> Run:
    in_time = row.undo_until is not None and today(now) <= row.undo_until
    return Run(**row._mapping, undoable=in_time and row.id == newest, applied=applied)
