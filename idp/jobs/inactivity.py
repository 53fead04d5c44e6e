"""Every night: staff whose three months are nearly over are mailed, and whose are over, deleted; pupils too (R40, D40)."""

import asyncio
from datetime import datetime, time
from typing import Final

from directory import placeless
from directory.imports import forgetting
from directory.lifecycle import inactivity, reorganisation_forgetting, reorganisation_records
from idp.core.clock import AMSTERDAM
from idp.jobs.evidence import Report
from idp.jobs.shift import Shift

SYSTEM: Final = "system"
PORTION: Final = 1_000
"""So many placeless people at most in one transaction."""


async def work(shift: Shift, report: Report) -> bool:
    """Warns and deletes, one school at a time. Always finished; raises, when all had their turn, if some school could not be done."""
    database = shift.floor.database
    async with database.begin() as db:
        await inactivity.date_unknown(db, now=shift.now)
    async with database.read() as db:
        concerned = await inactivity.schools_with_somebody(db, now=shift.now)
    failed: list[BaseException] = []
    for school_id in concerned:
        outcome = (await asyncio.gather(_one(shift, school_id), return_exceptions=True))[0]
        if isinstance(outcome, BaseException):
            failed.append(outcome)
            await report.add(failed=1)
        elif any(outcome.values()):
            await report.add(schools=1, **outcome)
    await _placeless(shift, report)
    if failed:
        raise BaseExceptionGroup("schools whose inactive people could not be deleted", failed)
    return True


async def _placeless(shift: Shift, report: Report) -> None:
    """Whoever has no place anywhere, by whatever way, goes like everybody else after three months."""
    since = datetime.combine(inactivity.limit(shift.now), time(), AMSTERDAM)
    more = True
    while more:
        async with shift.floor.database.begin() as db:
            but_for = await reorganisation_records.folded(db)
            some = await placeless.found(db, since=since, but_for=but_for, limit=PORTION)
            gone = await placeless.delete_placeless(db, some)
        if gone:
            await report.add(placeless=len(gone))
        more = bool(gone) and len(some) == PORTION


async def _one(shift: Shift, school_id: int) -> dict[str, int]:
    """One school in one transaction: whoever is deleted is gone from what its imports and reorganisations keep, too."""
    floor, now = shift.floor, shift.now
    async with floor.database.begin() as db:
        warned = await inactivity.warn(db, school_id, contact=floor.settings.support_contact, now=now)
        gone = await inactivity.delete_inactive(db, school_id, by=SYSTEM, now=now)
        ids = {
            "persons": gone.pupils | gone.staff,
            "enrolments": gone.enrolments,
            "employments": gone.employments,
        }
        if any(ids.values()):
            day = now.astimezone(AMSTERDAM).date()
            await forgetting.forget(db, school_id, ids, gone.keys, on=day, keyring=floor.keyring)
            await reorganisation_forgetting.forget(db, school_id, ids, keyring=floor.keyring)
    return {"warned": warned, "coordinators_kept": gone.coordinators_kept, **gone.counts}
