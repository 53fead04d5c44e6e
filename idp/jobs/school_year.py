"""1 August: the data that wait are let in, and whoever is not in them becomes inactive (R37-R39).

One school at a time in a transaction of its own, shared among all workers; sign-ins go on meanwhile. It looks every night, so that a school that is
behind is found whatever kept it.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy import update

from directory import schools
from directory.imports import runs
from directory.imports.collisions import until_alone
from directory.imports.models import ImportRun
from directory.imports.refusals import ImportRefused
from directory.lifecycle import school_year
from directory.schools import KnownSchool
from idp.core import clock, ledger
from idp.core.db import Db
from idp.credentials import newcomers
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

SYSTEM: Final = "system"
"""Who the ledger says did it, where nobody did."""


async def work(shift: Shift, report: Report) -> bool:
    """Rolls over every school that is behind. True when none is left; raises, when all had their turn, if some could not be."""
    behind = await _behind(shift)
    failed: list[BaseException] = []
    for school_id in behind:
        outcome = (await asyncio.gather(roll_over(shift, school_id), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            # One school whose data cannot be read must not keep a country in last year's groups.
            failed.append(outcome)
            await report.add(failed=1)
        elif outcome is not None:
            await report.add(**outcome)
    if failed:
        raise BaseExceptionGroup("schools that could not be rolled over", failed)
    return not behind or not await _behind(shift)


async def roll_over(shift: Shift, school_id: int, *, by: str = SYSTEM) -> Mapping[str, int] | None:
    """Begins the school year at one school; what that changed, in numbers. None when there is nothing to do, or another worker is at it.

    Data that wait and turn out to be unusable are put aside as failed, and the school goes on without.
    """
    return await until_alone(partial(_roll_over, shift, school_id, by=by))


async def _roll_over(shift: Shift, school_id: int, *, by: str) -> Mapping[str, int] | None:
    now = shift.now
    async with shift.floor.database.begin() as db:
        if not await school_year.hold_if_behind(db, school_id, now=now):
            return None
        school = await schools.by_id(db, school_id)
        counts = Counter(schools=1)
        try:
            async with db.begin_nested():
                counts.update(await _let_in(db, shift, school, by=by))
        except ImportRefused as refused:
            await _put_aside(db, school, now=shift.now, state="failed", error=refused.code)
            await ledger.record(
                db, "import.failed", now=now, by=by, school_id=school_id, detail={"error": refused.code}
            )
            counts.update(refused=1)
        await _put_aside(db, school, now=shift.now, state="replaced", error=None)
        with_data = bool(counts["with_data"])
        done = await school_year.roll_over(db, school_id, with_data=with_data, by=by, now=now)
        counts.update(groups_ended=done.groups, pupils_inactive=done.pupils, staff_inactive=done.staff)
    return counts


async def _behind(shift: Shift) -> list[int]:
    async with shift.floor.database.read() as db:
        return list(await school_year.behind(db, now=shift.now))


async def _let_in(db: Db, shift: Shift, school: KnownSchool, *, by: str) -> Mapping[str, int]:
    """Carries out what waits, newcomers welcomed; numbers of it. Data of a year that is over already do not count as this year's."""
    floor, now = shift.floor, shift.now
    run = await runs.carry_out_waiting(db, school, by=by, now=now, keyring=floor.keyring, pictures=shift.pictures)
    if run is None:
        return {}
    base_url, contact = floor.settings.base_url, floor.settings.support_contact
    welcomed = await newcomers.welcome(
        db, floor.keyring, school.id, run.applied, base_url=base_url, contact=contact, now=now
    )
    current = run.school_year == clock.school_year(now)
    return {"with_data": int(current), "secrets_given": welcomed.secrets, "activation_mails": welcomed.mails}


async def _put_aside(db: Db, school: KnownSchool, *, now: datetime, state: str, error: str | None) -> None:
    """Whatever still waits for a year that has begun waits no longer."""
    waiting = ImportRun.school_id == school.id, ImportRun.state == "waiting"
    begun = ImportRun.school_year <= clock.school_year(now)
    values = {"state": state, "error": error, "ended_at": now, "content": None}
    await db.execute(update(ImportRun).where(*waiting, begun).values(**values))
